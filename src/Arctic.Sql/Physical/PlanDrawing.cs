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
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Ranking;
using Arctic.Dataflow.Operators.Windows;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>Draws the nodes of one plan into a graph, each as the vertex that its rows come out of.</summary>
/// <param name="resolver">Finds the sources.</param>
/// <param name="options">The job's parallelism and key groups.</param>
/// <param name="settings">What expressions depend on.</param>
/// <param name="stateBudget">Bounds the state of all operators; null for no bound.</param>
/// <param name="graph">Where vertices are added.</param>
/// <param name="changes">What flows out of each node of the plan; operators keep no more than that needs.</param>
internal sealed class PlanDrawing(ISourceSinkResolver resolver, JobOptions options, EvaluationSettings settings, MemoryBudget? stateBudget, GraphDraft graph, ChangelogPlan changes)
{
    /// <summary>Draws a node and all that it reads.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: the node cannot run in streaming.</exception>
    public VertexDraft Draw(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Scan scan => Scan(scan),
        LogicalPlan.Values values => Values(values),
        LogicalPlan.Filter filter => Calc(Draw(filter.Input), PlanPrinter.Node(filter), filter.Predicate, null, filter.Schema),
        LogicalPlan.Project { Input: LogicalPlan.Filter filter } project => Calc(
            Draw(filter.Input), $"{PlanPrinter.Node(filter)} -> {PlanPrinter.Node(project)}", filter.Predicate, project.Expressions, project.Schema),
        LogicalPlan.Project project => Calc(Draw(project.Input), PlanPrinter.Node(project), null, project.Expressions, project.Schema),
        LogicalPlan.Aggregate aggregate => Aggregate(aggregate),
        LogicalPlan.Join join => Join(join),
        LogicalPlan.Union union => Union(union),
        LogicalPlan.TopN top => TopN(top),
        LogicalPlan.Limit limit => Limit(limit),
        LogicalPlan.Unnest unnest => Draw(unnest.Input).With(PlanPrinter.Node(unnest), () => OperatorSpecs.Unnest(unnest, settings)),
        LogicalPlan.Over over => Over(over),
        LogicalPlan.Rank rank => Rank(rank),
        LogicalPlan.WindowTable window => Window(window),
        LogicalPlan.TemporalJoin join => TemporalJoin(join),
        LogicalPlan.LookupJoin join => LookupJoin(join),
        LogicalPlan.Sort sort when TimeOrder.IsByTime(sort) => Single(sort.Input).With(PlanPrinter.Node(sort), () => new TimeSortOperator(sort.Schema, OperatorSpecs.Order(sort.Keys), stateBudget)),
        LogicalPlan.Sort sort => Single(sort.Input).With(PlanPrinter.Node(sort), () => new SortOperator(sort.Schema, OperatorSpecs.Order(sort.Keys), stateBudget)),
        LogicalPlan.WatermarkAssigner watermark => Watermark(watermark),
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"A streaming query cannot run {plan.GetType().Name}."),
    };

    private VertexDraft Scan(LogicalPlan.Scan scan) => Filtered(changes.NeedsNormalization(scan) ? Normalized(scan) : Read(scan), scan);

    private VertexDraft Read(LogicalPlan.Scan scan) =>
        graph.Add(new VertexDraft { Parallelism = options.DefaultParallelism, IsSingle = false, Source = resolver.CreateSource(scan) }.Named(PlanPrinter.Node(scan)));

    // The newest row of a key can only be kept by the whole key.
    private VertexDraft Normalized(LogicalPlan.Scan scan)
    {
        var keys = scan.Table.PrimaryKey.Select(k => scan.Table.Schema.FindIndex(k)).ToList();
        var missing = keys.Where(k => !scan.Columns.Contains(k)).ToList();
        var full = missing.Count == 0 ? scan : new LogicalPlan.Scan(scan.Table, scan.Columns.Concat(missing).ToEquatableList(), scan.Predicate, scan.Options) { AsOf = scan.AsOf };
        var keyIndices = keys.Select(k => full.Columns.ToList().IndexOf(k)).ToArray();
        var normalized = Keyed([(Read(full), full.Schema, keyIndices)]).With(
            $"ChangelogNormalize(key=[{string.Join(", ", scan.Table.PrimaryKey)}])", () => new ChangelogNormalizeOperator(full.Schema, keyIndices, options.MaxParallelism, stateBudget, Ttl));
        if (ReferenceEquals(full, scan))
        {
            return normalized;
        }

        var projections = scan.Schema.Fields.Select(Expression (f, i) => new Expression.ColumnReference(i, f.Name, f.Type)).ToArray();
        return Calc(normalized, $"Calc(select=[{string.Join(", ", scan.Schema.Fields.Select(f => f.Name))}])", null, projections, scan.Schema);
    }

    // A source prunes, but need not drop every row that the predicate refuses.
    private VertexDraft Filtered(VertexDraft stream, LogicalPlan.Scan scan) =>
        scan.Predicate is null ? stream : Calc(stream, $"Calc(where=[{scan.Predicate}])", scan.Predicate, null, scan.Schema);

    private VertexDraft Values(LogicalPlan.Values values)
    {
        var source = new EnumerableSource(values.Schema, SourceReplay.SameBatches, ChangelogMode.Insert, _ => Once(values));
        return graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Source = source }.Named(PlanPrinter.Node(values)));
    }

    private async IAsyncEnumerable<Columnar.ChangeBatch> Once(LogicalPlan.Values values)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        if (values.Rows.Count > 0)
        {
            yield return ConstantRows.Evaluate(values.Rows, values.Schema, settings);
        }
    }

    private VertexDraft Calc(VertexDraft input, string name, Expression? predicate, IReadOnlyList<Expression>? projections, RowSchema schema) =>
        input.With(name, () =>
        {
            var eventTime = new EventTimeClock();
            return new CalcOperator(new BatchCalc(predicate, projections, schema, settings with { EventTime = eventTime }), eventTime);
        });

    private VertexDraft Watermark(LogicalPlan.WatermarkAssigner watermark) =>
        Draw(watermark.Input).With(PlanPrinter.Node(watermark), () => new WatermarkOperator(ExpressionCompiler.Compile(watermark.Watermark, settings), IdleTimeout));

    private TimeSpan? Ttl => options.StateTtl > TimeSpan.Zero ? options.StateTtl : null;

    private TimeSpan? IdleTimeout => options.SourceIdleTimeout > TimeSpan.Zero ? options.SourceIdleTimeout : null;

    private VertexDraft Aggregate(LogicalPlan.Aggregate aggregate)
    {
        var emission = changes.ModeOf(aggregate).HasFlag(ChangelogMode.UpdateBefore) ? ChangelogEmission.Full : ChangelogEmission.WithoutUpdateBefore;
        var spec = OperatorSpecs.Aggregate(aggregate, IsInsertOnly(aggregate.Input), emission, options.MaxParallelism);
        var vertex = aggregate.GroupKeys.Count == 0 ? Single(aggregate.Input) : Keyed([(Draw(aggregate.Input), aggregate.Input.Schema, aggregate.GroupKeys.ToArray())]);

        // The aggregates are made once here, so that a plan with an impossible one is refused before it runs.
        _ = new GroupAggregateOperator(spec, null);
        if (WindowProperties.Grouping(aggregate) is { } window)
        {
            return vertex.With(PlanPrinter.Node(aggregate), () => new WindowAggregateOperator(spec, EndsOf(window), stateBudget));
        }

        return vertex.With(PlanPrinter.Node(aggregate), () => new GroupAggregateOperator(spec, stateBudget, Ttl));
    }

    private VertexDraft Join(LogicalPlan.Join join)
    {
        var (left, right) = (Draw(join.Left), Draw(join.Right));
        var spec = OperatorSpecs.Join(join, settings, options.MaxParallelism);
        var vertex = join.Keys.Count == 0
            ? graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Inputs = { (left, 0, new ExchangeKind.Rebalance()), (right, 1, new ExchangeKind.Rebalance()) } })
            : Keyed([(left, join.Left.Schema, spec.LeftKeys.ToArray()), (right, join.Right.Schema, spec.RightKeys.ToArray())]);
        switch (JoinTiming.Of(join))
        {
            case JoinTiming.Window window:
                return vertex.With(PlanPrinter.Node(join), () => new WindowJoinOperator(spec, EndsOf(window.Left), EndsOf(window.Right), stateBudget));
            case JoinTiming.Interval interval:
                return vertex.With(PlanPrinter.Node(join), () => new IntervalJoinOperator(spec, interval.Bounds, stateBudget));
            default:
                return vertex.With(PlanPrinter.Node(join), () => new RegularJoinOperator(spec, stateBudget, Ttl));
        }
    }

    private VertexDraft TemporalJoin(LogicalPlan.TemporalJoin join)
    {
        var spec = OperatorSpecs.Join(join, settings, options.MaxParallelism);
        return Keyed([(Draw(join.Left), join.Left.Schema, spec.LeftKeys.ToArray()), (Draw(join.Right), join.Right.Schema, spec.RightKeys.ToArray())])
            .With(PlanPrinter.Node(join), () => new TemporalJoinOperator(spec, join.LeftTime, join.RightTime, stateBudget));
    }

    // By key, so that each subtask holds its share of the table.
    private VertexDraft LookupJoin(LogicalPlan.LookupJoin join)
    {
        var spec = OperatorSpecs.Join(join, settings, options.MaxParallelism);
        var key = join.Table.Table.PrimaryKey.Select(join.Table.Schema.FindIndex).ToArray();
        var source = resolver.CreateLookup(join.Table);
        return Keyed([(Draw(join.Left), join.Left.Schema, spec.LeftKeys.ToArray())]).With(PlanPrinter.Node(join), () => new LookupJoinOperator(spec, key, source, stateBudget));
    }

    private VertexDraft Over(LogicalPlan.Over over)
    {
        var spec = OperatorSpecs.Over(over, options.MaxParallelism);
        var vertex = Partitioned(over.Input, over.Partition);
        return TimeOrder.AttributeOf(over) switch
        {
            TimeAttribute.Rowtime => vertex.With(PlanPrinter.Node(over), () => new TimeOverOperator(spec, over.Order[0].Index, stateBudget, Ttl)),
            TimeAttribute.Proctime => vertex.With(PlanPrinter.Node(over), () => new TimeOverOperator(spec, -1, stateBudget, Ttl)),
            _ => vertex.With(PlanPrinter.Node(over), () => new ChangingOverOperator(spec, stateBudget, Ttl)),
        };
    }

    private VertexDraft Rank(LogicalPlan.Rank rank)
    {
        var spec = OperatorSpecs.Rank(rank, IsInsertOnly(rank.Input), options.MaxParallelism);
        var vertex = Partitioned(rank.Input, rank.Partition);
        var times = TimeAttributes.Of(rank.Input);
        if (WindowProperties.Partitioning(rank) is { } window)
        {
            // Deduplication that keeps the last row takes the last of those at one time.
            var ties = rank is { Start: 1, End: 1, Order: [{ IsDescending: true } last] } && times[last.Index] != TimeAttribute.None ? RankTies.LastCame : RankTies.FirstCame;
            return vertex.With(PlanPrinter.Node(rank), () => new WindowRankOperator(spec, ties, EndsOf(window), stateBudget));
        }

        if (TimeOrder.FindDeduplication(rank, changes.ModeOf(rank.Input)) is { } keep)
        {
            var timeIndex = times[rank.Order[0].Index] == TimeAttribute.Rowtime ? rank.Order[0].Index : -1;
            return vertex.With(PlanPrinter.Node(rank), () => new DeduplicateOperator(spec, keep, timeIndex, stateBudget, Ttl));
        }

        return vertex.With(PlanPrinter.Node(rank), () => new RankOperator(spec, stateBudget, Ttl));
    }

    private VertexDraft Window(LogicalPlan.WindowTable window)
    {
        if (window.Window.Kind != TimeWindowKind.Session)
        {
            return Stamped(Draw(window.Input), window).With(PlanPrinter.Node(window), () => new WindowTableOperator(window.Window, window.Schema, settings.TimeZone));
        }

        return Stamped(Partitioned(window.Input, window.Window.Partition), window).With(
            PlanPrinter.Node(window), () => new SessionWindowOperator(window.Window, window.Input.Schema, window.Schema, settings.TimeZone, options.MaxParallelism, stateBudget));
    }

    private WindowEnds EndsOf(WindowProperties window) => new(window.EndIndex, window.IsWallClock ? settings.TimeZone : null);

    // Windows of processing time are windows of the moment at which rows come to them.
    private VertexDraft Stamped(VertexDraft vertex, LogicalPlan.WindowTable window) =>
        WindowProperties.Of(window)!.Attribute == TimeAttribute.Proctime // a window table has window columns
            ? vertex.With("ProctimeAssigner", () => new ProctimeOperator(window.Window.TimeIndex, options.WatermarkInterval))
            : vertex;

    private VertexDraft Partitioned(LogicalPlan input, EquatableList<int> keys) => keys.Count == 0 ? Single(input) : Keyed([(Draw(input), input.Schema, keys.ToArray())]);

    // Changes of one key come from one subtask of each branch and must not overtake each other: they may only meet in one subtask. Rows that nobody takes back may go anywhere.
    private VertexDraft Union(LogicalPlan.Union union)
    {
        var branches = union.Branches.Select(Draw).ToList();
        var areInserts = union.Branches.All(IsInsertOnly);
        var vertex = graph.Add(new VertexDraft { Parallelism = areInserts ? options.DefaultParallelism : 1, IsSingle = !areInserts });
        foreach (var branch in branches)
        {
            vertex.Inputs.Add((branch, 0, new ExchangeKind.Rebalance()));
        }

        return vertex.With(PlanPrinter.Node(union), () => new RenameOperator(union.Schema));
    }

    private VertexDraft TopN(LogicalPlan.TopN top)
    {
        var isInsertOnly = IsInsertOnly(top.Input);
        return Single(top.Input).With(PlanPrinter.Node(top), () => new TopNOperator(top.Schema, OperatorSpecs.Order(top.Keys), top.Offset, top.Count, isInsertOnly, stateBudget));
    }

    private VertexDraft Limit(LogicalPlan.Limit limit)
    {
        var isPlain = IsInsertOnly(limit.Input) || (limit.Count is null && limit.Offset == 0);
        return Single(limit.Input).With(PlanPrinter.Node(limit), () => isPlain
            ? new LimitOperator(limit.Offset, limit.Count)
            : new TopNOperator(limit.Schema, [], limit.Offset, limit.Count ?? long.MaxValue - limit.Offset, false, stateBudget));
    }

    private bool IsInsertOnly(LogicalPlan node) => changes.ModeOf(node) == ChangelogMode.Insert;

    private VertexDraft Keyed(IReadOnlyList<(VertexDraft From, RowSchema Schema, int[] Keys)> inputs)
    {
        var vertex = graph.Add(new VertexDraft { Parallelism = options.DefaultParallelism, IsSingle = false });
        for (var i = 0; i < inputs.Count; i++)
        {
            vertex.Inputs.Add((inputs[i].From, i, new ExchangeKind.Partitioned(new KeyGroupPartitioner(inputs[i].Schema, inputs[i].Keys, options.MaxParallelism))));
        }

        return vertex;
    }

    // All rows of a node in one subtask.
    private VertexDraft Single(LogicalPlan plan)
    {
        var input = Draw(plan);
        return input.IsSingle ? input : graph.Add(new VertexDraft { Parallelism = 1, IsSingle = true, Inputs = { (input, 0, new ExchangeKind.Rebalance()) } });
    }
}
