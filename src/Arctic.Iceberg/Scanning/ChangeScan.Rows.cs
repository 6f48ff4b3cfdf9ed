using System.Runtime.CompilerServices;
using Apache.Arrow;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Mapping;

namespace Arctic.Iceberg.Scanning;

/// <content>Filters by name, and changes in other forms than batches.</content>
public sealed partial record ChangeScan
{
    /// <summary>Keeps only changes of rows for which the filter holds; several calls narrow further.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>, <c>UNSUPPORTED</c>: what does not fit the scan's <see cref="Schema"/>.</exception>
    public ChangeScan Where(Filter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Where(filter.Bind(Schema));
    }

    /// <summary>
    /// Reads the changes as records, in the order of <see cref="ReadAsync(CancellationToken)"/>. Only the columns that are properties are read, and a row whose other columns changed alone is no
    /// change.
    /// </summary>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c> or <c>TYPE_MISMATCH</c>: the type does not fit the scan's <see cref="Schema"/>; <c>EVALUATION_FAILED</c>: a property cannot hold a value that comes; and as of
    /// <see cref="ReadAsync(CancellationToken)"/>.
    /// </exception>
    public IAsyncEnumerable<ChangedRow<T>> ReadAsync<T>(CancellationToken cancellationToken = default)
    {
        // Bound at once, so that a type that does not fit is told where it was asked for.
        var columns = RecordColumns<T>.Bind(Schema.Fields, MappingUse.Read, $"the table '{_metadata.Location}'").OnlyMembers();
        return ReadRecordsAsync(Select([.. columns.Fields, MetadataColumns.CommitSnapshotId]), columns, cancellationToken);
    }

    /// <summary>
    /// Reads the changes as Arrow batches, without copying values but for rows that were left out of a batch. Arrow has no kinds of rows: the last column is
    /// <see cref="MetadataColumns.ChangeType"/>, if it is not among those chosen.
    /// </summary>
    /// <returns>Batches that the consumer disposes: their memory is then given back.</returns>
    /// <exception cref="ArcticException">As of <see cref="ReadAsync(CancellationToken)"/>.</exception>
    public async IAsyncEnumerable<RecordBatch> ReadArrowAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var scan = Columns.Any(c => c.Id == MetadataColumns.ChangeTypeId) ? this : Select([.. Columns, MetadataColumns.ChangeType]);
        var schema = ArrowTypes.ToArrow(scan.OutputSchema);
        await foreach (var batch in scan.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return LeasedRecordBatch.Of(batch, schema);
        }
    }

    private static async IAsyncEnumerable<ChangedRow<T>> ReadRecordsAsync<T>(ChangeScan scan, RecordColumns<T> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = System.Array.Empty<T>();
        await foreach (var batch in scan.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            using var compact = batch.Compact();
            batch.Dispose();
            var count = compact.ColumnLength;
            rows = rows.Length < count ? new T[count] : rows;
            columns.Decode(compact.Columns, count, rows);

            // A batch is of one commit.
            var snapshotId = count == 0 ? 0 : ((FixedColumn<long>)compact.Columns[^1].ToDense()).Values[0];
            for (var i = 0; i < count; i++)
            {
                yield return new ChangedRow<T>(compact.KindAt(i), snapshotId, rows[i]);
            }
        }
    }
}
