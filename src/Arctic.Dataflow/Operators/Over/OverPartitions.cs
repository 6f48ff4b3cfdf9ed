using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Over;

/// <summary>
/// The partitions of a <see cref="TimeOverOperator"/>: aggregates, numbers, and the rows behind each that bounded frames give back and LAG looks at. Rows are appended in the order of
/// time; each stretch of rows costs one call of each aggregate's kernel.
/// </summary>
internal sealed class OverPartitions
{
    private readonly OverSpec _spec;
    private readonly int[] _keptColumns;
    private readonly RowCodec _keptCodec;
    private readonly Aggregator?[] _aggregators;
    private readonly bool _givesPeersOneAnswer;
    private readonly long _rangeMillis;
    private readonly long _keptRows;
    private readonly RowArena _kept = new();
    private readonly EncodedRows _encoded = new();
    private readonly PriorityQueue<int, long> _ends = new();
    private PartitionState[] _states = [];
    private int[] _next = [];
    private int[] _previous = [];
    private long[] _times = [];

    /// <summary>Makes partitions without rows.</summary>
    /// <param name="unitsPerMilli">How many units of a RANGE's distance are a millisecond.</param>
    /// <param name="isByArrival">Whether each row is answered for itself, though the frame is a RANGE.</param>
    /// <param name="ttl">How long a partition that gets no rows is kept; null for ever.</param>
    public OverPartitions(OverSpec spec, long unitsPerMilli, bool isByArrival, TimeSpan? ttl)
    {
        _spec = spec;
        Ttl = new StateTtl(ttl);
        var start = spec.Frame.Start;
        IsBounded = !start.IsUnbounded;
        _givesPeersOneAnswer = !spec.Frame.IsRows && !isByArrival;
        _rangeMillis = IsBounded && !spec.Frame.IsRows ? -start.Distance / (isByArrival ? 1_000 : unitsPerMilli) : -1;
        var lags = spec.Calls.Where(c => c.Function == OverFunction.Lag).ToList();
        _keptRows = IsBounded && spec.Frame.IsRows ? 1 - start.Distance : lags.Count > 0 ? lags.Max(c => c.Offset) : 0;
        var arguments = spec.Calls.SelectMany(c => c.Aggregate is { } a ? [a.Argument, a.ConstantArgument] : new[] { c.Argument });
        _keptColumns = arguments.Where(c => c >= 0).Distinct().Order().ToArray();
        _keptCodec = new RowCodec(_keptColumns.Select(c => spec.Input[c].Type));
        _aggregators = spec.Calls.Select(c => c.Aggregate is null ? null : Aggregator.Create(c.Aggregate, spec.Input, isInsertOnly: !IsBounded)).ToArray();
    }

    /// <summary>Whether frames have a start, so that rows leave them.</summary>
    public bool IsBounded { get; }

    /// <summary>The keys; ids are partitions.</summary>
    public RowTable Keys { get; } = new();

    /// <summary>When partitions got their last rows.</summary>
    public StateTtl Ttl { get; }

    /// <summary>The bytes that the partitions hold.</summary>
    public long BytesUsed => Keys.BytesUsed + _kept.BytesUsed + 48L * _states.Length + 16L * _next.Length + 16L * _ends.Count + Ttl.BytesUsed + _aggregators.Sum(a => a?.BytesUsed ?? 0);

    /// <summary>The time of the last row of a partition; null when it is not there.</summary>
    public long? LastTimeOf(ulong hash, ReadOnlySpan<byte> key) => Keys.Find(hash, key) is var id and >= 0 ? _states[id].LastTime : null;

