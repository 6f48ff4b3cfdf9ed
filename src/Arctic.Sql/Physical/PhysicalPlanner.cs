using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>
/// Draws the job graph of a logical plan: steps that need no exchange share a vertex; an exchange by key stands before what keeps keyed state; what needs all rows in one place runs in one subtask.
/// Which vertices there are does not hang on the parallelism, so that a job can be restarted with another one.
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
            var stream = queryOf?.Invoke(insert) is { } query ? Query(graph, insert, query) : Draw(graph, insert.Input, sink.ChangelogMode);
            _sinks.Append(graph, stream, insert, sink, $"{jobName}/{insert.Table.Path}{(i == 0 ? "" : $"#{i + 1}")}");
        }

        return graph.Build();
    }

    /// <summary>The job of a SELECT that ends in a sink of the caller's.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/> or <see cref="ErrorCodes.InvalidStatement"/>: the plan cannot run in streaming.</exception>
    public JobGraph PlanQuery(LogicalPlan query, ISink results)
    {
        var graph = new GraphDraft();
        _sinks.Append(graph, Draw(graph, query, ChangelogMode.All), results, "Results", "results");
        return graph.Build();
    }

    private static DraftStream Query(GraphDraft graph, LogicalPlan.Sink insert, ISource query)
    {
        var vertex = graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Source = query }.Named($"BatchQuery({insert.Input.ToString().ReplaceLineEndings(" ")})"));
        return new DraftStream(vertex, query.ChangelogMode, true, "BatchQuery");
    }

    private DraftStream Draw(GraphDraft graph, LogicalPlan plan, ChangelogMode wanted) => plan switch
    {
        LogicalPlan.Scan scan => Scan(graph, scan, wanted),
        LogicalPlan.Values values => Values(graph, values),
        LogicalPlan.Filter filter => Calc(Draw(graph, filter.Input, ChangelogMode.All), PlanPrinter.Node(filter), filter.Predicate, null, filter.Schema),
        LogicalPlan.Project { Input: LogicalPlan.Filter filter } project => Calc(
            Draw(graph, filter.Input, ChangelogMode.All), $"{PlanPrinter.Node(filter)} -> {PlanPrinter.Node(project)}", filter.Predicate, project.Expressions, project.Schema),
        LogicalPlan.Project project => Calc(Draw(graph, project.Input, wanted), PlanPrinter.Node(project), null, project.Expressions, project.Schema),
        LogicalPlan.Aggregate aggregate => Aggregate(graph, aggregate),
        LogicalPlan.Join join => Join(graph, join),
        LogicalPlan.Union union => Union(graph, union, wanted),
        LogicalPlan.SetOperation set => Draw(graph, SetOperationRewrite.ToJoin(set), ChangelogMode.All),
        LogicalPlan.Limit { Input: LogicalPlan.Sort sort, Count: { } count } limit => TopN(graph, new LogicalPlan.TopN(sort.Input, sort.Keys, limit.Offset, count)),
        LogicalPlan.TopN top => TopN(graph, top),
        LogicalPlan.Limit limit => Limit(graph, limit),
        LogicalPlan.Sort sort => Sort(graph, sort),
        LogicalPlan.WatermarkAssigner watermark => Watermark(Draw(graph, watermark.Input, wanted), watermark),
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"A streaming query cannot run {plan.GetType().Name}."),
    };

    private DraftStream Scan(GraphDraft graph, LogicalPlan.Scan scan, ChangelogMode wanted)
    {
        var keys = scan.Table.PrimaryKey.Select(k => scan.Table.Schema.FindIndex(k)).ToList();

        // The newest row of a key can only be kept by the whole key.
        var missing = keys.Where(k => !scan.Columns.Contains(k)).ToList();
        var full = missing.Count == 0 ? scan : new LogicalPlan.Scan(scan.Table, scan.Columns.Concat(missing).ToEquatableList(), scan.Predicate, scan.Options) { AsOf = scan.AsOf };
        var source = _resolver.CreateSource(full);
        var isUpsert = source.ChangelogMode.HasFlag(ChangelogMode.UpdateAfter) && !source.ChangelogMode.HasFlag(ChangelogMode.UpdateBefore);
        var isNormalized = isUpsert && (wanted.HasFlag(ChangelogMode.UpdateBefore) || scan.Predicate is not null);
        if (!isNormalized)
        {
            source = ReferenceEquals(full, scan) ? source : _resolver.CreateSource(scan);
            var vertex = graph.Add(new VertexDraft { Parallelism = _options.DefaultParallelism, IsSingle = false, Source = source }.Named(PlanPrinter.Node(scan)));
            return Filtered(new DraftStream(vertex, source.ChangelogMode, source.IsBounded, PlanPrinter.Node(scan)), scan);
        }

        if (keys.Count == 0)
        {
            throw new ArcticException(
                ErrorCodes.InvalidStatement,
                $"Table '{scan.Table.Path}' produces a changelog stream that contains UPDATE_AFTER but no UPDATE_BEFORE. This requires defining a primary key constraint on the table.");
        }

        var read = graph.Add(new VertexDraft { Parallelism = _options.DefaultParallelism, IsSingle = false, Source = source }.Named(PlanPrinter.Node(full)));
        var keyIndices = keys.Select(k => full.Columns.ToList().IndexOf(k)).ToArray();
        var normalized = Keyed(graph, [(read, full.Schema, keyIndices)]).With(
            $"ChangelogNormalize(key=[{string.Join(", ", scan.Table.PrimaryKey)}])", () => new ChangelogNormalizeOperator(full.Schema, keyIndices, _options.MaxParallelism, _stateBudget));
        var stream = new DraftStream(normalized, ChangelogMode.All, source.IsBounded, PlanPrinter.Node(scan));
        if (!ReferenceEquals(full, scan))
        {
            var projections = scan.Schema.Fields.Select(Expression (f, i) => new Expression.ColumnReference(i, f.Name, f.Type)).ToArray();
            stream = Calc(stream, $"Calc(select=[{string.Join(", ", scan.Schema.Fields.Select(f => f.Name))}])", null, projections, scan.Schema);
        }

        return Filtered(stream, scan);
    }

    // A source prunes, but need not drop every row that the predicate refuses.
    private DraftStream Filtered(DraftStream stream, LogicalPlan.Scan scan) =>
        scan.Predicate is null ? stream : Calc(stream, $"Calc(where=[{scan.Predicate}])", scan.Predicate, null, scan.Schema);

    private DraftStream Values(GraphDraft graph, LogicalPlan.Values values)
    {
        var source = new EnumerableSource(values.Schema, SourceReplay.SameBatches, ChangelogMode.Insert, _ => Once(values));
        var vertex = graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Source = source }.Named(PlanPrinter.Node(values)));
        return new DraftStream(vertex, ChangelogMode.Insert, true, PlanPrinter.Node(values));
    }

    private async IAsyncEnumerable<Columnar.ChangeBatch> Once(LogicalPlan.Values values)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        if (values.Rows.Count > 0)
        {
            yield return ConstantRows.Evaluate(values.Rows, values.Schema, _settings);
        }
    }

    private DraftStream Calc(DraftStream input, string name, Expression? predicate, IReadOnlyList<Expression>? projections, RowSchema schema)
    {
        input.Vertex.With(name, () => new CalcOperator(new BatchCalc(predicate, projections, schema, _settings)));
        return input;
    }

    private DraftStream Watermark(DraftStream input, LogicalPlan.WatermarkAssigner watermark)
    {
        input.Vertex.With(PlanPrinter.Node(watermark), () => new WatermarkOperator(ExpressionCompiler.Compile(watermark.Watermark, _settings)));
        return input;
    }

    private DraftStream Aggregate(GraphDraft graph, LogicalPlan.Aggregate aggregate)
    {
        var input = Draw(graph, aggregate.Input, ChangelogMode.All);
        var spec = OperatorSpecs.Aggregate(aggregate, input.IsInsertOnly, ChangelogEmission.Full, _options.MaxParallelism);
        var vertex = aggregate.GroupKeys.Count == 0 ? Single(graph, input) : Keyed(graph, [(input.Vertex, aggregate.Input.Schema, aggregate.GroupKeys.ToArray())]);

        // The aggregates are made once here, so that a plan with an impossible one is refused before it runs.
        _ = new GroupAggregateOperator(spec, null);
        vertex.With(PlanPrinter.Node(aggregate), () => new GroupAggregateOperator(spec, _stateBudget));
        var mode = input.IsInsertOnly ? (aggregate.Calls.Count == 0 ? ChangelogMode.Insert : ChangelogMode.All & ~ChangelogMode.Delete) : ChangelogMode.All;
        return new DraftStream(vertex, mode, input.IsBounded, PlanPrinter.Node(aggregate));
    }

    private DraftStream Join(GraphDraft graph, LogicalPlan.Join join)
    {
        var left = Draw(graph, join.Left, ChangelogMode.All);
        var right = Draw(graph, join.Right, ChangelogMode.All);
        var spec = OperatorSpecs.Join(join, _settings, _options.MaxParallelism);
        var vertex = join.Keys.Count == 0
            ? graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Inputs = { (left.Vertex, 0, new ExchangeKind.Rebalance()), (right.Vertex, 1, new ExchangeKind.Rebalance()) } })
            : Keyed(graph, [(left.Vertex, join.Left.Schema, spec.LeftKeys.ToArray()), (right.Vertex, join.Right.Schema, spec.RightKeys.ToArray())]);
        vertex.With(PlanPrinter.Node(join), () => new RegularJoinOperator(spec, _stateBudget));
        var mode = join.Kind is JoinKind.Inner or JoinKind.LeftSemi ? left.Mode | right.Mode : ChangelogMode.Insert | ChangelogMode.Delete | left.Mode | right.Mode;
        return new DraftStream(vertex, mode, left.IsBounded && right.IsBounded, PlanPrinter.Node(join));
    }

    // Changes of one key come from one subtask of each branch and must not overtake each other: they may only meet in one subtask. Rows that nobody takes back may go anywhere.
    private DraftStream Union(GraphDraft graph, LogicalPlan.Union union, ChangelogMode wanted)
    {
        var branches = union.Branches.Select(b => Draw(graph, b, wanted)).ToList();
        var areInserts = branches.TrueForAll(b => b.IsInsertOnly);
        var vertex = graph.Add(new VertexDraft { Parallelism = areInserts ? _options.DefaultParallelism : 1, IsSingle = !areInserts });
        foreach (var branch in branches)
        {
            vertex.Inputs.Add((branch.Vertex, 0, new ExchangeKind.Rebalance()));
        }

        vertex.With(PlanPrinter.Node(union), () => new RenameOperator(union.Schema));
        return new DraftStream(vertex, branches.Aggregate(ChangelogMode.None, (m, b) => m | b.Mode), branches.TrueForAll(b => b.IsBounded), PlanPrinter.Node(union));
    }

    private DraftStream TopN(GraphDraft graph, LogicalPlan.TopN top)
    {
        var input = Draw(graph, top.Input, ChangelogMode.All);
        var vertex = Single(graph, input).With(
            PlanPrinter.Node(top), () => new TopNOperator(top.Schema, OperatorSpecs.Order(top.Keys), top.Offset, top.Count, input.IsInsertOnly, _stateBudget));
        return new DraftStream(vertex, ChangelogMode.Insert | ChangelogMode.Delete, input.IsBounded, PlanPrinter.Node(top));
    }

    private DraftStream Limit(GraphDraft graph, LogicalPlan.Limit limit)
    {
        var input = Draw(graph, limit.Input, ChangelogMode.All);
        var isPlain = input.IsInsertOnly || limit.Count is null && limit.Offset == 0;
        var vertex = Single(graph, input).With(PlanPrinter.Node(limit), () => isPlain
            ? new LimitOperator(limit.Offset, limit.Count)
            : new TopNOperator(limit.Schema, [], limit.Offset, limit.Count ?? long.MaxValue - limit.Offset, false, _stateBudget));
        return new DraftStream(vertex, isPlain ? input.Mode : ChangelogMode.Insert | ChangelogMode.Delete, input.IsBounded, PlanPrinter.Node(limit));
    }

    private DraftStream Sort(GraphDraft graph, LogicalPlan.Sort sort)
    {
        var input = Draw(graph, sort.Input, ChangelogMode.All);
        if (!input.IsBounded)
        {
            throw new ArcticException(ErrorCodes.Unsupported, "Sort on a non-time-attribute field is not supported.") { Hint = "Add a LIMIT, or run the statement in batch." };
        }

        var vertex = Single(graph, input).With(PlanPrinter.Node(sort), () => new SortOperator(sort.Schema, OperatorSpecs.Order(sort.Keys), _stateBudget));
        return new DraftStream(vertex, ChangelogMode.Insert, true, PlanPrinter.Node(sort));
    }

    private VertexDraft Keyed(GraphDraft graph, IReadOnlyList<(VertexDraft From, RowSchema Schema, int[] Keys)> inputs)
    {
        var vertex = graph.Add(new VertexDraft { Parallelism = _options.DefaultParallelism, IsSingle = false });
        for (var i = 0; i < inputs.Count; i++)
        {
            vertex.Inputs.Add((inputs[i].From, i, new ExchangeKind.Partitioned(new KeyGroupPartitioner(inputs[i].Schema, inputs[i].Keys, _options.MaxParallelism))));
        }

        return vertex;
    }

    private static VertexDraft Single(GraphDraft graph, DraftStream input)
    {
        if (input.Vertex.IsSingle)
        {
            return input.Vertex;
        }

        return graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Inputs = { (input.Vertex, 0, new ExchangeKind.Rebalance()) } });
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
