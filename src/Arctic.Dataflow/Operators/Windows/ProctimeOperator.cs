using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Windows;

/// <summary>
/// Makes an event time of processing time: rows get the moment at which they pass here, and watermarks follow the clock, also while no rows come. What stands behind it works as by event
/// time, without late rows. When the input ends, time is over.
/// </summary>
/// <param name="timeIndex">The column that gets the moment.</param>
/// <param name="interval">How often watermarks are told.</param>
internal sealed class ProctimeOperator(int timeIndex, TimeSpan interval) : StreamOperator
{
    private long _lastMillis = long.MinValue;
    private DateTimeOffset? _next;

    /// <inheritdoc/>
    public override DateTimeOffset? NextTime => _next;

    /// <inheritdoc/>
    public override ValueTask OpenAsync(State.IStateReader? restored, CancellationToken cancellationToken)
    {
        _next = Context.Time.GetUtcNow() + interval;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        _next = now + interval;

        // Rows of this very millisecond may still come.
        return Context.Output.EmitWatermarkAsync(new Watermark(Moment() - 1), cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        ChangeBatch stamped;
        using (batch)
        {
            var type = batch.Schema[timeIndex].Type;
            var columns = batch.Columns.ToArray();
            columns[timeIndex] = new ConstantColumn(new FixedColumn<long>(type, [Moment() * EventTimes.UnitsPerMilli(type)]), batch.ColumnLength);
            stamped = batch.WithColumns(batch.Schema, columns);
        }

        await Context.Output.EmitAsync(stamped, cancellationToken).ConfigureAwait(false);
    }

    // What event time says means nothing here, but for its end.
    /// <inheritdoc/>
    public override ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        if (watermark != Watermark.Max)
        {
            return ValueTask.CompletedTask;
        }

        _next = null;
        return Context.Output.EmitWatermarkAsync(watermark, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask MarkIdleAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    // A clock that is set back does not turn time round.
    private long Moment() => _lastMillis = Math.Max(_lastMillis, Context.Time.GetUtcNow().ToUnixTimeMilliseconds());
}
