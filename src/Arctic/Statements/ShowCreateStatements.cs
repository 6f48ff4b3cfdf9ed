using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>SHOW CREATE of tables, views and catalogs.</summary>
internal sealed class ShowCreateStatements(SessionContext context)
{
    private CatalogRegistry Catalogs => context.Catalogs;

    /// <summary>The statement that would make the object.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.InvalidStatement"/>: it is of the other kind.</exception>
    public async Task<string> ShowAsync(Statement.Show show, CancellationToken cancellationToken)
    {
        var name = show.Object!; // SHOW CREATE names something
        if (show.Kind == ShowKind.CreateCatalog)
        {
            var catalog = Catalogs.GetDefinition(name.Last.Name, name.Position);
            return DefinitionPrinter.Print(catalog with { Options = CatalogFactory.Shown(catalog.Options) });
        }

        var path = Catalogs.ResolveTable(name);
        var isHidden = Catalogs.TemporaryViews.Any(v => v.Path == path);
        var table = isHidden ? null : await Catalogs.FindTableAsync(path, cancellationToken).ConfigureAwait(false);
        var view = table is null ? await Catalogs.FindViewAsync(path, cancellationToken).ConfigureAwait(false) : null;
        var isTable = show.Kind == ShowKind.CreateTable;
        return (table, view) switch
        {
            ({ } found, _) when isTable => DefinitionPrinter.Print(found, Catalogs.IsTemporary(path)),
            (_, { } found) when !isTable => DefinitionPrinter.Print(found, (await SchemaOfAsync(found, cancellationToken).ConfigureAwait(false)).Fields.Select(f => f.Name), Catalogs.IsTemporary(path)),
            (null, null) => throw new ArcticException(ErrorCodes.UnknownName, $"Could not execute SHOW CREATE {(isTable ? "TABLE. Table" : "VIEW. View")} with identifier {Quote(path)} does not exist.")
            {
                Hint = NameSuggestion.For(path.Name, await Catalogs.ListNamesAsync(new DatabasePath(path.Catalog, path.Database), cancellationToken).ConfigureAwait(false)),
                Position = name.Position,
            },
            _ => throw new ArcticException(
                ErrorCodes.InvalidStatement,
                isTable ? $"SHOW CREATE TABLE is only supported for tables, but {Quote(path)} is a view. Please use SHOW CREATE VIEW instead." : $"SHOW CREATE VIEW is only supported for views, but {Quote(path)} is a table. Please use SHOW CREATE TABLE instead.")
            { Position = name.Position },
        };
    }

    /// <summary>The columns of a view, as they are today.</summary>
    public async ValueTask<RowSchema> SchemaOfAsync(ViewDefinition view, CancellationToken cancellationToken)
    {
        var select = (Statement.Select)SqlParser.Parse($"SELECT * FROM {Quote(view.Path)}");
        var tables = await ResolvedTables.ResolveAsync(select, Catalogs, cancellationToken).ConfigureAwait(false);
        return new Binder(tables, EvaluationSettings.Default).BindQuery(select.Query).Schema;
    }

    private static string Quote(ObjectPath path) => $"{SqlPrinter.Quote(path.Catalog)}.{SqlPrinter.Quote(path.Database)}.{SqlPrinter.Quote(path.Name)}";
}
