using Apache.Arrow.Ipc;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using RecordBatch = Apache.Arrow.RecordBatch;

namespace Arctic.Iceberg;

/// <content>Replacing and deleting rows by key.</content>
public sealed partial class IcebergTable
{
    /// <summary>A writer that adds, replaces and deletes rows by key, for more than one call's worth of them; dispose it.</summary>
    /// <param name="options">The key and the memory; null for the table's identifier fields.</param>
    /// <exception cref="ArcticException">
    /// <c>INVALID_STATEMENT</c>: rows cannot be told apart by these columns, or the table was opened without a catalog; <c>UNKNOWN_NAME</c>: there is no such column; <c>FORMAT_UNSUPPORTED</c>: format
    /// version 1 has no deletes.
    /// </exception>
    public RowDeltaWriter NewRowDeltaWriter(RowDeltaOptions? options = null) => new(this, options ?? new RowDeltaOptions());

    /// <summary>
    /// Puts records in the place of the rows with their keys, in one commit and without reading the table; of several records of a key the last one stays. See <see cref="RowDeltaWriter"/> for
    /// what that costs readers.
    /// </summary>
    /// <param name="rows">Whole rows.</param>
    /// <param name="keys">The key columns; null for the table's identifier fields.</param>
    /// <returns>The snapshot that was made; null when there were no rows, which commits nothing.</returns>
    /// <exception cref="ArcticException">As of <see cref="NewRowDeltaWriter"/> and <see cref="RowDeltaWriter.UpsertAsync(ChangeBatch, CancellationToken)"/>. Nothing is left of the rows.</exception>
    /// <exception cref="CommitConflictException">As of <see cref="RowDeltaWriter.CommitAsync"/>.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the rows are part of the table; their files stay.</exception>
    public async ValueTask<Snapshot?> UpsertAsync<T>(IEnumerable<T> rows, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.UpsertAsync(rows, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the other overload, of records as they come, in one commit when the last has come.</summary>
    public async ValueTask<Snapshot?> UpsertAsync<T>(IAsyncEnumerable<T> rows, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.UpsertAsync(rows, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the other overloads, of a batch of changes, whose deletions delete the rows of their key. The caller still disposes it.</summary>
    public async ValueTask<Snapshot?> UpsertAsync(ChangeBatch batch, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.UpsertAsync(batch, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the other overloads, of the rows of an Arrow batch. The caller still disposes it.</summary>
    public async ValueTask<Snapshot?> UpsertAsync(RecordBatch batch, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.UpsertAsync(batch, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the other overloads, of the rows of an Arrow stream, in one commit. Disposes each batch; the stream stays the caller's.</summary>
    public async ValueTask<Snapshot?> UpsertAsync(IArrowArrayStream batches, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.UpsertAsync(batches, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes the rows with these keys in one commit and without reading the table, whether there are any or not: <c>DeleteKeysAsync([new { Id = 7L }])</c>.</summary>
    /// <param name="rows">Records that have the key columns as properties.</param>
    /// <param name="keys">The key columns; null for the table's identifier fields.</param>
    /// <returns>The snapshot that was made; null when there were no keys, which commits nothing.</returns>
    /// <exception cref="ArcticException">As of the upsert.</exception>
    public async ValueTask<Snapshot?> DeleteKeysAsync<T>(IEnumerable<T> rows, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.DeleteAsync(rows, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the other overload, of a batch that has the key columns. The caller still disposes it.</summary>
    public async ValueTask<Snapshot?> DeleteKeysAsync(ChangeBatch batch, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.DeleteAsync(batch, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the other overload, of an Arrow batch that has the key columns. The caller still disposes it.</summary>
    public async ValueTask<Snapshot?> DeleteKeysAsync(RecordBatch batch, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default)
    {
        var writer = NewRowDeltaWriter(new RowDeltaOptions { Keys = keys });
        await using var _ = writer.ConfigureAwait(false);
        await writer.DeleteAsync(batch, cancellationToken).ConfigureAwait(false);
        return await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }
}
