using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators;

/// <summary>A filter and a projection: <see cref="BatchCalc"/> as a step of a job.</summary>
/// <param name="calc">What is computed.</param>
/// <param name="eventTime">The event time that the expressions see; null when none asks for it.</param>
internal sealed class CalcOperator(BatchCalc calc, EventTimeClock? eventTime = null) : StreamOperator
{
    /// <inheritdoc/>
    public override ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        if (eventTime is not null)
        {
            eventTime.EpochMillis = watermark.EpochMillis;
        }

        return base.AdvanceWatermarkAsync(watermark, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        ChangeBatch result;
        using (batch)
        {
            result = calc.Apply(batch);
        }

        if (result.RowCount == 0)
        {
            result.Dispose();
            return;
        }

        await Context.Output.EmitAsync(result, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>A filter, then a projection, over batches: the filter selects, columns that are only passed on are not copied. One task uses an instance at a time.</summary>
internal sealed class BatchCalc
{
    private readonly BatchFilter? _filter;
    private readonly IBatchExpression[]? _projections;
    private readonly RowSchema _output;

    /// <summary>Makes a calc.</summary>
    /// <param name="predicate">Over the input; null keeps all rows.</param>
    /// <param name="projections">Over the input; null passes its columns on.</param>
    /// <param name="output">The columns that come out.</param>
    /// <param name="settings">What expressions depend on.</param>
    public BatchCalc(Expression? predicate, IReadOnlyList<Expression>? projections, RowSchema output, EvaluationSettings settings)
    {
        _filter = predicate is null ? null : new BatchFilter(predicate, settings);
        _projections = projections?.Select(e => ExpressionCompiler.Compile(e, settings)).ToArray();
        _output = output;
    }

    /// <summary>The rows that pass, projected. The caller still disposes the given batch.</summary>
    public ChangeBatch Apply(ChangeBatch batch)
    {
        var filtered = _filter is null ? batch.Retain() : _filter.Apply(batch);
        if (_projections is null)
        {
            return filtered;
        }

        using (filtered)
        {
            // No row may reach an expression that fails on it: an empty selection is not evaluated at all.
            if (filtered.RowCount == 0)
            {
                return ChangeBatch.Empty(_output);
            }

            var input = EvaluationInput.Of(filtered);
            var columns = new Column[_projections.Length];
            for (var i = 0; i < columns.Length; i++)
            {
                var column = _projections[i].Evaluate(input);
                columns[i] = column.Type.Equals(_output[i].Type) || column is NullColumn ? column : column.WithType(_output[i].Type);
            }

            return filtered.WithColumns(_output, columns);
        }
    }
}
