using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Filters a side of a join before joining, where that side's rows are not kept without a partner; what reads both sides of an inner join becomes its condition.</summary>
internal sealed class PushFilterThroughJoin : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Filter { Input: LogicalPlan.Join join } filter)
        {
            return null;
        }

        var pushesLeft = join.Kind is JoinKind.Inner or JoinKind.LeftOuter or JoinKind.LeftSemi or JoinKind.LeftAnti;
        var pushesRight = join.Kind is JoinKind.Inner or JoinKind.RightOuter;
        var (left, right, residual, rest) = (new List<Expression>(), new List<Expression>(), new List<Expression>(), new List<Expression>());
        foreach (var term in ExpressionTree.Conjuncts(filter.Predicate))
        {
            var side = JoinSides.Of(term, join);
            var target = !ExpressionTree.IsDeterministic(term) ? rest
                : side == JoinSide.Left && pushesLeft ? left
                : side == JoinSide.Right && pushesRight ? right
                : join.Kind == JoinKind.Inner ? residual
                : rest;
            target.Add(term);
        }

        if (left.Count + right.Count + residual.Count == 0)
        {
            return null;
        }

        LogicalPlan pushed = join with
        {
            Left = JoinSides.Filter(join.Left, left, 0),
            Right = JoinSides.Filter(join.Right, right, join.Left.Schema.Count),
            Residual = ExpressionTree.And(join.Residual is null ? residual : residual.Prepend(join.Residual)),
        };
        return ExpressionTree.And(rest) is { } remaining ? new LogicalPlan.Filter(pushed, remaining) : pushed;
    }
}
