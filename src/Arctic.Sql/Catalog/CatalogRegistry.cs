using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Catalog;

/// <summary>
/// The catalogs of one session, its current catalog and database, and its temporary tables and views, which hide permanent ones of the same
/// name. One statement at a time uses it.
/// </summary>
internal sealed class CatalogRegistry
{
    /// <summary>The catalog that is always there (<c>table.builtin-catalog-name</c>).</summary>
    public const string BuiltInCatalog = "default_catalog";

    /// <summary>Its database (<c>table.builtin-database-name</c>).</summary>
    public const string BuiltInDatabase = "default_database";

    private readonly SortedDictionary<string, ISqlCatalog> _catalogs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CatalogDefinition> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectPath, TableDefinition> _temporaryTables = [];
    private readonly Dictionary<ObjectPath, ViewDefinition> _temporaryViews = [];

    /// <summary>Starts with the built-in catalog in memory, and in it.</summary>
    public CatalogRegistry()
    {
        Current = new DatabasePath(BuiltInCatalog, BuiltInDatabase);
        Add(new MemoryCatalog(BuiltInCatalog, BuiltInDatabase), new CatalogDefinition(BuiltInCatalog, new TableOptions([KeyValuePair.Create("type", "generic_in_memory")])));
    }

    /// <summary>Where names of fewer than three parts are looked up.</summary>
    public DatabasePath Current { get; private set; }

    /// <summary>The names of the catalogs, ordered.</summary>
    public IReadOnlyCollection<string> CatalogNames => _catalogs.Keys;

    /// <summary>The temporary tables.</summary>
    public IReadOnlyCollection<TableDefinition> TemporaryTables => _temporaryTables.Values;

    /// <summary>The temporary views.</summary>
    public IReadOnlyCollection<ViewDefinition> TemporaryViews => _temporaryViews.Values;

    /// <summary>Adds a catalog.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    public void Add(ISqlCatalog catalog, CatalogDefinition definition)
    {
        if (!_catalogs.TryAdd(catalog.Name, catalog))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Catalog '{catalog.Name}' already exists.");
        }

