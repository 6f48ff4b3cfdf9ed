using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Writing;
using Arctic.KeyedTables.Keys;
using Arctic.KeyedTables.Stores;
using Arctic.Storage.ObjectStores;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// Writes one subtask's changes to files of a change store (spec/arctic.md, A.6.1). Between two barriers its rows are one ordered stream of offsets; a barrier ends all
/// files. A batch is routed as arrays and gathered once a file. Not thread-safe.
/// </summary>
internal sealed class ChangeStoreWriter : IAsyncDisposable
{
    // Keys of closed pairs are kept up to so many: to drop them costs a pass over all keys.
    private const int ClosedPairsKept = 8192;

    private readonly ChangeStoreWriterRequest _request;
    private readonly RowSchema _fileSchema;
    private readonly PartitionAssigner _partitions;
    private readonly ChangeRouter _router;
    private readonly SlotGroups _groups = new();
    private readonly SlotFileWriter _files;
    private readonly EncodedKeys _updateBytes = new();
    private readonly Reservation _updateReserved;
    private KeyTable _updateKeys = new();
    private StoreFileNamer _namer;
    private int[] _identity = [];
    private int[] _hashes = [];

    /// <summary>Makes a writer; no file is created before the first row.</summary>
    public ChangeStoreWriter(ChangeStoreWriterRequest request)
    {
        _request = request;
        _fileSchema = HiddenColumns.ChangeFileSchema(request.Schema.ToRowSchema());
        _partitions = new PartitionAssigner(request.Schema, request.Spec);
        _router = new ChangeRouter(request.Mask, request.IsUpsert);
        _updateReserved = new Reservation(request.Budget);
        _namer = new StoreFileNamer(request.Subtask, request.Random, request.Incarnation);
        var files = new DataFileRequest
        {
            Schema = request.Schema,
            ExtraColumns = [HiddenColumns.FileOffset],
            Spec = request.Spec,
            NextLocation = static () => throw new System.Diagnostics.UnreachableException("Each slot has its own locations."),
            Options = request.Options,
            Metrics = request.Metrics,

            // As the original writes it: with the hidden column, and without identifier fields (spec/arctic.md, A.3).
            KeyValues = new Dictionary<string, string>
            {
                ["iceberg.schema"] = SchemaJson.ToText(new Schema(request.Schema.SchemaId, request.Schema.Fields.Append(HiddenColumns.FileOffset))),
            },
        };
        _files = new SlotFileWriter(request.Store, files, _fileSchema, Describe, Locate, request.Budget);
    }

    /// <summary>Writes the rows of a batch in their order; the caller still disposes it.</summary>
    /// <param name="batch">Has the table's columns.</param>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>RESOURCES_EXHAUSTED</c>: more updates wait for their second half than fit the budget.</exception>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.RowCount == 0)
        {
            return;
        }

        Route(batch);
        for (var i = 0; i < _groups.Slots.Count; i++)
        {
            await _files.AppendAsync(_groups.Slots[i], Gather(batch, i), cancellationToken).ConfigureAwait(false);
        }

        if (_updateKeys.Count >= ClosedPairsKept + 2 * _router.OpenPairCount)
        {
            ForgetClosedPairs();
        }

        await ReserveUpdateKeysAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the interval: closes all files and starts offsets anew.</summary>
    /// <returns>The files of the interval, durable and not visible; empty when there were no rows.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> FinishIntervalAsync(CancellationToken cancellationToken)
    {
        var files = await _files.FinishAsync(cancellationToken).ConfigureAwait(false);
        _router.Reset();
        _partitions.Reset();
        _updateKeys = new KeyTable();
        _updateReserved.GrowTo(0);
        _namer = new StoreFileNamer(_request.Subtask, _request.Random, _request.Incarnation);
        return files;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _updateReserved.GrowTo(0);
        return _files.DisposeAsync();
    }

    private void Route(ChangeBatch batch)
    {
        if (_hashes.Length < batch.ColumnLength)
        {
            _hashes = new int[batch.ColumnLength];
        }

        var rows = RowsOf(batch);
        var hashes = _hashes.AsSpan(0, batch.ColumnLength);
        _request.Key.Hash(batch.Columns, hashes);
        var partitions = _partitions.Assign(batch.Columns, batch.ColumnLength, rows);
        _router.Route(rows, batch.Kinds.Span, hashes, partitions, NumberUpdateKeys(batch, rows));
        _groups.Group(_router.Rows, _router.Slots, _router.Offsets);
    }

