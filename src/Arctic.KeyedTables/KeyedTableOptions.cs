using Arctic.Columnar.Options;

namespace Arctic.KeyedTables;

/// <summary>The table properties that writers, readers and self-optimizing of a table look at; hints of a statement overlay them.</summary>
internal sealed record KeyedTableOptions
{
    /// <summary>The buckets of new base files; rounded up to a power of two.</summary>
    [Option("base.file-index.hash-bucket")]
    public int BaseBucketCount { get; init; } = 4;

    /// <summary>The buckets of change files; rounded up to a power of two, and raised when there are more writers.</summary>
    [Option("change.file-index.hash-bucket")]
    public int ChangeBucketCount { get; init; } = 4;

    /// <summary>Whether a row replaces the row of its key: a delete is written before each insert.</summary>
    [Option("write.upsert.enabled")]
    public bool IsUpsert { get; init; }

    /// <summary>The size at which a file is closed and the next one begun.</summary>
    [Option("write.target-file-size-bytes")]
    public ByteSize FileSizeTarget { get; init; } = new(128 << 20);

    /// <summary>The format of change files; <c>parquet</c>.</summary>
    [Option("change.write.format")]
    public string ChangeFormat { get; init; } = "parquet";

    /// <summary>The format of base files; <c>parquet</c>.</summary>
    [Option("base.write.format")]
    public string BaseFormat { get; init; } = "parquet";

    /// <summary>The format of the files of a table without a key; <c>parquet</c>.</summary>
    [Option("write.format.default")]
    public string DefaultFormat { get; init; } = "parquet";

    /// <summary>How rows are spread over the writers.</summary>
    [Option("write.distribution-mode")]
    public DistributionMode Distribution { get; init; } = DistributionMode.Hash;

    /// <summary>What the hash is taken of when rows are spread by hash.</summary>
    [Option("write.distribution.hash-mode")]
    public DistributionHashMode DistributionHash { get; init; } = DistributionHashMode.Auto;

    /// <summary>Whether a checkpoint without rows makes a snapshot too.</summary>
    [Option("submit.empty.snapshots")]
    public bool CommitsEmpty { get; init; }

    /// <summary>How long change files stay, in minutes, once the base store holds them: so long may a stream be away. Expiring removes older ones.</summary>
    [Option("change.data.ttl.minutes")]
    public int ChangeTtlMinutes { get; init; } = 7 * 24 * 60;

    /// <summary>The bytes of data files that one split of a scan aims at.</summary>
    [Option("read.split.target-size", Aliases = ["split-size"])]
    public ByteSize SplitSizeTarget { get; init; } = new(128 << 20);

    /// <summary>What a small file counts as when splits are cut.</summary>
    [Option("read.split.open-file-cost", Aliases = ["split-file-open-cost"])]
    public ByteSize OpenFileCost { get; init; } = new(4 << 20);
}

/// <summary>How rows are spread over the writers of a sink.</summary>
internal enum DistributionMode
{
    /// <summary>Not at all. For a keyed table this breaks the order of changes unless upstream keeps keys together.</summary>
    None,

    /// <summary>By the hash that <see cref="DistributionHashMode"/> says.</summary>
    Hash,

    /// <summary>Known to Iceberg; counts as <see cref="None"/>, as in the original.</summary>
    Range,
}

/// <summary>What rows are spread over writers by.</summary>
internal enum DistributionHashMode
{
    /// <summary>By what the table has.</summary>
    Auto,

    /// <summary>By key bucket.</summary>
    PrimaryKey,

    /// <summary>By partition.</summary>
    PartitionKey,

    /// <summary>By key bucket and partition.</summary>
    PrimaryPartitionKey,

    /// <summary>Not at all.</summary>
    None,
}
