using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Catalog;

/// <summary>A store that holds one create until the test lets it go on: a writer that sleeps at the worst moment.</summary>
internal sealed class GatedStore(IObjectStore inner) : IObjectStore
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _closedFor;

    /// <summary>Ends when the writer waits at the gate.</summary>
    public Task Reached => _reached.Task;

    public void Close(string locationPart) => _closedFor = locationPart;

    public void Open() => _open.TrySetResult();

    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) => inner.FindAsync(location, cancellationToken);

    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(location, cancellationToken);

    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => inner.CreateAsync(location, cancellationToken);

    public async ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (_closedFor is { } part && location.EndsWith(part, StringComparison.Ordinal))
        {
            _closedFor = null;
            _reached.TrySetResult();
            await _open.Task;
        }

        return await inner.CreateIfAbsentAsync(location, content, cancellationToken);
    }

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.PutAsync(location, content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => inner.ListAsync(folder, cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => inner.ListFolderAsync(folder, cancellationToken);

    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => inner.DeleteAsync(location, cancellationToken);
}
