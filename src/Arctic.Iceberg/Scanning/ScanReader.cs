using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// Reads data files as the table has them now: columns by field id, deleted rows left out, filtered. Deletes that several files share are loaded
/// once. Not thread-safe; one read at a time.
/// </summary>
public sealed class ScanReader : IAsyncDisposable
{
    private readonly ScanReadRequest _request;
    private readonly RowSchema _output;
    private readonly ScanPredicate _predicate;
    private readonly NativeBridge? _bridge;
    private readonly DataFileReader _files;
    private readonly DeleteLoader _deletes;

    /// <summary>Makes a reader.</summary>
    /// <param name="keys">The keys of equality deletes that several readers share; null for a reader's own.</param>
    internal ScanReader(IObjectStore store, TableMetadata metadata, ScanReadRequest request, KeySets? keys = null)
    {
        _request = request;
        _output = new RowSchema(request.Columns.Select(TypeMapping.ToField));
        _predicate = new PredicateBuilder(request.Schema).Build(request.Filter);
        _bridge = request.Decoding == DecodePlace.OwnThread ? new NativeBridge("arctic-scan") : null;
        _files = new DataFileReader(store, _bridge, NameMapping.Of(metadata.Properties), request.BatchRowsMax);
        _deletes = new DeleteLoader(store, _files, keys ?? new KeySets(metadata, request.Schema, request.DeleteKeyBytesMax), request.DeleteKeyBytesMax);
    }

    /// <summary>The schema of the batches.</summary>
    public RowSchema OutputSchema => _output;

    /// <summary>Reads files one after the other; rows keep the order of their files.</summary>
    /// <returns>Batches that are not empty, perhaps with a selection; the consumer disposes each.</returns>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>, <c>OBJECT_NOT_FOUND</c>, <c>FORMAT_UNSUPPORTED</c>, <c>EVALUATION_FAILED</c>.</exception>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(IEnumerable<FileScanTask> tasks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var task in tasks)
        {
            await foreach (var batch in ReadAsync(task, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
    }

    /// <summary>Reads one file; as the other overload.</summary>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(FileScanTask task, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var deletes = await _deletes.LoadAsync(task, cancellationToken).ConfigureAwait(false);
        var file = new FileRead(_request, _output, new FileChange(task, null, deletes));
        var read = new FileReadRequest(task.File, FileColumns.IdsOf(file.Physical), _predicate, _request.Schema) { Range = task.Range };
        await foreach (var batch in _files.ReadAsync(read, cancellationToken).ConfigureAwait(false))
        {
            ChangeBatch? result;
            using (batch)
            {
                result = file.ToResult(batch);
            }

            // Only the result's own count on the memory is left when the consumer has it.
            if (result is not null)
            {
                yield return result;
            }
        }
    }

    /// <summary>The positions that delete files and deletion vectors delete of a task's file; null when there are none. Deletes by value are not among them.</summary>
    internal ValueTask<PositionDeletes?> LoadPositionsAsync(FileScanTask task, CancellationToken cancellationToken) => _deletes.LoadPositionsAsync(task, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _bridge?.DisposeAsync() ?? ValueTask.CompletedTask;
}
