using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators;

namespace Arctic.Dataflow.Graph;

/// <summary>
/// What a job runs: vertices and the edges between them; edges go from smaller to greater indices. Built from (script, options, pinned snapshots) alone, so that another process builds
/// the same one; <see cref="Fingerprint"/> tells whether it did.
/// </summary>
public sealed record JobGraph
{
    /// <summary>The steps, sources first.</summary>
    public required IReadOnlyList<JobVertex> Vertices { get; init; }

    /// <summary>The connections.</summary>
    public required IReadOnlyList<JobEdge> Edges { get; init; }

    /// <summary>The plan as text, one vertex a line: what a restart is compared with (everything that state depends on; not the parallelism).</summary>
    public string Fingerprint => string.Join('\n', Vertices.Select((v, i) => $"{i}: {v.Name} <- [{string.Join(", ", Edges.Where(e => e.To == i).OrderBy(e => e.Input).Select(e => $"{e.From} {e.Exchange.Description}"))}]"));
}

/// <summary>A step: a source, a chain of operators, perhaps ending in a sink.</summary>
public sealed record JobVertex
{
    /// <summary>What the step does, in the words of the plan; stable over restarts.</summary>
    public required string Name { get; init; }

    /// <summary>The number of subtasks.</summary>
    public required int Parallelism { get; init; }

    /// <summary>The source at the head of the chain; null when the vertex has inputs.</summary>
    public ISource? Source { get; init; }

    /// <summary>Makes the operators of one subtask, in order; each feeds the next. The first may have several inputs.</summary>
    public IReadOnlyList<Func<StreamOperator>> Operators { get; init; } = [];

    /// <summary>The sink at the end of the chain; null when the vertex has outputs.</summary>
    public ISink? Sink { get; init; }

    /// <summary>The sink's stable id within the job; required with a sink.</summary>
    public string? SinkId { get; init; }
}

/// <summary>A connection of two vertices.</summary>
/// <param name="From">The index of the upstream vertex.</param>
/// <param name="To">The index of the downstream vertex.</param>
/// <param name="Input">Which input of the downstream vertex's first operator.</param>
/// <param name="Exchange">How rows are spread.</param>
public sealed record JobEdge(int From, int To, int Input, ExchangeKind Exchange);

/// <summary>How the rows of an edge are spread over the downstream tasks.</summary>
public abstract record ExchangeKind
{
    private ExchangeKind()
    {
    }

    /// <summary>What plans print.</summary>
    public abstract string Description { get; }

    /// <summary>Subtask i feeds subtask i; both vertices have one parallelism.</summary>
    public sealed record Forward : ExchangeKind
    {
        /// <inheritdoc/>
        public override string Description => "forward";
    }

    /// <summary>Each row goes where the partitioner says.</summary>
    public sealed record Partitioned(IRowPartitioner Partitioner) : ExchangeKind
    {
        /// <inheritdoc/>
        public override string Description => Partitioner.Description;
    }

    /// <summary>Batches go to the tasks in turn.</summary>
    public sealed record Rebalance : ExchangeKind
    {
        /// <inheritdoc/>
        public override string Description => "rebalance";
    }

    /// <summary>Every batch goes to every task.</summary>
    public sealed record Broadcast : ExchangeKind
    {
        /// <inheritdoc/>
        public override string Description => "broadcast";
    }
}
