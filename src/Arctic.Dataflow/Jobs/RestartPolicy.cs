using Arctic.Columnar.Errors;

namespace Arctic.Dataflow.Jobs;

/// <summary>Decides whether a failed job recovers, by the error's kind and the attempts left; never by its message.</summary>
internal static class RestartPolicy
{
    /// <summary>True for transient errors of the outside world and for commits of unknown outcome (recovery looks before it retries), as long as attempts are left.</summary>
    public static bool ShallRestart(JobContext job, Exception error) =>
        job.Request.Recovery == JobRecovery.FromCheckpoints
        && job.Options.RestartStrategy == RestartStrategy.FixedDelay
        && job.RestartsInARow < job.Options.RestartAttempts
        && MayPass(JobErrors.CodeOf(error));

    private static bool MayPass(ErrorCode code) => code.IsTransient || code == ErrorCodes.CommitOutcomeUnknown;
}
