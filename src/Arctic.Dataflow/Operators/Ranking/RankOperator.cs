using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Ranking;

/// <summary>
/// Top-N over a changelog, by Flink's rules (spec/flink-sql.md, 10): with the place in the output each place that gets another row gives -U and +U; without it a row that leaves gives
/// -D, then one that enters +I. The first place alone over insert-only rows gives -U and +U.
/// </summary>
internal sealed class RankOperator : StreamOperator
{
    private const string StateName = "ranked";
    private const byte StateVersion = 1;

    // An entry, its key's array and its place in the list, about.
    private const int EntryOverhead = 64;

    private readonly RankSpec _spec;
    private readonly int[] _partitionIndices;
    private readonly RowCodec _partitionCodec;
    private readonly RowCodec _rowCodec;
    private readonly SortKeyEncoder _sortKeys;
    private readonly RowTable _partitions = new();
    private readonly RowArena _rows = new();
    private readonly EncodedRows _encodedPartitions = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly RankChanges _changes;
    private readonly StateBudget _budget;
    private readonly StateTtl _ttl;
    private readonly bool _tellsPlaces;
    private List<Entry>?[] _lists = [];
    private long _keyBytes;
    private DateTimeOffset _now;

    /// <summary>Makes the operator.</summary>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    /// <param name="ttl">How long a partition that is not written is kept; null for ever.</param>
    public RankOperator(RankSpec spec, MemoryBudget? budget, TimeSpan? ttl = null)
    {
        _ttl = new StateTtl(ttl);
        _spec = spec;
        _partitionIndices = spec.Partition.ToArray();
        _partitionCodec = new RowCodec(_partitionIndices.Select(i => spec.Input[i].Type));
        _rowCodec = new RowCodec(spec.Input.Fields.Select(f => f.Type));
        _sortKeys = new SortKeyEncoder(spec.Input, spec.Order);
        _changes = new RankChanges(spec, _rowCodec, _rows);
        _budget = new StateBudget(budget);

        // The number of a single place says nothing.
        _tellsPlaces = spec.GivesNumber && (spec.Start != spec.End || spec.Start > 1);
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
        ChangeBatch? changes;
        _now = Context.Time.GetUtcNow();
        ForgetIdle(_now);
        using (batch)
        {
            Apply(batch);
            changes = _changes.Build();
        }

        UpdateBudget();
        if (changes is not null)
        {
            await Context.Output.EmitAsync(changes, cancellationToken).ConfigureAwait(false);
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

    private void Apply(ChangeBatch batch)
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
                Insert(i, key);
            }
            else
            {
                Remove(i, key);
            }
        }
    }

    private void Insert(int index, byte[] key)
    {
        var partition = _partitions.FindOrAdd(_encodedPartitions.Hashes[index], _encodedPartitions[index], 0, out var isNew);
        var list = ListOf(partition, isNew);
        var at = OrderedEntries.PlaceBehind(list, key);
        _ttl.Touch(partition, _now);
        if (_spec.IsInputInsertOnly && at >= _spec.End)
        {
            return;
        }

        list.Insert(at, new Entry(key, _rows.Add(_encodedRows[index])));
        _keyBytes += key.Length + EntryOverhead;
        if (_tellsPlaces)
        {
            for (var place = at; place < list.Count && place < _spec.End; place++)
            {
                _changes.Replace(place, place + 1 < list.Count ? list[place + 1].Row : -1, list[place].Row);
            }
        }
        else if (at < _spec.End)
        {
            var entering = at >= _spec.Start - 1 ? at : (int)_spec.Start - 1;
            _changes.Swap(list.Count > _spec.End ? list[(int)_spec.End].Row : -1, entering < list.Count ? list[entering].Row : -1);
        }

        if (_spec.IsInputInsertOnly && list.Count > _spec.End)
        {
            RemoveAt(list, list.Count - 1);
        }
    }

    private void Remove(int index, byte[] key)
    {
        var partition = _partitions.Find(_encodedPartitions.Hashes[index], _encodedPartitions[index]);
        if (partition < 0 || Find(_lists[partition]!, key, _encodedRows[index]) is not (var at and >= 0)) // as above
        {
            return;
        }

        var list = _lists[partition]!;
        var removed = list[at].Row;
        RemoveAt(list, at);
        _ttl.Touch(partition, _now);
        if (_tellsPlaces)
        {
            for (var place = at; place <= list.Count && place < _spec.End; place++)
            {
                _changes.Replace(place, place == at ? removed : list[place - 1].Row, place < list.Count ? list[place].Row : -1);
            }
        }
        else if (at < _spec.End)
        {
            var leaving = at >= _spec.Start - 1 ? removed : list.Count >= _spec.Start - 1 ? list[(int)_spec.Start - 2].Row : -1;
            _changes.Swap(leaving, list.Count >= _spec.End ? list[(int)_spec.End - 1].Row : -1);
        }

        if (list.Count == 0)
        {
            Forget(partition);
        }
    }

    private void ForgetIdle(DateTimeOffset now)
    {
        foreach (var partition in _ttl.TakeExpired(now))
        {
            _lists[partition]!.ForEach(e => _rows.Remove(e.Row)); // as above
            _keyBytes -= _lists[partition]!.Sum(e => (long)e.Key.Length + EntryOverhead); // as above
            Forget(partition);
        }
    }

    private void Forget(int partition)
    {
        _ttl.Forget(partition);
        _lists[partition] = null;
        _partitions.Remove(partition);
    }

    private List<Entry> ListOf(int partition, bool isNew)
    {
        if (partition >= _lists.Length)
        {
            Array.Resize(ref _lists, Math.Max(16, partition * 2));
        }

        return isNew ? _lists[partition] = [] : _lists[partition]!; // a live partition has one
    }

    // The row's bytes are needed until the changes are built.
    private void RemoveAt(List<Entry> list, int at)
    {
        _keyBytes -= list[at].Key.Length + EntryOverhead;
        _changes.RemoveLater(list[at].Row);
        list.RemoveAt(at);
    }

    // The first of equal rows.
    private int Find(List<Entry> list, byte[] key, ReadOnlySpan<byte> row)
    {
        var found = -1;
        for (var at = OrderedEntries.PlaceBehind(list, key) - 1; at >= 0 && list[at].Key.AsSpan().SequenceEqual(key); at--)
        {
            found = _rows.Row(list[at].Row).SequenceEqual(row) ? at : found;
        }

        return found;
    }

    private void Save(int partition, StateBuffer buffer)
    {
        var list = _lists[partition]!; // a live partition has one
        buffer.WriteBytes(_partitions.Row(partition));
        buffer.WriteInt32(list.Count);
        foreach (var entry in list)
        {
            buffer.WriteBytes(entry.Key);
            buffer.WriteBytes(_rows.Row(entry.Row));
        }
    }

    private void Load(ref StateBytes source)
    {
        var bytes = source.ReadBytes();
        var partition = _partitions.FindOrAdd(EncodedRows.Hash(bytes), bytes, 0, out var isNew);
        var list = ListOf(partition, isNew);
        _ttl.Touch(partition, Context.Time.GetUtcNow());
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var key = source.ReadBytes().ToArray();
            list.Add(new Entry(key, _rows.Add(source.ReadBytes())));
            _keyBytes += key.Length + EntryOverhead;
        }
    }

    private void UpdateBudget() => _budget.Update(_partitions.BytesUsed + _rows.BytesUsed + _keyBytes + _lists.Length * (long)IntPtr.Size + _ttl.BytesUsed, Context.Name);

    /// <summary>A row with its place in the order.</summary>
    private readonly record struct Entry(byte[] Key, int Row) : IOrderedEntry;
}

