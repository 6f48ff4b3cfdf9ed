using System.Collections.Immutable;
using Arctic.Columnar.Randomness;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.S3;

namespace Arctic.Stores;

/// <summary>
/// The object stores of a session: local files, memory, and S3 as the session's options say. A catalog with options of its own has its own store, which the session uses too for
/// what lies in that warehouse, such as checkpoints. Thread-safe; nothing is connected before it is used.
/// </summary>
internal sealed class SessionStores : IObjectStoreProvider, IDisposable
{
    private readonly S3ObjectStoreProvider _s3;
    private readonly SessionOptions _options;
    private readonly Lock _lock = new();
    private ImmutableDictionary<string, IObjectStore> _warehouses = ImmutableDictionary<string, IObjectStore>.Empty;

    /// <param name="given">What the host gave; null for the stores of this class. It serves every location but the warehouses of catalogs with options of their own.</param>
    public SessionStores(SessionOptions options, IObjectStore? given, TimeProvider time, Random random)
    {
        _options = options;
        _s3 = new S3ObjectStoreProvider(time, EntropyRandom.Fork(random));
        var fallback = given ?? ObjectStoreRouter.CreateDefault(time).With("s3", new CurrentObjectStore(OpenS3));
        Store = new CurrentObjectStore(location => FindWarehouse(location) ?? fallback);
    }

    /// <summary>Reaches every location.</summary>
    public IObjectStore Store { get; }

    /// <summary>The store of a catalog's warehouse: the session's, unless the catalog says how S3 is reached; what it does not say the session does.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>INVALID_OPTION</c>.</exception>
    public IObjectStore OpenWarehouse(string warehouse, IReadOnlyDictionary<string, string> catalogOptions)
    {
        if (S3Keys.Select(catalogOptions).Count == 0 || ObjectLocation.SchemeOf(warehouse) != "s3")
        {
            return Store;
        }

        var store = _s3.Open(warehouse, S3Keys.Select(_options.Values, catalogOptions));
        lock (_lock)
        {
            _warehouses = _warehouses.SetItem(FolderOf(warehouse), store);
        }

        return store;
    }

    /// <inheritdoc/>
    /// <remarks>For the tables of a catalog server: what it says of S3 stands above the session's options.</remarks>
    public IObjectStore Open(string location, IReadOnlyDictionary<string, string> properties) =>
        ObjectLocation.SchemeOf(location) == "s3" && S3Keys.Select(properties).Count > 0 ? _s3.Open(location, S3Keys.Select(_options.Values, properties)) : Store;

    /// <inheritdoc/>
    public void Dispose() => _s3.Dispose();

    private IObjectStore OpenS3(string location) => _s3.Open(location, S3Keys.Select(_options.Values));

    private IObjectStore? FindWarehouse(string location)
    {
        var warehouses = _warehouses;
        if (warehouses.IsEmpty)
        {
            return null;
        }

        var folder = FolderOf(location);
        return warehouses.Where(w => folder.StartsWith(w.Key, StringComparison.Ordinal)).OrderByDescending(w => w.Key.Length).Select(w => w.Value).FirstOrDefault();
    }

    private static string FolderOf(string location) => ObjectLocation.Normalize(location) + "/";
}
