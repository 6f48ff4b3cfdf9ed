using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Tells the source what is wanted, so that it can leave files and row groups out.</summary>
internal sealed class PushFilterIntoScan : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Filter { Input: LogicalPlan.Scan scan } filter || scan.RowsMax is not null || !ExpressionTree.IsDeterministic(filter.Predicate))
        {
            return null;
        }

        return scan with { Predicate = scan.Predicate is null ? filter.Predicate : ScalarFunctions.And.Bind([scan.Predicate, filter.Predicate]) };
    }
}
