using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Over;

/// <summary>
/// Functions OVER windows of a changelog in any order, up to the row itself: keeps all rows of each partition in order, and with each batch tells what becomes of the answers of the
/// partitions that it changed (-D, -U, +U). The work of a batch is that of these partitions.
/// </summary>
internal sealed class ChangingOverOperator : StreamOperator
{
    private const string StateName = "partitions";
    private const byte StateVersion = 1;
    private const int EntryOverhead = 64;

    private readonly OverSpec _spec;
    private readonly int[] _partitionIndices;
    private readonly RowCodec _partitionCodec;
    private readonly RowCodec _rowCodec;
    private readonly RowCodec _resultCodec;
    private readonly SortKeyEncoder _sortKeys;
    private readonly OverCalculator _calculator;
    private readonly RowTable _partitions = new();
    private readonly EncodedRows _encodedPartitions = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly EncodedRows _encodedResults = new();
    private readonly StateBudget _budget;
    private readonly StateTtl _ttl;
    private List<Entry>?[] _lists = [];
    private long _bytes;
    private DateTimeOffset _now;

    /// <summary>Makes the operator.</summary>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    /// <param name="ttl">How long a partition that is not written is kept; null for ever.</param>
    public ChangingOverOperator(OverSpec spec, MemoryBudget? budget, TimeSpan? ttl = null)
    {
        _ttl = new StateTtl(ttl);
        _spec = spec;
        _partitionIndices = spec.Partition.ToArray();
        _partitionCodec = new RowCodec(_partitionIndices.Select(i => spec.Input[i].Type));
        _rowCodec = new RowCodec(spec.Input.Fields.Select(f => f.Type));
        _resultCodec = new RowCodec(spec.Output.Fields.Select(f => f.Type));
        _sortKeys = new SortKeyEncoder(spec.Input, spec.Order);
        _calculator = new OverCalculator(spec);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        if (restored is not null)
        {
            await KeyGroupState.LoadAsync(restored, StateName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);
            UpdateBudget();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        var kinds = new List<RowKind>();
        var changes = new List<byte[]>();
        _now = Context.Time.GetUtcNow();
        ForgetIdle(_now);
        using (batch)
        {
            Apply(batch, kinds, changes);
        }

        UpdateBudget();
        if (kinds.Count > 0)
        {
            await Context.Output.EmitAsync(new ChangeBatch(_spec.Output, _resultCodec.Decode(changes), changes.Count, kinds.ToArray()), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset? NextTime => _ttl.Next;

    /// <inheritdoc/>
    public override ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        ForgetIdle(now);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken) =>
        KeyGroupState.SaveAsync(writer, StateName, StateVersion, _partitions, _spec.MaxParallelism, Save, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Apply(ChangeBatch batch, List<RowKind> kinds, List<byte[]> changes)
    {
        var rows = BatchRows.Of(batch);
        _partitionCodec.Encode(BatchRows.Pick(batch.Columns, _partitionIndices), rows, _encodedPartitions);
        _encodedPartitions.ComputeHashes();
        _rowCodec.Encode(batch.Columns.ToArray(), rows, _encodedRows);
        var touched = new SortedSet<int>();
        for (var i = 0; i < rows.Length; i++)
        {
            var key = _sortKeys.Encode(batch.Columns, rows[i]);
            touched.Add(batch.KindAt(rows[i]).IsAddition() ? Insert(i, key) : Remove(i, key, kinds, changes));
        }

        foreach (var partition in touched)
        {
            if (partition >= 0 && _lists[partition] is { } list)
            {
                Tell(list, kinds, changes);
            }
        }
    }

    private int Insert(int index, byte[] key)
    {
        var partition = FindOrAdd(_encodedPartitions.Hashes[index], _encodedPartitions[index]);
        var list = _lists[partition]!; // a live partition has one
        var entry = new Entry { Key = key, Row = _encodedRows[index].ToArray() };
        list.Insert(OrderedEntries.PlaceBehind(list, key), entry);
        _bytes += BytesOf(entry);
        return partition;
    }

    // The partition; -1 when the row is not known.
    private int Remove(int index, byte[] key, List<RowKind> kinds, List<byte[]> changes)
    {
        var partition = _partitions.Find(_encodedPartitions.Hashes[index], _encodedPartitions[index]);
        var list = partition < 0 ? [] : _lists[partition]!; // as above
        var at = Find(list, key, _encodedRows[index]);
        if (at < 0)
        {
            return -1;
        }

        // A row that came in the same batch has not been told.
        if (list[at].Result.Length > 0)
        {
            kinds.Add(RowKind.Delete);
            changes.Add(list[at].Result);
        }

        _bytes -= BytesOf(list[at]);
        list.RemoveAt(at);
        if (list.Count == 0)
        {
            Forget(partition);
        }
        else
        {
            _ttl.Touch(partition, _now);
        }

        return partition;
    }

    // The first of equal rows.
    private static int Find(List<Entry> list, byte[] key, ReadOnlySpan<byte> row)
    {
        var found = -1;
        for (var at = OrderedEntries.PlaceBehind(list, key) - 1; at >= 0 && list[at].Key.AsSpan().SequenceEqual(key); at--)
        {
            found = list[at].Row.AsSpan().SequenceEqual(row) ? at : found;
        }

        return found;
    }

    private static long BytesOf(Entry entry) => EntryOverhead + entry.Key.Length + 2L * entry.Row.Length;

    private void ForgetIdle(DateTimeOffset now)
    {
        foreach (var partition in _ttl.TakeExpired(now))
        {
            _bytes -= _lists[partition]!.Sum(BytesOf); // as above
            Forget(partition);
        }
    }

    private void Forget(int partition)
    {
        _ttl.Forget(partition);
        _lists[partition] = null;
        _partitions.Remove(partition);
    }

    // The answers of a partition anew; those that differ are told.
    private void Tell(List<Entry> list, List<RowKind> kinds, List<byte[]> changes)
    {
        var rows = new byte[list.Count][];
        var isFirstOfPeers = new bool[list.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = list[i].Row;
            isFirstOfPeers[i] = i == 0 || !list[i].Key.AsSpan().SequenceEqual(list[i - 1].Key);
        }

        var isFirst = new bool[list.Count];
        isFirst[0] = true;
        var columns = _rowCodec.Decode(rows);
        Column[] all = [.. columns, .. _calculator.Compute(columns, isFirst, isFirstOfPeers)];
        _resultCodec.Encode(all, Enumerable.Range(0, list.Count).ToArray(), _encodedResults);
        for (var i = 0; i < list.Count; i++)
        {
            var entry = list[i];
            if (entry.Result.Length > 0 && _encodedResults[i].SequenceEqual(entry.Result))
            {
                continue;
            }

            var result = _encodedResults[i].ToArray();
            if (entry.Result.Length > 0)
            {
                kinds.Add(RowKind.UpdateBefore);
                changes.Add(entry.Result);
            }

            kinds.Add(entry.Result.Length > 0 ? RowKind.UpdateAfter : RowKind.Insert);
            changes.Add(result);
            entry.Result = result;
        }
    }

    private int FindOrAdd(ulong hash, ReadOnlySpan<byte> bytes)
    {
        var partition = _partitions.FindOrAdd(hash, bytes, 0, out var isNew);
        if (partition >= _lists.Length)
        {
            Array.Resize(ref _lists, Math.Max(16, partition * 2));
        }

        if (isNew)
        {
            _lists[partition] = [];
        }

        _ttl.Touch(partition, _now);
        return partition;
    }

    private void Save(int partition, StateBuffer buffer)
    {
        var list = _lists[partition]!; // a live partition has one
        buffer.WriteBytes(_partitions.Row(partition));
        buffer.WriteInt32(list.Count);
        foreach (var entry in list)
        {
            buffer.WriteBytes(entry.Key);
            buffer.WriteBytes(entry.Row);
            buffer.WriteBytes(entry.Result);
        }
    }

    private void Load(ref StateBytes source)
    {
        _now = Context.Time.GetUtcNow();
        var bytes = source.ReadBytes();
        var partition = FindOrAdd(EncodedRows.Hash(bytes), bytes);
        var list = _lists[partition]!; // as above
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var entry = new Entry { Key = source.ReadBytes().ToArray(), Row = source.ReadBytes().ToArray(), Result = source.ReadBytes().ToArray() };
            list.Add(entry);
            _bytes += BytesOf(entry);
        }
    }

    private void UpdateBudget() => _budget.Update(_partitions.BytesUsed + _bytes + _ttl.BytesUsed, Context.Name);

    /// <summary>A row, its place in the order and what was told of it last; nothing when it is new.</summary>
    private sealed class Entry : IOrderedEntry
    {
        public required byte[] Key { get; init; }

        public required byte[] Row { get; init; }

        public byte[] Result { get; set; } = [];
    }
}
