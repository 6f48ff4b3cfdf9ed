using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Runtime;

/// <summary>What a task is made of, whatever its input.</summary>
internal sealed record StreamTaskParts
{
    public required int Vertex { get; init; }

    public required string VertexName { get; init; }

    public required int Subtask { get; init; }

    public required int Parallelism { get; init; }

    public required OperatorChain Chain { get; init; }

    public required TaskOutput Output { get; init; }

    /// <summary>The sink's writer at the end of the chain; null when the vertex has none.</summary>
    public required ISinkWriter? Writer { get; init; }

    public required SubtaskCounters Counters { get; init; }

    public required ITaskListener Listener { get; init; }

    /// <summary>The clock that operators are called by.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Makes a state file durable.</summary>
    public required Func<StateFile, CheckpointBarrier, CancellationToken, Task<Checkpoints.StateFileEntry>> SaveState { get; init; }

    /// <summary>The restored state of the operator at a place; null for a fresh start.</summary>
    public required Func<int, IStateReader?> StateOf { get; init; }
}

/// <summary>One subtask: one asynchronous loop that takes elements, runs the chain on them, and snapshots at barriers.</summary>
internal abstract class StreamTask(StreamTaskParts parts) : IAsyncDisposable
{
    private const int NameLengthMax = 60;

    private Task _upload = Task.CompletedTask;

    public StreamTaskParts Parts { get; } = parts;

    protected OperatorChain Chain => Parts.Chain;

    protected TaskOutput Output => Parts.Output;

    /// <summary>Runs the subtask to its close. Never throws: failures go to the listener, with the vertex's name.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Chain.OpenAsync(Parts.StateOf, cancellationToken).ConfigureAwait(false);
            await LoopAsync(cancellationToken).ConfigureAwait(false);
            await Output.BroadcastAsync(StreamElement.Close).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The job is ending and knows why.
        }
        catch (Exception error)
        {
            Parts.Listener.Fail(Annotate(error));
        }
        finally
        {
            await _upload.ConfigureAwait(false);
        }
    }

    public virtual ValueTask DisposeAsync() => new IAsyncDisposable?[] { Chain, Parts.Writer }.DisposeAllAsync();

    /// <summary>Takes elements until the close.</summary>
    protected abstract Task LoopAsync(CancellationToken cancellationToken);

    /// <summary>Calls the operators whose time has come.</summary>
    protected ValueTask OnTimeAsync(CancellationToken cancellationToken) =>
        Chain.NextTime is { } next && Parts.Time.GetUtcNow() is var now && next <= now ? Chain.OnTimeAsync(now, cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Waits for what is given, but no longer than until an operator wants to be called.</summary>
    protected async ValueTask WaitAsync(Task arrival, CancellationToken cancellationToken)
    {
        if (Chain.NextTime is not { } next)
        {
            await arrival.ConfigureAwait(false);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wait = next - Parts.Time.GetUtcNow();
        await Task.WhenAny(arrival, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Parts.Time, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        if (arrival.IsCompleted)
        {
            await arrival.ConfigureAwait(false);
        }
    }

    /// <summary>Takes the state as of the barrier, sends the barrier on, and lets the state become durable while rows flow again.</summary>
    protected async ValueTask SnapshotAsync(CheckpointBarrier barrier, IReadOnlyList<SourceSplit> splits, CancellationToken cancellationToken)
    {
        await _upload.ConfigureAwait(false);
        var state = new StateFile();
        await Chain.SnapshotStateAsync(state, cancellationToken).ConfigureAwait(false);
        var committable = Parts.Writer is { } writer ? await writer.PrepareCommitAsync(barrier.Checkpoint, cancellationToken).ConfigureAwait(false) : null;
        await Output.BroadcastAsync(StreamElement.Of(barrier)).ConfigureAwait(false);

        var snapshot = new SubtaskSnapshot { Vertex = Parts.Vertex, Subtask = Parts.Subtask, Barrier = barrier, Splits = splits, Committable = committable };
        if (state.IsEmpty)
        {
            await Parts.Listener.AcknowledgeAsync(snapshot, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _upload = UploadAsync(state, snapshot, cancellationToken);
        }
    }

    private async Task UploadAsync(StateFile state, SubtaskSnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            var file = await Parts.SaveState(state, snapshot.Barrier, cancellationToken).ConfigureAwait(false);
            await Parts.Listener.AcknowledgeAsync(snapshot with { StateFile = file }, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The job is ending and knows why.
        }
        catch (Exception error)
        {
            Parts.Listener.Fail(Annotate(error));
        }
    }

    private ArcticException Annotate(Exception error)
    {
        // The place in the statement says more than the task.
        if (error is ArcticException { Position: not null } placed)
        {
            return placed;
        }

        var message = $"Task '{Shorten(Parts.VertexName)}' ({Parts.Subtask + 1}/{Parts.Parallelism}) failed: {error.Message}";
        return error is ArcticException known
            ? new ArcticException(known.Code, message, known) { Hint = known.Hint, Position = known.Position }
            : new ArcticException(JobErrors.CodeOf(error), message, error);
    }

    // The name of a task is a plan of its steps, with expressions and constants: as long as the statement, or longer.
    private static string Shorten(string name) => name.Length <= NameLengthMax ? name : $"{name.AsSpan(0, NameLengthMax)}…";
}
