using Arctic.Columnar.Options;

namespace Arctic.Connectors.Lake;

/// <summary>How a statement reads a lake table; given as hints, or as table properties (spec/arctic.md, D.2).</summary>
internal sealed record LakeReadOptions
{
    /// <summary>The key of <see cref="DeleteMemoryLimit"/>.</summary>
    public const string DeleteMemoryLimitKey = "arctic.read.delete-memory-limit";

    /// <summary>Whether the read goes on with the changes after the snapshot; without it the mode of the statement decides.</summary>
    [Option("streaming")]
    public bool? IsStreaming { get; init; }

    /// <summary>How often a streaming read looks for new commits of other processes; those of its own it sees at once.</summary>
    [Option("monitor-interval")]
    public TimeSpan MonitorInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a lookup join looks for new commits of other processes to the table; those of its own it sees at once.</summary>
    [Option("lookup.reloading.interval")]
    public TimeSpan LookupReloadingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where a streaming read begins: <c>earliest</c> shows the table first, <c>latest</c> only what comes later.</summary>
    [Option("scan.startup.mode")]
    public LakeStartupMode StartupMode { get; init; } = LakeStartupMode.Earliest;

    /// <summary>Reads this snapshot; tables without a key only.</summary>
    [Option("snapshot-id")]
    public long? SnapshotId { get; init; }

    /// <summary>Reads the newest snapshot at or before this time, in epoch milliseconds; tables without a key only.</summary>
    [Option("as-of-timestamp")]
    public long? AsOfTimestamp { get; init; }

    /// <summary>Reads what was appended after this snapshot; tables without a key only.</summary>
    [Option("start-snapshot-id")]
    public long? StartSnapshotId { get; init; }

    /// <summary>With a start: reads up to this snapshot, included; tables without a key only.</summary>
    [Option("end-snapshot-id")]
    public long? EndSnapshotId { get; init; }

    /// <summary>Reads the snapshot that this tag names; tables without a key only.</summary>
    [Option("tag")]
    public string? Tag { get; init; }

    /// <summary>Reads the newest snapshot of this branch, in batch; tables without a key only.</summary>
    [Option("branch")]
    public string? Branch { get; init; }

    /// <summary>Which store is read: <c>file</c>; <c>log</c> is for tables with a log store.</summary>
    [Option("arctic.read.mode", Aliases = ["mixed-format.read.mode"])]
    public LakeReadMode ReadMode { get; init; } = LakeReadMode.File;

    /// <summary>The memory that the deletes of one reader's split may take: those of one bucket of a partition.</summary>
    [Option(DeleteMemoryLimitKey)]
    public ByteSize DeleteMemoryLimit { get; init; } = new(512L << 20);

    /// <summary>The number of readers; without it the job's default.</summary>
    [Option("source.parallelism")]
    public int? Parallelism { get; init; }

    /// <summary>The most rows of a batch.</summary>
    [Option("table.exec.iceberg.fetch-batch-record-count")]
    public int BatchRowsMax { get; init; } = 8192;
}

/// <summary>Where a streaming read begins.</summary>
internal enum LakeStartupMode
{
    /// <summary>The whole table, then its changes.</summary>
    Earliest,

    /// <summary>Only changes after the newest commit.</summary>
    Latest,
}

/// <summary>Which store of a table is read.</summary>
internal enum LakeReadMode
{
    /// <summary>Base and change store.</summary>
    File,

    /// <summary>The log store.</summary>
    Log,
}
