using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Ordering;

/// <summary>ORDER BY of insert-only rows whose first column is an event time, ascending: rows wait for the watermark; one at or before the last row that came out is dropped. One subtask.</summary>
internal sealed class TimeSortOperator : StreamOperator
{
    private const string StateName = "waiting";
    private const int DueRowsWanted = 4096;

    private readonly RowSchema _schema;
    private readonly int _timeIndex;
    private readonly RowCodec _codec;
    private readonly SortKeyEncoder _keys;
    private readonly TimedRows _waiting = new(StateName, 1);
    private readonly EncodedRows _encoded = new();
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();

    // Kept as a watermark is: behind it no row can come out any more.
    private Watermark _last = Watermark.Min;

    /// <summary>Makes the operator.</summary>
    /// <param name="order">The time first.</param>
    /// <param name="budget">Bounds the rows that wait; null for no bound.</param>
    public TimeSortOperator(RowSchema schema, IReadOnlyList<SortColumn> order, MemoryBudget? budget)
    {
        _schema = schema;
        _timeIndex = order[0].Index;
        _codec = new RowCodec(schema.Fields.Select(f => f.Type));
        _keys = new SortKeyEncoder(schema, order);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _last = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await _waiting.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var rows = BatchRows.Of(batch);
            var times = EventTimes.Of(batch.Columns[_timeIndex], rows, Context.Name);
            _codec.Encode(batch.Columns.ToArray(), rows, _encoded);
            for (var i = 0; i < rows.Length; i++)
            {
                if (times[i] > _last.EpochMillis)
                {
                    _waiting.Add(times[i], 0, RowKind.Insert, _encoded[i]);
                }
                else
                {
                    _late.Add();
                }
            }
        }

        _budget.Update(_waiting.BytesUsed, Context.Name);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        var due = new List<int>();
        for (_waiting.TakeDue(watermark.EpochMillis, DueRowsWanted, due); due.Count > 0; _waiting.TakeDue(watermark.EpochMillis, DueRowsWanted, due))
        {
            var columns = _codec.Decode(_waiting.Bytes, due.Select(_waiting.Start).ToArray());
            _last = new Watermark(_waiting.TimeOf(due[^1]));
            _waiting.Remove(due);
            var keys = new (byte[] Key, int Row)[due.Count];
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = (_keys.Encode(columns, i), i);
            }

            Array.Sort(keys, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key) is var c and not 0 ? c : a.Row.CompareTo(b.Row));
            using var rows = new ChangeBatch(_schema, columns, keys.Length);
            await Context.Output.EmitAsync(rows.Gather(Array.ConvertAll(keys, k => k.Row)), cancellationToken).ConfigureAwait(false);
        }

        _budget.Update(_waiting.BytesUsed, Context.Name);
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await _waiting.SaveAsync(writer, cancellationToken).ConfigureAwait(false);
        await WatermarkState.SaveAsync(writer, _last, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }
}
