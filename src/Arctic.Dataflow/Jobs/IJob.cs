using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs;

/// <summary>A job under way or ended. Thread-safe. Disposing it cancels it and waits until every task has ended.</summary>
public interface IJob : IAsyncDisposable
{
    /// <summary>The name in the request.</summary>
    string Name { get; }

    /// <summary>The run; a recovery after a failure counts as a new one. 0 until it is claimed, and for jobs without recovery.</summary>
    Incarnation Incarnation { get; }

    /// <summary>Where the job is in its life.</summary>
    JobStatus Status { get; }

    /// <summary>
    /// Ends when no task of the job runs any more: successfully when it finished or was stopped (<see cref="Status"/> tells which), cancelled when it was cancelled, else with its
    /// <see cref="Columnar.Errors.ArcticException"/>. A finished job's last rows are committed.
    /// </summary>
    Task Completion { get; }

    /// <summary>Counts and durations as of now.</summary>
    JobMetrics Metrics { get; }

    /// <summary>Takes a checkpoint now, and waits until it is durable and committed.</summary>
    /// <returns>Null when the job ended, or has no checkpoints.</returns>
    Task<CheckpointId?> TriggerCheckpointAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Stops reading, takes a last checkpoint, commits it, and ends the job as <see cref="JobStatus.Stopped"/>; the next run goes on from there. What SIGINT and SIGTERM ask for.
    /// A job without recovery is cancelled.
    /// </summary>
    /// <returns>When the job has ended; null when it ended before the checkpoint.</returns>
    Task<CheckpointId?> StopWithCheckpointAsync(CancellationToken cancellationToken);

    /// <summary>Ends the job at once, without a checkpoint, and waits for its tasks. Nothing that was acknowledged is lost.</summary>
    Task CancelAsync();
}

/// <summary>Where a job is in its life.</summary>
public enum JobStatus
{
    /// <summary>Claiming its incarnation.</summary>
    Starting,

    /// <summary>Looking for a checkpoint, and replaying its commit if that is not known to have happened.</summary>
    Recovering,

    /// <summary>Tasks run.</summary>
    Running,

    /// <summary>A task failed; waiting to recover.</summary>
    Restarting,

    /// <summary>Every source ended and everything is committed; no checkpoint is left.</summary>
    Finished,

    /// <summary>Stopped with a checkpoint to go on from.</summary>
    Stopped,

    /// <summary>Cancelled by the user.</summary>
    Cancelled,

    /// <summary>Ended with an error.</summary>
    Failed,
}
