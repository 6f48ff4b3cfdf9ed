using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Filters before sorting; an order is kept by filtering.</summary>
internal sealed class PushFilterThroughSort : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node) => node is LogicalPlan.Filter { Input: LogicalPlan.Sort sort } filter
        ? sort with { Input = filter with { Input = sort.Input } }
        : null;
}
