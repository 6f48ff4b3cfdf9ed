using Microsoft.Extensions.Logging;

namespace Arctic.Dataflow;

/// <summary>The project's log messages.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Job '{Job}' starts as incarnation {Incarnation}.")]
    public static partial void JobClaimed(ILogger logger, string job, long incarnation);

    [LoggerMessage(2, LogLevel.Information, "Job '{Job}' goes on from checkpoint {Checkpoint}.")]
    public static partial void JobRestored(ILogger logger, string job, long checkpoint);

    [LoggerMessage(3, LogLevel.Information, "Job '{Job}' starts from the beginning: there is no checkpoint in '{Folder}'.")]
    public static partial void JobStartsFresh(ILogger logger, string job, string folder);

    [LoggerMessage(4, LogLevel.Warning, "Checkpoint {Checkpoint} of job '{Job}' is passed over, and nothing of it is committed: {Damage}")]
    public static partial void CheckpointSkipped(ILogger logger, string job, long checkpoint, string damage);

    [LoggerMessage(5, LogLevel.Information, "Replaying the commit of checkpoint {Checkpoint} of job '{Job}' in sink '{Sink}'.")]
    public static partial void CommitReplayed(ILogger logger, string job, long checkpoint, string sink);

    [LoggerMessage(6, LogLevel.Debug, "Checkpoint {Checkpoint} of job '{Job}' is committed after {Milliseconds} ms.")]
    public static partial void CheckpointCommitted(ILogger logger, string job, long checkpoint, double milliseconds);

    [LoggerMessage(7, LogLevel.Warning, "Checkpoint {Checkpoint} of job '{Job}' was given up after {Timeout}: written rows stay invisible until one succeeds. Waiting for {Missing} of {All} subtasks.")]
    public static partial void CheckpointAbandoned(ILogger logger, string job, long checkpoint, TimeSpan timeout, int missing, int all);

    [LoggerMessage(8, LogLevel.Warning, "Job '{Job}' failed and recovers in {Delay} (attempt {Attempt} of {AttemptsMax}).")]
    public static partial void JobRestarts(ILogger logger, Exception error, string job, TimeSpan delay, int attempt, int attemptsMax);

    [LoggerMessage(9, LogLevel.Warning, "Could not remove what is left of old checkpoints of job '{Job}'; the next checkpoint tries again.")]
    public static partial void CleaningFailed(ILogger logger, Exception error, string job);

    [LoggerMessage(10, LogLevel.Information, "Job '{Job}' is {Status}.")]
    public static partial void JobStatusChanged(ILogger logger, string job, Jobs.JobStatus status);

    [LoggerMessage(11, LogLevel.Warning, "Sink '{Sink}' of job '{Job}' holds commits of a run whose checkpoints are not in '{Folder}': the job starts from the beginning, and what that run wrote stays.")]
    public static partial void ForeignMark(ILogger logger, string job, string sink, string folder);

    [LoggerMessage(12, LogLevel.Debug, "Job '{Job}' was cancelled while this happened.")]
    public static partial void JobBrokeOff(ILogger logger, Exception error, string job);

    [LoggerMessage(13, LogLevel.Warning, "Job '{Job}' failed, and what it had open could not be closed either.")]
    public static partial void ClosingFailed(ILogger logger, Exception error, string job);

    [LoggerMessage(14, LogLevel.Warning, "'{Operator}' dropped {Count} rows that came after the watermark had passed them. Give the WATERMARK a longer delay if they matter.")]
    public static partial void LateRowsDropped(ILogger logger, string @operator, long count);
}