    private int[] NumberUpdateKeys(ChangeBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch.IsInsertOnly)
        {
            return [];
        }

        var kinds = batch.Kinds.Span;
        var updates = new int[rows.Length];
        var count = 0;
        foreach (var row in rows)
        {
            if (kinds[row] is RowKind.UpdateBefore or RowKind.UpdateAfter)
            {
                updates[count++] = row;
            }
        }

        if (count == 0)
        {
            return [];
        }

        _updateBytes.Encode(_request.Key.Select(batch.Columns), updates.AsSpan(0, count));
        var keys = new int[count];
        for (var i = 0; i < count; i++)
        {
            keys[i] = _updateKeys.FindOrAdd(_updateBytes[i]);
        }

        return keys;
    }

    private void ForgetClosedPairs()
    {
        var open = new KeyTable();
        for (var key = 0; key < _updateKeys.Count; key++)
        {
            if (_router.IsPairOpen(key))
            {
                open.FindOrAdd(_updateKeys[key]);
            }
        }

        _router.RenumberOpenPairs();
        _updateKeys = open;
    }

    // Open pairs take their memory from the rows that wait: these go to their files first.
    private async ValueTask ReserveUpdateKeysAsync(CancellationToken cancellationToken)
    {
        var bytes = _updateKeys.Count == 0 ? 0 : _updateKeys.SizeBytes;
        if (!_updateReserved.TryGrowTo(bytes))
        {
            await _files.FlushAllAsync(cancellationToken).ConfigureAwait(false);
            _updateReserved.GrowTo(bytes);
        }
    }

    private ChangeBatch Gather(ChangeBatch batch, int group)
    {
        var rows = _groups.RowsOf(group);
        var columns = new Column[batch.Columns.Count + 1];
        for (var i = 0; i < batch.Columns.Count; i++)
        {
            columns[i] = batch.Columns[i].Gather(rows);
        }

        columns[^1] = new FixedColumn<long>(DataTypes.BigInt, _groups.OffsetsOf(group).ToArray());
        return new ChangeBatch(_fileSchema, columns, rows.Length);
    }

    private ReadOnlySpan<int> RowsOf(ChangeBatch batch)
    {
        if (batch.Selection is { } selection)
        {
            return selection.Span;
        }

        while (_identity.Length < batch.ColumnLength)
        {
            _identity = Enumerable.Range(0, Math.Max(batch.ColumnLength, 2 * _identity.Length)).ToArray();
        }

        return _identity.AsSpan(0, batch.ColumnLength);
    }

    private SlotTarget Describe(int slot)
    {
        var (partition, bucket, isDelete) = _router.Describe(slot);
        return new SlotTarget(_partitions.TupleOf(partition), _partitions.PathOf(partition), bucket, isDelete ? StoreFileType.EqualityDelete : StoreFileType.Insert);
    }

    private string Locate(SlotTarget target) => StoreLayout.DataFile(_request.Location, target.PartitionPath, _namer.Next(target.Bucket, target.Type, 0, "parquet"));
}

/// <summary>What a writer of a change store is made of.</summary>
internal sealed record ChangeStoreWriterRequest
{
    /// <summary>Takes the files.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>The location of the change store.</summary>
    public required string Location { get; init; }

    /// <summary>The table's columns.</summary>
    public required Schema Schema { get; init; }

    /// <summary>The table's partitions.</summary>
    public required PartitionSpec Spec { get; init; }

    /// <summary>The table's key.</summary>
    public required PrimaryKey Key { get; init; }

    /// <summary>The mask of the buckets that rows are split into.</summary>
    public required int Mask { get; init; }

    /// <summary>Whether a delete is written before each insert.</summary>
    public required bool IsUpsert { get; init; }

    /// <summary>The writer's 0-based index.</summary>
    public required int Subtask { get; init; }

    /// <summary>The run of the job: keeps names of runs apart whose random sources repeat each other.</summary>
    public long Incarnation { get; init; }

    /// <summary>Gives operation ids.</summary>
    public required Random Random { get; init; }

    /// <summary>Codec and sizes.</summary>
    public required DataWriteOptions Options { get; init; }

    /// <summary>What manifests keep of each column; null for the default.</summary>
    public MetricsConfig? Metrics { get; init; }

    /// <summary>Bounds the rows that wait for being written.</summary>
    public required MemoryBudget Budget { get; init; }
}
