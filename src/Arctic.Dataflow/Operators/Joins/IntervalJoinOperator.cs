using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>How far apart the times of a pair may be: left time minus right time, in milliseconds, both ends included.</summary>
/// <param name="LeftTime">The time column of the left input.</param>
/// <param name="RightTime">The time column of the right input.</param>
internal sealed record JoinInterval(int LeftTime, int RightTime, long Lower, long Upper);

/// <summary>
/// Joins insert-only rows whose times lie within an interval of each other; the interval is part of the residual too. A row is kept until the watermark says that no partner can come any
/// more; one of an outer side that has had none is told with NULLs then. Rows that are too late to be kept still meet those that are there.
/// </summary>
internal sealed class IntervalJoinOperator : StreamOperator
{
    private const string StateName = "join";
    private const byte StateVersion = 1;
    private const int OutputRowsMax = 8192;

    private readonly JoinSpec _spec;
    private readonly JoinInterval _interval;
    private readonly RowTable _keys = new();
    private readonly JoinSide[] _sides;
    private readonly JoinMatches _matches;
    private readonly JoinOutput _output;
    private readonly PriorityQueue<(int Input, int Row), (long Expiry, long Sequence)> _expiries = new();
    private readonly StateBudget _budget;
    private Watermark _watermark = Watermark.Min;
    private long _sequence;

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it joins: inner or outer.</param>
    /// <param name="interval">How far apart pairs may be.</param>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    public IntervalJoinOperator(JoinSpec spec, JoinInterval interval, MemoryBudget? budget)
    {
        (_spec, _interval) = (spec, interval);
        _sides =
        [
            new JoinSide(spec.Left, spec.LeftKeys, spec.NullsMatch) { KeepsUnmatched = spec.Type is JoinType.LeftOuter or JoinType.FullOuter },
            new JoinSide(spec.Right, spec.RightKeys, spec.NullsMatch) { KeepsUnmatched = spec.Type is JoinType.RightOuter or JoinType.FullOuter },
        ];
        _matches = new JoinMatches(spec);
        _output = new JoinOutput(spec);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _watermark = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await KeyGroupState.LoadAsync(restored, StateName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);

            QueueLoaded(0);
            QueueLoaded(1);
            UpdateBudget();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var (own, other) = (_sides[input], _sides[1 - input]);
            var rows = BatchRows.Of(batch);
            var times = EventTimes.Of(batch.Columns[TimeIndexOf(input)], rows, Context.Name);
            own.Encode(batch.Columns, rows);
            var keys = new int[rows.Length];
            for (var i = 0; i < rows.Length; i++)
            {
                keys[i] = own.HasUnmatchableNull(i) ? -1 : _keys.FindOrAdd(own.Keys.Hashes[i], own.Keys[i], 0, out _);
            }

            for (var next = 0; next < rows.Length;)
            {
                _matches.Find(next, batch.Columns, input == 0, rows, keys, other.Rows, other.RowCodec);
                for (; next < _matches.End; next++)
                {
                    Step(input, next, rows[next], keys[next], times[next]);
                    if (_output.Count >= OutputRowsMax)
                    {
                        await FlushAsync(batch.Columns, input == 0, other, cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            await FlushAsync(batch.Columns, input == 0, other, cancellationToken).ConfigureAwait(false);
            RemoveEmpty(keys);
        }

        UpdateBudget();
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        var expired = new List<int>();
        while (_expiries.TryPeek(out var next, out var place) && place.Expiry <= watermark.EpochMillis)
        {
            // Rows of one side at a time, as long as they stand together in the order.
            var side = _sides[next.Input];
            expired.Clear();
            while (_expiries.TryPeek(out var row, out place) && place.Expiry <= watermark.EpochMillis && row.Input == next.Input && expired.Count < OutputRowsMax)
            {
                _expiries.Dequeue();
                expired.Add(row.Row);
                for (var left = side.KeepsUnmatched && side.Associations[row.Row] == 0 ? side.Rows.CountOf(row.Row) : 0; left > 0; left--)
                {
                    _output.Add(RowKind.Insert, -1, row.Row);
                }
            }

            await FlushAsync(null, next.Input == 1, side, cancellationToken).ConfigureAwait(false);
            Remove(side, expired);
        }

        UpdateBudget();
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await KeyGroupState.SaveAsync(writer, StateName, StateVersion, _keys, _spec.MaxParallelism, Save, cancellationToken).ConfigureAwait(false);

        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private int TimeIndexOf(int input) => input == 0 ? _interval.LeftTime : _interval.RightTime;

    // The watermark behind which no partner of a row can come.
    private long ExpiryOf(int input, long time) => input == 0 ? time - _interval.Lower : time + _interval.Upper;

    private void Step(int input, int index, int batchRow, int key, long time)
    {
        var (own, other) = (_sides[input], _sides[1 - input]);
        var matched = 0L;
        foreach (var partner in key < 0 ? [] : _matches.Of(index))
        {
            var count = other.Rows.CountOf(partner);
            matched += count;
            if (other.KeepsUnmatched)
            {
                other.Associations[partner]++;
            }

            for (; count > 0; count--)
            {
                _output.Add(RowKind.Insert, batchRow, partner);
            }
        }

        var expiry = ExpiryOf(input, time);
        if (key >= 0 && expiry > _watermark.EpochMillis)
        {
            var row = own.Add(key, index, matched, out var isNew);
            if (isNew)
            {
                _expiries.Enqueue((input, row), (expiry, _sequence++));
            }
        }
        else if (matched == 0 && own.KeepsUnmatched)
        {
            _output.Add(RowKind.Insert, batchRow, -1);
        }
    }

    private void Remove(JoinSide side, List<int> rows)
    {
        var keys = new int[rows.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = side.Rows.Table.Owner(rows[i]);
            side.Rows.RemoveAll(rows[i]);
        }

        RemoveEmpty(keys);
    }

    private void RemoveEmpty(int[] keys)
    {
        foreach (var key in keys)
        {
            if (key >= 0 && _keys.IsLive(key) && _sides[0].Rows.FirstOf(key) < 0 && _sides[1].Rows.FirstOf(key) < 0)
            {
                _keys.Remove(key);
            }
        }
    }

    private async ValueTask FlushAsync(IReadOnlyList<Column>? batch, bool isLeft, JoinSide state, CancellationToken cancellationToken)
    {
        if (_output.Count > 0)
        {
            await Context.Output.EmitAsync(_output.Build(batch, isLeft, state.RowCodec, state.Rows.Table), cancellationToken).ConfigureAwait(false);
        }
    }

    private void Save(int key, StateBuffer buffer)
    {
        buffer.WriteBytes(_keys.Row(key));
        _sides[0].Save(key, buffer);
        _sides[1].Save(key, buffer);
    }

    private void Load(ref StateBytes source)
    {
        var bytes = source.ReadBytes();
        var key = _keys.FindOrAdd(EncodedRows.Hash(bytes), bytes, 0, out _);
        _sides[0].Load(key, ref source);
        _sides[1].Load(key, ref source);
    }

    private void QueueLoaded(int input)
    {
        var (side, table) = (_sides[input], _sides[input].Rows.Table);
        var ids = table.LiveIds.ToArray();
        var column = side.RowCodec.Decode(TimeIndexOf(input), table.Arena, Array.ConvertAll(ids, table.Start));
        var times = EventTimes.Of(column, Enumerable.Range(0, ids.Length).ToArray(), Context.Name);
        for (var i = 0; i < ids.Length; i++)
        {
            _expiries.Enqueue((input, ids[i]), (ExpiryOf(input, times[i]), _sequence++));
        }
    }

    private void UpdateBudget() => _budget.Update(_keys.BytesUsed + _sides[0].BytesUsed + _sides[1].BytesUsed + 32L * _expiries.Count, Context.Name);
}
