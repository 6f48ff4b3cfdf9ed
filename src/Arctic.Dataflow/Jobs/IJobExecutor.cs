using Arctic.Dataflow.Graph;

namespace Arctic.Dataflow.Jobs;

/// <summary>Runs job graphs: in this process (<see cref="LocalJobExecutor"/>), later on a cluster. Thread-safe.</summary>
public interface IJobExecutor
{
    /// <summary>Takes slots and starts the job, which claims an incarnation, goes on from its newest checkpoint if there is one, and runs its tasks.</summary>
    /// <returns>The job under way, at once; <see cref="IJob.Completion"/> tells how it ends. The caller disposes it.</returns>
    /// <exception cref="Columnar.Errors.ArcticException">
    /// <c>NO_SLOTS</c>; <c>INVALID_OPTION</c>. What is found later (<c>PLAN_CHANGED</c>, <c>CHECKPOINT_DAMAGED</c>, a failing source) ends the job instead.
    /// </exception>
    ValueTask<IJob> StartAsync(JobRequest request, CancellationToken cancellationToken);
}

/// <summary>What to run, and how.</summary>
public sealed record JobRequest
{
    /// <summary>Stable over restarts: checkpoints are found by it. The script's path and the statement's number, unless the user chose one.</summary>
    public required string Name { get; init; }

    /// <summary>The plan.</summary>
    public required JobGraph Graph { get; init; }

    /// <summary>The settings.</summary>
    public required JobOptions Options { get; init; }

    /// <summary>Whether the job survives a crash.</summary>
    public JobRecovery Recovery { get; init; } = JobRecovery.FromCheckpoints;

    /// <summary>Told of what happens to the job, in order, on the job's own thread: must return at once. Null when nobody listens.</summary>
    public Action<JobEvent>? OnEvent { get; init; }
}

/// <summary>Whether a job survives a crash.</summary>
public enum JobRecovery
{
    /// <summary>Positions, state and commits are checkpointed; the next run of that name goes on from there. What INSERT uses.</summary>
    FromCheckpoints,

    /// <summary>Nothing is written and a failure ends the job. What SELECT uses; its sinks must need no commit.</summary>
    None,
}
