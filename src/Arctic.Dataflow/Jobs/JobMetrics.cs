namespace Arctic.Dataflow.Jobs;

/// <summary>A job's counts as of one moment; all of this run, over its restarts.</summary>
public sealed record JobMetrics
{
    /// <summary>One entry a vertex of the graph.</summary>
    public required IReadOnlyList<VertexMetrics> Vertices { get; init; }

    /// <summary>The checkpoints that were committed.</summary>
    public required long CheckpointsCommitted { get; init; }

    /// <summary>The checkpoints that were given up.</summary>
    public required long CheckpointsAbandoned { get; init; }

    /// <summary>From the trigger of the newest committed checkpoint to the end of its commit; null before the first.</summary>
    public required TimeSpan? LastCheckpointDuration { get; init; }

    /// <summary>How often the job recovered from a failure.</summary>
    public required int Restarts { get; init; }
}

/// <summary>A vertex's counts over all its subtasks.</summary>
/// <param name="Name">The vertex.</param>
/// <param name="RowsIn">Rows read from the source, or taken from exchanges.</param>
/// <param name="RowsOut">Rows handed to exchanges or to the sink.</param>
/// <param name="BatchesOut">Batches handed to exchanges or to the sink.</param>
/// <param name="BytesOut">Their size in memory, estimated.</param>
public sealed record VertexMetrics(string Name, long RowsIn, long RowsOut, long BatchesOut, long BytesOut);
