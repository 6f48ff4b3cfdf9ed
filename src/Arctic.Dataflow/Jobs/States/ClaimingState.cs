using System.Globalization;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs.States;

/// <summary>Claims an incarnation for the attempt, above every other claim and every sink's mark; from then on older ones stop.</summary>
internal sealed class ClaimingState : JobState
{
    public override JobStatus Status => JobStatus.Starting;

    public override async Task<JobState> RunAsync(JobContext job)
    {
        if (job.Checkpoints is not { } store)
        {
            return new RunningState(new RestorePoint(), new SinkCommitters(job, job.Incarnation));
        }

        // Tells our claim from another's when the answer to its creation is lost.
        var owner = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName} {Environment.ProcessId} {job.Time.GetUtcNow():O} {job.NewRandom().NextInt64():x16}");
        var marks = await FindMarksAsync(job).ConfigureAwait(false);
        while (true)
        {
            var listing = await store.ListAsync(job.Cancelled).ConfigureAwait(false);
            if (listing.Claims.Count > 0 && listing.Claims[^1] is var newest && job.Incarnation.Value > 0 && newest.CompareTo(job.Incarnation) > 0)
            {
                // A failed attempt must not overtake a run that started after it.
                return new EndedState(JobStatus.Failed, JobErrors.Fenced(job, newest));
            }

            var claim = RecoveryProtocol.NextClaim(listing.Claims, marks);
            if (await store.TryClaimAsync(claim, owner, job.Cancelled).ConfigureAwait(false))
            {
                job.Incarnation = claim;
                job.OverAtClaim ??= RecoveryProtocol.OverAtClaim(listing.Finished, marks);
                job.Tell(new JobEvent.Claimed(claim));
                Log.JobClaimed(job.Logger, job.Name, claim.Value);
                await store.RemoveClaimsAsync(listing.Claims, job.Cancelled).ConfigureAwait(false);
                return new RecoveringState();
            }
        }
    }

    private static async ValueTask<IReadOnlyList<SinkFact>> FindMarksAsync(JobContext job)
    {
        var committers = new SinkCommitters(job, new Incarnation(0));
        await using (committers.ConfigureAwait(false))
        {
            return await committers.FindMarksAsync(job.Cancelled).ConfigureAwait(false);
        }
    }
}
