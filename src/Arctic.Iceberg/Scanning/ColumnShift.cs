using Arctic.Columnar.Expressions;

namespace Arctic.Iceberg.Scanning;

/// <summary>Moves the column references of an expression.</summary>
internal static class ColumnShift
{
    /// <summary>The expression with each column index replaced.</summary>
    public static Expression Apply(Expression expression, Func<int, int> indexOf) => expression switch
    {
        Expression.ColumnReference column => column with { Index = indexOf(column.Index) },
        Expression.Call call => call with { Arguments = new(call.Arguments.Select(a => Apply(a, indexOf))) },
        Expression.Cast cast => cast with { Operand = Apply(cast.Operand, indexOf) },
        Expression.Case conditional => conditional with
        {
            Branches = new(conditional.Branches.Select(b => new CaseBranch(Apply(b.Condition, indexOf), Apply(b.Result, indexOf)))),
            Else = Apply(conditional.Else, indexOf),
        },
        _ => expression,
    };
}
