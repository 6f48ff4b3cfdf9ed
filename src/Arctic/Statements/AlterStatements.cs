using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>ALTER TABLE, ALTER VIEW and ANALYZE TABLE.</summary>
internal sealed class AlterStatements(SessionContext context)
{
    private readonly RowChangeStatements _changes = new(context);

    private CatalogRegistry Catalogs => context.Catalogs;

    public async Task<QueryResult> RunAsync(Statement statement, CancellationToken cancellationToken)
    {
        switch (statement)
        {
            case Statement.AlterTable alter:
                await AlterTableAsync(alter, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.Analyze analyze:
                await AnalyzeAsync(analyze, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.AlterView alter:
                await AlterViewAsync(alter, cancellationToken).ConfigureAwait(false);
                break;
        }

        return Listing.Ok;
    }

    private async Task AlterTableAsync(Statement.AlterTable alter, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(alter.Name);
        if (await FindPermanentAsync(path, cancellationToken).ConfigureAwait(false) is not { } table)
        {
            if (alter.IfExists && !Catalogs.IsTemporary(path))
            {
                return;
            }

            throw await MissingAsync(alter.Name, path, "Table", cancellationToken).ConfigureAwait(false);
        }

        var catalog = Catalogs.Get(path.Catalog, alter.Name.Position);
        try
        {
            await AlterAsync(catalog, table, alter, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException e) when (e.Position is null)
        {
            throw new ArcticException(e.Code, e.Message, e) { Hint = e.Hint, Position = alter.Position };
        }
    }

    // Statistics are kept with every file that is written: there is nothing to compute.
    private async Task AnalyzeAsync(Statement.Analyze analyze, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(analyze.Table);
        if (await FindPermanentAsync(path, cancellationToken).ConfigureAwait(false) is null)
        {
            throw await MissingAsync(analyze.Table, path, "Table", cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AlterAsync(ISqlCatalog catalog, TableDefinition table, Statement.AlterTable alter, CancellationToken cancellationToken)
    {
        if (alter.Change is TableChange.Partitions partitions)
        {
            await AlterPartitionsAsync(catalog, table, partitions, alter.Span, cancellationToken).ConfigureAwait(false);
            return;
        }

        var alterable = catalog as IAlterableCatalog ?? throw NotAlterable(table);
        if (alter.Change is TableChange.Rename rename)
        {
            await alterable.RenameTableAsync(table.Path.Database, table.Path.Name, NewNameOf(rename.NewName, table.Path), cancellationToken).ConfigureAwait(false);
            return;
        }

        var alteration = new Binder(ResolvedTables.Empty, new EvaluationSettings { TimeZone = context.Options.TimeZone }).BindAlteration(table, alter.Change);
        if (alteration.Edits.Count > 0)
        {
            await alterable.AlterTableAsync(alteration, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ArcticException NotAlterable(TableDefinition table) =>
        new(ErrorCodes.Unsupported, $"Cannot alter table '{table.Path}': its catalog does not change tables.");

    // A table is renamed within its database.
    private string NewNameOf(QualifiedName newName, ObjectPath old)
    {
        var path = newName.Parts.Count == 1 ? old with { Name = newName.Last.Name } : Catalogs.ResolveTable(newName);
        return path with { Name = old.Name } == old
            ? path.Name
            : throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot rename '{old}' to '{path}': a new name stays in its database.") { Position = newName.Position };
    }

    private async Task AlterPartitionsAsync(ISqlCatalog catalog, TableDefinition table, TableChange.Partitions change, SourceSpan span, CancellationToken cancellationToken)
    {
        foreach (var partition in change.Specs.Select(s => PartitionSpecs.Bind(s, table, isWhole: true)))
        {
            if (change.IsAdd)
            {
                try
                {
                    await Declared(catalog, table).AddPartitionAsync(table, partition, cancellationToken).ConfigureAwait(false);
                }
                catch (ArcticException e) when (change.IsGuarded && e.Code == ErrorCodes.AlreadyExists)
                {
                    // IF NOT EXISTS.
                }
            }
            else if (!await DropPartitionAsync(catalog, table, partition, span, cancellationToken).ConfigureAwait(false) && !change.IsGuarded)
            {
                throw new ArcticException(ErrorCodes.UnknownName, $"Partition '{partition}' of table '{table.Path}' does not exist.") { Hint = "SHOW PARTITIONS lists those that there are." };
            }
        }
    }

    private static IDeclaredPartitions Declared(ISqlCatalog catalog, TableDefinition table) => catalog as IDeclaredPartitions
        ?? throw new ArcticException(ErrorCodes.Unsupported, $"Cannot add a partition to table '{table.Path}': a partition of a table in a catalog of type 'arctic' comes with its first row.") { Hint = "INSERT INTO the table." };

    // Where a catalog keeps the rows, dropping a partition is deleting its rows.
    private async Task<bool> DropPartitionAsync(ISqlCatalog catalog, TableDefinition table, PartitionSpec partition, SourceSpan span, CancellationToken cancellationToken)
    {
        if (catalog is not LakeCatalog lake)
        {
            return await Declared(catalog, table).DropPartitionAsync(table, partition, cancellationToken).ConfigureAwait(false);
        }

        if (!(await lake.ListPartitionsAsync(table, cancellationToken).ConfigureAwait(false)).Any(p => p.Matches(partition)))
        {
            return false;
        }

        var terms = partition.Values.Select(v => PartitionSpecs.ToCondition(v, table));
        var name = new QualifiedName([new Identifier(table.Path.Catalog, span), new Identifier(table.Path.Database, span), new Identifier(table.Path.Name, span)], span);
        await _changes.RunAsync(new Statement.Delete(name, SqlParser.ParseExpression(string.Join(" AND ", terms)), span), cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task AlterViewAsync(Statement.AlterView alter, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(alter.Name);
        var catalog = Catalogs.Find(path.Catalog) as IViewCatalog;
        if (Catalogs.IsTemporary(path) || catalog is null || await catalog.FindViewAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false) is not { } view)
        {
            throw await MissingAsync(alter.Name, path, "View", cancellationToken).ConfigureAwait(false);
        }

        if (alter.RenameTo is { } newName)
        {
            await catalog.RenameViewAsync(path.Database, path.Name, NewNameOf(newName, path), cancellationToken).ConfigureAwait(false);
            return;
        }

        var query = alter.Query!; // the parser gives one of the two
        var tables = await ResolvedTables.ResolveAsync(query, Catalogs, cancellationToken).ConfigureAwait(false);
        var replaced = new Binder(tables, EvaluationSettings.Default).BindView(new ViewDefinition(path, query, [], Catalogs.Current, alter.QueryText) { Comment = view.Comment }, alter.Name);
        await catalog.ReplaceViewAsync(replaced, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<TableDefinition?> FindPermanentAsync(ObjectPath path, CancellationToken cancellationToken) => Catalogs.IsTemporary(path) || Catalogs.Find(path.Catalog) is not { } catalog
        ? null
        : await catalog.FindTableAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);

    private async Task<ArcticException> MissingAsync(QualifiedName name, ObjectPath path, string what, CancellationToken cancellationToken)
    {
        var isView = what == "Table" && await Catalogs.FindViewAsync(path, cancellationToken).ConfigureAwait(false) is not null;
        return new ArcticException(ErrorCodes.UnknownName, isView ? $"ALTER TABLE for a view is not allowed, nor is ANALYZE TABLE: '{path}' is one." : $"{what} `{path.Catalog}`.`{path.Database}`.`{path.Name}` doesn't exist or is a temporary {what.ToLowerInvariant()}.")
        {
            Hint = NameSuggestion.For(path.Name, await Catalogs.ListNamesAsync(new DatabasePath(path.Catalog, path.Database), cancellationToken).ConfigureAwait(false)),
            Position = name.Position,
        };
    }
}
