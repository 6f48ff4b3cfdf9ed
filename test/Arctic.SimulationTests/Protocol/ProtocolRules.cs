using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.SimulationTests.Protocol;

/// <summary>
/// The rules of the commit and recovery protocol as the model follows them: the decisions of the product, and the order of steps around them. A mutant overrides one rule and must be caught.
/// </summary>
internal class ProtocolRules
{
    public virtual Incarnation NextClaim(IReadOnlyList<Incarnation> claims, IReadOnlyList<SinkFact> sinks) => RecoveryProtocol.NextClaim(claims, sinks);

    public virtual RecoveryDecision Decide(RecoveryFacts facts) => RecoveryProtocol.Decide(facts);

    public virtual CheckpointId FirstRecord(IReadOnlyList<SinkFact> sinks) => RecoveryProtocol.FirstRecord(sinks);

    public virtual bool MustFence(RecoveryDecision decision, RecoveryFacts facts) => RecoveryProtocol.MustFence(decision, facts);

    public virtual CheckpointDecision Decide(CheckpointFacts facts) => CheckpointProtocol.Decide(facts);

    public virtual CommitDecision Decide(CommittedMark? mark, Incarnation self, CheckpointId checkpoint) => CommitProtocol.Decide(mark, self, checkpoint);

    /// <summary>A claim is created only if nobody has it.</summary>
    public virtual bool ClaimsAreExclusive => true;

    /// <summary>A checkpoint is created only if nobody has its number.</summary>
    public virtual bool CheckpointsAreExclusive => true;

    /// <summary>A commit comes behind the durable checkpoint.</summary>
    public virtual bool CommitsBehindCheckpoint => true;

    /// <summary>A target keeps its mark where snapshots do not expire.</summary>
    public virtual bool MarksOutliveSnapshots => true;

    /// <summary>What was prepared for a checkpoint that is given up comes with the next.</summary>
    public virtual bool AbandonedWorkIsKept => true;

    /// <summary>A failed commit is looked at; it is not taken for done.</summary>
    public virtual bool FailuresAreLookedAt => true;

    /// <summary>A failed attempt claims a new incarnation.</summary>
    public virtual bool AttemptsClaimAnew => true;

    /// <summary>A checkpoint names the one it goes on from.</summary>
    public virtual bool BranchesAreTold => true;

    /// <summary>The checkpoints that are kept.</summary>
    public virtual int Retained => 2;
}
