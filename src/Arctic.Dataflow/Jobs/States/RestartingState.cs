namespace Arctic.Dataflow.Jobs.States;

/// <summary>Waits, then recovers.</summary>
internal sealed class RestartingState(Exception cause) : JobState
{
    public override JobStatus Status => JobStatus.Restarting;

    public override async Task<JobState> RunAsync(JobContext job)
    {
        job.CountRestart();
        var delay = job.Options.RestartDelay;
        Log.JobRestarts(job.Logger, cause, job.Name, delay, job.RestartsInARow, job.Options.RestartAttempts);
        job.Tell(new JobEvent.RestartScheduled(cause, job.RestartsInARow, delay));
        await Task.Delay(delay, job.Time, job.Cancelled).ConfigureAwait(false);
        return job.Incarnation.Value == 0 ? new ClaimingState() : new RecoveringState();
    }
}
