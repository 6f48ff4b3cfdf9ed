using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding.Correlation;

/// <summary>A value of the query around that a column of the sub-query must equal.</summary>
/// <param name="Outer">Over columns of the query around: <see cref="OuterReference"/>s before a join is made, its left columns then.</param>
/// <param name="Column">The column of the sub-query's plan.</param>
/// <param name="Function"><c>=</c> or IS NOT DISTINCT FROM.</param>
internal sealed record CorrelatedKey(Expression Outer, int Column, ScalarFunction Function)
{
    /// <summary>The equality, with the sub-query's side given.</summary>
    public Expression Condition(Expression inner) => Function.Bind([Outer, inner]);
}

/// <summary>A plan with the columns by which each row of it belongs to rows of the query around.</summary>
/// <param name="Plan">The columns as before, then those of the keys that were none.</param>
internal sealed record CorrelatedKeys(LogicalPlan Plan, IReadOnlyList<CorrelatedKey> Keys)
{
    /// <summary>Makes keys of conditions; null when one is no equality between the two sides.</summary>
    public static CorrelatedKeys? TryMake(PulledPlan pulled)
    {
        var plan = pulled.Plan;
        var keys = new List<CorrelatedKey>();
        foreach (var condition in pulled.Conditions)
        {
            if (condition is not Expression.Call { Arguments: [var first, var second] } call
                || !(ReferenceEquals(call.Function, ScalarFunctions.Equals) || ReferenceEquals(call.Function, ScalarFunctions.IsNotDistinctFrom))
                || Sides(first, second) is not var (outer, inner)
                || !IsGroupedAsEqual(inner.Type))
            {
                return null;
            }

            (plan, var column) = PlanColumns.Add(plan, inner);
            keys.Add(new CorrelatedKey(outer, column, call.Function));
        }

        return new CorrelatedKeys(plan, keys);
    }

    private static (Expression Outer, Expression Inner)? Sides(Expression first, Expression second)
    {
        if (IsOuter(first) && IsInner(second))
        {
            return (first, second);
        }

        return IsInner(first) && IsOuter(second) ? (second, first) : null;
    }

    private static bool IsOuter(Expression expression) => OuterReferences.Reads(expression) && !OuterReferences.ReadsOwn(expression);

    private static bool IsInner(Expression expression) => !ExpressionTree.Any(expression, e => e is OuterReference);

    // Groups tell 0.0 from -0.0, equality does not.
    private static bool IsGroupedAsEqual(DataType type) => type is not (DataType.Float or DataType.Double or DataType.Row or DataType.Array or DataType.Map or DataType.Multiset);
}
