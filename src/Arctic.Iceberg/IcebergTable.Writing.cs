using Apache.Arrow;
using Apache.Arrow.Ipc;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg;

/// <content>Appending rows.</content>
public sealed partial class IcebergTable
{
    /// <summary>A writer of new rows in their partitions, for more than one call's worth of them; dispose it.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: the table was opened without a catalog.</exception>
    public TableWriter NewWriter() => new(this);

    /// <summary>
    /// Appends records in one commit: written to their partitions, sorted if the table has a sort order (see <see cref="TableWriter"/>), in files as the table's properties ask for. Then
    /// this handle stands at the version with them.
    /// </summary>
    /// <returns>The snapshot that was made; null when there were no rows, which commits nothing.</returns>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c> or <c>TYPE_MISMATCH</c>: the type does not fit the table; <c>EVALUATION_FAILED</c>: a column cannot hold a value. Nothing is left of the rows.
    /// </exception>
    /// <exception cref="CommitConflictException">Others were faster as often as it was tried. Nothing is left of the rows.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the rows are part of the table; their files stay.</exception>
    /// <exception cref="OperationCanceledException">Nothing was committed, and nothing is left of the rows.</exception>
    public async ValueTask<Snapshot?> AppendAsync<T>(IEnumerable<T> rows, CancellationToken cancellationToken = default)
    {
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        await writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends records as they come, in one commit when the last has come; as the other overloads.</summary>
    public async ValueTask<Snapshot?> AppendAsync<T>(IAsyncEnumerable<T> rows, CancellationToken cancellationToken = default)
    {
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        await writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends the rows of a batch, whose columns are found by name, in one commit; as the other overloads. The caller still disposes it.</summary>
    public async ValueTask<Snapshot?> AppendAsync(ChangeBatch batch, CancellationToken cancellationToken = default)
    {
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends the rows of batches in one commit; as the other overloads. Disposes each batch.</summary>
    public async ValueTask<Snapshot?> AppendAsync(IAsyncEnumerable<ChangeBatch> batches, CancellationToken cancellationToken = default)
    {
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }

        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends the rows of an Arrow batch, whose columns are found by name, in one commit; as the other overloads. The caller still disposes it.</summary>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: an Arrow type that no column can have.</exception>
    public async ValueTask<Snapshot?> AppendAsync(RecordBatch batch, CancellationToken cancellationToken = default)
    {
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends the rows of an Arrow stream in one commit; as the other overloads. Disposes each batch; the stream stays the caller's.</summary>
    public async ValueTask<Snapshot?> AppendAsync(IArrowArrayStream batches, CancellationToken cancellationToken = default)
    {
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        await writer.WriteAsync(batches, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }
}
