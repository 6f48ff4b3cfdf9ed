using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Catalog;

/// <summary>
/// What the names of tables in a statement mean, looked up before it is bound, so that binding itself waits for nothing. Names that mean nothing are
/// kept with their error: a name in WITH may hide them.
/// </summary>
internal sealed class ResolvedTables
{
    /// <summary>No tables: for statements that name none.</summary>
    public static readonly ResolvedTables Empty = new();

    private readonly Dictionary<string, ResolvedTable> _tables = new(StringComparer.Ordinal);

    /// <summary>What a name means.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public ResolvedTable Get(QualifiedName name) => _tables.GetValueOrDefault(KeyOf(name)) switch
    {
        null => throw new ArcticException(ErrorCodes.UnknownName, $"Object '{name}' not found.") { Position = name.Position },
        ResolvedTable.Missing missing => throw new ArcticException(ErrorCodes.UnknownName, missing.Message) { Hint = missing.Hint, Position = name.Position },
        var found => found,
    };

    /// <summary>What a name means; null for one that nobody looked up.</summary>
    public ResolvedTable? Find(QualifiedName name) => _tables.GetValueOrDefault(KeyOf(name));

    /// <summary>Looks up every table that a statement names, and those that views among them name.</summary>
    public static ValueTask<ResolvedTables> ResolveAsync(Statement statement, CatalogRegistry catalogs, CancellationToken cancellationToken) =>
        ResolveAsync(TableNames.In(statement), catalogs, catalogs.Current, [], cancellationToken);

    /// <summary>Looks up every table that a query names.</summary>
    public static ValueTask<ResolvedTables> ResolveAsync(Query query, CatalogRegistry catalogs, CancellationToken cancellationToken) =>
        ResolveAsync(TableNames.In(query), catalogs, catalogs.Current, [], cancellationToken);

    private static async ValueTask<ResolvedTables> ResolveAsync(
        IReadOnlyList<QualifiedName> names, CatalogRegistry catalogs, DatabasePath current, IReadOnlyList<ObjectPath> openViews, CancellationToken cancellationToken)
    {
        var resolved = new ResolvedTables();
        foreach (var name in names)
        {
            var key = KeyOf(name);
            if (!resolved._tables.ContainsKey(key))
            {
                resolved._tables[key] = await ResolveAsync(name, catalogs, current, openViews, cancellationToken).ConfigureAwait(false);
            }
        }

        return resolved;
    }

    private static async ValueTask<ResolvedTable> ResolveAsync(
        QualifiedName name, CatalogRegistry catalogs, DatabasePath current, IReadOnlyList<ObjectPath> openViews, CancellationToken cancellationToken)
    {
        var path = catalogs.ResolveTable(name, current);

        // A temporary view hides a table of the same name, and a temporary table a view.
        var view = await catalogs.FindViewAsync(path, cancellationToken).ConfigureAwait(false);
        if (view is not null && !catalogs.TemporaryTables.Any(t => t.Path == path))
        {
            if (openViews.Contains(path))
            {
                throw new ArcticException(ErrorCodes.InvalidStatement, $"View '{path}' reads itself.");
            }

            var inner = await ResolveAsync(TableNames.In(view.Query), catalogs, view.DefinedIn, [.. openViews, path], cancellationToken).ConfigureAwait(false);
            return new ResolvedTable.View(view, inner);
        }

        if (await catalogs.FindTableAsync(path, cancellationToken).ConfigureAwait(false) is { } table)
        {
            return new ResolvedTable.Table(table);
        }

        return new ResolvedTable.Missing($"Table '{path}' does not exist.", await HintAsync(path, catalogs, cancellationToken).ConfigureAwait(false));
    }

    // The first part of the name that there is not.
    private static async ValueTask<string?> HintAsync(ObjectPath path, CatalogRegistry catalogs, CancellationToken cancellationToken)
    {
        if (catalogs.Find(path.Catalog) is not { } catalog)
        {
            return catalogs.HintFor(path.Catalog);
        }

        if (!await catalog.HasDatabaseAsync(path.Database, cancellationToken).ConfigureAwait(false))
        {
            return NameSuggestion.For(path.Database, await catalog.ListDatabasesAsync(cancellationToken).ConfigureAwait(false)) ?? $"There is no database '{path.Database}' in catalog '{path.Catalog}'; SHOW DATABASES lists those that there are.";
        }

        return NameSuggestion.For(path.Name, await catalogs.ListNamesAsync(new DatabasePath(path.Catalog, path.Database), cancellationToken).ConfigureAwait(false));
    }

    private static string KeyOf(QualifiedName name) => string.Join('\0', name.Parts.Select(p => p.Name));
}

/// <summary>What a name of a table means.</summary>
internal abstract record ResolvedTable
{
    /// <summary>A table.</summary>
    public sealed record Table(TableDefinition Definition) : ResolvedTable;

    /// <summary>A view, with what the names in it mean.</summary>
    public sealed record View(ViewDefinition Definition, ResolvedTables Tables) : ResolvedTable;

    /// <summary>Nothing.</summary>
    public sealed record Missing(string Message, string? Hint) : ResolvedTable;
}
