using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>A term of a join's condition that reads one side only filters that side, unless its rows are kept without a partner.</summary>
internal sealed class PushJoinConditionIntoInputs : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Join { Residual: { } residual } join)
        {
            return null;
        }

        var pushesLeft = join.Kind is JoinKind.Inner or JoinKind.RightOuter or JoinKind.LeftSemi;
        var pushesRight = join.Kind is JoinKind.Inner or JoinKind.LeftOuter or JoinKind.LeftSemi or JoinKind.LeftAnti;
        var (left, right, rest) = (new List<Expression>(), new List<Expression>(), new List<Expression>());
        foreach (var term in ExpressionTree.Conjuncts(residual))
        {
            var side = JoinSides.Of(term, join);
            var target = !ExpressionTree.IsDeterministic(term) ? rest : side == JoinSide.Left && pushesLeft ? left : side == JoinSide.Right && pushesRight ? right : rest;
            target.Add(term);
        }

        return left.Count + right.Count == 0 ? null : join with
        {
            Left = JoinSides.Filter(join.Left, left, 0),
            Right = JoinSides.Filter(join.Right, right, join.Left.Schema.Count),
            Residual = ExpressionTree.And(rest),
        };
    }
}
