using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Terms of a filter that are TRUE go; one that is FALSE or NULL leaves no rows, and the input need not be read.</summary>
internal sealed class RemoveTrivialFilter : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Filter filter)
        {
            return null;
        }

        var terms = ExpressionTree.Conjuncts(filter.Predicate).ToList();
        if (terms.Any(t => t is Expression.Literal { Value: null or false }))
        {
            return new LogicalPlan.Values(EquatableList<EquatableList<Expression>>.Empty, filter.Schema);
        }

        var kept = terms.Where(t => !FoldConstants.IsTrue(t)).ToList();
        return kept.Count == terms.Count ? null
            : ExpressionTree.And(kept) is { } predicate ? new LogicalPlan.Filter(filter.Input, predicate)
            : filter.Input;
    }
}
