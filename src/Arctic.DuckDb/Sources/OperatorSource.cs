using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.DuckDb.Sources;

/// <summary>An operator of the dataflow run over bounded inputs, one after the other, in this task: what DuckDB cannot do as Flink does.</summary>
/// <param name="title">What it does, for EXPLAIN and messages.</param>
/// <param name="inputs">By the operator's input numbers.</param>
/// <param name="order">In which order the inputs are read.</param>
/// <param name="createOperator">Makes the operator.</param>
internal sealed class OperatorSource(
    string title, IReadOnlyList<BatchSource> inputs, IReadOnlyList<int> order, Func<BatchRun, MemoryBudget, StreamOperator> createOperator, RowSchema schema) : BatchSource(schema)
{
    protected override string Title => title;

    protected override IReadOnlyList<BatchSource> Inputs => inputs;

    public override async IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var results = new Queue<ChangeBatch>();
        var step = createOperator(run, run.Budget);
        await using (step.ConfigureAwait(false))
        {
            try
            {
                step.SetContext(Context(run, new QueueOutput(results)));
                await step.OpenAsync(null, cancellationToken).ConfigureAwait(false);
                foreach (var input in order)
                {
                    await foreach (var batch in inputs[input].ReadAsync(run, cancellationToken).ConfigureAwait(false))
                    {
                        await step.ProcessBatchAsync(input, batch, cancellationToken).ConfigureAwait(false);
                        while (results.TryDequeue(out var result))
                        {
                            yield return result;
                        }
                    }

                    // All rows are there: time is over for what waits for it.
                    if (input == order[^1])
                    {
                        await step.AdvanceWatermarkAsync(Watermark.Max, cancellationToken).ConfigureAwait(false);
                    }

                    await step.FinishInputAsync(input, cancellationToken).ConfigureAwait(false);
                    while (results.TryDequeue(out var result))
                    {
                        yield return result;
                    }
                }
            }
            finally
            {
                while (results.TryDequeue(out var left))
                {
                    left.Dispose();
                }
            }
        }
    }

    private OperatorContext Context(BatchRun run, IOperatorOutput output) => new()
    {
        Output = output,
        Name = title,
        Parallelism = 1,
        Subtask = 0,
        KeyGroups = new KeyGroupRange(0, int.MaxValue),
        Time = run.Settings.Time,
        Logger = NullLogger.Instance,
    };

    private sealed class QueueOutput(Queue<ChangeBatch> results) : IOperatorOutput
    {
        public ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            results.Enqueue(batch);
            return ValueTask.CompletedTask;
        }

        public ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
