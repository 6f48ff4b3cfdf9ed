using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>
/// A join of two changelogs that keeps both sides, by Flink's rules (spec/flink-sql.md, 4 and 5): an inner join passes the kinds of its input on; an outer one emits a row with NULLs at once
/// and turns it into pairs with -D and +I; NULL keys match nothing unless told otherwise. A row taken back that is not there is dropped.
/// </summary>
internal sealed class RegularJoinOperator : StreamOperator
{
    private const string StateName = "join";
    private const byte StateVersion = 1;
    private const int OutputRowsMax = 8192;

    private readonly JoinSpec _spec;
    private readonly RowTable _keys = new();
    private readonly JoinSide[] _sides;
    private readonly JoinMatches _matches;
    private readonly JoinOutput _output;
    private readonly StateBudget _budget;
    private readonly StateTtl[] _ttls;
    private readonly bool _isSemiOrAnti;
    private DateTimeOffset _now;

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it joins.</param>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    /// <param name="ttl">How long a row that is not written is kept; null for ever.</param>
    public RegularJoinOperator(JoinSpec spec, MemoryBudget? budget, TimeSpan? ttl = null)
    {
        _ttls = [new StateTtl(ttl), new StateTtl(ttl)];
        _spec = spec;
        _isSemiOrAnti = spec.Type is JoinType.LeftSemi or JoinType.LeftAnti;
        _sides =
        [
            new JoinSide(spec.Left, spec.LeftKeys, spec.NullsMatch) { KeepsUnmatched = spec.Type is JoinType.LeftOuter or JoinType.FullOuter || _isSemiOrAnti },
            new JoinSide(spec.Right, spec.RightKeys, spec.NullsMatch) { KeepsUnmatched = spec.Type is JoinType.RightOuter or JoinType.FullOuter },
        ];
        _matches = new JoinMatches(spec);
        _output = new JoinOutput(spec);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        if (restored is not null)
        {
            await KeyGroupState.LoadAsync(restored, StateName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);

            TouchLoaded();
            UpdateBudget();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        _now = Context.Time.GetUtcNow();
        ForgetIdle(_now);
        using (batch)
        {
            var isLeft = input == 0;
            var (own, other) = (_sides[input], _sides[1 - input]);
            var rows = BatchRows.Of(batch);
            own.Encode(batch.Columns, rows);
            var keys = FindKeys(own, batch, rows);
            var next = 0;
            while (next < rows.Length)
            {
                _matches.Find(next, batch.Columns, isLeft, rows, keys, other.Rows, other.RowCodec);
                for (; next < _matches.End; next++)
                {
                    Step(input, batch.KindAt(rows[next]), next, rows[next], keys[next]);
                    if (_output.Count >= OutputRowsMax)
                    {
                        await FlushAsync(batch.Columns, isLeft, other, cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            await FlushAsync(batch.Columns, isLeft, other, cancellationToken).ConfigureAwait(false);
            RemoveEmptyKeys(keys);
        }

        UpdateBudget();
    }

    /// <inheritdoc/>
    public override async ValueTask FinishInputAsync(int input, CancellationToken cancellationToken)
    {
        if (!_spec.DefersUnmatchedRight || input != 0 || !_sides[1].KeepsUnmatched)
        {
            return;
        }

        // The left input has ended: nothing can change for right rows any more.
        var right = _sides[1];
        for (var id = 0; id < right.Rows.Table.Capacity; id++)
        {
            if (right.Rows.Table.IsLive(id) && right.Associations[id] == 0)
            {
                Repeat(RowKind.Insert, -1, id, right.Rows.CountOf(id));
                if (_output.Count >= OutputRowsMax)
                {
                    await FlushAsync(null, true, right, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        await FlushAsync(null, true, right, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override DateTimeOffset? NextTime => _ttls[0].Next is { } left && !(_ttls[1].Next < left) ? left : _ttls[1].Next;

    /// <inheritdoc/>
    public override ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        ForgetIdle(now);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken) =>
        KeyGroupState.SaveAsync(writer, StateName, StateVersion, _keys, _spec.MaxParallelism, Save, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private int[] FindKeys(JoinSide side, ChangeBatch batch, int[] rows)
    {
        var keys = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            keys[i] = side.HasUnmatchableNull(i) ? -1
                : batch.KindAt(rows[i]).IsAddition() ? _keys.FindOrAdd(side.Keys.Hashes[i], side.Keys[i], 0, out _)
                : _keys.Find(side.Keys.Hashes[i], side.Keys[i]);
        }

        return keys;
    }

    private void Step(int input, RowKind kind, int index, int batchRow, int key)
    {
        if (key < 0)
        {
            StepWithoutKey(input, kind, index, batchRow);
        }
        else if (kind.IsAddition())
        {
            Accumulate(input, kind, index, batchRow, key);
        }
        else if (_sides[input].Find(key, index) is var row and >= 0)
        {
            Retract(input, kind, index, batchRow, row);
        }
    }

    // A row whose key holds a NULL has no partner, and a retraction of an unknown key nothing to take back.
    private void StepWithoutKey(int input, RowKind kind, int index, int batchRow)
    {
        if (_sides[input].KeepsUnmatched && _sides[input].HasUnmatchableNull(index))
        {
            EmitUnmatchedInput(kind, batchRow);
        }
    }

    private void EmitUnmatchedInput(RowKind kind, int batchRow)
    {
        if (_isSemiOrAnti)
        {
            if (_spec.Type == JoinType.LeftAnti)
            {
                _output.Add(kind, batchRow, -1);
            }
        }
        else
        {
            _output.Add(kind.IsAddition() ? RowKind.Insert : RowKind.Delete, batchRow, -1);
        }
    }

    private void Accumulate(int input, RowKind kind, int index, int batchRow, int key)
    {
        var (own, other) = (_sides[input], _sides[1 - input]);
        var partners = _matches.Of(index);
        var matched = 0L;
        foreach (var partner in partners)
        {
            matched += other.Rows.CountOf(partner);
        }

        _ttls[input].Touch(own.Add(key, index, matched, out _), _now);
        if (_isSemiOrAnti && input == 0)
        {
            if (matched > 0 == (_spec.Type == JoinType.LeftSemi))
            {
                _output.Add(kind, batchRow, -1);
            }

            return;
        }

        if (matched == 0 && own.KeepsUnmatched && !(_spec.DefersUnmatchedRight && input == 1))
        {
            EmitUnmatchedInput(kind, batchRow);
            return;
        }

        var pairKind = own.KeepsUnmatched || other.KeepsUnmatched ? RowKind.Insert : kind;
        foreach (var partner in partners)
        {
            // A row of an outer side that gets its first partner takes its row with NULLs back.
            var count = other.Rows.CountOf(partner);
            if (other.KeepsUnmatched)
            {
                _ttls[1 - input].Touch(partner, _now);
            }

            if (other.KeepsUnmatched && other.Associations[partner]++ == 0)
            {
                EmitFirstPartner(kind, partner, count, isOtherLeft: input == 1);
            }

            if (!_isSemiOrAnti)
            {
                Repeat(pairKind, batchRow, partner, count);
            }
        }
    }

    private void Retract(int input, RowKind kind, int index, int batchRow, int row)
    {
        var (own, other) = (_sides[input], _sides[1 - input]);
        var partners = _matches.Of(index);
        if (own.Rows.RemoveOne(row))
        {
            _ttls[input].Forget(row);
        }

        if (_isSemiOrAnti && input == 0)
        {
            if (partners.Length > 0 == (_spec.Type == JoinType.LeftSemi))
            {
                _output.Add(kind, batchRow, -1);
            }

            return;
        }

        if (partners.Length == 0)
        {
            if (own.KeepsUnmatched && !(_spec.DefersUnmatchedRight && input == 1))
            {
                EmitUnmatchedInput(kind, batchRow);
            }

            return;
        }

        var pairKind = own.KeepsUnmatched || other.KeepsUnmatched ? RowKind.Delete : kind;
        foreach (var partner in partners)
        {
            var count = other.Rows.CountOf(partner);
            if (!_isSemiOrAnti)
            {
                Repeat(pairKind, batchRow, partner, count);
            }

            if (other.KeepsUnmatched && --other.Associations[partner] == 0)
            {
                EmitLastPartnerGone(kind, partner, count, isOtherLeft: input == 1);
            }
        }
    }

    private void EmitFirstPartner(RowKind kind, int partner, long count, bool isOtherLeft)
    {
        if (_isSemiOrAnti)
        {
            Repeat(_spec.Type == JoinType.LeftAnti ? RowKind.Delete : kind, -1, partner, count);
        }
        else if (isOtherLeft || !_spec.DefersUnmatchedRight)
        {
            Repeat(RowKind.Delete, -1, partner, count);
        }
    }

    private void EmitLastPartnerGone(RowKind kind, int partner, long count, bool isOtherLeft)
    {
        if (_isSemiOrAnti)
        {
            Repeat(_spec.Type == JoinType.LeftAnti ? RowKind.Insert : kind, -1, partner, count);
        }
        else if (isOtherLeft || !_spec.DefersUnmatchedRight)
        {
            Repeat(RowKind.Insert, -1, partner, count);
        }
    }

    private void Repeat(RowKind kind, int batchRow, int stateRow, long count)
    {
        for (; count > 0; count--)
        {
            _output.Add(kind, batchRow, stateRow);
        }
    }

    private async ValueTask FlushAsync(IReadOnlyList<Column>? batch, bool isLeft, JoinSide other, CancellationToken cancellationToken)
    {
        if (_output.Count > 0)
        {
            await Context.Output.EmitAsync(_output.Build(batch, isLeft, other.RowCodec, other.Rows.Table), cancellationToken).ConfigureAwait(false);
        }
    }

    private void RemoveEmptyKeys(int[] keys)
    {
        foreach (var key in keys)
        {
            if (key >= 0 && _keys.IsLive(key) && _sides[0].Rows.FirstOf(key) < 0 && _sides[1].Rows.FirstOf(key) < 0)
            {
                _keys.Remove(key);
            }
        }
    }

    // Partners are not told: the pair stays in the result, as in Flink.
    private void ForgetIdle(DateTimeOffset now)
    {
        for (var input = 0; input < _sides.Length; input++)
        {
            var expired = _ttls[input].TakeExpired(now);
            var keys = new int[expired.Count];
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = _sides[input].Rows.Table.Owner(expired[i]);
                _sides[input].Rows.RemoveAll(expired[i]);
            }

            RemoveEmptyKeys(keys);
        }
    }

    private void TouchLoaded()
    {
        for (var input = 0; input < _sides.Length; input++)
        {
            foreach (var id in _sides[input].Rows.Table.LiveIds)
            {
                _ttls[input].Touch(id, Context.Time.GetUtcNow());
            }
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

    private void UpdateBudget() => _budget.Update(_keys.BytesUsed + _sides[0].BytesUsed + _sides[1].BytesUsed + _ttls[0].BytesUsed + _ttls[1].BytesUsed, Context.Name);
}
