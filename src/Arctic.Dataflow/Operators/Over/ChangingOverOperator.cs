using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Over;

/// <summary>
/// Functions OVER windows of a changelog in any order, up to the row itself: keeps all rows of each partition in order, and with each change tells what becomes of the answers of the rows
/// from there on (-U, +U). The work of a change is that of its partition.
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
            await foreach (var (_, content) in restored.ReadKeyGroupsAsync(StateName, cancellationToken).ConfigureAwait(false))
            {
                Load(content.Span);
            }
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

        _budget.Update(_partitions.BytesUsed + _bytes + _ttl.BytesUsed, Context.Name);
        if (kinds.Count > 0)
        {
            var starts = new int[changes.Count];
            for (var i = 1; i < starts.Length; i++)
            {
                starts[i] = starts[i - 1] + changes[i - 1].Length;
            }

            var columns = _resultCodec.Decode(changes.SelectMany(c => c).ToArray(), starts);
            await Context.Output.EmitAsync(new ChangeBatch(_spec.Output, columns, starts.Length, kinds.ToArray()), cancellationToken).ConfigureAwait(false);
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
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        var buffer = new StateBuffer();
        foreach (var keyGroup in Enumerable.Range(0, _partitions.Capacity).Where(_partitions.IsLive).GroupBy(id => KeyGroups.Of(_partitions.Hash(id), _spec.MaxParallelism)))
        {
            buffer.Clear();
            buffer.WriteByte(StateVersion);
            foreach (var partition in keyGroup)
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

            await writer.WriteKeyGroupAsync(StateName, keyGroup.Key, buffer.Written, cancellationToken).ConfigureAwait(false);
        }
    }

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
        for (var i = 0; i < rows.Length; i++)
        {
            var key = _sortKeys.Encode(batch.Columns, rows[i]);
            if (batch.KindAt(rows[i]).IsAddition())
            {
                Insert(i, key, kinds, changes);
            }
            else
            {
                Remove(i, key, kinds, changes);
            }
        }
    }

    private void Insert(int index, byte[] key, List<RowKind> kinds, List<byte[]> changes)
    {
        var list = ListOf(_encodedPartitions.Hashes[index], _encodedPartitions[index]);
        var at = list.FindLastIndex(e => e.Key.AsSpan().SequenceCompareTo(key) <= 0) + 1;
        list.Insert(at, new Entry { Key = key, Row = _encodedRows[index].ToArray() });
        _bytes += EntryOverhead + key.Length + 2L * list[at].Row.Length;
        Tell(list, kinds, changes);
    }

    private void Remove(int index, byte[] key, List<RowKind> kinds, List<byte[]> changes)
    {
        var partition = _partitions.Find(_encodedPartitions.Hashes[index], _encodedPartitions[index]);
        if (partition < 0)
        {
            return;
        }

        var list = _lists[partition]!; // a live partition has one
        var row = _encodedRows[index].ToArray();
        var at = list.FindIndex(e => e.Row.AsSpan().SequenceEqual(row));
        if (at < 0)
        {
            return;
        }

        kinds.Add(RowKind.Delete);
        changes.Add(list[at].Result);
        _bytes -= EntryOverhead + key.Length + 2L * row.Length;
        list.RemoveAt(at);
        if (list.Count == 0)
        {
            Forget(partition);
        }
        else
        {
            _ttl.Touch(partition, _now);
            Tell(list, kinds, changes);
        }
    }

    private void ForgetIdle(DateTimeOffset now)
    {
        foreach (var partition in _ttl.TakeExpired(now))
        {
            _bytes -= _lists[partition]!.Sum(e => EntryOverhead + e.Key.Length + 2L * e.Row.Length); // a live partition has one
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
        var starts = new int[list.Count];
        var isFirstOfPeers = new bool[list.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = i == 0 ? 0 : starts[i - 1] + list[i - 1].Row.Length;
            isFirstOfPeers[i] = i == 0 || !list[i].Key.AsSpan().SequenceEqual(list[i - 1].Key);
        }

        var isFirst = new bool[list.Count];
        isFirst[0] = true;
        var columns = _rowCodec.Decode(list.SelectMany(e => e.Row).ToArray(), starts);
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

    private List<Entry> ListOf(ulong hash, ReadOnlySpan<byte> bytes)
    {
        var partition = _partitions.FindOrAdd(hash, bytes, 0, out var isNew);
        if (partition >= _lists.Length)
        {
            Array.Resize(ref _lists, Math.Max(16, partition * 2));
        }

        _ttl.Touch(partition, _now);
        return isNew ? _lists[partition] = [] : _lists[partition]!; // as above
    }

    private void Load(ReadOnlySpan<byte> content)
    {
        var source = new StateBytes(content, Context.Name);
        _now = Context.Time.GetUtcNow();
        source.ReadVersion(StateVersion);
        while (!source.IsAtEnd)
        {
            var bytes = source.ReadBytes();
            var list = ListOf(EncodedRows.Hash(bytes), bytes);
            for (var left = source.ReadInt32(); left > 0; left--)
            {
                var entry = new Entry { Key = source.ReadBytes().ToArray(), Row = source.ReadBytes().ToArray(), Result = source.ReadBytes().ToArray() };
                list.Add(entry);
                _bytes += EntryOverhead + entry.Key.Length + 2L * entry.Row.Length;
            }
        }
    }

    /// <summary>A row, its place in the order and what was told of it last; nothing when it is new.</summary>
    private sealed class Entry
    {
        public required byte[] Key { get; init; }

        public required byte[] Row { get; init; }

        public byte[] Result { get; set; } = [];
    }
}
