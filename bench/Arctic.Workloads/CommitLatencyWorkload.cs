using System.Diagnostics;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Workloads;

/// <summary>
/// <c>commit-latency</c>: 10 000 appends of one file each to a table of a file-system catalog on local disk; the table is loaded anew for each. Of metadata files the newest 100 stay, small manifests are merged as by default, and every
/// 50 commits, beside the clock, the snapshots but the newest 100 are expired with their files. After a warm-up on another table. Prints the commits' times near the hundredth and near the last.
/// </summary>
internal static class CommitLatencyWorkload
{
    private const int SnapshotsKept = 100;

    private const int CommitsPerExpiry = 50;

    private static readonly Schema Columns = new(0, [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "name", IcebergTypes.String, false)]);

    private const int WarmUpCommits = 500;

    private static readonly TableIdentifier WarmUp = TableIdentifier.Parse("bench.warm-up");

    private static readonly TableIdentifier Name = TableIdentifier.Parse("bench.events");

    public static async Task RunAsync(WorkloadOptions options)
    {
        var commits = (int)(options.Rows ?? 10_000);
        var folder = options.FreshFolder("commit-latency");
        var catalog = new FileSystemCatalog("bench", folder, new LocalObjectStore(), new CommitEnvironment(TimeProvider.System, new Random(1)));
        await catalog.CreateNamespaceAsync(Name.Namespace, new Dictionary<string, string>(), default);
        var creation = new TableCreation { Schema = Columns, Properties = new Dictionary<string, string> { [TableProperties.DeleteAfterCommit] = "true" } };
        await catalog.CreateTableAsync(WarmUp, creation, default);
        await catalog.CreateTableAsync(Name, creation, default);
        for (var i = 0; i < WarmUpCommits; i++)
        {
            await CommitAsync(catalog, WarmUp, i);
        }

        var times = new List<Measurement.Run>(commits);
        using var process = Process.GetCurrentProcess();
        for (var i = 0; i < commits; i++)
        {
            process.Refresh();
            var cpu = process.TotalProcessorTime;
            var start = Stopwatch.GetTimestamp();
            await CommitAsync(catalog, Name, i);
            var elapsed = Stopwatch.GetElapsedTime(start);
            process.Refresh();
            times.Add(new Measurement.Run(elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds));
            await ExpireAsync(catalog, i);
        }

        await RequireAsync(catalog, folder, commits);
        var window = Math.Min(200, commits / 4);
        var (early, late) = (times.GetRange(Math.Min(SnapshotsKept, commits - window), window), times.GetRange(commits - window, window));
        foreach (var (variant, runs) in new[] { ("near-100", early), ($"near-{commits}", late) })
        {
            Measurement.Print(new Dictionary<string, object?>
            {
                ["workload"] = "commit-latency",
                ["variant"] = variant,
                ["commits"] = runs.Count,
                ["p50_ms"] = Millis(Measurement.Median(runs.Select(r => r.Seconds))),
                ["p90_ms"] = Millis(runs.Select(r => r.Seconds).Order().ElementAt(runs.Count * 9 / 10)),
                ["max_ms"] = Millis(runs.Max(r => r.Seconds)),
                ["p50_cpu_ms"] = Millis(Measurement.Median(runs.Select(r => r.CpuSeconds))),
                ["mean_cpu_ms"] = Millis(runs.Average(r => r.CpuSeconds)),
            });
        }

        Measurement.Print(new Dictionary<string, object?>
        {
            ["workload"] = "commit-latency",
            ["variant"] = "growth",
            ["ratio"] = Measurement.Round(Measurement.Median(late.Select(r => r.Seconds)) / Measurement.Median(early.Select(r => r.Seconds))),
            ["cpu_ratio"] = Measurement.Round(Measurement.Median(late.Select(r => r.CpuSeconds)) / Measurement.Median(early.Select(r => r.CpuSeconds))),
        });
        Directory.Delete(folder, recursive: true);
    }

    private static async Task CommitAsync(FileSystemCatalog catalog, TableIdentifier name, int index)
    {
        var table = await catalog.LoadTableAsync(name, default);
        var transaction = table.NewTransaction();
        transaction.Append().Add(FileOf(table.Metadata.Location, index));
        await transaction.CommitAsync(default);
    }

    private static async Task ExpireAsync(FileSystemCatalog catalog, int index)
    {
        if ((index + 1) % CommitsPerExpiry == 0)
        {
            var table = await catalog.LoadTableAsync(Name, default);
            await table.ExpireSnapshotsAsync(new SnapshotExpiryOptions { OlderThan = DateTimeOffset.UtcNow, RetainLast = SnapshotsKept });
        }
    }

    private static DataFile FileOf(string location, int index) => new()
    {
        FilePath = $"{location}/data/{index:00000}.parquet",
        Format = FileFormat.Parquet,
        SpecId = 0,
        RecordCount = 1000,
        FileSizeBytes = 20_000,
        ValueCounts = new FieldIdMap<long>([1, 2], [1000, 1000]),
        NullValueCounts = new FieldIdMap<long>([1, 2], [0, 0]),
        LowerBounds = new FieldIdMap<ReadOnlyMemory<byte>>([1], [BoundCodec.Encode(IcebergTypes.Long, index * 1000L)]),
        UpperBounds = new FieldIdMap<ReadOnlyMemory<byte>>([1], [BoundCodec.Encode(IcebergTypes.Long, (index * 1000L) + 999)]),
        SplitOffsets = [4],
        SortOrderId = 0,
    };

    private static async Task RequireAsync(FileSystemCatalog catalog, string folder, int commits)
    {
        var table = await catalog.LoadTableAsync(Name, default);
        var files = table.Metadata.CurrentSnapshot!.Summary["total-data-files"];
        var metadataFiles = Directory.GetFiles(folder, "*.metadata.json*", SearchOption.AllDirectories).Where(f => f.Contains("events", StringComparison.Ordinal)).ToArray().Length;
        if (files != commits.ToString() || table.Metadata.Snapshots.Count > SnapshotsKept + CommitsPerExpiry || metadataFiles > 102)
        {
            throw new InvalidOperationException($"The table has {files} files and {table.Metadata.Snapshots.Count} snapshots, and {metadataFiles} metadata files are kept.");
        }
    }

    private static double Millis(double seconds) => Math.Round(seconds * 1000, 3);
}
