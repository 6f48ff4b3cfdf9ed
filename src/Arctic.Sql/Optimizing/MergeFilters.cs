using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Two filters are one; the inner one is asked first, as before.</summary>
internal sealed class MergeFilters : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node) => node is LogicalPlan.Filter { Input: LogicalPlan.Filter inner } outer
        ? new LogicalPlan.Filter(inner.Input, ScalarFunctions.And.Bind([inner.Predicate, outer.Predicate]))
        : null;
}
