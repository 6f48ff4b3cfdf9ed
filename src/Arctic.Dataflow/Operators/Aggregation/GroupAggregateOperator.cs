using System.Buffers;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>What a <see cref="GroupAggregateOperator"/> computes.</summary>
internal sealed record GroupAggregateSpec
{
    /// <summary>The input.</summary>
    public required RowSchema Input { get; init; }

    /// <summary>The columns of the key; empty for one global group.</summary>
    public required EquatableList<int> Keys { get; init; }

    /// <summary>The aggregates; none for DISTINCT.</summary>
    public required EquatableList<AggregateCallSpec> Calls { get; init; }

    /// <summary>The output: the keys, then the results.</summary>
    public required RowSchema Output { get; init; }

    /// <summary>Whether no row of the input is ever taken back.</summary>
    public required bool IsInputInsertOnly { get; init; }

    /// <summary>Which changes are emitted.</summary>
    public required ChangelogEmission Emission { get; init; }

    /// <summary>The number of key groups of the job.</summary>
    public int MaxParallelism { get; init; } = 128;
}

/// <summary>Which changes an operator emits.</summary>
internal enum ChangelogEmission
{
    /// <summary>All of them, as they come.</summary>
    Full,

    /// <summary>All but <c>-U</c>: whoever reads them knows the old row by its key.</summary>
    WithoutUpdateBefore,

    /// <summary>Only the last state, as <c>+I</c>, when the input has ended.</summary>
    FinalOnly,
}

/// <summary>
/// GROUP BY over a changelog, by Flink's rules (spec/flink-sql.md, 4.1): a group's first row gives +I, a change of its results -U and +U, no change nothing, its
/// last row taken back -D; a row taken back from a group that is not there is dropped. Emits per row, so that the changelog is Flink's.
/// </summary>
internal sealed class GroupAggregateOperator : StreamOperator
{
    private const string StateName = "groups";
    private const byte StateVersion = 1;
    private const int OutputRowsMax = 8192;

