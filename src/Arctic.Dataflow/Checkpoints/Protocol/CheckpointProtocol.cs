using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Checkpoints.Protocol;

/// <summary>What a run saw after it tried to create a checkpoint.</summary>
internal sealed record CheckpointFacts
{
    /// <summary>The run.</summary>
    public required Incarnation Self { get; init; }

    /// <summary>The checkpoint.</summary>
    public required CheckpointId Checkpoint { get; init; }

    /// <summary>Whether the number was free.</summary>
    public required bool IsCreated { get; init; }

    /// <summary>All claims, listed after the creation.</summary>
    public required IReadOnlyList<Incarnation> Claims { get; init; }

    /// <summary>All checkpoints, listed after the creation.</summary>
    public required IReadOnlyList<CheckpointId> Listed { get; init; }

    /// <summary>Checkpoints up to this one are over.</summary>
    public required CheckpointId? Finished { get; init; }
}

/// <summary>What follows the creation of a checkpoint.</summary>
internal abstract record CheckpointDecision
{
    private CheckpointDecision()
    {
    }

    /// <summary>The checkpoint is the newest entry of the job's log: its sinks commit.</summary>
    public sealed record Commit : CheckpointDecision;

    /// <summary>A newer run goes on, and will commit this checkpoint if it is the newest entry.</summary>
    public sealed record StopFenced(Incarnation By) : CheckpointDecision;

    /// <summary>
    /// The log has moved on without this run, which must not commit. Its entry stays: another run may have gone on from it, and if not, it goes with the old ones.
    /// </summary>
    public sealed record RecoverAgain : CheckpointDecision;
}

/// <summary>Decides whether a checkpoint that was just created may be committed.</summary>
internal static class CheckpointProtocol
{
    /// <summary>
    /// A number is free when nobody took it, but also when a newer run took it, went on, and removed it. So a run looks again after the creation: only the newest entry is committed. The look comes
    /// later than every removal that could have freed the number, and a removal comes later than the entries that made it old.
    /// </summary>
    public static CheckpointDecision Decide(CheckpointFacts facts)
    {
        var isStale = facts.Listed.Any(c => c.CompareTo(facts.Checkpoint) > 0) || (facts.Finished is { } over && over.CompareTo(facts.Checkpoint) >= 0);
        if (isStale || !facts.IsCreated)
        {
            return new CheckpointDecision.RecoverAgain();
        }

        var newest = facts.Claims.Max();
        return newest.CompareTo(facts.Self) > 0 ? new CheckpointDecision.StopFenced(newest) : new CheckpointDecision.Commit();
    }

    /// <summary>The checkpoints to remove once the newest is committed: all but the newest <paramref name="retained"/>, oldest first.</summary>
    public static IReadOnlyList<CheckpointId> FindRemovable(IReadOnlyList<CheckpointId> ascending, int retained) => ascending.Take(Math.Max(0, ascending.Count - retained)).ToList();
}