    /// <summary>Takes rows in the order of time; all rows of one time come together.</summary>
    /// <param name="columns">The input's columns.</param>
    /// <param name="keys">The key of each row.</param>
    /// <param name="times">The time of each row, ascending.</param>
    /// <param name="now">When that is.</param>
    /// <returns>The results, one column a call.</returns>
    public IReadOnlyList<Column> Append(IReadOnlyList<Column> columns, EncodedRows keys, long[] times, DateTimeOffset now)
    {
        var steps = new Steps(times.Length, _spec.Calls.Count);
        var keepsRows = _keptRows > 0 || _rangeMillis >= 0;
        if (keepsRows)
        {
            _keptCodec.Encode(BatchRows.Pick(columns, _keptColumns), Enumerable.Range(0, times.Length).ToArray(), _encoded);
        }

        var gone = new List<int>();
        for (int first = 0, end; first < times.Length; first = end)
        {
            for (end = first + 1; end < times.Length && times[end] == times[first];)
            {
                end++;
            }

            for (var row = first; row < end; row++)
            {
                var partition = FindOrAdd(keys.Hashes[row], keys[row]);
                Ttl.Touch(partition, now);
                steps.Partitions[row] = partition;
                ref var state = ref _states[partition];
                Number(ref state, times[row]);
                (steps.RowNumbers[row], steps.Ranks[row], steps.DenseRanks[row]) = (state.RowNumber, state.Rank, state.DenseRank);
                FindLags(steps, row, state);
                if (keepsRows)
                {
                    GiveBack(partition, times[row], steps, gone);
                    Link(partition, times[row], _encoded[row]);
                }

                steps.Add(row, -1, partition, 1);
                state = ref _states[partition];
                state.LastStep = steps.Count - 1;
                steps.Results[row] = steps.Count - 1;
            }

            for (var row = first; _givesPeersOneAnswer && row < end; row++)
            {
                steps.Results[row] = _states[steps.Partitions[row]].LastStep;
            }
        }

        var results = Results(columns, steps);
        foreach (var id in gone)
        {
            _kept.Remove(id);
        }

        return results;
    }

    /// <summary>Forgets partitions whose last row lies half a frame further back than any frame behind the watermark reaches: rows that are a little late still meet what was before them.</summary>
    public void Expire(long watermark)
    {
        var over = new List<int>();
        while (_ends.TryPeek(out var partition, out var end) && end <= watermark)
        {
            _ends.Dequeue();

            // One that was forgotten for being idle is not there any more, or is another one now.
            if (!Keys.IsLive(partition) || !_states[partition].IsQueued)
            {
                continue;
            }

            if (EndOf(_states[partition].LastTime) is var last && last > watermark)
            {
                _ends.Enqueue(partition, last);
                continue;
            }

            _states[partition].IsQueued = false;
            over.Add(partition);
        }

        Forget(over);
    }

    /// <summary>Forgets partitions that have been idle for their time to live.</summary>
    public void ForgetIdle(DateTimeOffset now) => Forget(Ttl.TakeExpired(now));

    private void Forget(List<int> partitions)
    {
        var gone = new List<int>();
        var steps = new Steps(0, 0);
        foreach (var partition in partitions)
        {
            for (var id = _states[partition].First; id >= 0; id = _next[id])
            {
                gone.Add(id);
            }

            steps.Add(-1, -1, partition, 0, clears: true);
            Keys.Remove(partition);
            Ttl.Forget(partition);
        }

        Apply(steps);
        foreach (var id in gone)
        {
            _kept.Remove(id);
        }
    }

    /// <summary>Writes a partition.</summary>
    public void Save(int partition, StateBuffer target)
    {
        ref var state = ref _states[partition];
        target.WriteInt64(state.LastTime);
        target.WriteInt64(state.RowNumber);
        target.WriteInt64(state.Rank);
        target.WriteInt64(state.DenseRank);
        foreach (var aggregator in _aggregators)
        {
            aggregator?.Save(partition, target);
        }

        target.WriteInt32(state.Count);
        var id = state.First;
        for (var left = state.Count; left > 0; left--, id = _next[id])
        {
            target.WriteInt64(_times[id]);
            target.WriteBytes(_kept.Row(id));
        }
    }

