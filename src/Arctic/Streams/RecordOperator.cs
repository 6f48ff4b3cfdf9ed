using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;

namespace Arctic.Streams;

/// <summary>Runs the steps of a <see cref="RowReader{T}"/> and lays their rows out in columns again.</summary>
/// <param name="steps">What runs, for messages.</param>
internal sealed class RecordOperator<T>(string steps, RowReader<T> reader, RowMapping<T> mapping, RowSchema schema) : StreamOperator
{
    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        RowBuffer<T> rows;
        using (batch)
        {
            rows = UserCode.Run(steps, (reader, batch), static a => a.reader.Read(a.batch));
        }

        if (rows.Count > 0)
        {
            await Context.Output.EmitAsync(new ChangeBatch(schema, mapping.Encode(rows.Rows, rows.Count), rows.Count, rows.ToKinds()), cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>Calls what the user wrote.</summary>
internal static class UserCode
{
    /// <summary>Calls it for a batch.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.EvaluationFailed"/>: it threw; the job fails, since it would throw again.</exception>
    public static TResult Run<TState, TResult>(string steps, TState state, Func<TState, TResult> call)
    {
        try
        {
            return call(state);
        }
        catch (Exception e) when (e is not (ArcticException or OperationCanceledException))
        {
            throw new ArcticException(ErrorCodes.EvaluationFailed, $"A function of the step '{steps}' threw {e.GetType().Name}: {e.Message}", e);
        }
    }
}
