using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Windows;

/// <summary>
/// GROUP BY over windows: a group is told once, when the watermark has passed the end of its window, and forgotten then. Rows of windows that are over are dropped. Rows may be taken back
/// before that; a group without rows is not told.
/// </summary>
internal sealed class WindowAggregateOperator : StreamOperator
{
    private const string StateName = "groups";
    private const byte StateVersion = 1;
    private const int OutputRowsMax = 8192;

    private readonly GroupAggregateSpec _spec;
    private readonly WindowEnds _windowEnds;
    private readonly int[] _keys;
    private readonly RowCodec _keyCodec;
    private readonly Aggregator[] _aggregators;
    private readonly RowTable _groups = new();
    private readonly EncodedRows _encoded = new();
    private readonly SortedDictionary<long, List<int>> _groupsByEnd = [];
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();
    private long[] _rowCounts = [];
    private Watermark _watermark = Watermark.Min;

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it computes; the keys hold the window.</param>
    /// <param name="windowEnds">Says when a row's window is over.</param>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    public WindowAggregateOperator(GroupAggregateSpec spec, WindowEnds windowEnds, MemoryBudget? budget)
    {
        (_spec, _windowEnds) = (spec, windowEnds);
        _keys = spec.Keys.ToArray();
        _keyCodec = new RowCodec(_keys.Select(k => spec.Input[k].Type));
        _aggregators = spec.Calls.Select(c => Aggregator.Create(c, spec.Input, spec.IsInputInsertOnly)).ToArray();
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _watermark = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await KeyGroupState.LoadAsync(restored, StateName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);

            UpdateBudget();
        }
    }

    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            Apply(batch);
        }

        UpdateBudget();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        while (_groupsByEnd.Count > 0 && _groupsByEnd.First() is var (end, groups) && end <= watermark.EpochMillis)
        {
            _groupsByEnd.Remove(end);
            for (var first = 0; first < groups.Count; first += OutputRowsMax)
            {
                await TellAsync(groups.GetRange(first, Math.Min(OutputRowsMax, groups.Count - first)), cancellationToken).ConfigureAwait(false);
            }
        }

        UpdateBudget();
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        var groups = _groupsByEnd.SelectMany(w => w.Value.Select(g => (End: w.Key, Group: g)));
        await KeyGroupState.SaveAsync(writer, StateName, StateVersion, groups, g => KeyGroups.Of(_groups.Hash(g.Group), _spec.MaxParallelism), Save, cancellationToken).ConfigureAwait(false);

        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Apply(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        var ends = _windowEnds.LastMoments(batch.Columns, rows, Context.Name);
        _keyCodec.Encode(BatchRows.Pick(batch.Columns, _keys), rows, _encoded);
        _encoded.ComputeHashes();
        var (columnRows, groups, signs) = (new int[rows.Length], new int[rows.Length], new sbyte[rows.Length]);
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (ends[i] <= _watermark.EpochMillis)
            {
                _late.Add();
                continue;
            }

            var isAddition = batch.KindAt(rows[i]).IsAddition();
            var group = isAddition ? FindOrAdd(_encoded.Hashes[i], _encoded[i], ends[i]) : _groups.Find(_encoded.Hashes[i], _encoded[i]);
            if (group < 0 || (!isAddition && _rowCounts[group] == 0))
            {
                continue;
            }

            (columnRows[count], groups[count], signs[count]) = (rows[i], group, isAddition ? (sbyte)1 : (sbyte)-1);
            _rowCounts[group] += signs[count++];
        }

        var clears = new bool[count];
        var filtered = new sbyte[count];
        for (var a = 0; a < _aggregators.Length; a++)
        {
            _aggregators[a].Apply(new AggregateInput
            {
                Columns = batch.Columns,
                Rows = columnRows.AsSpan(0, count),
                Groups = groups.AsSpan(0, count),
                Signs = Filter(batch, _spec.Calls[a].Filter, columnRows, signs, filtered),
                ClearsAfter = clears,
            });
        }
    }

    private static ReadOnlySpan<sbyte> Filter(ChangeBatch batch, int filter, int[] rows, sbyte[] signs, sbyte[] filtered)
    {
        if (filter < 0)
        {
            return signs.AsSpan(0, filtered.Length);
        }

        var column = (BooleanColumn)batch.Columns[filter].ToDense();
        for (var i = 0; i < filtered.Length; i++)
        {
            filtered[i] = !column.IsNull(rows[i]) && column.Bits[rows[i]] ? signs[i] : (sbyte)0;
        }

        return filtered;
    }

    private int FindOrAdd(ulong hash, ReadOnlySpan<byte> key, long end)
    {
        var group = _groups.FindOrAdd(hash, key, 0, out var isNew);
        if (!isNew)
        {
            return group;
        }

        if (group >= _rowCounts.Length)
        {
            Array.Resize(ref _rowCounts, Math.Max(16, group * 2));
        }

        _rowCounts[group] = 0;
        foreach (var aggregator in _aggregators)
        {
            aggregator.EnsureCapacity(group + 1);
        }

        if (!_groupsByEnd.TryGetValue(end, out var groups))
        {
            _groupsByEnd.Add(end, groups = []);
        }

        groups.Add(group);
        return group;
    }

    private async ValueTask TellAsync(List<int> groups, CancellationToken cancellationToken)
    {
        var told = groups.Where(g => _rowCounts[g] > 0).ToArray();
        var columns = new Column[_keys.Length + _aggregators.Length];
        var starts = told.Select(_groups.Start).ToArray();
        for (var k = 0; k < _keys.Length; k++)
        {
            columns[k] = Typed(_keyCodec.Decode(k, _groups.Arena, starts), k);
        }

        for (var a = 0; a < _aggregators.Length; a++)
        {
            columns[_keys.Length + a] = _aggregators[a].ResultsOf(told);
        }

        Forget(groups);
        if (told.Length > 0)
        {
            await Context.Output.EmitAsync(new ChangeBatch(_spec.Output, columns, told.Length), cancellationToken).ConfigureAwait(false);
        }
    }

    // A step that takes no row and ends the group lets its state go.
    private void Forget(List<int> groups)
    {
        var ids = groups.ToArray();
        var clears = new bool[ids.Length];
        clears.AsSpan().Fill(true);
        var rows = new int[ids.Length];
        var nothing = _spec.Input.Fields.Select(f => ColumnBuilder.NullsOf(f.Type.AsNullable(), 1)).ToArray();
        foreach (var aggregator in _aggregators)
        {
            aggregator.Apply(new AggregateInput { Columns = nothing, Rows = rows, Groups = ids, Signs = new sbyte[ids.Length], ClearsAfter = clears });
        }

        foreach (var id in ids)
        {
            _groups.Remove(id);
        }
    }

    private Column Typed(Column column, int index) => column.Type.Equals(_spec.Output[index].Type) ? column : column.WithType(_spec.Output[index].Type);

    private void Save((long End, int Group) of, StateBuffer buffer)
    {
        var (end, group) = of;
        buffer.WriteInt64(end);
        buffer.WriteBytes(_groups.Row(group));
        buffer.WriteInt64(_rowCounts[group]);
        foreach (var aggregator in _aggregators)
        {
            aggregator.Save(group, buffer);
        }
    }

    private void Load(ref StateBytes source)
    {
        var end = source.ReadInt64();
        var key = source.ReadBytes();
        var group = FindOrAdd(EncodedRows.Hash(key), key, end);
        _rowCounts[group] = source.ReadInt64();
        foreach (var aggregator in _aggregators)
        {
            aggregator.Load(group, ref source);
        }
    }

    private void UpdateBudget() => _budget.Update(_groups.BytesUsed + (sizeof(long) + sizeof(int)) * (long)_rowCounts.Length + _aggregators.Sum(a => a.BytesUsed), Context.Name);
}
