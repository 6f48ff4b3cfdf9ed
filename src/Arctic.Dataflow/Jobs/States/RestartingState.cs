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

        // An incarnation of its own for every attempt: what the failed one still has under way is then an older run's, and can be fenced.
        return new ClaimingState();
    }
}
