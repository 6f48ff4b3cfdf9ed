using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Connectors.FileSystem;

/// <summary>Lists the files once, in the order of their names, and hands them out.</summary>
internal sealed class FileSplitEnumerator(IObjectStore store, string path, string subject, ReadOnlyMemory<byte> state) : ISplitEnumerator
{
    private readonly Lock _lock = new();
    private Queue<FileSplit>? _splits = FileSplit.QueueFrom(state);

    public async ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken)
    {
        if (_splits is null)
        {
            var found = await ListAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _splits = new Queue<FileSplit>(found.Order(StringComparer.Ordinal).Select(l => new FileSplit(l, RecordPosition.Start)));
            }
        }

        return false;
    }

    public SourceSplit? TryAssign(int subtask)
    {
        lock (_lock)
        {
            return _splits is not null && _splits.TryDequeue(out var split) ? split.ToSplit() : null;
        }
    }

    public ReadOnlyMemory<byte> SnapshotState()
    {
        lock (_lock)
        {
            return FileSplit.ToState(_splits);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<List<string>> ListAsync(CancellationToken cancellationToken)
    {
        if (await store.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } file)
        {
            return [file.Location];
        }

        var (files, isEmpty) = (new List<string>(), true);
        await foreach (var entry in store.ListAsync(path, cancellationToken).ConfigureAwait(false))
        {
            isEmpty = false;
            if (!entry.Location[path.Length..].Split('/').Any(n => n.StartsWith('.') || n.StartsWith('_')))
            {
                files.Add(entry.Location);
            }
        }

        return !isEmpty
            ? files
            : throw new ArcticException(ErrorCodes.ObjectNotFound, $"Cannot read {subject}: its 'path' {path} is neither a file nor a folder with files in it.");
    }
}
