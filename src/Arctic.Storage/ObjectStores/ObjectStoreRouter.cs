using System.Collections.Frozen;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.ObjectStores;

/// <summary>Hands each location to the store of its scheme; itself a store, so that nobody below a session needs to know how many there are.</summary>
public sealed class ObjectStoreRouter : IObjectStore
{
    private readonly FrozenDictionary<string, IObjectStore> _stores;

    /// <summary>Makes a router.</summary>
    /// <param name="stores">Schemes in lower case (<c>file</c>, <c>s3</c>; <see cref="ObjectLocation.Normalize"/> makes <c>s3a</c> one of them) to their stores.</param>
    public ObjectStoreRouter(IEnumerable<KeyValuePair<string, IObjectStore>> stores) => _stores = stores.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The schemes that have a store.</summary>
    public IReadOnlyCollection<string> Schemes => _stores.Keys;

    /// <summary>A router with the stores that need nothing else: <c>file</c>, and a <c>memory</c> of its own.</summary>
    public static ObjectStoreRouter CreateDefault(TimeProvider time) => new(new Dictionary<string, IObjectStore>
    {
        ["file"] = new LocalObjectStore(),
        ["memory"] = new MemoryObjectStore(time),
    });

    /// <summary>This router with one more store, which replaces one of that scheme.</summary>
    public ObjectStoreRouter With(string scheme, IObjectStore store) => new(new Dictionary<string, IObjectStore>(_stores) { [scheme] = store });

    /// <inheritdoc/>
    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) => StoreOf(location).FindAsync(location, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) => StoreOf(location).OpenReadAsync(location, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => StoreOf(location).CreateAsync(location, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        StoreOf(location).CreateIfAbsentAsync(location, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => StoreOf(location).PutAsync(location, content, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => StoreOf(folder).ListAsync(folder, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => StoreOf(folder).ListFolderAsync(folder, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, CancellationToken cancellationToken) =>
        StoreOf(folder).ListFolderAsync(folder, namePrefix, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => StoreOf(location).DeleteAsync(location, cancellationToken);

    private IObjectStore StoreOf(string location)
    {
        var scheme = ObjectLocation.SchemeOf(location);
        return _stores.TryGetValue(scheme, out var store)
            ? store
            : throw NoStoreFor(location, Schemes);
    }

    /// <summary>The error of a location that no store is there for.</summary>
    /// <param name="schemes">Those that have one.</param>
    internal static ArcticException NoStoreFor(string location, IEnumerable<string> schemes)
    {
        var scheme = ObjectLocation.SchemeOf(location);
        return new ArcticException(
            ErrorCodes.StorageRefused,
            $"Cannot reach '{location}': there is no object store for '{scheme}' locations, only for {string.Join(", ", schemes.Order(StringComparer.Ordinal).Select(s => $"'{s}'"))}.")
        {
            Hint = scheme == "s3"
                ? "Add the package Arctic.Storage.S3 and give an S3ObjectStore: as IcebergCatalogOptions.Store, as the store of IcebergTable.OpenAsync, or to ObjectStoreRouter.With(\"s3\", …); docs/guide/storage.md."
                : $"Give a store that reaches them (ObjectStoreRouter.With(\"{scheme}\", …)), or use a location that has one.",
        };
    }
}
