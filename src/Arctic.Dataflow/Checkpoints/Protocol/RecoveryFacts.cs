using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Checkpoints.Protocol;

/// <summary>All that <see cref="RecoveryProtocol"/> decides by: what a run saw after it claimed its incarnation.</summary>
internal sealed record RecoveryFacts
{
    /// <summary>The run that asks.</summary>
    public required Incarnation Self { get; init; }

    /// <summary>Every claim there is, this run's too.</summary>
    public required IReadOnlyList<Incarnation> Claims { get; init; }

    /// <summary>The numbers of all checkpoints that exist, whole or not.</summary>
    public required IReadOnlyList<CheckpointId> Listed { get; init; }

    /// <summary>Those that were read: newest first, down to the first usable one (<see cref="RecoveryProtocol.IsUsable"/>).</summary>
    public required IReadOnlyList<CheckpointFact> Checkpoints { get; init; }

    /// <summary>Checkpoints up to this one are over; null when no run ever began here.</summary>
    public required CheckpointId? Finished { get; init; }

    /// <summary>What <see cref="RecoveryProtocol.OverAtClaim"/> gave when the job began; a record above it means that the job was finished by another of its runs since.</summary>
    public required CheckpointId OverAtClaim { get; init; }

    /// <summary>What the sinks say.</summary>
    public required IReadOnlyList<SinkFact> Sinks { get; init; }

    /// <summary>The plan to run now.</summary>
    public required string Plan { get; init; }
}

/// <summary>A checkpoint as it was read.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Content">What is in it; null when it is damaged.</param>
/// <param name="Damage">What is wrong with it; null when it is whole.</param>
internal sealed record CheckpointFact(CheckpointId Id, CheckpointContent? Content, string? Damage);

/// <summary>What decisions need to know of a whole checkpoint.</summary>
/// <param name="PassedOver">The numbers that its history does not contain.</param>
/// <param name="Plan">The plan that it was taken of.</param>
/// <param name="IsFinal">Whether every source had ended.</param>
/// <param name="SinksToCommit">The sinks that it holds committables of.</param>
internal sealed record CheckpointContent(IReadOnlyList<PassedOver> PassedOver, string Plan, bool IsFinal, IReadOnlyList<string> SinksToCommit);

/// <summary>Numbers of checkpoints that a history went back past; both ends included.</summary>
internal sealed record PassedOver(long First, long Last)
{
    /// <summary>What a run passes over that goes on from one checkpoint and takes another as its first.</summary>
    public static IReadOnlyList<PassedOver> Between(IReadOnlyList<PassedOver> before, CheckpointId from, CheckpointId next) =>
        next.Value - from.Value > 1 ? [.. before, new PassedOver(from.Value + 1, next.Value - 1)] : before;

    public bool Contains(CheckpointId checkpoint) => checkpoint.Value >= First && checkpoint.Value <= Last;
}

/// <summary>The newest commit that a sink's target remembers of this job; null when it never had one.</summary>
internal sealed record SinkFact(string SinkId, CommittedMark? Mark);
