using Arctic.Storage.ObjectStores;

namespace Arctic.Stores;

/// <summary>Hands each call to the store that is the right one at that moment: options of a session may change between two statements.</summary>
/// <param name="find">Gives the store of a location.</param>
internal sealed class CurrentObjectStore(Func<string, IObjectStore> find) : IObjectStore
{
    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) => find(location).FindAsync(location, cancellationToken);

    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) => find(location).OpenReadAsync(location, cancellationToken);

    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => find(location).CreateAsync(location, cancellationToken);

    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        find(location).CreateIfAbsentAsync(location, content, cancellationToken);

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => find(location).PutAsync(location, content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => find(folder).ListAsync(folder, cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => find(folder).ListFolderAsync(folder, cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, CancellationToken cancellationToken) =>
        find(folder).ListFolderAsync(folder, namePrefix, cancellationToken);

    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => find(location).DeleteAsync(location, cancellationToken);
}
