using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Two projections are one, unless that would compute an expression more often.</summary>
internal sealed class MergeProjects : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Project { Input: LogicalPlan.Project inner } outer)
        {
            return null;
        }

        var uses = new int[inner.Expressions.Count];
        foreach (var expression in outer.Expressions)
        {
            ExpressionTree.Any(expression, part =>
            {
                if (part is Expression.ColumnReference column)
                {
                    uses[column.Index]++;
                }

                return false;
            });
        }

        for (var i = 0; i < uses.Length; i++)
        {
            var isFree = inner.Expressions[i] is Expression.ColumnReference or Expression.Literal;
            if (!isFree && (uses[i] > 1 || !ExpressionTree.IsDeterministic(inner.Expressions[i])))
            {
                return null;
            }
        }

        return new LogicalPlan.Project(inner.Input, new(outer.Expressions.Select(e => ExpressionTree.Inline(e, inner.Expressions))), outer.Schema);
    }
}
