using Apache.Arrow.Ipc;
using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Mapping;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using RecordBatch = Apache.Arrow.RecordBatch;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Writes rows as new data files of a table: to their partitions, in files of the size, codec and metrics that the table's properties ask for. Nothing is part of the table before
/// <see cref="CommitAsync"/>. Not thread-safe; several writers of one table may run side by side.
/// </summary>
/// <remarks>
/// When the table has a sort order, rows are gathered up to 128 MiB of columns, sorted, and written to files of their own, each sorted as a whole; files are then no larger
/// than such a run, which takes about three times its columns of memory. Rows of more partitions than files may be open (64) are gathered alike, so that each run makes one file a
/// partition and not one of every few rows. A writer that is disposed without a commit deletes what it wrote.
/// <para>A write or a completion that fails or is cancelled after rows were taken leaves the writer broken: part of the rows may be in its files, so it takes no more rows and commits nothing
/// (<see cref="InvalidOperationException"/>). Dispose it, and write all rows with another. A batch or type that does not fit the table is refused before that, and breaks nothing.</para>
/// </remarks>
public sealed class TableWriter : IAsyncDisposable
{
    private const int RowsPerBatch = 16384;
    private readonly IcebergTable _table;
    private readonly IObjectStore _store;
    private readonly Schema _schema;
    private readonly ColumnCompletion _completion;
    private readonly PartitionedWriter _files;
    private readonly GatheringWriter _rows;
    private readonly NewFiles _locations;
    private readonly WriterState _state;

    internal TableWriter(IcebergTable table)
    {
        var metadata = table.Metadata;
        (_table, _store, _schema) = (table, table.Store, metadata.CurrentSchema);
        _state = new WriterState(table.Identifier);
        _completion = new ColumnCompletion(_schema);
        _locations = new NewFiles(metadata, table.Catalog.Environment);
        _files = new PartitionedWriter(
            _store, DataFileRequest.For(metadata) with { SortOrderId = metadata.DefaultSortOrderId }, partition => _locations.Next(metadata.DefaultSpec, partition, ".parquet"));
        _rows = new GatheringWriter(_files, _completion.Output, metadata.DefaultSortOrder.Fields.Count == 0 ? null : new RowSorter(_schema, metadata.DefaultSortOrder));
    }