    /// <summary>Reads a partition.</summary>
    public void Load(ReadOnlySpan<byte> key, DateTimeOffset now, ref StateBytes source)
    {
        var partition = FindOrAdd(EncodedRows.Hash(key), key);
        Ttl.Touch(partition, now);
        var state = new PartitionState { LastTime = source.ReadInt64(), RowNumber = source.ReadInt64(), Rank = source.ReadInt64(), DenseRank = source.ReadInt64(), First = -1, Last = -1 };
        _states[partition] = state;
        foreach (var aggregator in _aggregators)
        {
            aggregator?.Load(partition, ref source);
        }

        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var time = source.ReadInt64();
            Link(partition, time, source.ReadBytes());
        }
    }

    private int FindOrAdd(ulong hash, ReadOnlySpan<byte> key)
    {
        var partition = Keys.FindOrAdd(hash, key, 0, out var isNew);
        if (partition >= _states.Length)
        {
            Array.Resize(ref _states, Math.Max(16, partition * 2));
        }

        if (isNew)
        {
            _states[partition] = new PartitionState { LastTime = long.MinValue, First = -1, Last = -1 };
            foreach (var aggregator in _aggregators)
            {
                aggregator?.EnsureCapacity(partition + 1);
            }
        }

        return partition;
    }

    private static void Number(ref PartitionState state, long time)
    {
        state.RowNumber++;
        if (time != state.LastTime || state.RowNumber == 1)
        {
            (state.Rank, state.DenseRank, state.LastTime) = (state.RowNumber, state.DenseRank + 1, time);
        }
    }

    private void FindLags(Steps steps, int row, in PartitionState state)
    {
        for (var call = 0; call < _spec.Calls.Count; call++)
        {
            if (_spec.Calls[call].Function != OverFunction.Lag)
            {
                continue;
            }

            var id = _spec.Calls[call].Offset <= state.Count ? state.Last : -1;
            for (var left = _spec.Calls[call].Offset; id >= 0 && left > 1; left--)
            {
                id = _previous[id];
            }

            // No offset is the row itself.
            steps.Lags[call][row] = _spec.Calls[call].Offset == 0 ? Steps.Itself : id;
        }
    }

    // What the frame of the next row does not hold any more.
    private void GiveBack(int partition, long time, Steps steps, List<int> gone)
    {
        while (_states[partition] is { Count: > 0 } state && (_rangeMillis >= 0 ? _times[state.First] < time - _rangeMillis : state.Count >= _keptRows))
        {
            Unlink(partition, IsBounded ? steps : null, gone);
        }
    }

    private void Link(int partition, long time, ReadOnlySpan<byte> row)
    {
        var id = _kept.Add(row);
        if (id >= _next.Length)
        {
            var size = Math.Max(16, id * 2);
            Array.Resize(ref _next, size);
            Array.Resize(ref _previous, size);
            Array.Resize(ref _times, size);
        }

        ref var state = ref _states[partition];
        (_next[id], _previous[id], _times[id]) = (-1, state.Last, time);
        if (state.Last >= 0)
        {
            _next[state.Last] = id;
        }

        state.First = state.Count == 0 ? id : state.First;
        state.Last = id;
        state.Count++;
        if (_rangeMillis >= 0 && !state.IsQueued)
        {
            state.IsQueued = true;
            _ends.Enqueue(partition, EndOf(time));
        }
    }

    private long EndOf(long lastTime) => lastTime + _rangeMillis + _rangeMillis / 2;

    // The row's bytes are needed until the aggregates have given it back.
    private void Unlink(int partition, Steps? steps, List<int> gone)
    {
        ref var state = ref _states[partition];
        var id = state.First;
        steps?.Add(-1, id, partition, -1);
        gone.Add(id);
        state.First = _next[id];
        state.Count--;
        if (state.Count == 0)
        {
            (state.First, state.Last) = (-1, -1);
        }
        else
        {
            _previous[state.First] = -1;
        }
    }

    private Column[] Results(IReadOnlyList<Column> columns, Steps steps)
    {
        var input = InputOf(columns, steps);
        var results = new Column[_spec.Calls.Count];
        for (var i = 0; i < results.Length; i++)
        {
            var call = _spec.Calls[i];
            results[i] = call.Function switch
            {
                OverFunction.Aggregate => _aggregators[i]!.ApplyAndTell(steps.Of(input), new bool[steps.Count]).After.Gather(steps.Results), // this function has one
                OverFunction.Lag => Lagged(call, columns, steps.Lags[i]),
                OverFunction.RowNumber => new FixedColumn<long>(call.Type, steps.RowNumbers),
                OverFunction.Rank => new FixedColumn<long>(call.Type, steps.Ranks),
                _ => new FixedColumn<long>(call.Type, steps.DenseRanks),
            };
        }

        return results;
    }

    private void Apply(Steps steps)
    {
        if (steps.Count == 0)
        {
            return;
        }

        var input = InputOf([], steps);
        foreach (var aggregator in _aggregators)
        {
            aggregator?.Apply(steps.Of(input));
        }
    }

    // The columns that aggregates read, one row a step: rows that come in are the batch's, those that go are kept ones.
    private Column[] InputOf(IReadOnlyList<Column> columns, Steps steps)
    {
        var input = new Column[_spec.Input.Count];
        for (var c = 0; c < input.Length; c++)
        {
            var kept = Array.IndexOf(_keptColumns, c);
            if (kept < 0)
            {
                input[c] = new NullColumn(steps.Count);
                continue;
            }

            var starts = steps.Kept.Select(id => id < 0 ? -1 : _kept.Start(id)).ToArray();
            input[c] = columns.Count == 0 ? _keptCodec.Decode(kept, _kept.Bytes, starts)
                : !IsBounded ? columns[c].ToDense().Gather(steps.Rows)
                : Merge(columns[c].ToDense(), _keptCodec.Decode(kept, _kept.Bytes, starts), steps.Rows);
        }

        return input;
    }

    private static Column Merge(Column batch, Column kept, int[] rows)
    {
        var indices = new int[rows.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = rows[i] >= 0 ? rows[i] : batch.Length + i;
        }

        return ColumnGather.Concat([batch, kept.Type.Equals(batch.Type) ? kept : kept.WithType(batch.Type)]).Gather(indices);
    }

    private Column Lagged(OverCallSpec call, IReadOnlyList<Column> columns, int[] sources)
    {
        var count = sources.Length;
        var before = _keptCodec.Decode(Array.IndexOf(_keptColumns, call.Argument), _kept.Bytes, sources.Select(id => id < 0 ? -1 : _kept.Start(id)).ToArray());
        var parts = new List<Column> { Typed(before, call.Type), Typed(columns[call.Argument].ToDense(), call.Type) };
        if (call.Default >= 0)
        {
            parts.Add(Typed(columns[call.Default].ToDense(), call.Type));
        }

        var indices = new int[count];
        for (var i = 0; i < count; i++)
        {
            indices[i] = sources[i] == Steps.Itself ? count + i : sources[i] >= 0 ? i : call.Default >= 0 ? 2 * count + i : -1;
        }

        return ColumnGather.Concat(parts).Gather(indices);
    }

    private static Column Typed(Column column, DataType type) => column.Type.Equals(type) ? column : column.WithType(type);

    /// <summary>What is known of a partition beside its aggregates.</summary>
    private struct PartitionState
    {
        public long LastTime;
        public long RowNumber;
        public long Rank;
        public long DenseRank;
        public int First;
        public int Last;
        public int Count;
        public int LastStep;
        public bool IsQueued;
    }

    /// <summary>Rows that come in and go, in order, and where each row's answer stands among them.</summary>
    private sealed class Steps(int rows, int calls)
    {
        public const int Itself = -2;

        private readonly List<int> _rows = new(rows * 2);
        private readonly List<int> _kept = new(rows * 2);
        private readonly List<int> _groups = new(rows * 2);
        private readonly List<sbyte> _signs = new(rows * 2);
        private readonly List<bool> _clears = new(rows * 2);

        public int Count => _rows.Count;

        public int[] Rows => [.. _rows];

        public IReadOnlyList<int> Kept => _kept;

        public int[] Partitions { get; } = new int[rows];

        public int[] Results { get; } = new int[rows];

        public long[] RowNumbers { get; } = new long[rows];

        public long[] Ranks { get; } = new long[rows];

        public long[] DenseRanks { get; } = new long[rows];

        public int[][] Lags { get; } = Enumerable.Range(0, calls).Select(_ => new int[rows]).ToArray();

        public void Add(int row, int kept, int group, sbyte sign, bool clears = false)
        {
            _rows.Add(row);
            _kept.Add(kept);
            _groups.Add(group);
            _signs.Add(sign);
            _clears.Add(clears);
        }

        public AggregateInput Of(IReadOnlyList<Column> columns) => new()
        {
            Columns = columns,
            Rows = Enumerable.Range(0, Count).ToArray(),
            Groups = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_groups),
            Signs = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_signs),
            ClearsAfter = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_clears),
        };
    }
}
