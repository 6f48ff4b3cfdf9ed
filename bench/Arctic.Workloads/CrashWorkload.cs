using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Arctic.Workloads.Crash;

namespace Arctic.Workloads;

/// <summary>
/// <c>crash</c>: a streaming upsert INSERT of 2 million changes, limited to about a minute, is killed with SIGKILL at 20 random moments and restarted each time, while the table is
/// optimized now and then; then everything about the table is checked. Runs once: its figures are no measurements. <c>--seed</c> repeats the moments.
/// </summary>
internal static class CrashWorkload
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    public static async Task RunAsync(WorkloadOptions options)
    {
        var rows = (int)(options.Rows ?? 2_000_000);
        var folder = options.FreshFolder("crash");
        Console.Error.WriteLine($"crash: seed {options.Seed}, files in {folder}");
        using var patience = new CancellationTokenSource(Patience);
        var feedPath = Path.Combine(folder, "feed.csv");
        var feed = CrashFeed.Write(feedPath, rows, keys: Math.Max(rows / 20, 1), options.Seed);

        var whole = new CrashSite(Path.Combine(folder, "whole"), feedPath);
        whole.WriteScript();
        await CrashRun.RunToEndAsync(whole, patience.Token);

        var killed = new CrashSite(Path.Combine(folder, "killed"), feedPath);
        killed.WriteScript(rowsPerSecond: rows / 60.0);
        var run = new CrashRun(killed, options.Kills, TimeSpan.FromSeconds(60.0 / options.Kills), new Random(options.Seed))
        {
            OptimizedRuns = new HashSet<int> { options.Kills / 4, options.Kills / 2, options.Kills * 3 / 4 },
        };
        var report = await run.RunAsync(patience.Token);
        Console.Error.WriteLine($"crash: {report}; checking");
        await CheckAsync(feed, whole, killed, report, patience.Token);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task CheckAsync(CrashFeed feed, CrashSite whole, CrashSite killed, CrashReport report, CancellationToken cancellationToken)
    {
        var history = await TableHistory.OpenAsync(killed, cancellationToken);
        var rows = await history.ReadRowsAsync(cancellationToken);
        Require(rows.SequenceEqual(feed.Live), "the table does not have the rows of the feed");
        Require(rows.SequenceEqual(await (await TableHistory.OpenAsync(whole, cancellationToken)).ReadRowsAsync(cancellationToken)), "the table differs from that of the uninterrupted run");

        var images = await history.CountImagesAsync(feed.Rows, cancellationToken);
        for (var line = 1; line <= feed.Rows; line++)
        {
            Require(images[line] == (feed.IsImage(line) ? 1 : 0), $"line {line} of the feed was written {images[line]} times");
        }

        var (pairs, violations) = await history.CheckEveryPairAsync(cancellationToken);
        Require(violations.Count == 0, string.Join('\n', violations.Take(20)));
        Measurement.Print(new Dictionary<string, object?>
        {
            ["workload"] = "crash",
            ["variant"] = $"{report.Kills}-kills",
            ["rows"] = feed.Rows,
            ["seconds"] = Measurement.Round(report.Seconds),
            ["fresh_starts"] = report.FreshStarts,
            ["restores"] = report.Restores,
            ["replayed_commits"] = report.ReplayedCommits,
            ["change_snapshots"] = history.ChangeSnapshotCount,
            ["base_snapshots"] = history.BaseSnapshotCount,
            ["snapshot_pairs"] = pairs,
            ["live_rows"] = rows.Count,
            ["output_hash"] = HashOf(rows),
        });
    }

    private static string HashOf(IEnumerable<CrashRow> rows)
    {
        var hash = new XxHash64();
        foreach (var row in rows)
        {
            hash.Append(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{row.Id}|{row.Seq}|{row.Name}\n")));
        }

        return hash.GetCurrentHashAsUInt64().ToString("x16", CultureInfo.InvariantCulture);
    }

    private static void Require(bool isTrue, string otherwise)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException($"crash: {otherwise}.");
        }
    }
}
