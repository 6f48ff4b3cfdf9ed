using System.Runtime.ExceptionServices;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Jobs.States;

namespace Arctic.Dataflow.Jobs;

/// <summary>A job in this process: one loop that goes from state to state.</summary>
internal sealed class LocalJob : IJob
{
    private readonly CancellationTokenSource _cancelled;
    private readonly JobContext _context;
    private readonly IDisposable _slots;
    private volatile JobStatus _status = JobStatus.Starting;

    /// <summary>Starts the job.</summary>
    /// <param name="context">What its states share.</param>
    /// <param name="slots">Given back when it has ended.</param>
    /// <param name="cancelled">The source of the context's token; owned.</param>
    public LocalJob(JobContext context, IDisposable slots, CancellationTokenSource cancelled)
    {
        (_context, _slots, _cancelled) = (context, slots, cancelled);
        Completion = Task.Run(RunAsync, CancellationToken.None);
    }

    public string Name => _context.Name;

    public Incarnation Incarnation => _context.Incarnation;

    public JobStatus Status => _status;

    public Task Completion { get; }

    public JobMetrics Metrics => _context.Snapshot();

    public async Task<CheckpointId?> TriggerCheckpointAsync(CancellationToken cancellationToken) =>
        _context.Checkpoints is null ? null : await _context.Control.RequestCheckpoint(thenStop: false).WaitAsync(cancellationToken).ConfigureAwait(false);

    public async Task<CheckpointId?> StopWithCheckpointAsync(CancellationToken cancellationToken)
    {
        if (_context.Checkpoints is null)
        {
            await CancelAsync().ConfigureAwait(false);
            return null;
        }

        var checkpoint = await _context.Control.RequestCheckpoint(thenStop: true).WaitAsync(cancellationToken).ConfigureAwait(false);
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return checkpoint;
    }

    public async Task CancelAsync()
    {
        try
        {
            await _cancelled.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The job was disposed, so it has ended.
        }

        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await CancelAsync().ConfigureAwait(false);
        _cancelled.Dispose();
    }

    private async Task RunAsync()
    {
        using var slots = _slots;
        using var activity = DataflowTelemetry.Activities.StartActivity("job");
        activity?.SetTag("job", Name);
        JobState state = new ClaimingState();
        while (state is not EndedState)
        {
            Enter(state.Status);
            state = await NextAsync(state).ConfigureAwait(false);
        }

        _context.Control.End();
        Enter(state.Status);
        if (state.Status == JobStatus.Cancelled)
        {
            throw new OperationCanceledException($"Job '{Name}' was cancelled.", _cancelled.Token);
        }

        if (state is EndedState { Error: { } error })
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }

    private async Task<JobState> NextAsync(JobState state)
    {
        try
        {
            return await state.RunAsync(_context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_context.Cancelled.IsCancellationRequested)
        {
            return new EndedState(JobStatus.Cancelled);
        }
        catch (Exception error) when (_context.Cancelled.IsCancellationRequested)
        {
            // Whatever breaks while a job is torn down is a consequence of that.
            Log.JobBrokeOff(_context.Logger, error, Name);
            return new EndedState(JobStatus.Cancelled);
        }
        catch (Exception error) when (RestartPolicy.ShallRestart(_context, error))
        {
            return new RestartingState(error);
        }
        catch (Exception error)
        {
            return new EndedState(JobStatus.Failed, error);
        }
    }

    private void Enter(JobStatus status)
    {
        if (_status != status || status == JobStatus.Starting)
        {
            _status = status;
            Log.JobStatusChanged(_context.Logger, Name, status);
            _context.Tell(new JobEvent.StatusChanged(status));
        }
    }
}
