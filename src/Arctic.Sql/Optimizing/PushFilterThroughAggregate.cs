using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Terms over group keys alone filter the rows before they are grouped.</summary>
internal sealed class PushFilterThroughAggregate : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Filter { Input: LogicalPlan.Aggregate { GroupKeys.Count: > 0 } aggregate } filter)
        {
            return null;
        }

        var terms = ExpressionTree.Conjuncts(filter.Predicate).ToLookup(t => IsOverKeys(t, aggregate));
        if (!terms[true].Any())
        {
            return null;
        }

        var below = ExpressionTree.And(terms[true].Select(t => ExpressionTree.MapColumns(t, c => aggregate.GroupKeys[c])))!; // there is one at least
        var pushed = aggregate with { Input = new LogicalPlan.Filter(aggregate.Input, below) };
        return ExpressionTree.And(terms[false]) is { } rest ? new LogicalPlan.Filter(pushed, rest) : pushed;
    }

    // A constant term would let rows through that a group without rows must not get.
    private static bool IsOverKeys(Expression term, LogicalPlan.Aggregate aggregate)
    {
        var columns = ExpressionTree.ColumnsOf(term);
        return columns.Count > 0 && columns.All(c => c < aggregate.GroupKeys.Count) && ExpressionTree.IsDeterministic(term);
    }
}
