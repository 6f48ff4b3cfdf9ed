using Arctic.Columnar.Errors;
using Arctic.Columnar.Randomness;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg;

/// <summary>
/// Tables by name: the first thing to open. Names are texts with dots, <c>shop.orders</c>; the last part is the table. Thread-safe; disposing it disposes what it was opened with, and
/// tables that were loaded from it must not be used any more.
/// </summary>
public sealed class IcebergCatalog : IAsyncDisposable
{
    private volatile bool _isDisposed;

    /// <summary>Gives names and defaults to a catalog; takes it over: it is disposed with this one if it can be.</summary>
    public IcebergCatalog(IIcebergCatalog catalog) => Inner = catalog;

    /// <summary>The catalog itself, with the calls that this one does not have.</summary>
    public IIcebergCatalog Inner { get; }

    /// <summary>The name in messages.</summary>
    public string Name => Inner.Name;

    /// <summary>
    /// Tables as folders below a warehouse, as Iceberg's Hadoop catalog keeps them: <c>warehouse/shop/orders</c>. Several processes may commit at once where the store can create a file
    /// only if it is absent, as local disks can.
    /// </summary>
    /// <param name="warehouse">A path, or a location of the store; need not exist yet.</param>
    public static IcebergCatalog OpenFileSystem(string warehouse, IcebergCatalogOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(warehouse);
        options ??= new IcebergCatalogOptions();
        return new IcebergCatalog(new FileSystemCatalog(options.Name, warehouse, options.Store ?? ObjectStoreRouter.CreateDefault(options.Time), EnvironmentOf(options)));
    }

    /// <summary>Tables in the memory of this process, gone with the catalog: for tests and for trying things.</summary>
    public static IcebergCatalog OpenMemory(IcebergCatalogOptions? options = null)
    {
        options ??= new IcebergCatalogOptions();
        return new IcebergCatalog(new MemoryCatalog(options.Name, "memory:///warehouse", options.Store ?? new MemoryObjectStore(options.Time), EnvironmentOf(options)));
    }

