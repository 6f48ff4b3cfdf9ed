namespace Arctic.Workloads;

/// <summary>The workloads by name.</summary>
internal static class Workloads
{
    private static readonly SortedDictionary<string, Func<WorkloadOptions, Task>> All = new(StringComparer.Ordinal)
    {
        ["append"] = IngestWorkloads.RunAppendAsync,
        ["keyed-ingest"] = IngestWorkloads.RunKeyedAsync,
        ["commit-torture"] = CommitTortureWorkload.RunAsync,
        ["commit-latency"] = CommitLatencyWorkload.RunAsync,
        ["crash"] = CrashWorkload.RunAsync,
        ["parquet"] = ParquetWorkload.RunAsync,
        ["plan-files"] = PlanFilesWorkload.RunAsync,
        ["scan"] = ScanWorkloads.RunScanAsync,
        ["filtered-scan"] = ScanWorkloads.RunFilteredAsync,
        ["startup"] = StartupWorkload.RunAsync,
    };

    /// <summary>The names, in order.</summary>
    public static IEnumerable<string> Names => All.Keys;

    /// <summary>The workload of that name; null when there is none.</summary>
    public static Func<WorkloadOptions, Task>? Find(string name) => All.GetValueOrDefault(name);
}
