using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Functions;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>SHOW and DESCRIBE; column names are Flink's (spec/flink-sql.md, 1.3).</summary>
internal sealed class ShowStatements(SessionContext context)
{
    private static readonly string[] DescribeColumns = ["name", "type", "null", "key", "extras", "watermark"];

    private CatalogRegistry Catalogs => context.Catalogs;

    public async Task<QueryResult> RunAsync(Statement statement, CancellationToken cancellationToken) => statement switch
    {
        Statement.Describe describe => await DescribeAsync(describe.Table, null, cancellationToken).ConfigureAwait(false),
        Statement.Show show => await ShowAsync(show, cancellationToken).ConfigureAwait(false),
        _ => throw new System.Diagnostics.UnreachableException(statement.GetType().Name),
    };

    private async Task<QueryResult> ShowAsync(Statement.Show show, CancellationToken cancellationToken)
    {
        switch (show.Kind)
        {
            case ShowKind.Catalogs:
                return Listing.Of("catalog name", Matching(show, Catalogs.CatalogNames));
            case ShowKind.CurrentCatalog:
                return Listing.Of("current catalog name", [Catalogs.Current.Catalog]);
            case ShowKind.CurrentDatabase:
                return Listing.Of("current database name", [Catalogs.Current.Database]);
            case ShowKind.Databases:
                var catalog = show.Object is { } name ? Catalogs.Get(name.Last.Name, name.Position) : Catalogs.Get(Catalogs.Current.Catalog, show.Position);
                return Listing.Of("database name", Matching(show, await catalog.ListDatabasesAsync(cancellationToken).ConfigureAwait(false)));
            case ShowKind.Tables:
                return Listing.Of("table name", Matching(show, await ListTablesAsync(show, cancellationToken).ConfigureAwait(false)));
            case ShowKind.Views:
                return Listing.Of("view name", Matching(show, await ListViewsAsync(show, cancellationToken).ConfigureAwait(false)));
            case ShowKind.Functions:
                return Listing.Of("function name", Matching(show, FunctionCatalog.Names.Select(n => n.ToLowerInvariant()).Order(StringComparer.Ordinal)));
            case ShowKind.UserFunctions:
                return Listing.Of("function name", []);
            case ShowKind.Procedures:
                return Listing.Of("procedure name", Matching(show, CallStatements.Names));
            case ShowKind.Modules:
                return Listing.Of("module name", ["core"]);
            case ShowKind.FullModules:
                return Listing.Of(["module name", "used"], [["core", "TRUE"]]);
            case ShowKind.Jars:
                return Listing.Of("jars", []);
            case ShowKind.Jobs:
                return Listing.Of(["job name", "incarnation", "status"], context.Jobs.All.Select(j => new string?[] { j.Name, j.Incarnation.Value.ToString(System.Globalization.CultureInfo.InvariantCulture), j.Status.ToString().ToUpperInvariant() }));
            case ShowKind.Columns:
                return await DescribeAsync(show.Object!, show.Pattern, cancellationToken).ConfigureAwait(false);
            default:
                throw new ArcticException(ErrorCodes.Unsupported, $"SHOW {Words(show.Kind)} is not supported yet.") { Position = show.Position };
        }
    }

    private async Task<IEnumerable<string>> ListTablesAsync(Statement.Show show, CancellationToken cancellationToken)
    {
        var path = show.Object is { } name ? Catalogs.ResolveDatabase(name) : Catalogs.Current;
        var tables = await Catalogs.Get(path.Catalog, show.Position).ListTablesAsync(path.Database, cancellationToken).ConfigureAwait(false);
        var temporary = Catalogs.TemporaryTables.Select(t => t.Path).Concat(Catalogs.TemporaryViews.Select(v => v.Path)).Where(p => p.Catalog == path.Catalog && p.Database == path.Database).Select(p => p.Name);
        return tables.Concat(await ListViewsAsync(show, cancellationToken).ConfigureAwait(false)).Concat(temporary).Distinct().Order(StringComparer.Ordinal);
    }

