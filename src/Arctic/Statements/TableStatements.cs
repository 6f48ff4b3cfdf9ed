using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>CREATE and DROP of tables and views; CREATE TABLE … AS is <see cref="TableAsStatements"/>'.</summary>
internal sealed class TableStatements(SessionContext context)
{
    private CatalogRegistry Catalogs => context.Catalogs;

    public async Task<QueryResult> RunAsync(Statement statement, CancellationToken cancellationToken)
    {
        switch (statement)
        {
            case Statement.CreateTable create:
                await CreateAsync(create, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.CreateView create:
                await CreateViewAsync(create, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.DropTable drop:
                await DropAsync(drop, cancellationToken).ConfigureAwait(false);
                break;
        }

        return Listing.Ok;
    }

    private async Task CreateAsync(Statement.CreateTable create, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(create.Name);
        var catalog = Catalogs.Get(path.Catalog, create.Name.Position);
        if (create.IfNotExists && await FindStateAsync(path, cancellationToken).ConfigureAwait(false) == TableState.Whole)
        {
            return;
        }

        var definition = await BindAsync(create, path, cancellationToken).ConfigureAwait(false);
        if (create.IsTemporary)
        {
            Catalogs.AddTemporary(definition);
        }
        else
        {
            await CreateAsync(catalog, definition, create.IfNotExists, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The definition of CREATE TABLE; nothing is made.</summary>
    public async Task<TableDefinition> BindAsync(Statement.CreateTable create, ObjectPath path, CancellationToken cancellationToken)
    {
        var tables = await ResolvedTables.ResolveAsync(create, Catalogs, cancellationToken).ConfigureAwait(false);
        var definition = new Binder(tables, new EvaluationSettings { TimeZone = context.Options.TimeZone }).BindTable(create, path);
        if (create.Like is { } like && definition.Connector is null && Catalogs.Find(path.Catalog) is not LakeCatalog
            && tables.Get(like.Source) is ResolvedTable.Table source && Catalogs.Find(source.Definition.Path.Catalog) is LakeCatalog)
        {
            return LakeLink.Of(definition, source.Definition.Path, create.Options.Select(o => KeyValuePair.Create(o.Key, o.Value)));
        }

        RefuseSlip(definition);
        return definition;
    }

    // A connector that there is not is told of when the table is read or written, as in Flink; one that is nearly there now.
    private void RefuseSlip(TableDefinition definition)
    {
        try
        {
            _ = definition.Connector is { } connector && !LakeLink.IsLake(connector) ? context.Connectors.Find(connector, $"table '{definition.Path}'") : null;
        }
        catch (ArcticException e) when (e.Hint is null)
        {
            // No connector has a name like it.
        }
    }

    private static async Task CreateAsync(ISqlCatalog catalog, TableDefinition definition, bool ifNotExists, CancellationToken cancellationToken)
    {
        try
        {
            await catalog.CreateTableAsync(definition, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException error) when (ifNotExists && error.Code == ErrorCodes.AlreadyExists)
        {
            // Another session was faster, or a crash had cut off its creation and it is complete now.
        }
    }

    private async Task<TableState> FindStateAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        try
        {
            return await Catalogs.FindTableAsync(path, cancellationToken).ConfigureAwait(false) is null ? TableState.Absent : TableState.Whole;
        }
        catch (ArcticException error) when (error.Code == ErrorCodes.TableCorrupt)
        {
            return TableState.Damaged;
        }
    }

    private enum TableState
    {
        Absent,

        Whole,

        /// <summary>Parts are missing: creating it may complete it, dropping it removes what is left.</summary>
        Damaged,
    }

    private async Task CreateViewAsync(Statement.CreateView create, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(create.Name);
        if (create.IfNotExists && await Catalogs.FindViewAsync(path, cancellationToken).ConfigureAwait(false) is not null)
        {
            return;
        }

        // A view that cannot be read is refused when it is made.
        var tables = await ResolvedTables.ResolveAsync(create.Query, Catalogs, cancellationToken).ConfigureAwait(false);
        var view = new Binder(tables, EvaluationSettings.Default).BindView(
            new ViewDefinition(path, create.Query, new(create.Columns.Select(c => c.Name)), Catalogs.Current, create.QueryText) { Comment = create.Comment }, create.Name);
        if (create.IsTemporary)
        {
            Catalogs.AddTemporary(view);
            return;
        }

        var catalog = Catalogs.Get(path.Catalog, create.Name.Position) as IViewCatalog
            ?? throw new ArcticException(ErrorCodes.Unsupported, $"Catalog '{path.Catalog}' does not keep views.") { Hint = "CREATE TEMPORARY VIEW lives as long as the session.", Position = create.Position };
        await catalog.CreateViewAsync(view, cancellationToken).ConfigureAwait(false);
    }

    // DROP without TEMPORARY means the permanent one, which a temporary one hides.
    private void RefuseHidden(Statement.DropTable drop, ObjectPath path)
    {
        var isTable = Catalogs.TemporaryTables.Any(t => t.Path == path);
        if (isTable == (drop.Kind == DroppedKind.Table))
        {
            var what = isTable ? "table" : "view";
            throw new ArcticException(
                ErrorCodes.InvalidStatement, $"Temporary {what} with identifier '`{path.Catalog}`.`{path.Database}`.`{path.Name}`' exists. Drop it first before removing the permanent {what}.")
            {
                Hint = $"DROP TEMPORARY {what.ToUpperInvariant()} drops the temporary one.",
                Position = drop.Name.Position,
            };
        }
    }

    private async Task DropAsync(Statement.DropTable drop, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(drop.Name);
        if (drop.IsTemporary && (drop.Kind == DroppedKind.Table ? Catalogs.RemoveTemporaryTable(path) : Catalogs.RemoveTemporaryView(path)))
        {
            return;
        }

        if (!drop.IsTemporary && Catalogs.IsTemporary(path))
        {
            RefuseHidden(drop, path);
        }

        var exists = drop.Kind == DroppedKind.Table
            ? !drop.IsTemporary && await FindStateAsync(path, cancellationToken).ConfigureAwait(false) != TableState.Absent
            : !drop.IsTemporary && await Catalogs.FindViewAsync(path, cancellationToken).ConfigureAwait(false) is not null;
        if (!exists)
        {
            if (drop is { Kind: DroppedKind.Table, IsTemporary: false } && Catalogs.Find(path.Catalog) is LakeCatalog lake
                && await lake.FinishDropAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            if (drop.IfExists)
            {
                return;
            }

            throw new ArcticException(ErrorCodes.UnknownName, $"{(drop.IsTemporary ? "Temporary " : "")}{(drop.Kind == DroppedKind.Table ? "Table" : "View")} with identifier '{path}' does not exist.")
            {
                Hint = NameSuggestion.For(path.Name, await Catalogs.ListNamesAsync(new DatabasePath(path.Catalog, path.Database), cancellationToken).ConfigureAwait(false)),
                Position = drop.Name.Position,
            };
        }

        if (drop.Kind == DroppedKind.Table)
        {
            await Catalogs.Get(path.Catalog, drop.Name.Position).DropTableAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        }
        else if (Catalogs.Get(path.Catalog, drop.Name.Position) is IViewCatalog views)
        {
            await views.DropViewAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        }
    }
}
