using Arctic.Storage.ObjectStores;

namespace Arctic.Testing.Faults;

/// <summary>A store in which another writer is faster: so many times, just before a file with a certain name is made, by a stream or one that must not exist.</summary>
internal sealed class OvertakenStore(IObjectStore inner, string name, int times, Func<Task> commit) : IObjectStore
{
    private int _left = times;

    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) => inner.FindAsync(location, cancellationToken);

    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(location, cancellationToken);

    public async ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        await OvertakeAsync(location);
        return await inner.CreateAsync(location, cancellationToken);
    }

    public async ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await OvertakeAsync(location);
        return await inner.CreateIfAbsentAsync(location, content, cancellationToken);
    }

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.PutAsync(location, content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => inner.ListAsync(folder, cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => inner.ListFolderAsync(folder, cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, CancellationToken cancellationToken) => inner.ListFolderAsync(folder, namePrefix, cancellationToken);

    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => inner.DeleteAsync(location, cancellationToken);

    private async Task OvertakeAsync(string location)
    {
        if (location.Contains(name, StringComparison.Ordinal) && _left > 0)
        {
            _left--;
            await commit();
        }
    }
}
