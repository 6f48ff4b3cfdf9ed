using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Over;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>A filter that bounds ROW_NUMBER from above keeps the first rows of each partition (Top-N): the others need not be numbered, and with streams not be kept.</summary>
internal sealed class MakeRank : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Filter { Input: LogicalPlan.Over { Calls: [{ Function: OverFunction.RowNumber }] } over } filter)
        {
            return null;
        }

        var (start, end) = (1L, long.MaxValue);
        var rest = new List<Expression>();
        foreach (var term in ExpressionTree.Conjuncts(filter.Predicate))
        {
            if (FindBounds(term, over.Input.Schema.Count) is var (first, last))
            {
                (start, end) = (Math.Max(start, first), Math.Min(end, last));
            }
            else
            {
                rest.Add(term);
            }
        }

        if (end == long.MaxValue)
        {
            return null;
        }

        LogicalPlan rank = start > end
            ? new LogicalPlan.Values([], over.Schema)
            : new LogicalPlan.Rank(over.Input, over.Partition, over.Order, start, end, GivesNumber: true, over.Schema);
        return ExpressionTree.And(rest) is { } predicate ? new LogicalPlan.Filter(rank, predicate) : rank;
    }

    // The least and the greatest number that a term lets through; null for another term.
    private static (long First, long Last)? FindBounds(Expression term, int column)
    {
        if (term is not Expression.Call { Arguments: [var left, var right] } call)
        {
            return null;
        }

        var function = call.Function;
        if (IsNumber(right, column))
        {
            (left, right) = (right, left);
            function = Mirrored(function);
        }

        if (!IsNumber(left, column) || right is not Expression.Literal { Value: sbyte or short or int or long } literal)
        {
            return null;
        }

        var bound = Convert.ToInt64(literal.Value, System.Globalization.CultureInfo.InvariantCulture);
        return ReferenceEquals(function, ScalarFunctions.LessThanOrEqual) ? (1, bound)
            : ReferenceEquals(function, ScalarFunctions.LessThan) ? (1, bound - 1)
            : ReferenceEquals(function, ScalarFunctions.Equals) ? (bound, bound)
            : ReferenceEquals(function, ScalarFunctions.GreaterThanOrEqual) ? (bound, long.MaxValue)
            : ReferenceEquals(function, ScalarFunctions.GreaterThan) ? (bound + 1, long.MaxValue)
            : null;
    }

    private static ScalarFunction Mirrored(ScalarFunction function) =>
        ReferenceEquals(function, ScalarFunctions.LessThanOrEqual) ? ScalarFunctions.GreaterThanOrEqual
        : ReferenceEquals(function, ScalarFunctions.LessThan) ? ScalarFunctions.GreaterThan
        : ReferenceEquals(function, ScalarFunctions.GreaterThanOrEqual) ? ScalarFunctions.LessThanOrEqual
        : ReferenceEquals(function, ScalarFunctions.GreaterThan) ? ScalarFunctions.LessThan
        : function;

    private static bool IsNumber(Expression expression, int column) => expression switch
    {
        Expression.ColumnReference reference => reference.Index == column,
        Expression.Cast { Operand: Expression.ColumnReference reference, Type: DataType.BigInt } => reference.Index == column,
        _ => false,
    };
}