    private async Task<IEnumerable<string>> ListViewsAsync(Statement.Show show, CancellationToken cancellationToken)
    {
        var path = show.Object is { } name ? Catalogs.ResolveDatabase(name) : Catalogs.Current;
        var permanent = Catalogs.Get(path.Catalog, show.Position) is IViewCatalog views ? await views.ListViewsAsync(path.Database, cancellationToken).ConfigureAwait(false) : [];
        var temporary = Catalogs.TemporaryViews.Select(v => v.Path).Where(p => p.Catalog == path.Catalog && p.Database == path.Database).Select(p => p.Name);
        return permanent.Concat(temporary).Distinct().Order(StringComparer.Ordinal);
    }

    private async Task<QueryResult> DescribeAsync(QualifiedName name, ShowPattern? pattern, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(name);
        var table = await Catalogs.FindTableAsync(path, cancellationToken).ConfigureAwait(false)
            ?? await FindViewAsync(path, cancellationToken).ConfigureAwait(false)
            ?? throw new ArcticException(ErrorCodes.UnknownName, $"Tables or views with the identifier '{path}' doesn't exist.")
            {
                Hint = NameSuggestion.For(path.Name, await Catalogs.ListNamesAsync(new DatabasePath(path.Catalog, path.Database), cancellationToken).ConfigureAwait(false)),
                Position = name.Position,
            };
        var hasComments = table.Columns.Any(c => c.Comment is not null);
        var key = table.PrimaryKey.Count == 0 ? null : $"PRI({string.Join(", ", table.PrimaryKey)})";
        var rows = table.Columns.Where(c => pattern is null || LikePattern.Matches(pattern, c.Name)).Select(c => Row(table, c, key, hasComments));
        return Listing.Of(hasComments ? [.. DescribeColumns, "comment"] : DescribeColumns, rows);
    }

    // A view as the table that it looks like.
    private async Task<TableDefinition?> FindViewAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        if (await Catalogs.FindViewAsync(path, cancellationToken).ConfigureAwait(false) is null)
        {
            return null;
        }

        static string Quoted(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
        var select = (Statement.Select)SqlParser.Parse($"SELECT * FROM {Quoted(path.Catalog)}.{Quoted(path.Database)}.{Quoted(path.Name)}");
        var tables = await ResolvedTables.ResolveAsync(select, Catalogs, cancellationToken).ConfigureAwait(false);
        var schema = new Binder(tables, EvaluationSettings.Default).BindQuery(select.Query).Schema;
        return new TableDefinition { Path = path, Columns = new(schema.Fields.Select(f => (TableColumn)new TableColumn.Physical(f.Name, f.Type))) };
    }

    private static string?[] Row(TableDefinition table, TableColumn column, string? key, bool hasComments)
    {
        var type = column switch
        {
            TableColumn.Physical p => p.Type,
            TableColumn.Metadata m => m.Type,
            _ => null,
        };
        var extras = column switch
        {
            TableColumn.Metadata m => $"METADATA{(m.Key == m.Name ? "" : $" FROM '{m.Key}'")}{(m.IsVirtual ? " VIRTUAL" : "")}",
            TableColumn.Computed c => $"AS {c.Text}",
            _ => null,
        };
        string?[] row =
        [
            column.Name, type?.Name, type is null ? null : type.IsNullable ? "TRUE" : "FALSE", table.PrimaryKey.Contains(column.Name) ? key : null, extras,
            table.Watermark?.Column == column.Name ? table.Watermark.Text : null,
        ];
        return hasComments ? [.. row, column.Comment] : row;
    }

    private static IEnumerable<string> Matching(Statement.Show show, IEnumerable<string> names) => show.Pattern is { } pattern ? names.Where(n => LikePattern.Matches(pattern, n)) : names;

    private static string Words(ShowKind kind) =>
        kind.ToString().Aggregate(new StringBuilder(), (text, c) => char.IsUpper(c) && text.Length > 0 ? text.Append(' ').Append(c) : text.Append(char.ToUpperInvariant(c))).ToString().ToUpperInvariant();
}
