using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads the changed rows of commits. Not thread-safe; one read at a time.</summary>
/// <param name="readersMax">How many files of a commit are read at once.</param>
/// <param name="readAheadBytesMax">The memory of batches that wait for the consumer then.</param>
internal sealed class ChangeReader(IObjectStore store, TableMetadata metadata, ScanReadRequest request, int readersMax, long readAheadBytesMax) : IAsyncDisposable
{
    private readonly NativeBridge _bridge = new("arctic-changes");

    /// <summary>The columns of the batches.</summary>
    public IReadOnlyList<NestedField> Columns => request.Columns;

    /// <summary>All changed rows of a commit: removed files, files with other deletes, added files.</summary>
    public IAsyncEnumerable<ChangeBatch> ReadAsync(CommitChanges commit, ChangeOrigin origin, CancellationToken cancellationToken) =>
        ReadAsync([.. commit.Removed.Select(t => new ChangedFile(t, null)), .. commit.Changed.Select(c => new ChangedFile(c.Before, c.After)), .. commit.Added.Select(t => new ChangedFile(null, t))], origin, cancellationToken);

    /// <summary>The changed rows of files, in their order.</summary>
    /// <param name="origin">The commit.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public IAsyncEnumerable<ChangeBatch> ReadAsync(IReadOnlyList<ChangedFile> files, ChangeOrigin origin, CancellationToken cancellationToken)
    {
        if (readersMax == 1 || files.Count <= 1)
        {
            return ReadAloneAsync(files, origin, cancellationToken);
        }

        var scan = new ParallelScan<ChangedFileReader, ChangedFile>(
            () => new ChangedFileReader(store, metadata, request, null), (reader, file, stop) => reader.ReadAsync(file, origin, stop), readersMax, readAheadBytesMax)
        {
            // Every reader would hold the keys anew, of both states.
            IsSerial = static file => file.HasKeys,
        };
        return scan.ReadAsync(files.ToAsyncEnumerable(), ScanOrder.Files, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _bridge.DisposeAsync();

    private async IAsyncEnumerable<ChangeBatch> ReadAloneAsync(IReadOnlyList<ChangedFile> files, ChangeOrigin origin, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new ChangedFileReader(store, metadata, request, _bridge);
        await using var _ = reader.ConfigureAwait(false);
        foreach (var file in files)
        {
            await foreach (var batch in reader.ReadAsync(file, origin, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
    }
}

/// <summary>A data file as it was before and is after a commit; null where it was or is not part of the table.</summary>
internal readonly record struct ChangedFile(FileScanTask? Before, FileScanTask? After)
{
    /// <summary>Whether either state has deletes by value.</summary>
    public bool HasKeys => (Before is not null && KeySets.AreNeededFor(Before)) || (After is not null && KeySets.AreNeededFor(After));
}
