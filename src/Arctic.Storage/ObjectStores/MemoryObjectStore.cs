using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Arctic.Storage.ObjectStores;

/// <summary>Objects in memory, gone with the process: for tests, simulations and throw-away warehouses. Takes locations of any scheme; lists in ordinal order.</summary>
/// <param name="time">The clock of <see cref="ObjectInfo.LastModified"/>.</param>
public sealed class MemoryObjectStore(TimeProvider time) : IObjectStore
{
    private readonly ConcurrentDictionary<string, Entry> _objects = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var key = ObjectLocation.Normalize(location);
        return new(_objects.TryGetValue(key, out var entry) ? InfoOf(key, entry) : null);
    }

    /// <inheritdoc/>
    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var key = ObjectLocation.Normalize(location);
        return _objects.TryGetValue(key, out var entry) ? new(new Reader(key, entry.Content)) : throw ObjectErrors.NotFound(key);
    }

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(new Writer(this, ObjectLocation.Normalize(location)));
    }

    /// <inheritdoc/>
    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_objects.TryAdd(ObjectLocation.Normalize(location), EntryOf(content.ToArray())));
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _objects[ObjectLocation.Normalize(location)] = EntryOf(content.ToArray());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var (key, entry) in Below(PrefixOf(folder)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return InfoOf(key, entry);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var prefix = PrefixOf(folder);
        foreach (var entry in Below(prefix).Select(o => EntryBelow(prefix, o.Key)).Distinct())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _objects.TryRemove(ObjectLocation.Normalize(location), out _);
        return ValueTask.CompletedTask;
    }

    private static string PrefixOf(string folder) => ObjectLocation.Normalize(folder).TrimEnd('/') + "/";

    private static FolderEntry EntryBelow(string prefix, string key)
    {
        var relative = key[prefix.Length..].TrimStart('/');
        var slash = relative.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new FolderEntry(relative, IsFolder: false) : new FolderEntry(relative[..slash], IsFolder: true);
    }

    private static ObjectInfo InfoOf(string key, Entry entry) => new(key, entry.Content.Length, entry.Modified);

    private KeyValuePair<string, Entry>[] Below(string prefix) =>
        _objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(o => o.Key, StringComparer.Ordinal).ToArray();

    private Entry EntryOf(byte[] content) => new(content, time.GetUtcNow());

    private sealed record Entry(byte[] Content, DateTimeOffset Modified);

    private sealed class Reader(string location, byte[] content) : IObjectReader
    {
        public long Size => content.Length;

        public string? LocalPath => null;

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (offset < 0 || offset + buffer.Length > content.Length)
            {
                throw ObjectErrors.EndsEarly(location, offset, buffer.Length, content.Length);
            }

            content.AsSpan((int)offset, buffer.Length).CopyTo(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Writer(MemoryObjectStore store, string location) : ObjectWriter
    {
        private readonly MemoryStream _stream = new();
        private long _bytesWritten = -1;

        public override Stream Stream => _stream;

        public override long BytesWritten => _bytesWritten >= 0 ? _bytesWritten : _stream.Length;

        public override ValueTask CompleteAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_bytesWritten >= 0)
            {
                throw new InvalidOperationException($"'{location}' was completed before.");
            }

            var content = _stream.ToArray();
            _bytesWritten = content.Length;
            store._objects[location] = store.EntryOf(content);
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync() => _stream.DisposeAsync();
    }
}
