using Arctic.Columnar.Options;

namespace Arctic.KeyedTables.Optimizing;

/// <summary>The table properties that say when changes are folded into the base store by themselves.</summary>
internal sealed record OptimizingOptions
{
    /// <summary>Whether the table is optimized by the sessions that write it; <c>CALL sys.optimize</c> works either way.</summary>
    [Option("self-optimizing.enabled", Aliases = ["optimize.enable"])]
    public bool IsEnabled { get; init; } = true;

    /// <summary>Changes are folded when a partition has so many change files that the base store does not hold, and more than it has buckets.</summary>
    [Option("self-optimizing.minor.trigger.file-count", Aliases = ["optimize.minor.trigger.delete-file-count"])]
    public int FileCountTrigger { get; init; } = 12;

    /// <summary>Fewer changes are folded when the oldest of them is older than so many milliseconds.</summary>
    [Option("self-optimizing.minor.trigger.interval", Aliases = ["optimize.minor.trigger.max-interval"])]
    public long IntervalTriggerMs { get; init; } = 3_600_000;
}
