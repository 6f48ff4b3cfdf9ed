using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Which inputs of a join an expression reads.</summary>
internal enum JoinSide
{
    /// <summary>No column at all.</summary>
    None,

    /// <summary>Columns of the left input only.</summary>
    Left,

    /// <summary>Columns of the right input only.</summary>
    Right,

    /// <summary>Columns of both.</summary>
    Both,
}

/// <summary>What rules on joins share.</summary>
internal static class JoinSides
{
    /// <summary>The side of an expression over left columns followed by right ones.</summary>
    public static JoinSide Of(Expression expression, LogicalPlan.Join join)
    {
        var leftCount = join.Left.Schema.Count;
        var columns = ExpressionTree.ColumnsOf(expression);
        var readsLeft = columns.Any(c => c < leftCount);
        var readsRight = columns.Any(c => c >= leftCount);
        return (readsLeft, readsRight) switch
        {
            (true, true) => JoinSide.Both,
            (true, false) => JoinSide.Left,
            (false, true) => JoinSide.Right,
            _ => JoinSide.None,
        };
    }

    /// <summary>The input filtered by terms over the join's columns.</summary>
    /// <param name="offset">The index of the input's first column in the join.</param>
    public static LogicalPlan Filter(LogicalPlan input, IReadOnlyList<Expression> terms, int offset) =>
        ExpressionTree.And(terms.Select(t => Localize(t, input, offset))) is { } predicate ? new LogicalPlan.Filter(input, predicate) : input;

    /// <summary>The expression over the columns of one input. Types are those of the input: an outer join had made them nullable.</summary>
    public static Expression Localize(Expression expression, LogicalPlan input, int offset) => ExpressionTree.Rewrite(expression, part =>
        part is Expression.ColumnReference column
            ? column with { Index = column.Index - offset, Type = input.Schema[column.Index - offset].Type }
            : null);
}
