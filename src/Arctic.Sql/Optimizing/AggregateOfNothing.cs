using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>
/// What a filter that is never true leaves: steps over no rows are no rows, and an aggregate without keys over them is one row that is known. In streaming it would come with the first input
/// otherwise, and so never (spec/flink-sql.md, section 10).
/// </summary>
internal sealed class AggregateOfNothing : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node) => node switch
    {
        LogicalPlan.Project { Input: LogicalPlan.Values { Rows.Count: 0 } } or LogicalPlan.Filter { Input: LogicalPlan.Values { Rows.Count: 0 } } =>
            new LogicalPlan.Values(EquatableList<EquatableList<Expression>>.Empty, node.Schema),
        LogicalPlan.Aggregate { Input: LogicalPlan.Values { Rows.Count: 0 }, GroupKeys.Count: 0 } aggregate when aggregate.Calls.All(IsKnown) =>
            new LogicalPlan.Values([new EquatableList<Expression>(aggregate.Calls.Select(ResultOfNothing))], aggregate.Schema),
        _ => null,
    };

    private static bool IsKnown(AggregateCall call) => call.Kind is AggregateKind.Count or AggregateKind.Sum or AggregateKind.Min or AggregateKind.Max or AggregateKind.Avg;

    private static Expression ResultOfNothing(AggregateCall call) => new Expression.Literal(call.Kind == AggregateKind.Count ? 0L : null, call.Type);
}