    /// <summary>The rows written so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Appends the rows of a batch, whose columns are found by name; those that it lacks get their write default, or null. The caller still disposes it.</summary>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c>: the table has no such column; <c>TYPE_MISMATCH</c>: a type does not fit, or a required column is missing; <c>INVALID_STATEMENT</c>: a row is not an insert.
    /// </exception>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _state.RequireOpen();
        _state.RequireInserts(batch);
        cancellationToken.ThrowIfCancellationRequested();
        using var complete = _completion.Complete(batch);
        _state.Begin();
        await TakeAsync(complete, cancellationToken).ConfigureAwait(false);
        _state.End();
    }

    /// <summary>Appends the rows of an Arrow batch, whose columns are found by name; as the other overload. The caller still disposes it.</summary>
    /// <exception cref="ArcticException">As of the other overload; <c>FORMAT_UNSUPPORTED</c>: an Arrow type that no column can have.</exception>
    public async ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var view = ArrowImport.View(batch);
        await WriteAsync(view, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends the rows of an Arrow stream; as the other overloads. Disposes each batch; the stream stays the caller's.</summary>
    public async ValueTask WriteAsync(IArrowArrayStream batches, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        _state.Begin();
        while (await batches.ReadNextRecordBatchAsync(cancellationToken).ConfigureAwait(false) is { } batch)
        {
            using var taken = ArrowImport.ToChangeBatch(batch);
            using var complete = _completion.Complete(taken);
            await TakeAsync(complete, cancellationToken).ConfigureAwait(false);
        }

        _state.End();
    }

    /// <summary>Appends records; how their properties become columns is said at <see cref="IcebergColumnAttribute"/>.</summary>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c> or <c>TYPE_MISMATCH</c>: the type does not fit the table; <c>EVALUATION_FAILED</c>: a column cannot hold a value, which leaves the writer broken.
    /// </exception>
    public async ValueTask WriteAsync<T>(IEnumerable<T> rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _state.RequireOpen();
        var columns = BindColumns<T>();
        _state.Begin();
        foreach (var chunk in rows.Chunk(RowsPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await TakeAsync(columns, chunk, chunk.Length, cancellationToken).ConfigureAwait(false);
        }

        _state.End();
    }

    /// <summary>Appends records as they come; as the other overload.</summary>
    public async ValueTask WriteAsync<T>(IAsyncEnumerable<T> rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _state.RequireOpen();
        var columns = BindColumns<T>();
        var buffer = new T[RowsPerBatch];
        var used = 0;
        _state.Begin();
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            buffer[used++] = row;
            if (used == buffer.Length)
            {
                await TakeAsync(columns, buffer, used, cancellationToken).ConfigureAwait(false);
                used = 0;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        await TakeAsync(columns, buffer, used, cancellationToken).ConfigureAwait(false);
        _state.End();
    }

    /// <summary>Finishes the files and hands them over: committing them with <see cref="Transaction"/>, or deleting them, is then the caller's.</summary>
    /// <returns>Empty when no rows were written.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken = default)
    {
        var files = await FinishAsync(cancellationToken).ConfigureAwait(false);
        _locations.HandOver();
        return files;
    }

    /// <summary>
    /// Finishes the files and appends them to the table in one commit, trying again when others commit first (<c>commit.retry.*</c>). The table's handle moves to the version with them.
    /// </summary>
    /// <returns>The snapshot that was made; null when no rows were written, which commits nothing.</returns>
    /// <exception cref="CommitConflictException">Others were faster as often as it was tried. Nothing is left of the rows.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the rows are part of the table; their files stay.</exception>
    /// <exception cref="OperationCanceledException">Nothing was committed, and nothing is left of the rows.</exception>
    public async ValueTask<Snapshot?> CommitAsync(CancellationToken cancellationToken = default)
    {
        var files = await FinishAsync(cancellationToken).ConfigureAwait(false);
        if (files.Count == 0)
        {
            return null;
        }

        var transaction = _table.NewTransaction();
        var append = transaction.Append().Add(files);
        return await _locations.CommitAsync(_table, async () => (await transaction.CommitAsync(cancellationToken).ConfigureAwait(false), append.SnapshotId)).ConfigureAwait(false);
    }

    /// <summary>
    /// Finishes the files and puts them in the place of the rows that a filter finds, in one commit: whole files go where partitions and metrics prove it, single rows as
    /// <c>write.delete.mode</c> says. When others commit first it is planned anew. The table's handle moves to the version with it.
    /// </summary>
    /// <returns>The snapshot that was made; null when no rows were written and none was found.</returns>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>, <c>UNSUPPORTED</c>: the filter does not fit the table.</exception>
    /// <exception cref="CommitConflictException">Others were faster as often as it was tried. Nothing is left of the rows.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether it took place; the files stay.</exception>
    /// <exception cref="OperationCanceledException">Nothing was committed, and nothing is left of the rows.</exception>
    public async ValueTask<Snapshot?> CommitInPlaceOfAsync(Filter replaced, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replaced);
        var files = await FinishAsync(cancellationToken).ConfigureAwait(false);
        var deletion = new RowDeletion { Filter = replaced.Bind(_schema), Schema = _schema, Added = files };
        return await _locations.CommitAsync(_table, async () =>
        {
            var result = await new RowDeleter(_table, deletion).CommitAsync(cancellationToken).ConfigureAwait(false);
            return (result.Table, result.SnapshotId);
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _state.Complete();
        _rows.Dispose();
        await _files.DisposeAsync().ConfigureAwait(false);
        await _locations.DeleteAllAsync(_store).ConfigureAwait(false);
    }

    private RecordColumns<T> BindColumns<T>() => RecordColumns<T>.Bind(_schema.Fields, MappingUse.Write, $"the table '{_table.Identifier}'");

    private async ValueTask TakeAsync<T>(RecordColumns<T> columns, T[] rows, int count, CancellationToken cancellationToken)
    {
        using var batch = new ChangeBatch(_completion.Output, columns.Encode(rows, count), count);
        using var complete = _completion.Complete(batch);
        await TakeAsync(complete, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask TakeAsync(ChangeBatch complete, CancellationToken cancellationToken)
    {
        await _rows.WriteAsync(complete, cancellationToken).ConfigureAwait(false);
        RowCount += complete.RowCount;
    }

    private async ValueTask<IReadOnlyList<DataFile>> FinishAsync(CancellationToken cancellationToken)
    {
        _state.Begin();
        var files = await _rows.CompleteAsync(cancellationToken).ConfigureAwait(false);
        _state.Complete();
        return files;
    }
}