    private readonly GroupAggregateSpec _spec;
    private readonly int[] _keys;
    private readonly RowCodec _keyCodec;
    private readonly Aggregator[] _aggregators;
    private readonly RowTable _groups = new();
    private readonly StateBudget _budget;
    private readonly StateTtl _ttl;
    private readonly EncodedRows _encoded = new();
    private long[] _rowCounts = [];

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it computes.</param>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    /// <param name="ttl">How long idle state is kept; null for ever.</param>
    public GroupAggregateOperator(GroupAggregateSpec spec, MemoryBudget? budget, TimeSpan? ttl = null)
    {
        _ttl = new StateTtl(ttl);
        _spec = spec;
        _keys = spec.Keys.ToArray();
        _keyCodec = new RowCodec(_keys.Select(k => spec.Input[k].Type));
        _aggregators = spec.Calls.Select(c => Aggregator.Create(c, spec.Input, spec.IsInputInsertOnly)).ToArray();
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
        ChangeBatch? changes;
        ForgetIdle(Context.Time.GetUtcNow());
        using (batch)
        {
            changes = Apply(batch);
        }

        UpdateBudget();
        if (changes is not null)
        {
            await Context.Output.EmitAsync(changes, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask FinishInputAsync(int input, CancellationToken cancellationToken)
    {
        if (_spec.Emission != ChangelogEmission.FinalOnly)
        {
            return;
        }

        // A global group has a row even when nothing came; subtask 0 keeps it.
        if (_keys.Length == 0 && _groups.Count == 0 && Context.Subtask == 0)
        {
            FindOrAddGroup(EncodedRows.Hash([]), [], out _);
        }

        var ids = new List<int>(OutputRowsMax);
        for (var id = 0; id < _groups.Capacity; id++)
        {
            if (_groups.IsLive(id))
            {
                ids.Add(id);
            }

            if (ids.Count == OutputRowsMax || (id == _groups.Capacity - 1 && ids.Count > 0))
            {
                await Context.Output.EmitAsync(ResultsOf(ids.ToArray()), cancellationToken).ConfigureAwait(false);
                ids.Clear();
            }
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
        KeyGroupState.SaveAsync(writer, StateName, StateVersion, _groups, _spec.MaxParallelism, Save, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private ChangeBatch? Apply(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        _keyCodec.Encode(BatchRows.Pick(batch.Columns, _keys), rows, _encoded);
        _encoded.ComputeHashes();
        var work = new GroupedRows(rows.Length);
        AssignGroups(batch, rows, ref work);
        TouchGroups(work);
        var isFinalOnly = _spec.Emission == ChangelogEmission.FinalOnly;
        var before = new Column[_aggregators.Length];
        var after = new Column[_aggregators.Length];
        var changed = new bool[work.Count];

        // Whoever keeps the results may forget them too: with a time to live every row tells its group's anew, as in Flink.
        changed.AsSpan().Fill(_ttl.IsOn);
        var signs = new sbyte[work.Count];
        for (var i = 0; i < _aggregators.Length; i++)
        {
            var input = new AggregateInput
            {
                Columns = batch.Columns,
                Rows = work.Rows.AsSpan(0, work.Count),
                Groups = work.Groups.AsSpan(0, work.Count),
                Signs = FilteredSigns(batch, _spec.Calls[i].Filter, work, signs),
                ClearsAfter = work.IsLast.AsSpan(0, work.Count),
            };
            if (isFinalOnly)
            {
                _aggregators[i].Apply(input);
            }
            else
            {
                (before[i], after[i]) = _aggregators[i].ApplyAndTell(input, changed);
            }
        }

        RemoveEmptyGroups(work);
        return isFinalOnly ? null : Changes(batch, work, changed, before, after);
    }

    // Fills in the group of each row; leaves rows out that are taken back from groups without rows.
    private void AssignGroups(ChangeBatch batch, int[] rows, ref GroupedRows work)
    {
        var kinds = batch.Kinds.Span;
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var isAddition = kinds.IsEmpty || kinds[rows[i]].IsAddition();
            var group = isAddition ? FindOrAddGroup(_encoded.Hashes[i], _encoded[i], out _) : _groups.Find(_encoded.Hashes[i], _encoded[i]);
            if (group < 0 || (!isAddition && _rowCounts[group] == 0))
            {
                continue;
            }

            work.Rows[count] = rows[i];
            work.Groups[count] = group;
            work.Signs[count] = isAddition ? (sbyte)1 : (sbyte)-1;
            work.IsFirst[count] = _rowCounts[group] == 0;
            _rowCounts[group] += work.Signs[count];
            work.IsLast[count] = _rowCounts[group] == 0;
            count++;
        }

        work.Count = count;
        foreach (var aggregator in _aggregators)
        {
            aggregator.EnsureCapacity(_groups.Capacity);
        }
    }

    private void TouchGroups(in GroupedRows work)
    {
        if (!_ttl.IsOn)
        {
            return;
        }

        var now = Context.Time.GetUtcNow();
        for (var i = 0; i < work.Count; i++)
        {
            _ttl.Touch(work.Groups[i], now);
        }
    }

    // A step that takes no row and ends the group lets its state go.
    private void ForgetIdle(DateTimeOffset now)
    {
        var groups = _ttl.TakeExpired(now).ToArray();
        if (groups.Length == 0)
        {
            return;
        }

        var nothing = _spec.Input.Fields.Select(f => ColumnBuilder.NullsOf(f.Type.AsNullable(), 1)).ToArray();
        var clears = new bool[groups.Length];
        clears.AsSpan().Fill(true);
        foreach (var aggregator in _aggregators)
        {
            aggregator.Apply(new AggregateInput { Columns = nothing, Rows = new int[groups.Length], Groups = groups, Signs = new sbyte[groups.Length], ClearsAfter = clears });
        }

        foreach (var group in groups)
        {
            _rowCounts[group] = 0;
            _groups.Remove(group);
        }

        UpdateBudget();
    }

    private static ReadOnlySpan<sbyte> FilteredSigns(ChangeBatch batch, int filter, in GroupedRows work, sbyte[] scratch)
    {
        if (filter < 0)
        {
            return work.Signs.AsSpan(0, work.Count);
        }

        var column = (BooleanColumn)batch.Columns[filter].ToDense();
        for (var i = 0; i < work.Count; i++)
        {
            var row = work.Rows[i];
            scratch[i] = !column.IsNull(row) && column.Bits[row] ? work.Signs[i] : (sbyte)0;
        }

        return scratch;
    }

    private void RemoveEmptyGroups(in GroupedRows work)
    {
        for (var i = 0; i < work.Count; i++)
        {
            if (work.IsLast[i] && _rowCounts[work.Groups[i]] == 0 && _groups.IsLive(work.Groups[i]))
            {
                _ttl.Forget(work.Groups[i]);
                _groups.Remove(work.Groups[i]);
            }
        }
    }

    private ChangeBatch? Changes(ChangeBatch batch, in GroupedRows work, bool[] changed, Column[] before, Column[] after)
    {
        var withUpdateBefore = _spec.Emission == ChangelogEmission.Full;
        var kinds = new RowKind[work.Count * 2];
        var keyRows = new int[work.Count * 2];
        var resultRows = new int[work.Count * 2];
        var count = 0;
        for (var i = 0; i < work.Count; i++)
        {
            if (work.IsFirst[i])
            {
                (kinds[count], keyRows[count], resultRows[count++]) = (RowKind.Insert, work.Rows[i], work.Count + i);
            }
            else if (work.IsLast[i])
            {
                (kinds[count], keyRows[count], resultRows[count++]) = (RowKind.Delete, work.Rows[i], i);
            }
            else if (changed[i])
            {
                if (withUpdateBefore)
                {
                    (kinds[count], keyRows[count], resultRows[count++]) = (RowKind.UpdateBefore, work.Rows[i], i);
                }

                (kinds[count], keyRows[count], resultRows[count++]) = (RowKind.UpdateAfter, work.Rows[i], work.Count + i);
            }
        }

        if (count == 0)
        {
            return null;
        }

        var columns = new Column[_keys.Length + _aggregators.Length];
        for (var k = 0; k < _keys.Length; k++)
        {
            columns[k] = Typed(batch.Columns[_keys[k]].Gather(keyRows.AsSpan(0, count)), k);
        }

        for (var a = 0; a < _aggregators.Length; a++)
        {
            columns[_keys.Length + a] = ColumnGather.Concat([before[a], after[a]]).Gather(resultRows.AsSpan(0, count));
        }

        // Insert-only results have no kinds.
        var areInserts = kinds.AsSpan(0, count).IndexOfAnyExcept(RowKind.Insert) < 0;
        return new ChangeBatch(_spec.Output, columns, count, areInserts ? default : kinds.AsMemory(0, count));
    }

    private ChangeBatch ResultsOf(int[] groups)
    {
        var columns = new Column[_keys.Length + _aggregators.Length];
        var starts = groups.Select(_groups.Start).ToArray();
        for (var k = 0; k < _keys.Length; k++)
        {
            columns[k] = Typed(_keyCodec.Decode(k, _groups.Arena, starts), k);
        }

        for (var a = 0; a < _aggregators.Length; a++)
        {
            columns[_keys.Length + a] = _aggregators[a].ResultsOf(groups);
        }

        return new ChangeBatch(_spec.Output, columns, groups.Length);
    }

    private Column Typed(Column column, int index) => column.Type.Equals(_spec.Output[index].Type) ? column : column.WithType(_spec.Output[index].Type);

    private int FindOrAddGroup(ulong hash, ReadOnlySpan<byte> key, out bool isNew)
    {
        var group = _groups.FindOrAdd(hash, key, 0, out isNew);
        if (group >= _rowCounts.Length)
        {
            Array.Resize(ref _rowCounts, Math.Max(16, group * 2));
        }

        if (isNew)
        {
            foreach (var aggregator in _aggregators)
            {
                aggregator.EnsureCapacity(group + 1);
            }
        }

        return group;
    }

    private void Save(int id, StateBuffer buffer)
    {
        buffer.WriteBytes(_groups.Row(id));
        buffer.WriteInt64(_rowCounts[id]);
        foreach (var aggregator in _aggregators)
        {
            aggregator.Save(id, buffer);
        }
    }

    private void Load(ref StateBytes source)
    {
        var key = source.ReadBytes();
        var group = FindOrAddGroup(EncodedRows.Hash(key), key, out _);
        _rowCounts[group] = source.ReadInt64();
        _ttl.Touch(group, Context.Time.GetUtcNow());
        foreach (var aggregator in _aggregators)
        {
            aggregator.Load(group, ref source);
        }
    }

    private void UpdateBudget() => _budget.Update(_groups.BytesUsed + _rowCounts.Length * (long)sizeof(long) + _aggregators.Sum(a => a.BytesUsed) + _ttl.BytesUsed, Context.Name);

    /// <summary>The rows of a batch that count, with what becomes of their groups.</summary>
    private struct GroupedRows(int capacity)
    {
        public readonly int[] Rows = new int[capacity];
        public readonly int[] Groups = new int[capacity];
        public readonly sbyte[] Signs = new sbyte[capacity];
        public readonly bool[] IsFirst = new bool[capacity];
        public readonly bool[] IsLast = new bool[capacity];
        public int Count;
    }
}
