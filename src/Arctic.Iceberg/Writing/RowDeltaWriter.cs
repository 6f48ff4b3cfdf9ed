using Apache.Arrow.Ipc;
using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Mapping;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using RecordBatch = Apache.Arrow.RecordBatch;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Adds, replaces and deletes rows by key without reading the table: old rows are deleted by value (equality deletes), new ones are written beside them, and one commit brings both. What comes
/// later wins: of several rows of a key in one commit the last one stays. Nothing is part of the table before <see cref="CommitAsync"/>. Not thread-safe.
/// </summary>
/// <remarks>
/// Cheap to write and dear to read: every scan compares its rows with the deleted keys until <see cref="IcebergTable.RewriteDataFilesAsync"/> has taken them in. NULL is a key like any other.
/// Where the key tells the partition of a row, deletes lie in that partition; else they are for the whole table, which gets a partition spec without fields for them if it has none.
/// Rows are not sorted, whatever the table's sort order; those of many partitions in turn are gathered as by <see cref="TableWriter"/>, and so are the deletes. The keys of one commit are kept in memory (<see cref="RowDeltaOptions.MemoryBytesMax"/>).
/// <para>A call that fails or is cancelled leaves the writer broken (<see cref="InvalidOperationException"/>): dispose it, and write all rows with another. A writer that is disposed without a
/// commit deletes what it wrote.</para>
/// </remarks>
public sealed class RowDeltaWriter : IAsyncDisposable
{
    private const int RowsPerBatch = 16384;
    private readonly IcebergTable _table;
    private readonly TableMetadata _metadata;
    private readonly IReadOnlyList<int> _keyIds;
    private readonly DataFileRequest _deleteRequest;
    private readonly KeyColumns _keyColumns;
    private readonly CommitKeys _keys;
    private readonly ColumnCompletion _completion;
    private readonly NewFiles _locations;
    private readonly PartitionedWriter _rowFiles;
    private readonly KeyedRowWriter _rows;
    private readonly WriterState _state;
    private IReadOnlyList<PartitionSpec> _deleteSpecs = [];
    private (PartitionedWriter Files, GatheringWriter Keys)[] _deletes = [];

    internal RowDeltaWriter(IcebergTable table, RowDeltaOptions options)
    {
        (_table, _metadata) = (table, table.Metadata);
        _state = new WriterState(table.Identifier);
        _locations = new NewFiles(_metadata, table.Catalog.Environment);
        if (table.IsStaged)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot find rows of '{table.Identifier}' by key: the table is not created yet. Commit its creation first.");
        }

