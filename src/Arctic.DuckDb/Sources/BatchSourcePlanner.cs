using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Windows;
using Arctic.Sql.Logical;
using Arctic.Sql.Physical;

namespace Arctic.DuckDb.Sources;

/// <summary>Decides which part of a batch plan runs where.</summary>
internal sealed class BatchSourcePlanner(IBatchScanProvider scans, BatchEngine engine)
{
    /// <summary>Plans a query.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: neither our operators nor DuckDB can do it.</exception>
    public BatchSource Plan(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Scan scan => new ScanSource(scan, scans),
        LogicalPlan.Values values => new ValuesSource(values),
        LogicalPlan.Filter filter => new CalcSource(Plan(filter.Input), filter.Predicate, null, filter.Schema),
        LogicalPlan.Project { Input: LogicalPlan.Filter filter } project => new CalcSource(Plan(filter.Input), filter.Predicate, project.Expressions, project.Schema),
        LogicalPlan.Project project => new CalcSource(Plan(project.Input), null, project.Expressions, project.Schema),
        LogicalPlan.Union union => new UnionSource(union.Branches.Select(Plan).ToArray(), union.Schema),
        LogicalPlan.Limit { Input: LogicalPlan.Sort sort, Count: { } count } limit => Plan(new LogicalPlan.TopN(sort.Input, sort.Keys, limit.Offset, count)),
        LogicalPlan.Limit limit => new WindowSource(Plan(limit.Input), limit.Offset, limit.Count),

        // Watermarks mean nothing when all rows are there.
        LogicalPlan.WatermarkAssigner watermark => Plan(watermark.Input),
        _ when engine == BatchEngine.DuckDbWhereProven && PlanToDuckSql.CanRun(plan) => PlanToDuckSql.Plan(plan, Plan),
        LogicalPlan.Aggregate aggregate => Aggregate(aggregate),
        LogicalPlan.Join join => Join(join),
        LogicalPlan.Sort sort => new OperatorSource(
            "Sort", [Plan(sort.Input)], [0], (_, budget) => new SortOperator(sort.Schema, OperatorSpecs.Order(sort.Keys), budget), sort.Schema),
        LogicalPlan.TopN top => new WindowSource(Plan(new LogicalPlan.Sort(top.Input, top.Keys)), top.Offset, top.Count),
        LogicalPlan.Unnest unnest => new OperatorSource("Unnest", [Plan(unnest.Input)], [0], (run, _) => OperatorSpecs.Unnest(unnest, run.Settings), unnest.Schema),
        LogicalPlan.Over over => Over(over),
        LogicalPlan.WindowTable window => Window(window),
        LogicalPlan.Rank rank => Plan(OperatorSpecs.Numbered(rank)),
        LogicalPlan.SetOperation set => Plan(SetOperations.Rewrite(set)),
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"A batch query cannot run {plan.GetType().Name} over columns {plan.Schema}."),
    };

    private OperatorSource Aggregate(LogicalPlan.Aggregate aggregate)
    {
        var spec = OperatorSpecs.Aggregate(aggregate, isInputInsertOnly: true, ChangelogEmission.FinalOnly, maxParallelism: 1);
        return new OperatorSource("GroupAggregate", [Plan(aggregate.Input)], [0], (_, budget) => new GroupAggregateOperator(spec, budget), aggregate.Schema);
    }

    private OperatorSource Over(LogicalPlan.Over over)
    {
        var spec = OperatorSpecs.Over(over, maxParallelism: 1);
        return new OperatorSource("OverAggregate", [Plan(over.Input)], [0], (_, budget) => new SortedOverOperator(spec, budget), over.Schema);
    }

    private OperatorSource Window(LogicalPlan.WindowTable window) => new(
        "WindowTableFunction", [Plan(window.Input)], [0],
        (run, budget) => window.Window.Kind == TimeWindowKind.Session
            ? new SessionWindowOperator(window.Window, window.Input.Schema, window.Schema, run.Settings.TimeZone, 1, budget)
            : new WindowTableOperator(window.Window, window.Schema, run.Settings.TimeZone),
        window.Schema);

    // The side whose rows must wait for the other's end goes first, so that nothing is taken back.
    private OperatorSource Join(LogicalPlan.Join join)
    {
        int[] order = join.Kind == JoinKind.RightOuter ? [0, 1] : [1, 0];
        return new OperatorSource(
            "Join", [Plan(join.Left), Plan(join.Right)], order,
            (run, budget) => new RegularJoinOperator(OperatorSpecs.Join(join, run.Settings, maxParallelism: 1) with { DefersUnmatchedRight = join.Kind == JoinKind.FullOuter }, budget),
            join.Schema);
    }
}
