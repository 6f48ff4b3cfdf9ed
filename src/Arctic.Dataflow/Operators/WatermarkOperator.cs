using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators;

/// <summary>Derives watermarks from the rows, which pass unchanged: behind each batch the greatest value of the expression, when it has risen. NULLs say nothing.</summary>
internal sealed class WatermarkOperator(IBatchExpression watermark) : StreamOperator
{
    private readonly long _unitsPerMillisecond = watermark.Type is DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true } ? 1_000_000 : 1_000;
    private Watermark _current = Watermark.Min;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken) =>
        _current = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken) => WatermarkState.SaveAsync(writer, _current, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        var next = Greatest(batch);
        await Context.Output.EmitAsync(batch, cancellationToken).ConfigureAwait(false);
        if (next.CompareTo(_current) > 0)
        {
            _current = next;
            await Context.Output.EmitWatermarkAsync(next, cancellationToken).ConfigureAwait(false);
        }
    }

    // What the source says is of no interest here, but for its end.
    /// <inheritdoc/>
    public override ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) =>
        watermark == Watermark.Max ? Context.Output.EmitWatermarkAsync(watermark, cancellationToken) : ValueTask.CompletedTask;

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
