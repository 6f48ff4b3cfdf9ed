namespace Arctic.Dataflow.Jobs.States;

/// <summary>One stretch of a job's life; its end is the next state. An exception is judged by <see cref="RestartPolicy"/>.</summary>
internal abstract class JobState
{
    public abstract JobStatus Status { get; }

    public abstract Task<JobState> RunAsync(JobContext job);
}

/// <summary>A job's end.</summary>
/// <param name="status">One of the last four.</param>
/// <param name="error">Why a failed job failed.</param>
internal sealed class EndedState(JobStatus status, Exception? error = null) : JobState
{
    public override JobStatus Status => status;

    public Exception? Error => error;

    public override Task<JobState> RunAsync(JobContext job) => throw new InvalidOperationException("The job has ended.");
}
