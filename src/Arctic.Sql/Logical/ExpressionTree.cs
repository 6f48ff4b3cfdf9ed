using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding;

namespace Arctic.Sql.Logical;

/// <summary>Walks and rebuilds expressions. Nodes that do not change are kept, so that references to them stay valid.</summary>
internal static class ExpressionTree
{
    /// <summary>Rebuilds from the top: where <paramref name="replace"/> gives a node it stands for the whole part, elsewhere the parts are looked at.</summary>
    public static Expression Rewrite(Expression expression, Func<Expression, Expression?> replace)
    {
        if (replace(expression) is { } replaced)
        {
            return replaced;
        }

        switch (expression)
        {
            case Expression.Call call:
                return RewriteAll(call.Arguments, replace) is { } arguments ? call with { Arguments = arguments } : call;
            case Expression.Cast cast:
                var operand = Rewrite(cast.Operand, replace);
                return ReferenceEquals(operand, cast.Operand) ? cast : cast with { Operand = operand };
            case Expression.Case conditional:
                return new Expression.Case(
                    new(conditional.Branches.Select(b => new CaseBranch(Rewrite(b.Condition, replace), Rewrite(b.Result, replace)))), Rewrite(conditional.Else, replace), conditional.Type);
            case BoundSubquery subquery:
                return RewriteAll(subquery.Operands, replace) is { } operands ? subquery with { Operands = operands } : subquery;
            case BoundGrouping grouping:
                return RewriteAll(grouping.Arguments, replace) is { } keys ? grouping with { Arguments = keys } : grouping;
            case BoundOver over:
                return over.Map(part => Rewrite(part, replace));
            default:
                return expression;
        }
    }

    /// <summary>Whether any part satisfies the condition.</summary>
    public static bool Any(Expression expression, Func<Expression, bool> condition) => condition(expression) || expression switch
    {
        Expression.Call call => call.Arguments.Any(a => Any(a, condition)),
        Expression.Cast cast => Any(cast.Operand, condition),
        Expression.Case conditional => conditional.Branches.Any(b => Any(b.Condition, condition) || Any(b.Result, condition)) || Any(conditional.Else, condition),
        BoundSubquery subquery => subquery.Operands.Any(o => Any(o, condition)),
        BoundGrouping grouping => grouping.Arguments.Any(a => Any(a, condition)),
        BoundOver over => over.Parts.Any(p => Any(p, condition)),
        _ => false,
    };

    /// <summary>The input columns that an expression reads.</summary>
    public static ISet<int> ColumnsOf(params IEnumerable<Expression> expressions)
    {
        var columns = new SortedSet<int>();
        foreach (var expression in expressions)
        {
            Any(expression, part =>
            {
                if (part is Expression.ColumnReference column)
                {
                    columns.Add(column.Index);
                }

                return false;
            });
        }

        return columns;
    }

    /// <summary>The expression over other columns.</summary>
    /// <param name="map">The new index of each column that it reads.</param>
    public static Expression MapColumns(Expression expression, Func<int, int> map) =>
        Rewrite(expression, part => part is Expression.ColumnReference column ? column with { Index = map(column.Index) } : null);

    /// <summary>The expression with each column replaced by what it stands for.</summary>
    public static Expression Inline(Expression expression, IReadOnlyList<Expression> definitions) =>
        Rewrite(expression, part => part is Expression.ColumnReference column ? definitions[column.Index] : null);

    /// <summary>The terms of nested ANDs, from left to right.</summary>
    public static IEnumerable<Expression> Conjuncts(Expression predicate) =>
        predicate is Expression.Call { Function: var function } call && ReferenceEquals(function, ScalarFunctions.And) ? call.Arguments.SelectMany(Conjuncts) : [predicate];

    /// <summary>The terms joined by AND; null when there is none.</summary>
    public static Expression? And(IEnumerable<Expression> terms) =>
        terms.Aggregate((Expression?)null, (sum, term) => sum is null ? term : ScalarFunctions.And.Bind([sum, term]));

    /// <summary>Whether equal inputs always give equal results.</summary>
    public static bool IsDeterministic(Expression expression) => !Any(expression, part => part is Expression.Call { Function.IsDeterministic: false });

    private static EquatableList<Expression>? RewriteAll(EquatableList<Expression> expressions, Func<Expression, Expression?> replace)
    {
        var rewritten = expressions.Select(e => Rewrite(e, replace)).ToList();
        for (var i = 0; i < rewritten.Count; i++)
        {
            if (!ReferenceEquals(rewritten[i], expressions[i]))
            {
                return new EquatableList<Expression>(rewritten);
            }
        }

        return null;
    }
}
