namespace Arctic.DuckDb;

/// <summary>How much of the machine batch queries may use; the session fills it from its own options.</summary>
internal sealed record DuckDbOptions
{
    /// <summary>The most bytes that joins, groups and sorts of one query hold in memory before they spill; at least 16 MiB. Default 1 GiB.</summary>
    public long MemoryBytesMax { get; init; } = 1L << 30;

    /// <summary>A folder to spill to; null lets a query that outgrows its memory fail.</summary>
    public string? SpillDirectory { get; init; }

    /// <summary>The number of threads of one query; at least 1. Default 1; the session sets the job's parallelism.</summary>
    public int Threads { get; init; } = 1;
}
