using System.Diagnostics;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs.States;

/// <summary>Everything is committed: records that, then removes the checkpoints, so that the next run starts anew.</summary>
internal sealed class FinishingState(CheckpointId final) : JobState
{
    public override JobStatus Status => JobStatus.Running;

    public override async Task<JobState> RunAsync(JobContext job)
    {
        var store = job.Checkpoints ?? throw new UnreachableException("Only a job with recovery has a final checkpoint.");
        var listing = await store.ListAsync(job.Cancelled).ConfigureAwait(false);

        // Damaged checkpoints that were passed over may have greater numbers; they are over too.
        var over = listing.Checkpoints.Append(final).Max();
        await store.RecordFinishedAsync(over, listing.Finished, job.Cancelled).ConfigureAwait(false);

        // The record makes them meaningless, so a crash in between does no harm. The newest goes last all the same: what is left tells whoever looks how far the job was.
        foreach (var checkpoint in listing.Checkpoints)
        {
            await store.RemoveAsync(checkpoint, job.Cancelled).ConfigureAwait(false);
        }

        await store.RemoveOrphansAsync(job.Incarnation, before: long.MaxValue, named: [], job.Cancelled).ConfigureAwait(false);
        return new EndedState(JobStatus.Finished);
    }
}
