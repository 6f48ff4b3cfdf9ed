using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.Operators.Windows;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>Joins the rows of both inputs that lie in the same window: they wait until the watermark has passed its end, and are joined then, once and for all. Rows of windows that are over are dropped.</summary>
internal sealed class WindowJoinOperator : StreamOperator
{
    private readonly JoinSpec _spec;
    private readonly Side[] _sides;
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();
    private Watermark _watermark = Watermark.Min;

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it joins; the keys hold the window of both sides.</param>
    /// <param name="leftEnds">Says when a left row's window is over.</param>
    /// <param name="rightEnds">Says when a right row's window is over.</param>
    /// <param name="budget">Bounds the rows that wait; null for no bound.</param>
    public WindowJoinOperator(JoinSpec spec, WindowEnds leftEnds, WindowEnds rightEnds, MemoryBudget? budget)
    {
        var residual = spec.Residual?.Compile();
        _spec = spec with
        {
            DefersUnmatchedRight = spec.Type == JoinType.FullOuter,
            Residual = spec.Residual is null ? null : spec.Residual with { Compile = () => residual! }, // compiled above
        };
        _sides =
        [
            new Side(spec.Left, spec.LeftKeys, leftEnds, "left", spec.MaxParallelism, _late),
            new Side(spec.Right, spec.RightKeys, rightEnds, "right", spec.MaxParallelism, _late),
        ];
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _watermark = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await _sides[0].Waiting.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
            await _sides[1].Waiting.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            _sides[input].Wait(batch, _watermark, Context.Name);
        }

        UpdateBudget();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        while (Earlier(_sides[0].Waiting.NextTime, _sides[1].Waiting.NextTime) is { } end && end <= watermark.EpochMillis)
        {
            await JoinAsync(end, cancellationToken).ConfigureAwait(false);
        }

        UpdateBudget();
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await _sides[0].Waiting.SaveAsync(writer, cancellationToken).ConfigureAwait(false);
        await _sides[1].Waiting.SaveAsync(writer, cancellationToken).ConfigureAwait(false);
        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private static long? Earlier(long? left, long? right) => left is null || right < left ? right : left;

    // All rows of a window are there: what a join of bounded inputs gives, the side whose rows wait for the other's end first.
    private async ValueTask JoinAsync(long end, CancellationToken cancellationToken)
    {
        int[] order = _spec.Type == JoinType.RightOuter ? [0, 1] : [1, 0];
        var join = new RegularJoinOperator(_spec, null);
        await using (join.ConfigureAwait(false))
        {
            join.SetContext(Context);
            await join.OpenAsync(null, cancellationToken).ConfigureAwait(false);
            foreach (var input in order)
            {
                if (_sides[input].TakeWindow(end) is { } rows)
                {
                    await join.ProcessBatchAsync(input, rows, cancellationToken).ConfigureAwait(false);
                }

                await join.FinishInputAsync(input, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void UpdateBudget() => _budget.Update(_sides[0].Waiting.BytesUsed + _sides[1].Waiting.BytesUsed, Context.Name);

    private sealed class Side(Columnar.Types.RowSchema schema, Columnar.Types.EquatableList<int> keys, WindowEnds ends, string name, int maxParallelism, LateRows late)
    {
        private readonly int[] _keyIndices = keys.ToArray();
        private readonly RowCodec _keyCodec = new(keys.Select(k => schema[k].Type));
        private readonly RowCodec _rowCodec = new(schema.Fields.Select(f => f.Type));
        private readonly EncodedRows _encodedKeys = new();
        private readonly EncodedRows _encodedRows = new();
        private readonly List<int> _due = [];

        public TimedRows Waiting { get; } = new(name, maxParallelism);

        public void Wait(ChangeBatch batch, Watermark watermark, string operatorName)
        {
            var rows = BatchRows.Of(batch);
            var moments = ends.LastMoments(batch.Columns, rows, operatorName);
            _keyCodec.Encode(BatchRows.Pick(batch.Columns, _keyIndices), rows, _encodedKeys);
            _encodedKeys.ComputeHashes();
            _rowCodec.Encode(batch.Columns.ToArray(), rows, _encodedRows);
            for (var i = 0; i < rows.Length; i++)
            {
                if (moments[i] > watermark.EpochMillis)
                {
                    Waiting.Add(moments[i], _encodedKeys.Hashes[i], RowKind.Insert, _encodedRows[i]);
                }
                else
                {
                    late.Add();
                }
            }
        }

        public ChangeBatch? TakeWindow(long end)
        {
            if (Waiting.NextTime != end)
            {
                return null;
            }

            Waiting.TakeDue(end, int.MaxValue, _due);
            var columns = _rowCodec.Decode(Waiting.Bytes, _due.Select(Waiting.Start).ToArray());
            Waiting.Remove(_due);
            return new ChangeBatch(schema, columns, _due.Count);
        }
    }
}
