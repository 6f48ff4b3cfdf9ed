using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Checkpoints.Protocol;

/// <summary>What a sink's committer does with a checkpoint.</summary>
internal abstract record CommitDecision
{
    private CommitDecision()
    {
    }

    /// <summary>Commits it, and moves the mark in the same atomic step.</summary>
    public sealed record Commit : CommitDecision;

    /// <summary>It is there already: does nothing.</summary>
    public sealed record AlreadyCommitted : CommitDecision;

    /// <summary>A newer run has committed: refuses with <c>JOB_FENCED</c>.</summary>
    public sealed record Fenced(Incarnation By) : CommitDecision;
}

/// <summary>
/// Decides, by the mark that the target holds, whether a checkpoint is committed. A committer asks with the mark of the very version that its commit replaces, and asks again whenever it lost
/// a race or an answer. The number keeps rows from coming twice; the refusal of older
/// runs matters where the log went back past a damaged checkpoint, whose commit may still be under way. Lake tables follow the same rule without this project:
/// <c>CommitMark.Judge</c> of Arctic.KeyedTables; a test holds the two together.
/// </summary>
internal static class CommitProtocol
{
    public static CommitDecision Decide(CommittedMark? mark, Incarnation self, CheckpointId checkpoint) =>
        mark is not { } found ? new CommitDecision.Commit()
        : found.Incarnation.CompareTo(self) > 0 ? new CommitDecision.Fenced(found.Incarnation)
        : found.Checkpoint.CompareTo(checkpoint) >= 0 ? new CommitDecision.AlreadyCommitted()
        : new CommitDecision.Commit();
}
