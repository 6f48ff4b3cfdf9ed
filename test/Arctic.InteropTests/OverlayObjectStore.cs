using Arctic.Storage.ObjectStores;

namespace Arctic.InteropTests;

/// <summary>Reads what another store has and keeps all changes in memory: a recorded table can be changed without being touched.</summary>
internal sealed class OverlayObjectStore(IObjectStore recorded) : IObjectStore
{
    private readonly MemoryObjectStore _changes = new(TimeProvider.System);

    public async ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) =>
        await _changes.FindAsync(location, cancellationToken) ?? await recorded.FindAsync(location, cancellationToken);

    public async ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) =>
        await _changes.FindAsync(location, cancellationToken) is null ? await recorded.OpenReadAsync(location, cancellationToken) : await _changes.OpenReadAsync(location, cancellationToken);

    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => _changes.CreateAsync(location, cancellationToken);

    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _changes.CreateIfAbsentAsync(location, content, cancellationToken);

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => _changes.PutAsync(location, content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => _changes.ListAsync(folder, cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => _changes.ListFolderAsync(folder, cancellationToken);

    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => _changes.DeleteAsync(location, cancellationToken);
}
