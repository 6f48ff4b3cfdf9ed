using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs;

/// <summary>Something that happened to a job; for listeners and tests.</summary>
public abstract record JobEvent
{
    private JobEvent()
    {
    }

    /// <summary>The status changed.</summary>
    public sealed record StatusChanged(JobStatus Status) : JobEvent;

    /// <summary>The run has its number.</summary>
    public sealed record Claimed(Incarnation Incarnation) : JobEvent;

    /// <summary>The tasks start from a checkpoint, or from the beginning when null.</summary>
    public sealed record Restored(CheckpointId? Checkpoint) : JobEvent;

    /// <summary>Barriers were sent.</summary>
    public sealed record CheckpointTriggered(CheckpointId Checkpoint) : JobEvent;

    /// <summary>The checkpoint is durable; nothing of it is committed yet.</summary>
    public sealed record CheckpointDurable(CheckpointId Checkpoint) : JobEvent;

    /// <summary>All sinks hold the checkpoint's rows.</summary>
    public sealed record CheckpointCommitted(CheckpointId Checkpoint, TimeSpan Duration) : JobEvent;

    /// <summary>A checkpoint took too long and was given up; its rows come with the next one.</summary>
    public sealed record CheckpointAbandoned(CheckpointId Checkpoint) : JobEvent;

    /// <summary>A task failed and the job will recover.</summary>
    public sealed record RestartScheduled(Exception Cause, int Attempt, TimeSpan Delay) : JobEvent;
}
