using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// Opens the files of a table that was moved or copied: locations below the recorded folder are looked for below the actual one. Schemes and authorities of
/// recorded locations are left aside, since writers spell them differently in metadata, manifests and delete files.
/// </summary>
/// <param name="recordedFolder">The table's location as its metadata has it.</param>
/// <param name="actualFolder">Where it lies.</param>
internal sealed class RelocatingObjectStore(IObjectStore inner, string recordedFolder, string actualFolder) : IObjectStore
{
    private readonly string _recordedPath = PathOf(recordedFolder);
    private readonly string _actualPath = PathOf(actualFolder);
    private readonly string _actual = ObjectLocation.Normalize(actualFolder);

    /// <summary>Where a recorded location really is.</summary>
    public string Resolve(string location)
    {
        var path = PathOf(location);
        if (IsBelow(path, _actualPath) && ObjectLocation.Normalize(location).StartsWith(_actual, StringComparison.Ordinal))
        {
            return location;
        }

        return path == _recordedPath ? _actual
            : IsBelow(path, _recordedPath) ? ObjectLocation.Combine(_actual, path[_recordedPath.Length..])
            : location;
    }

    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) => inner.FindAsync(Resolve(location), cancellationToken);

    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(Resolve(location), cancellationToken);

    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => inner.CreateAsync(Resolve(location), cancellationToken);

    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.CreateIfAbsentAsync(Resolve(location), content, cancellationToken);

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.PutAsync(Resolve(location), content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => inner.ListAsync(Resolve(folder), cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => inner.ListFolderAsync(Resolve(folder), cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, CancellationToken cancellationToken) =>
        inner.ListFolderAsync(Resolve(folder), namePrefix, cancellationToken);

    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => inner.DeleteAsync(Resolve(location), cancellationToken);

    private static bool IsBelow(string path, string folder) =>
        path.Length > folder.Length && path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/';

    // Empty parts ("a//b") go.
    private static string PathOf(string location)
    {
        var path = ObjectLocation.PathOf(location);
        while (path.Contains("//", StringComparison.Ordinal))
        {
            path = path.Replace("//", "/", StringComparison.Ordinal);
        }

        return path;
    }
}
