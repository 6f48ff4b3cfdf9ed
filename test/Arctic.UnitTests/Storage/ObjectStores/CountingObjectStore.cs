using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Storage.ObjectStores;

/// <summary>Counts what is asked of another store's objects. Hides local paths, so that objects are read as from a remote store.</summary>
internal sealed class CountingObjectStore(IObjectStore store) : IObjectStore
{
    private long _bytesRead;
    private int _reads;

    /// <summary>The bytes of all reads.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>The number of reads.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Counts from 0 again.</summary>
    public void Reset()
    {
        Volatile.Write(ref _bytesRead, 0);
        Volatile.Write(ref _reads, 0);
    }

    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) => store.FindAsync(location, cancellationToken);

    public async ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) => new Reader(this, await store.OpenReadAsync(location, cancellationToken));

    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => store.CreateAsync(location, cancellationToken);

    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => store.CreateIfAbsentAsync(location, content, cancellationToken);

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => store.PutAsync(location, content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => store.ListAsync(folder, cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => store.ListFolderAsync(folder, cancellationToken);

    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => store.DeleteAsync(location, cancellationToken);

    private sealed class Reader(CountingObjectStore counter, IObjectReader reader) : IObjectReader
    {
        public long Size => reader.Size;

        public string? LocalPath => null;

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Interlocked.Add(ref counter._bytesRead, buffer.Length);
            Interlocked.Increment(ref counter._reads);
            return reader.ReadAsync(offset, buffer, cancellationToken);
        }

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }
}