    /// <summary>Tables of a server that speaks Iceberg's REST catalog protocol. Nothing is asked of it before the first call.</summary>
    /// <param name="uri">The server's address, without <c>/v1</c>.</param>
    /// <param name="properties">Iceberg's options of such a catalog, as <see cref="RestCatalogOptions"/> has them: <c>warehouse</c>, <c>token</c>, <c>credential</c>, <c>header.*</c>, …</param>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    public static IcebergCatalog OpenRest(string uri, IReadOnlyDictionary<string, string>? properties = null, IcebergCatalogOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(uri);
        options ??= new IcebergCatalogOptions();
        var stores = options.StoreProvider ?? new ObjectStoreProviderRouter(options.Store ?? ObjectStoreRouter.CreateDefault(options.Time));
        var all = new Dictionary<string, string>(properties ?? new Dictionary<string, string>()) { ["uri"] = uri };
        return new IcebergCatalog(new RestCatalog(options.Name, RestCatalogOptions.Read(all, $"catalog '{options.Name}'"), stores, EnvironmentOf(options)));
    }

    /// <summary>The namespaces directly below one, in no particular order.</summary>
    /// <param name="parent">Null for the outermost ones.</param>
    public async ValueTask<IReadOnlyList<string>> ListNamespacesAsync(string? parent = null, CancellationToken cancellationToken = default)
    {
        var found = await Open.ListNamespacesAsync(parent is null ? Namespace.Root : Namespace.Parse(parent), cancellationToken).ConfigureAwait(false);
        return found.Select(n => n.ToString()).ToArray();
    }

    /// <summary>Creates a namespace if there is none, and those that it lies in; whoever is first sets the properties.</summary>
    /// <returns>Whether this call created it.</returns>
    public async ValueTask<bool> CreateNamespaceIfNotExistsAsync(string name, IReadOnlyDictionary<string, string>? properties = null, CancellationToken cancellationToken = default)
    {
        var levels = Namespace.Parse(name).Levels;
        var isNew = false;
        for (var depth = 1; depth <= levels.Count; depth++)
        {
            var given = depth == levels.Count ? properties : null;
            isNew = await TryCreateAsync(new Namespace(levels.Take(depth)), given ?? new Dictionary<string, string>(), cancellationToken).ConfigureAwait(false);
        }

        return isNew;
    }

    /// <summary>Drops an empty namespace.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>; <c>INVALID_STATEMENT</c> when it holds tables or namespaces.</exception>
    public ValueTask DropNamespaceAsync(string name, CancellationToken cancellationToken = default) => Open.DropNamespaceAsync(Namespace.Parse(name), cancellationToken);

    /// <summary>The full names of a namespace's tables, in no particular order.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    public async ValueTask<IReadOnlyList<string>> ListTablesAsync(string ns, CancellationToken cancellationToken = default)
    {
        var found = await Open.ListTablesAsync(Namespace.Parse(ns), cancellationToken).ConfigureAwait(false);
        return found.Select(t => t.ToString()).ToArray();
    }

    /// <summary>The table as it is now.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, with a suggestion.</exception>
    public ValueTask<IcebergTable> LoadTableAsync(string name, CancellationToken cancellationToken = default) => Open.LoadTableAsync(TableIdentifier.Parse(name), cancellationToken);

    /// <summary>The table as it is now; null when there is none.</summary>
    public ValueTask<IcebergTable?> FindTableAsync(string name, CancellationToken cancellationToken = default) => Open.FindTableAsync(TableIdentifier.Parse(name), cancellationToken);

    /// <summary>Creates an empty table, and its namespace if there is none.</summary>
    /// <exception cref="ArcticException"><c>ALREADY_EXISTS</c>.</exception>
    public async ValueTask<IcebergTable> CreateTableAsync(string name, TableCreation creation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(creation);
        var identifier = TableIdentifier.Parse(name);
        if (identifier.Namespace.Levels.Count > 0)
        {
            await CreateNamespaceIfNotExistsAsync(identifier.Namespace.ToString(), null, cancellationToken).ConfigureAwait(false);
        }

        return await Open.CreateTableAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates an empty table for a record type, as <see cref="TableCreation.For{T}"/> says, without partitions; and its namespace if there is none.</summary>
    /// <exception cref="ArcticException"><c>ALREADY_EXISTS</c>; <c>TYPE_MISMATCH</c>: a property's type has no column type.</exception>
    public ValueTask<IcebergTable> CreateTableAsync<T>(string name, CancellationToken cancellationToken = default) => CreateTableAsync(name, TableCreation.For<T>(), cancellationToken);

    /// <summary>The table as it is now; created first when there is none. A table that exists stays as it is, whatever its columns are.</summary>
    public async ValueTask<IcebergTable> CreateTableIfNotExistsAsync(string name, TableCreation creation, CancellationToken cancellationToken = default)
    {
        if (await FindTableAsync(name, cancellationToken).ConfigureAwait(false) is { } table)
        {
            return table;
        }

        try
        {
            return await CreateTableAsync(name, creation, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.AlreadyExists)
        {
            // Someone else was faster.
            return await LoadTableAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The table as it is now; created first for a record type when there is none. A table that exists stays as it is: whether the type fits shows when rows are read or written.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>: a property's type has no column type.</exception>
    public ValueTask<IcebergTable> CreateTableIfNotExistsAsync<T>(string name, CancellationToken cancellationToken = default) =>
        CreateTableIfNotExistsAsync(name, TableCreation.For<T>(), cancellationToken);

    /// <summary>Forgets a table and, when asked, deletes its files.</summary>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c>; <c>UNSUPPORTED</c>: a file-system catalog cannot forget a table without its files; <c>INVALID_STATEMENT</c>: other tables may use its files (<c>gc.enabled</c>).
    /// </exception>
    public ValueTask DropTableAsync(string name, DropMode mode, CancellationToken cancellationToken = default) =>
        Open.DropTableAsync(TableIdentifier.Parse(name), mode, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        if (Inner is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        }
        else if (Inner is IDisposable disposable)
        {
            disposable.Dispose();
        }
    }

    private IIcebergCatalog Open => _isDisposed ? throw new ObjectDisposedException($"{nameof(IcebergCatalog)} '{Name}'") : Inner;

    private static CommitEnvironment EnvironmentOf(IcebergCatalogOptions options) => new(options.Time, options.Random ?? new EntropyRandom());

    private async ValueTask<bool> TryCreateAsync(Namespace ns, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        if (await Open.FindNamespaceAsync(ns, cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        try
        {
            await Open.CreateNamespaceAsync(ns, properties, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.AlreadyExists)
        {
            return false;
        }
    }
}
