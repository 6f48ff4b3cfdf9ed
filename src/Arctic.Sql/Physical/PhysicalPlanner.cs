using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>
/// Draws the job graph of a logical plan: steps that need no exchange share a vertex; an exchange by key stands before what keeps keyed state; what needs all rows in one place runs in one subtask.
/// Which vertices there are does not hang on the parallelism, so that a job can be restarted with another one. Which changes flow where is <see cref="ChangelogInference"/>'s to say.
/// </summary>
internal sealed class PhysicalPlanner
{
    private readonly ISourceSinkResolver _resolver;
    private readonly JobOptions _options;
    private readonly EvaluationSettings _settings;
    private readonly MemoryBudget? _stateBudget;
    private readonly SinkWriting _sinks;

    /// <summary>Makes a planner.</summary>
    /// <param name="resolver">Finds sources and sinks.</param>
    /// <param name="options">The job's parallelism and key groups.</param>
    /// <param name="settings">What expressions depend on.</param>
    /// <param name="stateBudget">Bounds the state of all operators of the job; null for no bound.</param>
    /// <param name="notNull">What happens to NULLs for NOT NULL columns of a sink.</param>
    public PhysicalPlanner(ISourceSinkResolver resolver, JobOptions options, EvaluationSettings settings, MemoryBudget? stateBudget, NotNullEnforcement notNull = NotNullEnforcement.Error)
    {
        (_resolver, _options, _settings, _stateBudget) = (resolver, options, settings, stateBudget);
        _sinks = new SinkWriting(options, notNull);
    }

    /// <summary>The job of one INSERT, or of all INSERTs of a statement set, which commit together.</summary>
    /// <param name="jobName">Stable over restarts; the sinks' ids start with it.</param>
    /// <param name="inserts">The plans.</param>
    /// <param name="queryOf">Gives the rows of a plan's input where something else computes them (batch), else null: then the graph does.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/> or <see cref="ErrorCodes.InvalidStatement"/>: the plan cannot run in streaming, or the sink does not take its changes.</exception>
    public JobGraph PlanInserts(string jobName, IReadOnlyList<LogicalPlan.Sink> inserts, Func<LogicalPlan.Sink, ISource?>? queryOf = null)
    {
        var graph = new GraphDraft();
        for (var i = 0; i < inserts.Count; i++)
        {
            var insert = inserts[i];
            var sink = _resolver.CreateSink(insert);
            var (vertex, mode) = queryOf?.Invoke(insert) is { } query ? (Query(graph, insert, query), query.ChangelogMode) : Draw(graph, insert);
            // An overwrite is another sink than an insert: the work of one must never be committed as the other.
            _sinks.Append(graph, vertex, mode, insert, sink, $"{jobName}/{insert.Table.Path}{(i == 0 ? "" : $"#{i + 1}")}{(insert.Mode == InsertMode.Overwrite ? "!" : "")}");
        }

        return graph.Build();
    }

    /// <summary>The job of a SELECT that ends in a sink of the caller's.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/> or <see cref="ErrorCodes.InvalidStatement"/>: the plan cannot run in streaming.</exception>
    public JobGraph PlanQuery(LogicalPlan query, ISink results)
    {
        var graph = new GraphDraft();
        var (vertex, _) = Draw(graph, query);
        _sinks.Append(graph, vertex, results, "Results", "results");
        return graph.Build();
    }

    private static VertexDraft Query(GraphDraft graph, LogicalPlan.Sink insert, ISource query) =>
        graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Source = query }.Named($"BatchQuery({insert.Input.ToString().ReplaceLineEndings(" ")})"));

    // Draws a query, or what an INSERT writes.
    private (VertexDraft Vertex, ChangelogMode Mode) Draw(GraphDraft graph, LogicalPlan root)
    {
        var plan = PlanRewrite.Apply(root);
        var changes = new ChangelogInference(_resolver).Infer(plan);
        var query = plan is LogicalPlan.Sink sink ? sink.Input : plan;
        return (new PlanDrawing(_resolver, _options, _settings, _stateBudget, graph, changes).Draw(query), changes.ModeOf(query));
    }
}

/// <summary>The vertices of a graph in the order in which they were begun: inputs before what reads them.</summary>
internal sealed class GraphDraft
{
    private readonly List<VertexDraft> _vertices = [];

    /// <summary>Adds a vertex whose inputs are there.</summary>
    public VertexDraft Add(VertexDraft vertex)
    {
        _vertices.Add(vertex);
        return vertex;
    }

    /// <summary>The graph.</summary>
    public JobGraph Build() => new()
    {
        Vertices = _vertices.Select(v => v.Build()).ToArray(),
        Edges = _vertices.SelectMany((v, to) => v.Inputs.Select(i => new JobEdge(_vertices.IndexOf(i.From), to, i.Input, i.Exchange))).ToArray(),
    };
}