        _definitions[catalog.Name] = definition;
    }

    /// <summary>Puts a catalog in the place of the one of its name; statements that run keep the old one.</summary>
    public void Replace(ISqlCatalog catalog, CatalogDefinition definition)
    {
        _catalogs[catalog.Name] = catalog;
        _definitions[catalog.Name] = definition;
    }

    /// <summary>How a catalog was made.</summary>
    /// <param name="position">Where it is named.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, with the nearest name.</exception>
    public CatalogDefinition GetDefinition(string name, SourcePosition? position)
    {
        _ = Get(name, position);
        return _definitions[name];
    }

    /// <summary>Takes a catalog out of the session; nothing in it is dropped.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, or <see cref="ErrorCodes.InvalidStatement"/> when it is the current or the built-in one.</exception>
    public void Remove(string name)
    {
        _ = Get(name, null);
        if (name is BuiltInCatalog || name == Current.Catalog)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot drop catalog '{name}': it is {(name == Current.Catalog ? "the current catalog" : "built in")}.") { Hint = "USE CATALOG another one first." };
        }

        _catalogs.Remove(name);
        _definitions.Remove(name);
    }

    /// <summary>A catalog; null when there is none of that name.</summary>
    public ISqlCatalog? Find(string name) => _catalogs.GetValueOrDefault(name);

    /// <summary>A catalog.</summary>
    /// <param name="position">Where it is named.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, with the nearest name.</exception>
    public ISqlCatalog Get(string name, SourcePosition? position) => Find(name)
        ?? throw new ArcticException(ErrorCodes.UnknownName, $"A catalog with name '{name}' does not exist.") { Hint = HintFor(name), Position = position };

    /// <summary>What to try where a catalog was named that there is not.</summary>
    public string HintFor(string name) => NameSuggestion.For(name, CatalogNames)
        ?? $"There is no catalog '{name}' in this session: CREATE CATALOG {name} WITH ('type' = 'arctic', 'warehouse' = '…') opens one, also in a script that is run first (--init).";

    /// <summary>USE CATALOG: its default database becomes current.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public void UseCatalog(Identifier name) => Current = new DatabasePath(name.Name, Get(name.Name, name.Position).DefaultDatabase);

    /// <summary>USE database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public async ValueTask UseDatabaseAsync(QualifiedName name, CancellationToken cancellationToken)
    {
        var path = ResolveDatabase(name);
        var catalog = Get(path.Catalog, name.Position);
        if (!await catalog.HasDatabaseAsync(path.Database, cancellationToken).ConfigureAwait(false))
        {
            var databases = await catalog.ListDatabasesAsync(cancellationToken).ConfigureAwait(false);
            throw new ArcticException(ErrorCodes.UnknownName, $"A database with name '{path.Database}' does not exist in the catalog '{path.Catalog}'.")
            {
                Hint = NameSuggestion.For(path.Database, databases) ?? (databases.Count == 0 ? "The catalog has no database yet: CREATE DATABASE makes one." : $"Databases of the catalog: {string.Join(", ", databases.Take(10))}."),
                Position = name.Position,
            };
        }

        Current = path;
    }

    /// <summary>The full name of a database of one or two parts.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: more parts.</exception>
    public DatabasePath ResolveDatabase(QualifiedName name) => name.Parts.Count switch
    {
        1 => new DatabasePath(Current.Catalog, name.Parts[0].Name),
        2 => new DatabasePath(name.Parts[0].Name, name.Parts[1].Name),
        _ => throw new ArcticException(ErrorCodes.InvalidStatement, $"'{name}' is not the name of a database: it has {name.Parts.Count} parts.") { Position = name.Position },
    };

    /// <summary>The full name of a table.</summary>
    public ObjectPath ResolveTable(QualifiedName name) => ResolveTable(name, Current);

    /// <summary>The full name of a table that is named in a given database. A fourth part, or a third one behind what is no catalog, belongs to the table's name.</summary>
    public ObjectPath ResolveTable(QualifiedName name, DatabasePath current)
    {
        var parts = name.Parts.Select(p => p.Name).ToArray();
        return parts.Length switch
        {
            1 => new ObjectPath(current.Catalog, current.Database, parts[0]),
            2 => new ObjectPath(current.Catalog, parts[0], parts[1]),
            _ when _catalogs.ContainsKey(parts[0]) => new ObjectPath(parts[0], parts[1], string.Join('.', parts[2..])),
            3 => Find(current.Catalog) is MemoryCatalog ? new ObjectPath(parts[0], parts[1], parts[2]) : new ObjectPath(current.Catalog, parts[0], string.Join('.', parts[1..])),
            _ => new ObjectPath(current.Catalog, parts[0], string.Join('.', parts[1..])),
        };
    }

    /// <summary>Makes a temporary table.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    public void AddTemporary(TableDefinition table)
    {
        if (_temporaryViews.ContainsKey(table.Path) || !_temporaryTables.TryAdd(table.Path, table))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Temporary table '{table.Path}' already exists.");
        }
    }

    /// <summary>Makes a temporary view.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    public void AddTemporary(ViewDefinition view)
    {
        if (_temporaryTables.ContainsKey(view.Path) || !_temporaryViews.TryAdd(view.Path, view))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Temporary view '{view.Path}' already exists.");
        }
    }

    /// <summary>Whether a temporary table or view has this name.</summary>
    public bool IsTemporary(ObjectPath path) => _temporaryTables.ContainsKey(path) || _temporaryViews.ContainsKey(path);

    /// <summary>Removes a temporary table.</summary>
    /// <returns>False when there is none.</returns>
    public bool RemoveTemporaryTable(ObjectPath path) => _temporaryTables.Remove(path);

    /// <summary>Removes a temporary view.</summary>
    /// <returns>False when there is none.</returns>
    public bool RemoveTemporaryView(ObjectPath path) => _temporaryViews.Remove(path);

    /// <summary>A table, temporary ones first; null when there is none.</summary>
    public async ValueTask<TableDefinition?> FindTableAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        if (_temporaryTables.TryGetValue(path, out var temporary))
        {
            return temporary;
        }

        return Find(path.Catalog) is { } catalog ? await catalog.FindTableAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>A view, temporary ones first; null when there is none.</summary>
    public async ValueTask<ViewDefinition?> FindViewAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        if (_temporaryViews.TryGetValue(path, out var temporary))
        {
            return temporary;
        }

        return Find(path.Catalog) is IViewCatalog catalog ? await catalog.FindViewAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>The names of the tables and views of a database that a misspelt one may have meant; empty when there is no such database.</summary>
    public async ValueTask<IReadOnlyList<string>> ListNamesAsync(DatabasePath database, CancellationToken cancellationToken)
    {
        var names = _temporaryTables.Keys.Concat(_temporaryViews.Keys).Where(p => p.Catalog == database.Catalog && p.Database == database.Database).Select(p => p.Name).ToList();
        if (Find(database.Catalog) is { } catalog && await catalog.HasDatabaseAsync(database.Database, cancellationToken).ConfigureAwait(false))
        {
            names.AddRange(await catalog.ListTablesAsync(database.Database, cancellationToken).ConfigureAwait(false));
            if (catalog is IViewCatalog views)
            {
                names.AddRange(await views.ListViewsAsync(database.Database, cancellationToken).ConfigureAwait(false));
            }
        }

        return names;
    }
}
