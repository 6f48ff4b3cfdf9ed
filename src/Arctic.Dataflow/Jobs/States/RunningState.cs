using System.Diagnostics;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Runtime;

namespace Arctic.Dataflow.Jobs.States;

/// <summary>Runs the tasks of one attempt, and takes checkpoints until they end, fail, or are told to stop.</summary>
/// <param name="point">Where the attempt begins.</param>
/// <param name="committers">Owned.</param>
internal sealed class RunningState(RestorePoint point, SinkCommitters committers) : JobState
{
    public override JobStatus Status => JobStatus.Running;

    public override Task<JobState> RunAsync(JobContext job) => committers.CloseBehindAsync(
        async () =>
        {
            var execution = await JobExecution.CreateAsync(job, point).ConfigureAwait(false);
            return await execution.CloseBehindAsync(
                () => job.Checkpoints is { } store ? RunWithCheckpointsAsync(job, store, execution) : RunWithoutAsync(job, execution),
                error => Log.ClosingFailed(job.Logger, error, job.Name)).ConfigureAwait(false);
        },
        error => Log.ClosingFailed(job.Logger, error, job.Name));

    private static async Task<JobState> RunWithoutAsync(JobContext job, JobExecution execution)
    {
        execution.Start();
        while (true)
        {
            if (await execution.ReceiveAsync(job.Cancelled).ConfigureAwait(false) is ExecutionMessage.Failed(var error))
            {
                throw error;
            }

            if (execution.AreSourcesFinished)
            {
                await execution.CloseAsync(job.Cancelled).ConfigureAwait(false);
                return new EndedState(JobStatus.Finished);
            }
        }
    }

    private async Task<JobState> RunWithCheckpointsAsync(JobContext job, CheckpointStore store, JobExecution execution)
    {
        var coordinator = new CheckpointCoordinator(job, store, execution, committers, point);
        var interval = job.Options.CheckpointInterval;
        using var ticks = interval > TimeSpan.Zero ? job.Time.CreateTimer(_ => execution.Post(new ExecutionMessage.CheckpointDue()), null, interval, interval) : null;
        using var timeout = job.Time.CreateTimer(_ => execution.Post(new ExecutionMessage.CheckpointTimedOut()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        job.Control.SetWake(() => execution.Post(new ExecutionMessage.Wake()));
        try
        {
            execution.Start();
            return await LoopAsync(job, execution, coordinator, timeout).ConfigureAwait(false);
        }
        finally
        {
            job.Control.SetWake(null);
            coordinator.Release();
        }
    }

    private static async Task<JobState> LoopAsync(JobContext job, JobExecution execution, CheckpointCoordinator coordinator, ITimer timeout)
    {
        var isDue = false;
        while (true)
        {
            if (coordinator.Pending is null && (isDue || job.Control.IsCheckpointRequested || execution.AreSourcesFinished))
            {
                isDue = false;
                var triggered = coordinator.Trigger(thenStop: job.Control.IsStopRequested);
                timeout.Change(TimeLeftOf(job, triggered), Timeout.InfiniteTimeSpan);
            }

            switch (await execution.ReceiveAsync(job.Cancelled).ConfigureAwait(false))
            {
                case ExecutionMessage.Failed(var error):
                    throw error;
                case ExecutionMessage.Acknowledged(var snapshot) when coordinator.Acknowledge(snapshot):
                    timeout.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    if (await CompleteAsync(job, execution, coordinator).ConfigureAwait(false) is { } next)
                    {
                        return next;
                    }

                    break;
                case ExecutionMessage.CheckpointDue:
                    isDue = true;
                    break;
                case ExecutionMessage.CheckpointTimedOut when coordinator.Pending is { } pending:
                    if (TimeLeftOf(job, pending) is var left && left > TimeSpan.Zero)
                    {
                        // A timer may be early, or have meant the checkpoint before.
                        timeout.Change(left, Timeout.InfiniteTimeSpan);
                        break;
                    }

                    coordinator.Abandon();
                    isDue = true;
                    break;
            }
        }
    }

    private static TimeSpan TimeLeftOf(JobContext job, PendingCheckpoint pending)
    {
        var left = job.Options.CheckpointTimeout - job.Time.GetElapsedTime(pending.StartedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    // Null when the job runs on.
    private static async ValueTask<JobState?> CompleteAsync(JobContext job, JobExecution execution, CheckpointCoordinator coordinator)
    {
        var pending = coordinator.Pending ?? throw new UnreachableException("The checkpoint is pending.");
        switch (await coordinator.CompleteAsync(pending).ConfigureAwait(false))
        {
            case CheckpointDecision.Commit when pending.IsFinal:
                await execution.CloseAsync(CancellationToken.None).ConfigureAwait(false);
                return new FinishingState(pending.Barrier.Checkpoint);
            case CheckpointDecision.Commit when pending.Barrier.IsStop:
                await execution.CloseAsync(CancellationToken.None).ConfigureAwait(false);
                return new EndedState(JobStatus.Stopped);
            case CheckpointDecision.Commit:
                return null;
            case CheckpointDecision.StopFenced(var by):
                return new EndedState(JobStatus.Failed, JobErrors.Fenced(job, by));
            case CheckpointDecision.RecoverAgain:
                return new RecoveringState();
            case var other:
                throw new UnreachableException($"Decision {other}");
        }
    }
}
