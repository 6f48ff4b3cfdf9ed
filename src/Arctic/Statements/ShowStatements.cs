using System.Text;
using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Functions;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>SHOW and DESCRIBE; column names are Flink's (spec/flink-sql.md, 1.3).</summary>
internal sealed class ShowStatements(SessionContext context)
{
    private static readonly RowSchema DescribeColumns = new(
        new Field("name", DataTypes.String),
        new Field("type", DataTypes.String),
        new Field("null", DataTypes.Boolean),
        new Field("key", DataTypes.String),
        new Field("extras", DataTypes.String),
        new Field("watermark", DataTypes.String));

    private readonly ShowCreateStatements _creates = new(context);

    private CatalogRegistry Catalogs => context.Catalogs;

    public async Task<QueryResult> RunAsync(Statement statement, CancellationToken cancellationToken) => statement switch
    {
        Statement.Describe describe => await DescribeAsync(describe.Table, null, cancellationToken).ConfigureAwait(false),
        Statement.DescribeObject describe => DescribeCatalog(describe),
        Statement.Show { Kind: ShowKind.CreateTable or ShowKind.CreateView or ShowKind.CreateCatalog } show => Listing.Of("result", [await _creates.ShowAsync(show, cancellationToken).ConfigureAwait(false)]),
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
                return Listing.Of(new RowSchema(new Field("module name", DataTypes.String), new Field("used", DataTypes.Boolean)), [["core", true]]);
            case ShowKind.Jars:
                return Listing.Of("jars", []);
            case ShowKind.Jobs:
                return Listing.Of(["job name", "incarnation", "status"], context.Jobs.All.Select(j => new string?[] { j.Name, j.Incarnation.Value.ToString(System.Globalization.CultureInfo.InvariantCulture), j.Status.ToString().ToUpperInvariant() }));
            case ShowKind.Partitions:
                return await ShowPartitionsAsync(show, cancellationToken).ConfigureAwait(false);
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

    private async Task<QueryResult> ShowPartitionsAsync(Statement.Show show, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(show.Object!); // SHOW PARTITIONS names a table
        var table = await Catalogs.FindTableAsync(path, cancellationToken).ConfigureAwait(false) ?? throw await MissingAsync(show.Object!, path, cancellationToken).ConfigureAwait(false);
        PartitionSpecs.RequirePartitioned(table);
        var wanted = PartitionSpecs.Bind(show.Partition, table, isWhole: false);
        var partitions = !Catalogs.IsTemporary(path) && Catalogs.Find(path.Catalog) is IPartitionCatalog catalog
            ? await catalog.ListPartitionsAsync(table, cancellationToken).ConfigureAwait(false)
            : [];
        return Listing.Of("partition name", partitions.Where(p => p.Matches(wanted)).Select(p => p.ToString()));
    }

    private QueryResult DescribeCatalog(Statement.DescribeObject describe)
    {
        var catalog = Catalogs.GetDefinition(describe.Name!.Last.Name, describe.Position); // DESCRIBE CATALOG names one
        var rows = new List<string?[]> { new[] { "name", catalog.Name }, new[] { "type", catalog.Options.Find("type") }, new[] { "comment", catalog.Comment } };
        if (describe.IsExtended)
        {
            rows.AddRange(CatalogFactory.Shown(catalog.Options).Where(o => o.Key != "type").Select(o => new string?[] { $"option:{o.Key}", o.Value }));
        }

        return Listing.Of(["info name", "info value"], rows);
    }

    private async Task<QueryResult> DescribeAsync(QualifiedName name, ShowPattern? pattern, CancellationToken cancellationToken)
    {
        var path = Catalogs.ResolveTable(name);
        var table = await Catalogs.FindTableAsync(path, cancellationToken).ConfigureAwait(false)
            ?? await FindViewAsync(path, cancellationToken).ConfigureAwait(false)
            ?? throw await MissingAsync(name, path, cancellationToken).ConfigureAwait(false);
        var types = new Binder(ResolvedTables.Empty, EvaluationSettings.Default).DescribeTable(table);
        var hasComments = table.Columns.Any(c => c.Comment is not null);
        var key = table.PrimaryKey.Count == 0 ? null : $"PRI({string.Join(", ", table.PrimaryKey)})";
        var rows = table.Columns.Where(c => pattern is null || LikePattern.Matches(pattern, c.Name)).Select(c => Row(table, c, types[types.FindIndex(c.Name)].Type, key, hasComments));
        return Listing.Of(hasComments ? new RowSchema(DescribeColumns.Fields.Append(new Field("comment", DataTypes.String))) : DescribeColumns, rows);
    }

    private async Task<ArcticException> MissingAsync(QualifiedName name, ObjectPath path, CancellationToken cancellationToken) =>
        new(ErrorCodes.UnknownName, $"Tables or views with the identifier '{path}' doesn't exist.")
        {
            Hint = NameSuggestion.For(path.Name, await Catalogs.ListNamesAsync(new DatabasePath(path.Catalog, path.Database), cancellationToken).ConfigureAwait(false)),
            Position = name.Position,
        };

    // A view as the table that it looks like.
    private async Task<TableDefinition?> FindViewAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        if (await Catalogs.FindViewAsync(path, cancellationToken).ConfigureAwait(false) is not { } view)
        {
            return null;
        }

        var schema = await _creates.SchemaOfAsync(view, cancellationToken).ConfigureAwait(false);
        return new TableDefinition { Path = path, Columns = new(schema.Fields.Select(f => (TableColumn)new TableColumn.Physical(f.Name, f.Type))) };
    }

    private object?[] Row(TableDefinition table, TableColumn column, DataType type, string? key, bool hasComments)
    {
        var extras = column switch
        {
            TableColumn.Metadata m => $"METADATA{(m.Key == m.Name ? "" : $" FROM '{m.Key}'")}{(m.IsVirtual ? " VIRTUAL" : "")}",
            TableColumn.Computed c => $"AS {SqlPrinter.Print(c.Expression)}",
            _ => null,
        };
        var watermark = table.Watermark?.Column == column.Name ? SqlPrinter.Print(table.Watermark.Expression) : null;

        // A bounded statement has no event time.
        var attribute = watermark is not null && context.Options.Sql.RuntimeMode != RuntimeMode.Batch ? " *ROWTIME*"
            : column is TableColumn.Computed { Expression: SqlExpression.Call { Arguments.Count: 0 } call } && call.Function.ToString().Equals("PROCTIME", StringComparison.OrdinalIgnoreCase) ? " *PROCTIME*"
            : "";
        object?[] row = [column.Name, type.Name + attribute, type.IsNullable, table.PrimaryKey.Contains(column.Name) ? key : null, extras, watermark];
        return hasComments ? [.. row, column.Comment] : row;
    }

    private static IEnumerable<string> Matching(Statement.Show show, IEnumerable<string> names) => show.Pattern is { } pattern ? names.Where(n => LikePattern.Matches(pattern, n)) : names;

    private static string Words(ShowKind kind) =>
        kind.ToString().Aggregate(new StringBuilder(), (text, c) => char.IsUpper(c) && text.Length > 0 ? text.Append(' ').Append(c) : text.Append(char.ToUpperInvariant(c))).ToString().ToUpperInvariant();
}
