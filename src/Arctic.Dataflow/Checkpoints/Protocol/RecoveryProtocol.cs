using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Checkpoints.Protocol;

/// <summary>
/// How runs of one job agree on one history, as pure functions: facts in, decision out; whoever calls does the I/O. The checkpoints of a job are a log that several runs may try to extend,
/// one number after the other, each number taken once (<c>CreateIfAbsent</c>). A commit happens only behind its entry in that log, and once. The rules:
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A run claims an incarnation above every claim and every sink's mark (<see cref="NextClaim"/>), and a new one after each failure. It stops when there is a newer claim: of two runs the newer goes on.</item>
/// <item>A new checkpoint takes the number behind all that are known, in the folder and in the sinks (<see cref="Next"/>). Who finds it taken has not seen the newest, and recovers again (<see cref="CheckpointProtocol"/>).</item>
/// <item>What a checkpoint holds and a sink does not is committed before anything is read: the crash may have come between the two.</item>
/// <item>A sink that holds the checkpoint, or a newer one, is not given it again (<see cref="CommitProtocol"/>).</item>
/// <item>Going back past a damaged checkpoint is allowed only while no sink holds a commit newer than the one gone back to. Nothing left at all counts as damage too, unless the job had finished.</item>
/// <item>A checkpoint names the numbers that its history went back past. Two runs that disagree on whether an entry is damaged make two branches; the one that the sinks hold a commit of is the true one, the other is as good as damaged.</item>
/// <item>Before going back, every sink is fenced: the damaged checkpoint's own commit may still be under way, and must not arrive later (<see cref="MustFence"/>, <see cref="IsOvertaken"/>).</item>
/// <item>A final checkpoint is never run on from: operators have sent what they held back for the end.</item>
/// <item>Checkpoints up to the finished one are over, even if a crash left their files. A run that began before that record does not begin the job anew.</item>
/// <item>State is given back only to the plan that it was taken of.</item>
/// </list>
/// </remarks>
internal static class RecoveryProtocol
{
    /// <summary>The incarnation that a new run tries to claim.</summary>
    public static Incarnation NextClaim(IReadOnlyList<Incarnation> claims, IReadOnlyList<SinkFact> sinks) =>
        new(claims.Select(c => c.Value).Concat(sinks.Where(s => s.Mark is not null).Select(s => s.Mark!.Value.Incarnation.Value)).Append(0).Max() + 1);

    /// <summary>The checkpoints that were over when a run began: the record, or what the first run in a folder records.</summary>
    public static CheckpointId OverAtClaim(CheckpointId? finished, IReadOnlyList<SinkFact> sinks) => finished ?? FirstRecord(sinks);

    /// <summary>What the first run in a folder records as over: what the sinks hold of runs whose folder lies elsewhere.</summary>
    public static CheckpointId FirstRecord(IReadOnlyList<SinkFact> sinks) =>
        new(sinks.Where(s => s.Mark is not null).Select(s => s.Mark!.Value.Checkpoint.Value).Append(0).Max());

    /// <summary>Decides how a run begins.</summary>
    public static RecoveryDecision Decide(RecoveryFacts facts)
    {
        if (facts.Finished is { } finished && finished.CompareTo(facts.OverAtClaim) > 0)
        {
            return new RecoveryDecision.AlreadyFinished(finished);
        }

        if (NewestRun(facts) is { } newer && newer.CompareTo(facts.Self) > 0)
        {
            return new RecoveryDecision.StopFenced(newer);
        }

        var over = facts.Finished ?? new CheckpointId(long.MinValue);
        var live = facts.Checkpoints.Where(c => c.Id.CompareTo(over) > 0).ToList();
        var damaged = live.TakeWhile(c => !IsUsable(c, facts.Sinks)).ToList();
        var usable = live.Skip(damaged.Count).FirstOrDefault();

        // Where no run ever began, sinks may remember runs whose folder lies elsewhere: that is no loss.
        var isKnownFolder = facts.Finished is not null || usable is not null;
        var reach = usable?.Id ?? over;
        if (isKnownFolder && NewestMark(facts) is { } mark && mark.Checkpoint.CompareTo(reach) > 0)
        {
            return new RecoveryDecision.StopDamaged(mark.Checkpoint, mark.SinkId, usable?.Id, damaged.Select(d => d.Damage).FirstOrDefault(d => d is not null));
        }

        var next = Next(facts.Listed, facts.Finished, facts.Sinks);
        var damagedIds = damaged.Select(c => c.Id).ToList();
        return usable is { Content: { } content } ? GoOnFrom(facts, usable.Id, content, damagedIds, next) : new RecoveryDecision.StartFresh(next, damagedIds);
    }

