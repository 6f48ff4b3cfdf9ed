using System.Diagnostics;

namespace Arctic.Workloads;

/// <summary>
/// <c>startup</c>: from the start of the process to its first line, of <c>SELECT 1</c> and of a small table, through the <c>arctic</c> script; and of <c>--version</c>, which is the price of
/// the script and the runtime alone. <c>p99_ms</c> is the slowest run.
/// </summary>
internal static class StartupWorkload
{
    public static async Task RunAsync(WorkloadOptions options)
    {
        var warehouse = options.FreshFolder("startup");
        var catalog = $"CREATE CATALOG lake WITH ('type'='arctic','warehouse'='{warehouse}');";
        await RunToEndAsync($"{catalog} CREATE DATABASE lake.db; CREATE TABLE lake.db.t (id INT, name STRING); INSERT INTO lake.db.t VALUES (1,'a'),(2,'b'),(3,'c')");

        await MeasureAsync("version", ["--version"], options.Runs);
        await MeasureAsync("select-1", Sql("SELECT 1"), options.Runs);
        await MeasureAsync("small-table", Sql($"{catalog} SELECT * FROM lake.db.t"), options.Runs);
    }

    private static async Task MeasureAsync(string variant, string[] arguments, int runs)
    {
        var seconds = new List<double>();
        for (var i = 0; i <= runs; i++)
        {
            var clock = Stopwatch.StartNew();
            using var process = Start(arguments);
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The command printed no row.");
            clock.Stop();
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (i > 0 && line.Length > 0)
            {
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
        }

        var sorted = seconds.Order().ToArray();
        Measurement.Print(new Dictionary<string, object?>
        {
            ["workload"] = "startup",
            ["variant"] = variant,
            ["rows"] = 1,
            ["seconds"] = Measurement.Round(Measurement.Median(seconds)),
            ["p50_ms"] = Math.Round(Measurement.Median(seconds) * 1000, 1),
            ["p99_ms"] = Math.Round(sorted[^1] * 1000, 1),
            ["runs"] = runs,
        });
    }

    private static async Task RunToEndAsync(string statements)
    {
        using var process = Start(Sql(statements));
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The command ended with {process.ExitCode}.");
        }
    }

    private static string[] Sql(string statements) => ["sql", "--output", "json", "-e", statements];

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(RepositoryRoot(), "arctic"), arguments) { RedirectStandardOutput = true };
        return Process.Start(start)!;
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The workloads do not run below the repository's root.");
        }

        return folder;
    }
}
