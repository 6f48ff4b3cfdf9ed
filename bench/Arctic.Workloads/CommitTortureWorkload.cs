using System.Diagnostics;
using Arctic.Workloads.Torture;

namespace Arctic.Workloads;

/// <summary>
/// <c>commit-torture</c>: 8 writers in 4 processes append and delete on one table of a file-system catalog for a minute, over a store that breaks 5 % of its operations, before and after
/// their effect, while one process is killed every 5 s; then the whole history is checked. Runs once: its figures are no measurements. <c>--seed</c> chooses faults and kills; what meets what
/// is up to the machine.
/// </summary>
internal static class CommitTortureWorkload
{
    public static async Task RunAsync(WorkloadOptions options)
    {
        var duration = TimeSpan.FromSeconds(options.Seconds ?? 60);
        if (options.Process is { } number)
        {
            await TortureProcess.RunAsync(new TortureSite(options.Folder), number, options.Seed, duration);
            return;
        }

        var site = new TortureSite(options.FreshFolder("commit-torture"));
        Console.Error.WriteLine($"commit-torture: seed {options.Seed}, files in {site.Folder}");
        var clock = Stopwatch.StartNew();
        var kills = await new TortureRun(site, options.Seed, duration, KillInterval: duration / 12).RunAsync(CancellationToken.None);
        var seconds = clock.Elapsed.TotalSeconds;
        var told = TortureJournal.ReadAll(site.Journals);
        var report = await TortureCheck.RunAsync(site, told, new Random(options.Seed), CancellationToken.None);
        if (report.Violations.Count > 0)
        {
            throw new InvalidOperationException($"commit-torture, seed {options.Seed}: {string.Join('\n', report.Violations.Take(20))}");
        }

        Measurement.Print(new Dictionary<string, object?>
        {
            ["workload"] = "commit-torture",
            ["variant"] = $"seed-{options.Seed}",
            ["seconds"] = Measurement.Round(seconds),
            ["kills"] = kills,
            ["commits_begun"] = told.Commits.Count,
            ["acknowledged"] = told.Count(TortureOutcome.Acknowledged),
            ["failed"] = told.Count(TortureOutcome.Failed),
            ["unknown"] = told.Count(TortureOutcome.Unknown),
            ["cut_off"] = told.Count(TortureOutcome.None),
            ["unanswered_that_took_place"] = report.UnansweredThatTookPlace,
            ["store_operations"] = told.Operations,
            ["faults"] = told.Faults,
            ["snapshots"] = report.Snapshots,
            ["snapshots_read"] = report.SnapshotsRead,
            ["live_rows"] = report.LiveRows,
        });
        Directory.Delete(site.Folder, recursive: true);
    }
}