    /// <summary>Whether a checkpoint is whole, and its history contains everything that the sinks hold: a mark that it passed over is of another branch.</summary>
    public static bool IsUsable(CheckpointFact checkpoint, IReadOnlyList<SinkFact> sinks) =>
        checkpoint.Content is { } content && !sinks.Any(s => s.Mark is { } mark && content.PassedOver.Any(p => p.Contains(mark.Checkpoint)));

    /// <summary>The number behind all that are known.</summary>
    public static CheckpointId Next(IReadOnlyList<CheckpointId> listed, CheckpointId? finished, IReadOnlyList<SinkFact> sinks) =>
        new(listed.Select(c => c.Value)
            .Concat(sinks.Where(s => s.Mark is not null).Select(s => s.Mark!.Value.Checkpoint.Value))
            .Append(finished?.Value ?? 0)
            .Max() + 1);

    /// <summary>
    /// Whether the sinks must be fenced before a decision is acted on: it goes back past checkpoints, or on from one whose history did, and a sink could still be given a commit of one of those by an
    /// older run.
    /// </summary>
    public static bool MustFence(RecoveryDecision decision, RecoveryFacts facts)
    {
        (CheckpointId? goesOnFrom, var damaged) = decision switch
        {
            RecoveryDecision.StartFresh d => ((CheckpointId?)null, d.Damaged),
            RecoveryDecision.RestoreFrom d => (d.Checkpoint, []),
            RecoveryDecision.ReplayCommitThenRestore d => (d.Checkpoint, []),
            RecoveryDecision.FallBackTo d => (d.Checkpoint, d.Damaged),
            RecoveryDecision.ReplayCommitThenFinish d => (d.Checkpoint, d.Damaged),
            _ => (null, []),
        };
        var passedOver = facts.Checkpoints.FirstOrDefault(c => c.Id == goesOnFrom)?.Content?.PassedOver ?? [];
        return damaged.Count > 0 || passedOver.Any(p => facts.Sinks.Any(s => (s.Mark?.Checkpoint.Value ?? 0) < p.Last));
    }

    /// <summary>Whether a sink moved on between the look that a decision rests on and the fence: then it must be decided anew.</summary>
    public static bool IsOvertaken(IReadOnlyList<SinkFact> seen, IReadOnlyList<SinkFact> fenced) =>
        fenced.Any(f => f.Mark?.Checkpoint.Value > (seen.Single(s => s.SinkId == f.SinkId).Mark?.Checkpoint.Value ?? 0));

    private static RecoveryDecision GoOnFrom(RecoveryFacts facts, CheckpointId checkpoint, CheckpointContent content, List<CheckpointId> damaged, CheckpointId next)
    {
        if (content.Plan != facts.Plan)
        {
            return new RecoveryDecision.StopPlanChanged(checkpoint, content.Plan);
        }

        var replay = content.SinksToCommit
            .Where(id => CommitProtocol.Decide(facts.Sinks.Single(s => s.SinkId == id).Mark, facts.Self, checkpoint) is CommitDecision.Commit)
            .ToList();
        return content.IsFinal ? new RecoveryDecision.ReplayCommitThenFinish(checkpoint, damaged, replay)
            : damaged.Count > 0 ? new RecoveryDecision.FallBackTo(checkpoint, damaged, replay, next)
            : replay.Count > 0 ? new RecoveryDecision.ReplayCommitThenRestore(checkpoint, replay, next)
            : new RecoveryDecision.RestoreFrom(checkpoint, next);
    }

    private static Incarnation? NewestRun(RecoveryFacts facts) =>
        facts.Claims.Concat(facts.Sinks.Where(s => s.Mark is not null).Select(s => s.Mark!.Value.Incarnation)).Cast<Incarnation?>().Max();

    private static (string SinkId, CheckpointId Checkpoint)? NewestMark(RecoveryFacts facts) =>
        facts.Sinks.Where(s => s.Mark is not null)
            .Select(s => ((string SinkId, CheckpointId Checkpoint)?)(s.SinkId, s.Mark!.Value.Checkpoint))
            .MaxBy(s => s!.Value.Checkpoint);
}
