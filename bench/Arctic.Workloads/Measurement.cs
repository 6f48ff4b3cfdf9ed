using System.Diagnostics;
using System.Text.Json;

namespace Arctic.Workloads;

/// <summary>Runs a piece of work and a peer's in turn, and prints what came of it as one line of JSON.</summary>
internal static class Measurement
{
    /// <summary>One run: wall and CPU seconds of the whole process, garbage collector and writing threads included.</summary>
    public readonly record struct Run(double Seconds, double CpuSeconds);

    /// <summary>Alternates <paramref name="work"/> and <paramref name="peerWork"/>: a warm-up of each, then <paramref name="runs"/> counted pairs; prints medians and the median ratio of the pairs.</summary>
    /// <param name="workload">The workload's name.</param>
    /// <param name="variant">The case.</param>
    /// <param name="rows">The rows that each run works on.</param>
    /// <param name="work">Ours; returns a text that equal results share, or null.</param>
    /// <param name="peer">The peer's name; null without one.</param>
    /// <param name="peerWork">The peer's work; null without one.</param>
    /// <param name="byCpu">Whether <c>ratio</c> compares CPU seconds instead of wall seconds.</param>
    public static async Task ReportAsync(string workload, string variant, long rows, int runs, Func<Task<string?>> work, string? peer = null, Func<Task>? peerWork = null, bool byCpu = false)
    {
        string? hash = null;
        var ours = new List<Run>();
        var peers = new List<Run>();
        for (var i = 0; i <= runs; i++)
        {
            var run = await TimeAsync(async () => hash = await work());
            Run? other = peerWork is null ? null : await TimeAsync(peerWork);
            if (i > 0)
            {
                ours.Add(run);
                if (other is { } o)
                {
                    peers.Add(o);
                }
            }
        }

        var seconds = Median(ours.Select(r => r.Seconds));
        var cpu = Median(ours.Select(r => r.CpuSeconds));
        Print(new Dictionary<string, object?>
        {
            ["workload"] = workload,
            ["variant"] = variant,
            ["rows"] = rows,
            ["seconds"] = Round(seconds),
            ["cpu_seconds"] = Round(cpu),
            ["peak_rss_mb"] = Math.Round(Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0),
            ["rows_per_second"] = Math.Round(rows / (byCpu ? cpu : seconds)),
            ["peer"] = peer,
            ["peer_seconds"] = peers.Count == 0 ? null : Round(Median(peers.Select(r => r.Seconds))),
            ["peer_cpu_seconds"] = peers.Count == 0 ? null : Round(Median(peers.Select(r => r.CpuSeconds))),
            ["ratio"] = peers.Count == 0 ? null : Round(Median(ours.Zip(peers).Select(p => byCpu ? p.First.CpuSeconds / p.Second.CpuSeconds : p.First.Seconds / p.Second.Seconds))),
            ["runs"] = runs,
            ["output_hash"] = hash,
        });
    }

    /// <summary>Prints one line of JSON.</summary>
    public static void Print(Dictionary<string, object?> line) => Console.WriteLine(JsonSerializer.Serialize(line.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value)));

    /// <summary>The middle value.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Six digits are enough.</summary>
    public static double Round(double value) => Math.Round(value, 6);

    private static async Task<Run> TimeAsync(Func<Task> work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        await work();
        clock.Stop();
        process.Refresh();
        return new Run(clock.Elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
    }
}
