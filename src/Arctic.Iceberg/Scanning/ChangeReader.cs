using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads the changed rows of commits. Not thread-safe; one read at a time.</summary>
internal sealed class ChangeReader : IAsyncDisposable
{
    private readonly IObjectStore _store;
    private readonly TableMetadata _metadata;
    private readonly ScanReadRequest _request;
    private readonly RowSchema _output;
    private readonly ScanPredicate _predicate;
    private readonly NativeBridge _bridge = new("arctic-changes");
    private readonly DataFileReader _files;

    public ChangeReader(IObjectStore store, TableMetadata metadata, ScanReadRequest request)
    {
        (_store, _metadata, _request) = (store, metadata, request);
        _output = new RowSchema(request.Columns.Select(TypeMapping.ToField));
        _predicate = new PredicateBuilder(request.Schema).Build(request.Filter);
        _files = new DataFileReader(store, _bridge, NameMapping.Of(metadata.Properties), request.BatchRowsMax);
    }

    /// <summary>The columns of the batches.</summary>
    public IReadOnlyList<NestedField> Columns => _request.Columns;

    /// <summary>All changed rows of a commit: removed files, files with other deletes, added files.</summary>
    public IAsyncEnumerable<ChangeBatch> ReadAsync(CommitChanges commit, ChangeOrigin origin, CancellationToken cancellationToken) =>
        ReadAsync(commit.Removed.Select(t => (Before: (FileScanTask?)t, After: (FileScanTask?)null))
            .Concat(commit.Changed.Select(c => ((FileScanTask?)c.Before, (FileScanTask?)c.After)))
            .Concat(commit.Added.Select(t => ((FileScanTask?)null, (FileScanTask?)t))), origin, cancellationToken);

    /// <summary>The changed rows of files.</summary>
    /// <param name="files">Each as it was before and is after the commit; null where it was or is not part of the table.</param>
    /// <param name="origin">The commit.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(
        IEnumerable<(FileScanTask? Before, FileScanTask? After)> files, ChangeOrigin origin, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A set of deleted keys grows with every file that is loaded into it, so that the two states need their own.
        var (deletesBefore, deletesAfter) = (NewLoader(), NewLoader());
        foreach (var (before, after) in files)
        {
            var change = new FileChange(
                after ?? before!,
                before is null ? null : await deletesBefore.LoadAsync(before, cancellationToken).ConfigureAwait(false),
                after is null ? null : await deletesAfter.LoadAsync(after, cancellationToken).ConfigureAwait(false))
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
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _bridge.DisposeAsync();

    private DeleteLoader NewLoader() => new(_store, _files, _metadata, _request.Schema, _request.DeleteKeyBytesMax);
}