        _keyIds = EqualityDeleteWriter.KeysOf(_metadata, options.Keys);
        _deleteRequest = EqualityDeleteWriter.RequestFor(_metadata, _keyIds, _metadata.DefaultSpec, PartitionTuple.Empty, DataFileRequest.For(_metadata).NextLocation);
        _keyColumns = new KeyColumns(_deleteRequest.Schema, table.Identifier.ToString());
        _keys = new CommitKeys(options.MemoryBytesMax);
        _completion = new ColumnCompletion(_metadata.CurrentSchema);
        _rowFiles = NewFilesOf(DataFileRequest.For(_metadata), ".parquet");
        _rows = new KeyedRowWriter(_rowFiles, _completion.Output, _keys);
    }

    /// <summary>The rows written so far, those that later ones have superseded included.</summary>
    public long RowCount { get; private set; }

    /// <summary>The keys whose older rows are deleted.</summary>
    public long DeletedKeyCount { get; private set; }

    /// <summary>Adds rows that are known to be new: nothing is deleted for them. Columns are found by name as by <see cref="TableWriter"/>; the caller still disposes the batch.</summary>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>: the batch does not fit the table; <c>INVALID_STATEMENT</c>: a row is not an insert; <c>RESOURCES_EXHAUSTED</c>: too many keys for one commit.
    /// </exception>
    public ValueTask AddAsync(ChangeBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _state.RequireInserts(batch);
        return GuardAsync(() => AddRowsAsync(batch, cancellationToken));
    }

    /// <summary>Adds rows of an Arrow batch that are known to be new; as the other overload. The caller still disposes it.</summary>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: an Arrow type that no column can have.</exception>
    public ValueTask AddAsync(RecordBatch batch, CancellationToken cancellationToken = default) => ViewAsync(batch, AddAsync, cancellationToken);

    /// <summary>Adds records that are known to be new.</summary>
    public ValueTask AddAsync<T>(IEnumerable<T> rows, CancellationToken cancellationToken = default) => TakeAsync(rows, MappingUse.Write, AddRowsAsync, cancellationToken);

    /// <summary>
    /// Puts rows in the place of those with their keys. Changes of kind <see cref="RowKind.Delete"/> and <see cref="RowKind.UpdateBefore"/> delete the rows of their key. The caller still
    /// disposes the batch.
    /// </summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>: the batch does not fit the table; <c>RESOURCES_EXHAUSTED</c>: too many keys for one commit.</exception>
    public ValueTask UpsertAsync(ChangeBatch batch, CancellationToken cancellationToken = default) => GuardAsync(() => ApplyAsync(batch, cancellationToken));

    /// <summary>Puts the rows of an Arrow batch in the place of those with their keys. The caller still disposes it.</summary>
    /// <exception cref="ArcticException">As of the other overload; <c>FORMAT_UNSUPPORTED</c>: an Arrow type that no column can have.</exception>
    public ValueTask UpsertAsync(RecordBatch batch, CancellationToken cancellationToken = default) => ViewAsync(batch, UpsertAsync, cancellationToken);

    /// <summary>Puts the rows of an Arrow stream in the place of those with their keys. Disposes each batch; the stream stays the caller's.</summary>
    /// <exception cref="ArcticException">As of the other overloads.</exception>
    public async ValueTask UpsertAsync(IArrowArrayStream batches, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        await GuardAsync(async () =>
        {
            while (await batches.ReadNextRecordBatchAsync(cancellationToken).ConfigureAwait(false) is { } batch)
            {
                using var taken = ArrowImport.ToChangeBatch(batch);
                await ApplyAsync(taken, cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Puts records in the place of the rows with their keys.</summary>
    public ValueTask UpsertAsync<T>(IEnumerable<T> rows, CancellationToken cancellationToken = default) => TakeAsync(rows, MappingUse.Write, ApplyAsync, cancellationToken);

    /// <summary>Puts records in the place of the rows with their keys, as they come.</summary>
    public async ValueTask UpsertAsync<T>(IAsyncEnumerable<T> rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var (columns, schema) = BindColumns<T>(MappingUse.Write);
        await GuardAsync(async () =>
        {
            await foreach (var chunk in rows.Chunk(RowsPerBatch).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await TakeAsync(columns, schema, chunk, ApplyAsync, cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Deletes the rows with these keys; the batch needs the key columns alone, and what else it has is left aside. The caller still disposes it.</summary>
    /// <exception cref="ArcticException">As of <see cref="UpsertAsync(ChangeBatch, CancellationToken)"/>.</exception>
    public ValueTask DeleteAsync(ChangeBatch keys, CancellationToken cancellationToken = default) => GuardAsync(() => DeleteRowsAsync(keys, cancellationToken));

    /// <summary>Deletes the rows with the keys of an Arrow batch; as the other overload. The caller still disposes it.</summary>
    /// <exception cref="ArcticException">As of the other overload; <c>FORMAT_UNSUPPORTED</c>: an Arrow type that no column can have.</exception>
    public ValueTask DeleteAsync(RecordBatch keys, CancellationToken cancellationToken = default) => ViewAsync(keys, DeleteAsync, cancellationToken);

    /// <summary>Deletes the rows with these keys: records that have the key columns as properties, such as <c>new { Id = 7L }</c>, or whole rows.</summary>
    public ValueTask DeleteAsync<T>(IEnumerable<T> keys, CancellationToken cancellationToken = default) => TakeAsync(keys, MappingUse.WriteSome, DeleteRowsAsync, cancellationToken);

    /// <summary>Finishes the files and hands them over: committing them with <see cref="RowDelta.Add"/>, or deleting them, is then the caller's.</summary>
    public async ValueTask<RowDeltaFiles> CompleteAsync(CancellationToken cancellationToken = default)
    {
        var files = await FinishAsync(cancellationToken).ConfigureAwait(false);
        _locations.HandOver();
        return files;
    }

    /// <summary>Finishes the files and commits rows and deletes together, trying again when others commit first (<c>commit.retry.*</c>). The table's handle moves to the version with them.</summary>
    /// <remarks>Rows of the same keys that others commit meanwhile are deleted when they are older than this commit; none of them makes it a conflict.</remarks>
    /// <returns>The snapshot that was made; null when there was nothing to write, which commits nothing.</returns>
    /// <exception cref="CommitConflictException">Others were faster as often as it was tried, or have changed the partitions so that the deletes miss data. Nothing is left of the rows.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the rows are part of the table; their files stay.</exception>
    /// <exception cref="OperationCanceledException">Nothing was committed, and nothing is left of the rows.</exception>
    public async ValueTask<Snapshot?> CommitAsync(CancellationToken cancellationToken = default)
    {
        var files = await FinishAsync(cancellationToken).ConfigureAwait(false);
        if (files.Rows.Count + files.Deletes.Count == 0)
        {
            return null;
        }

        var transaction = _table.NewTransaction();
        var delta = transaction.RowDelta().Add(files);
        return await _locations.CommitAsync(_table, async () => (await transaction.CommitAsync(cancellationToken).ConfigureAwait(false), delta.SnapshotId)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _state.Complete();
        _rows.Dispose();
        await _rowFiles.DisposeAsync().ConfigureAwait(false);
        foreach (var (files, keys) in _deletes)
        {
            keys.Dispose();
            await files.DisposeAsync().ConfigureAwait(false);
        }

        await _locations.DeleteAllAsync(_table.Store).ConfigureAwait(false);
    }

    private async ValueTask TakeAsync<T>(IEnumerable<T> rows, MappingUse use, Func<ChangeBatch, CancellationToken, ValueTask> take, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var (columns, schema) = BindColumns<T>(use);
        await GuardAsync(async () =>
        {
            foreach (var chunk in rows.Chunk(RowsPerBatch))
            {
                await TakeAsync(columns, schema, chunk, take, cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private (RecordColumns<T> Columns, RowSchema Schema) BindColumns<T>(MappingUse use)
    {
        var columns = RecordColumns<T>.Bind(_metadata.CurrentSchema.Fields, use, $"the table '{_table.Identifier}'").OnlyMembers();
        return (columns, new RowSchema(columns.Fields.Select(TypeMapping.ToField)));
    }

    private static async ValueTask TakeAsync<T>(RecordColumns<T> columns, RowSchema schema, T[] rows, Func<ChangeBatch, CancellationToken, ValueTask> take, CancellationToken cancellationToken)
    {
        using var batch = new ChangeBatch(schema, columns.Encode(rows, rows.Length), rows.Length);
        await take(batch, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask ViewAsync(RecordBatch batch, Func<ChangeBatch, CancellationToken, ValueTask> take, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var view = ArrowImport.View(batch);
        await take(view, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask GuardAsync(Func<ValueTask> take)
    {
        _state.Begin();
        await take().ConfigureAwait(false);
        _state.End();
    }

    private async ValueTask AddRowsAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var compact = batch.Compact();
        using var keys = _keyColumns.Of(compact);
        using var complete = _completion.Complete(compact);
        await WriteRowsAsync(complete, _keys.NumbersOf(_keyColumns.ValuesOf(keys), keys.RowCount), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask DeleteRowsAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var compact = batch.Compact();
        using var keys = _keyColumns.Of(compact);
        var numbers = _keys.NumbersOf(_keyColumns.ValuesOf(keys), keys.RowCount);
        await DeleteAsync(keys, numbers, _keys.LastOfEach(numbers), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ApplyAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var compact = batch.Compact();
        using var keys = _keyColumns.Of(compact);
        using var complete = _completion.Complete(compact);
        var numbers = _keys.NumbersOf(_keyColumns.ValuesOf(keys), keys.RowCount);
        var last = _keys.LastOfEach(numbers);
        await DeleteAsync(keys, numbers, last, cancellationToken).ConfigureAwait(false);
        var added = batch.IsInsertOnly ? last : Array.FindAll(last, i => compact.KindAt(i) is RowKind.Insert or RowKind.UpdateAfter);
        if (added.Length == complete.RowCount)
        {
            await WriteRowsAsync(complete, numbers, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var rows = complete.Gather(added);
        await WriteRowsAsync(rows, Array.ConvertAll(added, i => numbers[i]), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteRowsAsync(ChangeBatch rows, int[] numbers, CancellationToken cancellationToken)
    {
        await _rows.WriteAsync(rows, numbers, cancellationToken).ConfigureAwait(false);
        RowCount += rows.RowCount;
    }

    private async ValueTask DeleteAsync(ChangeBatch keys, int[] numbers, int[] rows, CancellationToken cancellationToken)
    {
        var fresh = _keys.Delete(numbers, rows);
        if (fresh.Length == 0)
        {
            return;
        }

        if (_deletes.Length == 0)
        {
            _deleteSpecs = await KeyDeleteSpecs.ChooseAsync(_table, _keyIds, cancellationToken).ConfigureAwait(false);
            _deletes = _deleteSpecs.Select(s => NewFilesOf(_deleteRequest with { Spec = s }, "-deletes.parquet")).Select(f => (f, new GatheringWriter(f, keys.Schema, sorter: null))).ToArray();
        }

        using var deleted = keys.Gather(fresh);
        foreach (var (_, writer) in _deletes)
        {
            await writer.WriteAsync(deleted, cancellationToken).ConfigureAwait(false);
        }

        DeletedKeyCount += fresh.Length;
    }

    private PartitionedWriter NewFilesOf(DataFileRequest request, string ending) =>
        new(_table.Store, request, partition => _locations.Next(request.Spec, partition, ending));

    private async ValueTask<RowDeltaFiles> FinishAsync(CancellationToken cancellationToken)
    {
        _state.Begin();
        var deletes = new List<DataFile>();
        foreach (var (_, writer) in _deletes)
        {
            deletes.AddRange(await writer.CompleteAsync(cancellationToken).ConfigureAwait(false));
        }

        var rows = await MarkSupersededAsync(deletes, cancellationToken).ConfigureAwait(false);
        _state.Complete();
        var isByPartition = _deleteSpecs.Count > 0 && _deleteSpecs.All(s => !s.IsUnpartitioned);
        return new RowDeltaFiles(rows, deletes) { SpecsReached = isByPartition ? _deleteSpecs.Select(s => s.SpecId).ToHashSet() : null };
    }

    // Rows of this commit that later ones replaced or deleted: by their positions. A file without any other rows does not come to the table.
    private async ValueTask<List<DataFile>> MarkSupersededAsync(List<DataFile> deletes, CancellationToken cancellationToken)
    {
        var marks = new PositionMarks(_table, _metadata, _locations);
        await using var _ = marks.ConfigureAwait(false);
        var (kept, dropped) = (new List<DataFile>(), new List<string>());
        foreach (var file in await _rows.CompleteAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_keys.FindSuperseded(file.FilePath) is not { } superseded)
            {
                kept.Add(file);
            }
            else if (superseded.Cardinality < file.RecordCount)
            {
                kept.Add(file);
                await marks.AddAsync(file, superseded, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                dropped.Add(file.FilePath);
            }
        }

        await _table.Store.DeleteLeftoversAsync(dropped).ConfigureAwait(false);
        deletes.AddRange(await marks.CompleteAsync(cancellationToken).ConfigureAwait(false));
        return kept;
    }
}
