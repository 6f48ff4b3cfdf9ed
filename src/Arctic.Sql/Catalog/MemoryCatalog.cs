using Arctic.Columnar.Errors;

namespace Arctic.Sql.Catalog;

/// <summary>A catalog that lives as long as its session: for tables whose storage a connector owns. Safe for concurrent calls.</summary>
internal sealed partial class MemoryCatalog : ISqlCatalog, IViewCatalog
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Database> _databases = new(StringComparer.Ordinal);

    /// <summary>Makes a catalog with one empty database.</summary>
    public MemoryCatalog(string name, string defaultDatabase)
    {
        Name = name;
        DefaultDatabase = defaultDatabase;
        _databases.Add(defaultDatabase, new Database());
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string DefaultDatabase { get; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListDatabasesAsync(CancellationToken cancellationToken) => Locked<IReadOnlyList<string>>(() => [.. _databases.Keys]);

    /// <inheritdoc/>
    public ValueTask<bool> HasDatabaseAsync(string database, CancellationToken cancellationToken) => Locked(() => _databases.ContainsKey(database));

    /// <inheritdoc/>
    public ValueTask CreateDatabaseAsync(DatabaseDefinition database, CancellationToken cancellationToken) => Locked(() =>
    {
        if (!_databases.TryAdd(database.Name, new Database { Options = database.Options }))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Database '{database.Name}' already exists in catalog '{Name}'.");
        }
    });

    /// <inheritdoc/>
    public ValueTask AlterDatabaseAsync(string database, TableOptions options, CancellationToken cancellationToken) => Locked(() =>
    {
        var altered = Get(database);
        altered.Options = altered.Options.Overlaid(options);
    });

    /// <inheritdoc/>
    public ValueTask DropDatabaseAsync(string database, DropBehavior behavior, CancellationToken cancellationToken) => Locked(() =>
    {
        var existing = Get(database);
        if (behavior == DropBehavior.Restrict && existing.Tables.Count + existing.Views.Count > 0)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Database '{database}' in catalog '{Name}' is not empty.") { Hint = "Drop its tables first, or write DROP DATABASE … CASCADE." };
        }

        _databases.Remove(database);
    });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListTablesAsync(string database, CancellationToken cancellationToken) => Locked<IReadOnlyList<string>>(() => [.. Get(database).Tables.Keys]);

    /// <inheritdoc/>
    public ValueTask<TableDefinition?> FindTableAsync(string database, string table, CancellationToken cancellationToken) =>
        Locked(() => _databases.GetValueOrDefault(database)?.Tables.GetValueOrDefault(table));

    /// <inheritdoc/>
    public ValueTask CreateTableAsync(TableDefinition table, CancellationToken cancellationToken) => Locked(() =>
    {
        var database = Get(table.Path.Database);
        RefuseExisting(database, table.Path.Database, table.Path.Name);
        database.Tables.Add(table.Path.Name, table);
    });

    /// <inheritdoc/>
    public ValueTask DropTableAsync(string database, string table, CancellationToken cancellationToken) => Locked(() =>
    {
        _ = GetTable(database, table);
        Get(database).Tables.Remove(table);
        Get(database).Partitions.Remove(table);
    });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListViewsAsync(string database, CancellationToken cancellationToken) => Locked<IReadOnlyList<string>>(() => [.. Get(database).Views.Keys]);

    /// <inheritdoc/>
    public ValueTask<ViewDefinition?> FindViewAsync(string database, string view, CancellationToken cancellationToken) =>
        Locked(() => _databases.GetValueOrDefault(database)?.Views.GetValueOrDefault(view));

    /// <inheritdoc/>
    public ValueTask CreateViewAsync(ViewDefinition view, CancellationToken cancellationToken) => Locked(() =>
    {
        var database = Get(view.Path.Database);
        RefuseExisting(database, view.Path.Database, view.Path.Name);
        database.Views.Add(view.Path.Name, view);
    });

    /// <inheritdoc/>
    public ValueTask ReplaceViewAsync(ViewDefinition view, CancellationToken cancellationToken) => Locked(() =>
    {
        _ = GetView(view.Path.Database, view.Path.Name);
        Get(view.Path.Database).Views[view.Path.Name] = view;
    });

    /// <inheritdoc/>
    public ValueTask RenameViewAsync(string database, string view, string newName, CancellationToken cancellationToken) => Locked(() =>
    {
        var renamed = GetView(database, view);
        RefuseExisting(Get(database), database, newName);
        Get(database).Views.Remove(view);
        Get(database).Views.Add(newName, renamed with { Path = renamed.Path with { Name = newName } });
    });

    /// <inheritdoc/>
    public ValueTask DropViewAsync(string database, string view, CancellationToken cancellationToken) => Locked(() =>
    {
        _ = GetView(database, view);
        Get(database).Views.Remove(view);
    });

    private ViewDefinition GetView(string database, string view) => Get(database).Views.GetValueOrDefault(view)
        ?? throw new ArcticException(ErrorCodes.UnknownName, $"View with identifier '{Name}.{database}.{view}' does not exist.") { Hint = NameSuggestion.For(view, Get(database).Views.Keys) };

    private TableDefinition GetTable(string database, string table) => Get(database).Tables.GetValueOrDefault(table)
        ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table with identifier '{Name}.{database}.{table}' does not exist.") { Hint = NameSuggestion.For(table, Get(database).Tables.Keys) };

    private Database Get(string database) => _databases.GetValueOrDefault(database)
        ?? throw new ArcticException(ErrorCodes.UnknownName, $"Database '{database}' does not exist in catalog '{Name}'.") { Hint = NameSuggestion.For(database, _databases.Keys) };

    private void RefuseExisting(Database database, string databaseName, string name)
    {
        if (database.Tables.ContainsKey(name) || database.Views.ContainsKey(name))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Table (or view) '{databaseName}.{name}' already exists in catalog '{Name}'.");
        }
    }

    private ValueTask<T> Locked<T>(Func<T> action)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(action());
        }
    }

    private ValueTask Locked(Action action)
    {
        lock (_lock)
        {
            action();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Database
    {
        public TableOptions Options { get; set; } = TableOptions.Empty;

        public SortedDictionary<string, TableDefinition> Tables { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, ViewDefinition> Views { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, List<PartitionSpec>> Partitions { get; } = new(StringComparer.Ordinal);
    }
}
