using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Filters every branch of a union.</summary>
internal sealed class PushFilterThroughUnion : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node) => node is LogicalPlan.Filter { Input: LogicalPlan.Union union } filter && ExpressionTree.IsDeterministic(filter.Predicate)
        ? union with { Branches = new(union.Branches.Select(b => (LogicalPlan)new LogicalPlan.Filter(b, JoinSides.Localize(filter.Predicate, b, 0)))) }
        : null;
}
