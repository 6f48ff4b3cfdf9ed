using Arctic.Columnar;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;
using Microsoft.Extensions.Logging;

namespace Arctic.Dataflow.Operators;

/// <summary>
/// One step of a job, as one subtask runs it. The task calls one method at a time, so operators have no locks. Life: open (with the restored
/// state, perhaps), batches, watermarks and snapshots in the order of the stream, the end of each input, dispose.
/// </summary>
public abstract class StreamOperator : IAsyncDisposable
{
    private OperatorContext? _context;

    /// <summary>Set before <see cref="OpenAsync"/>.</summary>
    protected OperatorContext Context => _context ?? throw new InvalidOperationException("The operator has not been opened.");

    /// <summary>Prepares the operator.</summary>
    /// <param name="restored">The state of the checkpoint to go on from; null for a fresh start.</param>
    public virtual ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Takes a batch of an input over: passes it on or disposes it.</summary>
    /// <param name="input">The 0-based input; joins have two.</param>
    public abstract ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken);

    /// <summary>Called when the minimum over all inputs' watermarks rises. Passes it on unless overridden.</summary>
    public virtual ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) => Context.Output.EmitWatermarkAsync(watermark, cancellationToken);

    /// <summary>Called when all inputs have become idle: event time does not wait for this subtask until a row or a watermark comes. Passes it on unless overridden.</summary>
    public virtual ValueTask MarkIdleAsync(CancellationToken cancellationToken) => Context.Output.EmitIdleAsync(cancellationToken);

    /// <summary>When <see cref="OnTimeAsync"/> is to be called, by the clock; null for never. Asked between elements.</summary>
    public virtual DateTimeOffset? NextTime => null;

    /// <summary>Called between elements once the clock has reached <see cref="NextTime"/>, perhaps later.</summary>
    public virtual ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Called when an input has ended for good; after the last one, results that waited for the end must be emitted before this returns. Called once in a job's life, in all subtasks
    /// between the same two checkpoints: an operator restored from behind the end is not told again, so what hangs on an ended input belongs into its state.
    /// </summary>
    public virtual ValueTask FinishInputAsync(int input, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Writes the state as of the barrier that is passing; called when the operator has seen the barrier on every input.</summary>
    public virtual ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal void SetContext(OperatorContext context) => _context = context;
}

/// <summary>What an operator is given.</summary>
public sealed record OperatorContext
{
    /// <summary>Where results go.</summary>
    public required IOperatorOutput Output { get; init; }

    /// <summary>The vertex and operator, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>The number of subtasks of the vertex.</summary>
    public required int Parallelism { get; init; }

    /// <summary>This subtask's 0-based index.</summary>
    public required int Subtask { get; init; }

    /// <summary>The key groups that this subtask keeps state for.</summary>
    public required KeyGroupRange KeyGroups { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The job's log.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>Takes an operator's results: the next operator of the chain, or the exchanges behind it. Waits when they are full.</summary>
public interface IOperatorOutput
{
    /// <summary>Hands a batch over.</summary>
    ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken);

    /// <summary>Hands a watermark over.</summary>
    ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken);

    /// <summary>Tells that event time does not wait for this subtask until a row or a watermark comes.</summary>
    ValueTask EmitIdleAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
