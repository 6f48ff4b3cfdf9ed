using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding.Correlation;
using Arctic.Sql.Functions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding;

/// <summary>
/// Makes a column of a sub-query in the place of a value. What it computes of one row, of constants or of an aggregate without keys, is computed behind the join: so COUNT gives 0 also where the
/// join finds nothing.
/// </summary>
internal static class ScalarSubquery
{
    /// <summary>The plan with more columns, and the value over them.</summary>
    public static (LogicalPlan Plan, Expression Value) Attach(LogicalPlan plan, BoundSubquery subquery)
    {
        if (!OuterReferences.IsCorrelated(subquery.Plan))
        {
            return AttachPlain(plan, subquery.Plan);
        }

        var inner = WithoutLimit(subquery.Plan);
        var steps = new Stack<LogicalPlan>();
        while (inner is LogicalPlan.Project or LogicalPlan.Filter or LogicalPlan.Sort)
        {
            steps.Push(inner);
            inner = inner.Inputs[0];
        }

        switch (inner)
        {
            case LogicalPlan.Values { Rows: [var row] }:
                return (plan, Compute(row.Select(e => Place(e, [], plan)).ToList(), steps, plan, subquery.Type));
            case LogicalPlan.Aggregate { GroupKeys.Count: 0 } aggregate:
                (plan, var results) = DependentJoin.Aggregate(plan, aggregate.Input, aggregate.Calls);
                return (plan, Compute(results, steps, plan, subquery.Type));
            default:
                return AttachRows(plan, subquery);
        }
    }

    private static (LogicalPlan Plan, Expression Value) AttachPlain(LogicalPlan plan, LogicalPlan inner)
    {
        if (!HasOneRowAtMost(inner))
        {
            var call = new AggregateCall(AggregateKind.SingleValue, [0], false, null, inner.Schema[0].Type.AsNullable());
            inner = new LogicalPlan.Aggregate(inner, [], [call], new RowSchema(new Field(inner.Schema[0].Name, call.Type)));
        }

        var joined = new LogicalPlan.Join(plan, inner, JoinKind.LeftOuter, [], null, PlanColumns.JoinSchema(plan, inner, JoinKind.LeftOuter));
        return (joined, PlanColumns.At(joined, plan.Schema.Count));
    }

    private static bool HasOneRowAtMost(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Aggregate aggregate => aggregate.GroupKeys.Count == 0,
        LogicalPlan.Limit limit => limit.Count <= 1 || HasOneRowAtMost(limit.Input),
        LogicalPlan.Values values => values.Rows.Count <= 1,
        LogicalPlan.Project project => HasOneRowAtMost(project.Input),
        LogicalPlan.Filter filter => HasOneRowAtMost(filter.Input),
        LogicalPlan.Sort sort => HasOneRowAtMost(sort.Input),
        _ => false,
    };

    // An aggregate without keys and a constant row are one row each, that a LIMIT does not cut.
    private static LogicalPlan WithoutLimit(LogicalPlan plan) => plan is LogicalPlan.Limit { Offset: 0, Count: > 0 } limit && HasOneRowAtMost(limit.Input) ? WithoutLimit(limit.Input) : plan;

    // The steps above the one row, as expressions over what the row is computed of. A row that a filter drops is NULL.
    private static Expression Compute(IReadOnlyList<Expression> row, Stack<LogicalPlan> steps, LogicalPlan plan, DataType type)
    {
        var conditions = new List<Expression>();
        foreach (var step in steps)
        {
            var values = row;
            switch (step)
            {
                case LogicalPlan.Project project:
                    row = project.Expressions.Select(e => Place(e, values, plan)).ToList();
                    break;
                case LogicalPlan.Filter filter:
                    conditions.Add(Place(filter.Predicate, values, plan));
                    break;
            }
        }

        var value = row[0];
        return ExpressionTree.And(conditions) is { } condition
            ? new Expression.Case([new CaseBranch(condition, value)], new Expression.Literal(null, type), type)
            : value;
    }

    // An expression of the sub-query over the plan: its own columns are the values, the outer ones columns of the plan.
    private static Expression Place(Expression expression, IReadOnlyList<Expression> values, LogicalPlan plan) => ExpressionTree.Rewrite(expression, part => part switch
    {
        Expression.ColumnReference column => values[column.Index],
        OuterReference { Level: 1 } outer => PlanColumns.At(plan, outer.Index),
        OuterReference outer => outer with { Level = outer.Level - 1 },
        _ => null,
    });

    // Rows of the sub-query are told apart by what they belong to; that there is more than one is an error only where somebody asks for them.
    private static (LogicalPlan Plan, Expression Value) AttachRows(LogicalPlan plan, BoundSubquery subquery)
    {
        // Any one row will do for LIMIT 1 without an order.
        var isAnyRow = subquery.Plan is LogicalPlan.Limit { Offset: 0, Count: 1, Input: not LogicalPlan.Sort };
        var inner = isAnyRow ? subquery.Plan.Inputs[0] : subquery.Plan;
        var first = new AggregateCall(AggregateKind.FirstValue, [0], false, null, subquery.Type);
        var count = new AggregateCall(AggregateKind.Count, [], false, null, DataTypes.BigInt.AsNotNull());
        (plan, var results) = DependentJoin.Aggregate(plan, inner, [first, count]);
        return (plan, isAnyRow ? results[0] : SingleRowFunction.Instance.Bind(results));
    }
}
