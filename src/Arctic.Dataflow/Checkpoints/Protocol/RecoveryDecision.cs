using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Checkpoints.Protocol;

/// <summary>How a run begins, or why it must not.</summary>
internal abstract record RecoveryDecision
{
    private RecoveryDecision()
    {
    }

    /// <summary>Nothing to go on from: read the sources from their beginnings.</summary>
    /// <param name="Next">The number of the first checkpoint.</param>
    /// <param name="Damaged">Checkpoints that are there but cannot be read; nothing of them was committed.</param>
    public sealed record StartFresh(CheckpointId Next, IReadOnlyList<CheckpointId> Damaged) : RecoveryDecision;

    /// <summary>Everything in the checkpoint is committed: go on from it.</summary>
    public sealed record RestoreFrom(CheckpointId Checkpoint, CheckpointId Next) : RecoveryDecision;

    /// <summary>The checkpoint is durable, but a crash came before its commit was known: commit it in the named sinks, then go on from it.</summary>
    public sealed record ReplayCommitThenRestore(CheckpointId Checkpoint, IReadOnlyList<string> Sinks, CheckpointId Next) : RecoveryDecision;

    /// <summary>The newest checkpoints are damaged and nobody holds a commit of them: commit and go on from the one before.</summary>
    public sealed record FallBackTo(CheckpointId Checkpoint, IReadOnlyList<CheckpointId> Damaged, IReadOnlyList<string> Sinks, CheckpointId Next) : RecoveryDecision;

    /// <summary>Every source had ended: what is not committed is, and the job is done without running.</summary>
    public sealed record ReplayCommitThenFinish(CheckpointId Checkpoint, IReadOnlyList<CheckpointId> Damaged, IReadOnlyList<string> Sinks) : RecoveryDecision;

    /// <summary>An older run of the job, which was not aware of this one, has finished it: there is nothing left to do.</summary>
    public sealed record AlreadyFinished(CheckpointId Checkpoint) : RecoveryDecision;

    /// <summary>A newer run goes on.</summary>
    public sealed record StopFenced(Incarnation By) : RecoveryDecision;

    /// <summary>A sink holds a commit of a checkpoint that cannot be read any more: going back further would repeat rows, going on without it would lose some.</summary>
    /// <param name="Newest">The newest checkpoint that the sink holds.</param>
    /// <param name="SinkId">The sink.</param>
    /// <param name="Usable">The newest checkpoint that can be read; null when there is none.</param>
    /// <param name="Damage">What is wrong with the newest; null when it is gone.</param>
    public sealed record StopDamaged(CheckpointId Newest, string SinkId, CheckpointId? Usable, string? Damage) : RecoveryDecision;

    /// <summary>The checkpoint is of another plan.</summary>
    public sealed record StopPlanChanged(CheckpointId Checkpoint, string PlanThen) : RecoveryDecision;
}