/// <summary>Collects the changes of a <see cref="RankOperator"/>; rows that go stay in memory until they have been told.</summary>
internal sealed class RankChanges(RankSpec spec, RowCodec codec, RowArena rows)
{
    private readonly List<RowKind> _kinds = [];
    private readonly List<int> _rows = [];
    private readonly List<long> _numbers = [];
    private readonly List<int> _removed = [];

    /// <summary>A place gets another row; -1 for none.</summary>
    /// <param name="place">From 0.</param>
    public void Replace(int place, int before, int after)
    {
        if (place + 1 < spec.Start)
        {
            return;
        }

        if (before >= 0)
        {
            Add(after < 0 ? RowKind.Delete : RowKind.UpdateBefore, before, place + 1);
        }

        if (after >= 0)
        {
            Add(before < 0 ? RowKind.Insert : RowKind.UpdateAfter, after, place + 1);
        }
    }

    /// <summary>A row leaves the places that are kept, another one enters them; -1 for none.</summary>
    public void Swap(int leaving, int entering)
    {
        var isUpdate = spec.IsInputInsertOnly && spec.End == 1 && leaving >= 0;
        if (leaving >= 0)
        {
            Add(isUpdate ? RowKind.UpdateBefore : RowKind.Delete, leaving, spec.Start);
        }

        if (entering >= 0)
        {
            Add(isUpdate ? RowKind.UpdateAfter : RowKind.Insert, entering, spec.Start);
        }
    }

    /// <summary>Frees a row's memory once the changes are built.</summary>
    public void RemoveLater(int row) => _removed.Add(row);

    /// <summary>Takes the changes out; null when there are none.</summary>
    public ChangeBatch? Build()
    {
        ChangeBatch? batch = null;
        if (_kinds.Count > 0)
        {
            var starts = new int[_rows.Count];
            for (var i = 0; i < starts.Length; i++)
            {
                starts[i] = rows.Start(_rows[i]);
            }

            var columns = codec.Decode(rows.Bytes, starts).ToList();
            if (spec.GivesNumber)
            {
                columns.Add(new FixedColumn<long>(spec.Output[columns.Count].Type, [.. _numbers]));
            }

            var areInserts = _kinds.TrueForAll(k => k == RowKind.Insert);
            batch = new ChangeBatch(spec.Output, columns, starts.Length, areInserts ? default : _kinds.ToArray());
        }

        foreach (var row in _removed)
        {
            rows.Remove(row);
        }

        _kinds.Clear();
        _rows.Clear();
        _numbers.Clear();
        _removed.Clear();
        return batch;
    }

    private void Add(RowKind kind, int row, long number)
    {
        _kinds.Add(kind);
        _rows.Add(row);
        _numbers.Add(number);
    }
}
