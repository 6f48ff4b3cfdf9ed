using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads the changed rows of data files of one commit. Not thread-safe; one read at a time.</summary>
internal sealed class ChangedFileReader : IAsyncDisposable
{
    private readonly ScanReadRequest _request;
    private readonly RowSchema _output;
    private readonly ScanPredicate _predicate;
    private readonly DataFileReader _files;
    private readonly DeleteLoader _deletesBefore;
    private readonly DeleteLoader _deletesAfter;

    /// <param name="bridge">Decodes; stays the caller's. Null to decode where the consumer asks.</param>
    public ChangedFileReader(IObjectStore store, TableMetadata metadata, ScanReadRequest request, NativeBridge? bridge)
    {
        _request = request;
        _output = new RowSchema(request.Columns.Select(TypeMapping.ToField));
        _predicate = new PredicateBuilder(request.Schema).Build(request.Filter);
        _files = new DataFileReader(store, bridge, NameMapping.Of(metadata.Properties), request.BatchRowsMax);

        // A set of deleted keys grows with every file that is loaded into it, so that the two states need their own.
        DeleteLoader NewLoader() => new(store, _files, new KeySets(metadata, request.Schema, request.DeleteKeyBytesMax), request.DeleteKeyBytesMax);
        (_deletesBefore, _deletesAfter) = (NewLoader(), NewLoader());
    }

    /// <summary>The changed rows of a file.</summary>
    /// <returns>Batches that are not empty; the consumer disposes each.</returns>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(ChangedFile file, ChangeOrigin origin, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var change = new FileChange(
            file.After ?? file.Before!, // one of them is there
            file.Before is null ? null : await _deletesBefore.LoadAsync(file.Before, cancellationToken).ConfigureAwait(false),
            file.After is null ? null : await _deletesAfter.LoadAsync(file.After, cancellationToken).ConfigureAwait(false))
        {
            Origin = origin,
        };
        var read = new FileRead(_request, _output, change);
        var request = new FileReadRequest(change.Task.File, FileColumns.IdsOf(read.Physical), _predicate, _request.Schema)
        {
            Positions = change is { Before: { } old, After: { } young } ? FileDeletes.FindDifference(old, young) : null,
        };
        await foreach (var batch in _files.ReadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            ChangeBatch? result;
            using (batch)
            {
                result = read.ToResult(batch);
            }

            if (result is not null)
            {
                yield return result;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
