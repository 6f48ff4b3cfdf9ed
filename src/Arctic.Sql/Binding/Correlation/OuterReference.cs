using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding.Correlation;

/// <summary>A column of a query around the one that is bound; becomes a column of a join before the plan is done.</summary>
/// <param name="Level">1 for the query right around, 2 for the one around that; 0 once the sub-query is being joined to the query that has the column.</param>
/// <param name="Index">The column in the plan of that query's FROM.</param>
internal sealed record OuterReference(int Level, int Index, string Name, DataType Type) : Expression(Type)
{
    /// <inheritdoc/>
    public override string ToString() => $"$outer.{Name}";
}

/// <summary>Finds and replaces the columns that a sub-query reads of the queries around it.</summary>
internal static class OuterReferences
{
    /// <summary>The plan as it is joined to the query around it: what it read of that becomes level 0, what it read further out comes nearer.</summary>
    public static LogicalPlan Lower(LogicalPlan plan) => Map(plan, e => ExpressionTree.Rewrite(e, part => part is OuterReference outer ? outer with { Level = outer.Level - 1 } : null));

    /// <summary>Whether an expression reads the query that it is joined to.</summary>
    public static bool Reads(Expression expression) => ExpressionTree.Any(expression, e => e is OuterReference { Level: 0 });

    /// <summary>Whether a plan reads the query that it is joined to.</summary>
    public static bool Reads(LogicalPlan plan) => ExpressionsOf(plan).Any(Reads) || plan.Inputs.Any(Reads);

    /// <summary>Whether a plan that is not joined yet reads any query around it.</summary>
    public static bool IsCorrelated(LogicalPlan plan) => ExpressionsOf(plan).Any(e => ExpressionTree.Any(e, part => part is OuterReference)) || plan.Inputs.Any(IsCorrelated);

    /// <summary>Whether an expression reads columns of its own plan.</summary>
    public static bool ReadsOwn(Expression expression) => ExpressionTree.Any(expression, e => e is Expression.ColumnReference);

    /// <summary>The columns that a plan reads of the query that it is joined to, by index.</summary>
    public static IReadOnlyList<OuterReference> Of(LogicalPlan plan)
    {
        var found = new SortedDictionary<int, OuterReference>();
        Collect(plan, found);
        return [.. found.Values];
    }

    /// <summary>The expression with columns where it read the query that it is joined to.</summary>
    public static Expression Replace(Expression expression, Func<OuterReference, Expression> replace) =>
        ExpressionTree.Rewrite(expression, part => part is OuterReference { Level: 0 } outer ? replace(outer) : null);

    /// <summary>The plan with the columns of one level in other places of the query that has them.</summary>
    public static LogicalPlan Move(LogicalPlan plan, int level, Func<OuterReference, OuterReference> move) =>
        Map(plan, e => ExpressionTree.Rewrite(e, part => part is OuterReference outer && outer.Level == level ? move(outer) : null));

    private static void Collect(LogicalPlan plan, SortedDictionary<int, OuterReference> found)
    {
        foreach (var expression in ExpressionsOf(plan))
        {
            ExpressionTree.Any(expression, part =>
            {
                if (part is OuterReference { Level: 0 } outer)
                {
                    found[outer.Index] = outer;
                }

                return false;
            });
        }

        foreach (var input in plan.Inputs)
        {
            Collect(input, found);
        }
    }

    // The binder leaves outer columns in these only: scans are bound without them.
    private static IEnumerable<Expression> ExpressionsOf(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Filter filter => [filter.Predicate],
        LogicalPlan.Project project => project.Expressions,
        LogicalPlan.Join { Residual: { } residual } => [residual],
        LogicalPlan.TemporalJoin { Residual: { } residual } => [residual],
        LogicalPlan.LookupJoin { Residual: { } residual } => [residual],
        LogicalPlan.Values values => values.Rows.SelectMany(r => r),
        LogicalPlan.Unnest unnest => [unnest.Collection],
        _ => [],
    };

    private static LogicalPlan Map(LogicalPlan plan, Func<Expression, Expression> map)
    {
        var inputs = plan.Inputs.Select(i => Map(i, map)).ToList();
        var node = inputs.Zip(plan.Inputs).All(p => ReferenceEquals(p.First, p.Second)) ? plan : plan.WithInputs(inputs);
        return node switch
        {
            LogicalPlan.Filter filter when map(filter.Predicate) is var predicate && !ReferenceEquals(predicate, filter.Predicate) => filter with { Predicate = predicate },
            LogicalPlan.Project project when MapAll(project.Expressions, map) is { } expressions => project with { Expressions = expressions },
            LogicalPlan.Join { Residual: { } residual } join when map(residual) is var mapped && !ReferenceEquals(mapped, residual) => join with { Residual = mapped },
            LogicalPlan.TemporalJoin { Residual: { } residual } join when map(residual) is var mapped && !ReferenceEquals(mapped, residual) => join with { Residual = mapped },
            LogicalPlan.LookupJoin { Residual: { } residual } join when map(residual) is var mapped && !ReferenceEquals(mapped, residual) => join with { Residual = mapped },
            LogicalPlan.Values values when values.Rows.Any(r => MapAll(r, map) is not null) => values with { Rows = new(values.Rows.Select(r => MapAll(r, map) ?? r)) },
            LogicalPlan.Unnest unnest when map(unnest.Collection) is var collection && !ReferenceEquals(collection, unnest.Collection) => unnest with { Collection = collection },
            _ => node,
        };
    }

    private static EquatableList<Expression>? MapAll(EquatableList<Expression> expressions, Func<Expression, Expression> map)
    {
        var mapped = expressions.Select(map).ToList();
        return mapped.Zip(expressions).All(p => ReferenceEquals(p.First, p.Second)) ? null : new EquatableList<Expression>(mapped);
    }
}
