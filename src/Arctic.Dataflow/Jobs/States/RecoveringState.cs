using System.Diagnostics;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs.States;

/// <summary>Gathers what the folder and the sinks say, lets <see cref="RecoveryProtocol"/> decide, and does it.</summary>
internal sealed class RecoveringState : JobState
{
    public override JobStatus Status => JobStatus.Recovering;

    public override async Task<JobState> RunAsync(JobContext job)
    {
        using var activity = DataflowTelemetry.Activities.StartActivity("recover");
        activity?.SetTag("job", job.Name);
        var store = job.Checkpoints ?? throw new UnreachableException("A job without recovery does not recover.");
        var committers = new SinkCommitters(job, job.Incarnation);
        var isHandedOn = false;
        try
        {
            var found = new List<FoundCheckpoint>();
            var facts = await GatherAsync(job, store, committers, found).ConfigureAwait(false);
            var next = await ActAsync(job, store, committers, facts, found).ConfigureAwait(false);
            isHandedOn = next is RunningState;
            return next;
        }
        finally
        {
            if (!isHandedOn)
            {
                await committers.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<RecoveryFacts> GatherAsync(JobContext job, CheckpointStore store, SinkCommitters committers, List<FoundCheckpoint> found)
    {
        JobListing listing;
        IReadOnlyList<SinkFact> marks;
        do
        {
            // A checkpoint is durable before its commit, so whatever a mark names is in a later listing, unless it was lost.
            marks = await committers.FindMarksAsync(job.Cancelled).ConfigureAwait(false);
            listing = await store.ListAsync(job.Cancelled).ConfigureAwait(false);
        }
        while (!await TryReadAsync(job, store, listing, marks, found).ConfigureAwait(false));

        return new RecoveryFacts
        {
            Self = job.Incarnation,
            Claims = listing.Claims,
            Listed = listing.Checkpoints,
            Checkpoints = found.Select(FactOf).ToList(),
            Finished = listing.Finished,
            OverAtClaim = job.OverAtClaim ?? throw new UnreachableException("The job has been claimed."),
            Sinks = marks,
            Plan = job.Plan,
        };
    }

    // False when an older run that is not aware of this one yet has removed what was listed: the newer listing must be read instead.
    private static async ValueTask<bool> TryReadAsync(JobContext job, CheckpointStore store, JobListing listing, IReadOnlyList<SinkFact> marks, List<FoundCheckpoint> found)
    {
        found.Clear();
        foreach (var id in listing.Checkpoints.Reverse())
        {
            if (await store.FindAsync(id, job.Cancelled).ConfigureAwait(false) is not { } checkpoint)
            {
                return false;
            }

            found.Add(checkpoint);
            if (RecoveryProtocol.IsUsable(FactOf(checkpoint), marks))
            {
                break;
            }
        }

        return true;
    }

    private static CheckpointFact FactOf(FoundCheckpoint found) => new(
        found.Id,
        found.Metadata is { } m ? new CheckpointContent(m.PassedOver, m.Plan, m.IsFinal, m.Sinks.Select(s => s.SinkId).ToList()) : null,
        found.Damage);

    private static async ValueTask<JobState> ActAsync(JobContext job, CheckpointStore store, SinkCommitters committers, RecoveryFacts facts, List<FoundCheckpoint> found)
    {
        var decision = RecoveryProtocol.Decide(facts);
        if (RecoveryProtocol.MustFence(decision, facts) && await IsOvertakenAsync(job, committers, facts).ConfigureAwait(false))
        {
            return new RecoveringState();
        }

        switch (decision)
        {
            case RecoveryDecision.StartFresh(var next, var damaged):
                WarnOf(job, found, damaged);
                if (facts.Finished is null)
                {
                    await BeginFolderAsync(job, store, facts).ConfigureAwait(false);
                }

                Log.JobStartsFresh(job.Logger, job.Name, store.Folder);
                job.Tell(new JobEvent.Restored(null));
                return new RunningState(new RestorePoint { PassedOver = PassedOver.Between([], RecoveryProtocol.OverAtClaim(facts.Finished, facts.Sinks), next), Next = next, Damaged = damaged }, committers);

            case RecoveryDecision.RestoreFrom(var id, var next):
                return await RestoreAsync(job, store, committers, facts, found, id, [], [], next).ConfigureAwait(false);

            case RecoveryDecision.ReplayCommitThenRestore(var id, var sinks, var next):
                return await RestoreAsync(job, store, committers, facts, found, id, sinks, [], next).ConfigureAwait(false);

            case RecoveryDecision.FallBackTo(var id, var damaged, var sinks, var next):
                WarnOf(job, found, damaged);
                return await RestoreAsync(job, store, committers, facts, found, id, sinks, damaged, next).ConfigureAwait(false);

            case RecoveryDecision.ReplayCommitThenFinish(var id, var damaged, var sinks):
                WarnOf(job, found, damaged);
                await ReplayAsync(job, committers, Whole(found, id), sinks).ConfigureAwait(false);
                return new FinishingState(id);

            case RecoveryDecision.AlreadyFinished:
                return new EndedState(JobStatus.Finished);

            case RecoveryDecision.StopFenced(var by):
                return Failed(JobErrors.Fenced(job, by));

            case RecoveryDecision.StopDamaged stop:
                return Failed(JobErrors.Damaged(job, store.Folder, stop));

            case RecoveryDecision.StopPlanChanged(var id, var then):
                return Failed(JobErrors.PlanChanged(job, id, then));

            case var other:
                throw new UnreachableException($"Decision {other}");
        }
    }

    // An older run may still be about to commit the damaged checkpoint. After the fence it cannot; if it was faster, the new marks decide.
    private static async ValueTask<bool> IsOvertakenAsync(JobContext job, SinkCommitters committers, RecoveryFacts facts)
    {
        var fenced = await committers.FenceAsync(job.Cancelled).ConfigureAwait(false);
        return RecoveryProtocol.IsOvertaken(facts.Sinks, fenced);
    }

    private static async ValueTask<JobState> RestoreAsync(
        JobContext job,
        CheckpointStore store,
        SinkCommitters committers,
        RecoveryFacts facts,
        List<FoundCheckpoint> found,
        CheckpointId id,
        IReadOnlyList<string> replay,
        IReadOnlyList<CheckpointId> damaged,
        CheckpointId next)
    {
        var whole = Whole(found, id);
        await ReplayAsync(job, committers, whole, replay).ConfigureAwait(false);
        Log.JobRestored(job.Logger, job.Name, id.Value);
        job.Tell(new JobEvent.Restored(id));
        return new RunningState(
            new RestorePoint
            {
                Metadata = whole.Metadata,
                State = whole.State,
                PassedOver = PassedOver.Between(whole.Metadata?.PassedOver ?? [], id, next),
                Next = next,
                Retained = facts.Listed.Where(c => c.CompareTo(id) <= 0).ToList(),
                Damaged = damaged,
            },
            committers);
    }

    private static async ValueTask ReplayAsync(JobContext job, SinkCommitters committers, FoundCheckpoint whole, IReadOnlyList<string> sinks)
    {
        var metadata = whole.Metadata ?? throw new UnreachableException("The checkpoint is whole.");
        foreach (var sink in metadata.Sinks.Where(s => sinks.Contains(s.SinkId)))
        {
            Log.CommitReplayed(job.Logger, job.Name, whole.Id.Value, sink.SinkId);
            await committers.CommitAsync(whole.Id, sink, job.Cancelled).ConfigureAwait(false);
        }
    }

    private static FoundCheckpoint Whole(List<FoundCheckpoint> found, CheckpointId id) => found.Single(f => f.Id == id);

    private static EndedState Failed(ArcticException error) => new(JobStatus.Failed, error);

    private static void WarnOf(JobContext job, List<FoundCheckpoint> found, IReadOnlyList<CheckpointId> damaged)
    {
        foreach (var id in damaged)
        {
            Log.CheckpointSkipped(job.Logger, job.Name, id.Value, found.Single(f => f.Id == id).Damage ?? "its history does not contain the newest commit");
        }
    }

    // From now on a mark without a checkpoint means a loss, unless the mark is older than this record.
    private static async ValueTask BeginFolderAsync(JobContext job, CheckpointStore store, RecoveryFacts facts)
    {
        var marked = facts.Sinks.Where(s => s.Mark is not null).ToList();
        marked.ForEach(s => Log.ForeignMark(job.Logger, job.Name, s.SinkId, store.Folder));
        await store.RecordFinishedAsync(RecoveryProtocol.FirstRecord(facts.Sinks), before: null, job.Cancelled).ConfigureAwait(false);
    }
}
