using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators;

/// <summary>Derives watermarks from the rows, which pass unchanged: behind each batch the greatest value of the expression, when it has risen. NULLs say nothing.</summary>
/// <param name="watermark">The watermark of a row.</param>
/// <param name="idleTimeout">How long nothing must come until event time does not wait for this subtask; null for ever.</param>
internal sealed class WatermarkOperator(IBatchExpression watermark, TimeSpan? idleTimeout = null) : StreamOperator
{
    private readonly long _unitsPerMillisecond = watermark.Type is DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true } ? 1_000_000 : 1_000;
    private Watermark _current = Watermark.Min;
    private DateTimeOffset? _idleFrom;

    /// <inheritdoc/>
    public override DateTimeOffset? NextTime => _idleFrom;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _current = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        _idleFrom = Context.Time.GetUtcNow() + idleTimeout;
    }

    /// <inheritdoc/>
    public override ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        _idleFrom = null;
        return Context.Output.EmitIdleAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken) => WatermarkState.SaveAsync(writer, _current, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        var next = Greatest(batch);
        _idleFrom = idleTimeout is { } timeout ? Context.Time.GetUtcNow() + timeout : null;
        await Context.Output.EmitAsync(batch, cancellationToken).ConfigureAwait(false);
        if (next.CompareTo(_current) > 0)
        {
            _current = next;
            await Context.Output.EmitWatermarkAsync(next, cancellationToken).ConfigureAwait(false);
        }
    }

    // What the source says is of no interest here, but for its end.
    /// <inheritdoc/>
    public override ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        if (watermark != Watermark.Max)
        {
            return ValueTask.CompletedTask;
        }

        _idleFrom = null;
        return Context.Output.EmitWatermarkAsync(watermark, cancellationToken);
    }

    private Watermark Greatest(ChangeBatch batch)
    {
        var column = (FixedColumn<long>)watermark.Evaluate(EvaluationInput.Of(batch)).ToDense();
        var values = column.Values;
        var greatest = long.MinValue;
        for (var i = 0; i < batch.RowCount; i++)
        {
            var row = batch.Selection is { } selection ? selection.Span[i] : i;
            if (!column.IsNull(row) && values[row] > greatest)
            {
                greatest = values[row];
            }
        }

        return greatest == long.MinValue ? Watermark.Min : new Watermark(Math.DivRem(greatest, _unitsPerMillisecond, out var rest) - (rest < 0 ? 1 : 0));
    }
}
