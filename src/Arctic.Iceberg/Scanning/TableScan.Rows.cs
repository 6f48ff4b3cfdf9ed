using System.Runtime.CompilerServices;
using Apache.Arrow;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Mapping;

namespace Arctic.Iceberg.Scanning;

/// <content>Filters by name, and rows in other forms than batches.</content>
public sealed partial record TableScan
{
    /// <summary>Keeps only rows for which the filter holds; several calls narrow further.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>, <c>UNSUPPORTED</c>: what does not fit the scan's <see cref="Schema"/>.</exception>
    public TableScan Where(Filter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Where(filter.Bind(Schema));
    }

    /// <summary>Plans and reads all rows as records. Only the columns that are properties are read.</summary>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c> or <c>TYPE_MISMATCH</c>: the type does not fit the scan's <see cref="Schema"/>; <c>EVALUATION_FAILED</c>: a property cannot hold a value that comes.
    /// </exception>
    public IAsyncEnumerable<T> ReadAsync<T>(CancellationToken cancellationToken = default)
    {
        // Bound at once, so that a type that does not fit is told where it was asked for.
        var columns = RecordColumns<T>.Bind(Schema.Fields, MappingUse.Read, $"the table '{_metadata.Location}'{SchemaOfItsTime}").OnlyMembers();
        return ReadRecordsAsync(Select(columns.Fields), columns, cancellationToken);
    }

    /// <summary>Plans and reads all rows as Arrow batches, without copying values but for rows that were left out of a batch.</summary>
    /// <returns>Batches that the consumer disposes: their memory is then given back.</returns>
    public async IAsyncEnumerable<RecordBatch> ReadArrowAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var schema = ArrowTypes.ToArrow(OutputSchema);
        await foreach (var batch in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return LeasedRecordBatch.Of(batch, schema);
        }
    }

    private static async IAsyncEnumerable<T> ReadRecordsAsync<T>(TableScan scan, RecordColumns<T> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = System.Array.Empty<T>();
        await foreach (var batch in scan.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            int count;
            using (batch)
            using (var compact = batch.Compact())
            {
                count = compact.ColumnLength;
                rows = rows.Length < count ? new T[count] : rows;
                columns.Decode(compact.Columns, count, rows);
            }

            for (var i = 0; i < count; i++)
            {
                yield return rows[i];
            }
        }
    }
}
