using Arctic.Iceberg.Catalog;

namespace Arctic.Iceberg.Transactions;

/// <summary>What is left of the retries and the time of one change, whose attempts may be of several transactions. Not thread-safe.</summary>
internal sealed class CommitRetries(CommitRetryPolicy policy, CommitEnvironment environment)
{
    private readonly long _started = environment.Time.GetTimestamp();

    /// <summary>The attempts that failed.</summary>
    public int Failed { get; private set; }

    /// <summary>All retries that <c>commit.retry.*</c> gives, from now on.</summary>
    public static CommitRetries Of(IReadOnlyDictionary<string, string> properties, CommitEnvironment environment) => new(CommitRetryPolicy.Of(properties), environment);

    /// <summary>Counts a failed attempt.</summary>
    /// <returns>The wait before the next one; null when there is to be none.</returns>
    public TimeSpan? NextWait()
    {
        Failed++;
        var wait = policy.WaitBefore(Failed, environment.NextDouble());
        return Failed > policy.RetriesMax || environment.Time.GetElapsedTime(_started) + wait > policy.TotalMax ? null : wait;
    }
}

/// <summary>How often and how long a commit is tried again: exponential with jitter.</summary>
internal sealed record CommitRetryPolicy(int RetriesMax, TimeSpan MinWait, TimeSpan MaxWait, TimeSpan TotalMax)
{
    /// <summary>From <c>commit.retry.*</c>.</summary>
    public static CommitRetryPolicy Of(IReadOnlyDictionary<string, string> properties) => new(
        TableProperties.ReadCommitInt(properties, TableProperties.CommitRetries, 4),
        TimeSpan.FromMilliseconds(TableProperties.ReadCommitInt(properties, TableProperties.CommitRetryMinWait, 100)),
        TimeSpan.FromMilliseconds(TableProperties.ReadCommitInt(properties, TableProperties.CommitRetryMaxWait, 60_000)),
        TimeSpan.FromMilliseconds(TableProperties.ReadCommitInt(properties, TableProperties.CommitRetryTotal, 1_800_000)));

    /// <summary>The wait after the given attempt, 1 being the first.</summary>
    /// <param name="jitter">In [0, 1): writers that lost together must not come back together.</param>
    public TimeSpan WaitBefore(int attempt, double jitter)
    {
        var full = Math.Min(MaxWait.TotalMilliseconds, MinWait.TotalMilliseconds * Math.Pow(2, Math.Min(30, attempt - 1)));
        return TimeSpan.FromMilliseconds(full * (0.5 + (jitter / 2)));
    }
}
