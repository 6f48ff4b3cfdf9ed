namespace Arctic.Sql.Syntax;

/// <summary>Makes expressions of expressions.</summary>
internal static class SqlRewriter
{
    /// <summary>The expression over other parts; sub-queries stay as they are. The counterpart of <see cref="TableNames.PartsOf"/>.</summary>
    public static SqlExpression WithParts(SqlExpression expression, Func<SqlExpression, SqlExpression> map)
    {
        List<SqlExpression> All(IReadOnlyList<SqlExpression> items) => items.Select(map).ToList();
        return expression switch
        {
            SqlExpression.IntervalExpression e => e with { Value = map(e.Value) },
            SqlExpression.Unary e => e with { Operand = map(e.Operand) },
            SqlExpression.Binary e => e with { Left = map(e.Left), Right = map(e.Right) },
            SqlExpression.Is e => e with { Operand = map(e.Operand) },
            SqlExpression.Between e => e with { Operand = map(e.Operand), Low = map(e.Low), High = map(e.High) },
            SqlExpression.InList e => e with { Operand = map(e.Operand), Items = All(e.Items) },
            SqlExpression.Like e => e with { Operand = map(e.Operand), Pattern = map(e.Pattern), Escape = e.Escape is null ? null : map(e.Escape) },
            SqlExpression.Case e => e with
            {
                Operand = e.Operand is null ? null : map(e.Operand),
                Branches = e.Branches.Select(b => new CaseWhen(map(b.Condition), map(b.Result))).ToList(),
                Else = e.Else is null ? null : map(e.Else),
            },
            SqlExpression.Cast e => e with { Operand = map(e.Operand) },
            SqlExpression.Call e => e with
            {
                Arguments = All(e.Arguments),
                Filter = e.Filter is null ? null : map(e.Filter),
                Order = e.Order.Select(o => o with { Expression = map(o.Expression) }).ToList(),
                Clauses = e.Clauses.Select(c => c.Value is null ? c : c with { Value = map(c.Value) }).ToList(),
            },
            SqlExpression.Row e => e with { Items = All(e.Items) },
            SqlExpression.Array e => e with { Items = All(e.Items) },
            SqlExpression.Map e => e with { Items = All(e.Items) },
            SqlExpression.CollectionQuery e => e with { Items = All(e.Items) },
            SqlExpression.ElementAccess e => e with { Operand = map(e.Operand), Index = map(e.Index) },
            SqlExpression.FieldAccess e => e with { Operand = map(e.Operand) },
            SqlExpression.RowStar e => e with { Operand = map(e.Operand) },
            SqlExpression.DateTimeDifference e => e with { Left = map(e.Left), Right = map(e.Right) },
            SqlExpression.NamedArgument e => e with { Value = map(e.Value) },
            _ => expression,
        };
    }
}
