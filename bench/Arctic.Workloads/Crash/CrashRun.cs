using System.Diagnostics;

namespace Arctic.Workloads.Crash;

/// <summary>What came of a job that was killed again and again.</summary>
/// <param name="Kills">How often it was killed.</param>
/// <param name="FreshStarts">Runs that found no checkpoint.</param>
/// <param name="Restores">Runs that went on from one.</param>
/// <param name="ReplayedCommits">Runs that found a checkpoint whose commit the crash had cut off.</param>
/// <param name="Seconds">From the first start to the end.</param>
internal sealed record CrashReport(int Kills, int FreshStarts, int Restores, int ReplayedCommits, double Seconds);

/// <summary>Starts a script, kills it and starts it again, a number of times; then lets it run to its end.</summary>
internal sealed class CrashRun(CrashSite site, int kills, TimeSpan killSpanMax, Random random)
{
    /// <summary>The runs beside which the table is optimized, by their 0-based number.</summary>
    public IReadOnlySet<int> OptimizedRuns { get; init; } = new HashSet<int>();

    /// <summary>Called before the last run, which nobody disturbs: it may take a bound of the rate away.</summary>
    public Action BeforeLast { get; init; } = () => { };

    /// <summary>Runs it.</summary>
    public async Task<CrashReport> RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var logs = new List<string>();
        for (var run = 0; run < kills; run++)
        {
            var optimizing = OptimizedRuns.Contains(run) ? site.OptimizeAsync() : Task.CompletedTask;
            var (isKilled, errors) = await KillMoment.Next(random, killSpanMax).RunAsync(site, cancellationToken);
            logs.Add(errors);
            await optimizing;
            if (!isKilled)
            {
                throw new InvalidOperationException($"The job was done before it was killed {kills} times ({run} times only): give it more rows, or a lower rate.");
            }
        }

        BeforeLast();
        logs.Add(await RunToEndAsync(site, cancellationToken));
        return new CrashReport(kills, Count("starts from the beginning"), Count("goes on from checkpoint"), Count("Replaying the commit"), clock.Elapsed.TotalSeconds);

        int Count(string text) => logs.Count(l => l.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Runs a script that nobody disturbs.</summary>
    /// <returns>What it wrote to stderr.</returns>
    public static async Task<string> RunToEndAsync(CrashSite site, CancellationToken cancellationToken)
    {
        await using var process = ArcticProcess.Start(site.Script);
        var code = await process.WaitAsync(cancellationToken);
        return code == 0 ? process.Errors : throw new InvalidOperationException($"The run failed with status {code}:\n{process.Errors}");
    }
}
