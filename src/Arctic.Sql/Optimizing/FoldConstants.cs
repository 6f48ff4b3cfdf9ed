using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Computes constant parts of expressions once. What fails is left for the run to fail on.</summary>
internal sealed class FoldConstants(EvaluationSettings settings) : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node) => node switch
    {
        LogicalPlan.Project project when FoldAll(project.Expressions) is { } folded => project with { Expressions = folded },
        LogicalPlan.Filter filter when Fold(filter.Predicate) is { } folded => filter with { Predicate = folded },
        LogicalPlan.Join { Residual: { } residual } join when Fold(residual) is { } folded => join with { Residual = IsTrue(folded) ? null : folded },
        LogicalPlan.Unnest unnest when Fold(unnest.Collection) is { } folded => unnest with { Collection = folded },
        LogicalPlan.Values values when values.Rows.Any(r => FoldAll(r) is not null) => values with { Rows = new(values.Rows.Select(r => FoldAll(r) ?? r)) },
        _ => null,
    };

    /// <summary>Whether the expression is the constant TRUE.</summary>
    internal static bool IsTrue(Expression expression) => expression is Expression.Literal { Value: true };

    private EquatableList<Expression>? FoldAll(EquatableList<Expression> expressions)
    {
        var folded = expressions.Select(e => Fold(e) ?? e).ToEquatableList();
        return folded.Equals(expressions) ? null : folded;
    }

    private Expression? Fold(Expression expression)
    {
        if (expression is Expression.Literal or Expression.ColumnReference)
        {
            return null;
        }

        var folded = ConstantFolder.Fold(expression, settings);
        return folded.Equals(expression) ? null : folded;
    }
}
