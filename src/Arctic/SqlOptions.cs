using Arctic.Columnar.Options;

namespace Arctic;

/// <summary>What <c>SET</c> changes for the statements that follow; jobs take <see cref="Dataflow.Jobs.JobOptions"/> beside it.</summary>
public sealed record SqlOptions
{
    /// <summary>
    /// How a statement runs: <c>automatic</c> (streaming when it reads an unbounded source or a hint asks for it, else bounded), <c>batch</c> or <c>streaming</c>. Flink's default is streaming.
    /// </summary>
    [Option("execution.runtime-mode")]
    public RuntimeMode RuntimeMode { get; init; } = RuntimeMode.Automatic;

    /// <summary>The session's time zone, by IANA name or offset; <c>default</c> is UTC.</summary>
    [Option("table.local-time-zone")]
    public string LocalTimeZone { get; init; } = "UTC";

    /// <summary>Whether a streaming INSERT waits for its job, too.</summary>
    [Option("table.dml-sync")]
    public bool DmlSync { get; init; }

    /// <summary>Whether <c>/*+ OPTIONS(…) */</c> hints count.</summary>
    [Option("table.dynamic-table-options.enabled")]
    public bool DynamicTableOptions { get; init; } = true;

    /// <summary>What happens to a row with NULL for a NOT NULL column of the table that it is written to: the job fails (<c>error</c>), or the row is left out (<c>drop</c>).</summary>
    [Option("table.exec.sink.not-null-enforcer")]
    internal Sql.Physical.NotNullEnforcement NotNullEnforcer { get; init; } = Sql.Physical.NotNullEnforcement.Error;

    /// <summary>The name of the next job; null for the script's path and the statement's number.</summary>
    [Option("pipeline.name")]
    public string? PipelineName { get; init; }

    /// <summary>The most memory that DuckDB may use for a batch query before it spills to disk.</summary>
    [Option("arctic.batch.memory-limit")]
    public ByteSize BatchMemoryLimit { get; init; } = new(2L << 30);

    /// <summary>The most memory that the state of one streaming operator may take; a job that needs more fails and says so.</summary>
    [Option("arctic.state.memory-limit")]
    public ByteSize StateMemoryLimit { get; init; } = new(1L << 30);

    /// <summary>
    /// How often the keyed tables that the session has written are looked at, to fold their changes into the base store when they are due (<c>self-optimizing.…</c> of the table); counts for the catalogs that are
    /// created after it is set. 0 switches it off.
    /// </summary>
    [Option("arctic.optimize.interval")]
    public TimeSpan OptimizeInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The widest column that is printed to a terminal, in cells.</summary>
    [Option("table.display.max-column-width", Aliases = ["sql-client.display.max-column-width"])]
    public int DisplayColumnWidthMax { get; init; } = 30;
}

/// <summary>How statements run.</summary>
public enum RuntimeMode
{
    /// <summary>Streaming when a source is unbounded or a hint asks for it, else bounded.</summary>
    Automatic,

    /// <summary>Bounded; unbounded sources are refused.</summary>
    Batch,

    /// <summary>As a changelog, over bounded sources too.</summary>
    Streaming,
}
