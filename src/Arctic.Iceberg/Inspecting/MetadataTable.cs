using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Inspecting;

/// <summary>What a table knows about itself, as rows: its files, snapshots, partitions. Opened by <see cref="MetadataTables"/>.</summary>
public abstract class MetadataTable
{
    private protected MetadataTable(RowSchema schema) => Schema = schema;

    /// <summary>The columns; named and typed as in Java's metadata tables.</summary>
    public RowSchema Schema { get; }

    /// <summary>Reads the rows.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>Batches of a few thousand rows at most, made while manifests are read; the consumer disposes each.</returns>
    /// <exception cref="Columnar.Errors.ArcticException"><c>TABLE_CORRUPT</c>, <c>OBJECT_NOT_FOUND</c>: a manifest is damaged or gone.</exception>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var rows = new MetadataRows(Schema);
        await foreach (var _ in WriteAsync(rows, cancellationToken).ConfigureAwait(false))
        {
            if (rows.IsFull)
            {
                yield return rows.Build();
            }
        }

        if (rows.Count > 0)
        {
            yield return rows.Build();
        }
    }

    /// <summary>Writes one row after another; each element says that a row is whole.</summary>
    private protected abstract IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, CancellationToken cancellationToken);
}
