using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding.Correlation;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding;

/// <summary>
/// Makes joins of sub-queries. Terms of a WHERE become semi and anti joins; everywhere else a sub-query is joined so that each row of the outer plan
/// keeps its one place, and the value is an expression over the columns that the join adds at the end.
/// </summary>
internal static class SubqueryJoins
{
    /// <summary>The rows for which the predicate is TRUE. The plan may have more columns than the input, behind its own.</summary>
    public static LogicalPlan Filter(LogicalPlan plan, Expression predicate)
    {
        var terms = ExpressionTree.Conjuncts(predicate).ToList();

        // What needs no join comes first: it makes the joins smaller.
        var plain = ExpressionTree.And(terms.Where(t => !HasSubquery(t)));
        plan = plain is null ? plan : new LogicalPlan.Filter(plan, plain);
        foreach (var term in terms.Where(HasSubquery))
        {
            plan = FilterBySubquery(plan, term);
        }

        return plan;
    }

    /// <summary>Replaces the sub-queries in expressions by columns that are joined to the plan.</summary>
    public static (LogicalPlan Plan, List<Expression> Expressions) Attach(LogicalPlan plan, IReadOnlyList<Expression> expressions)
    {
        var attached = new List<Expression>();
        foreach (var expression in expressions)
        {
            attached.Add(ExpressionTree.Rewrite(expression, part =>
            {
                if (part is not BoundSubquery subquery)
                {
                    return null;
                }

                // Operands may hold sub-queries themselves.
                (plan, var operands) = Attach(plan, subquery.Operands);
                (plan, var value) = AttachOne(plan, subquery with { Operands = new(operands) });
                return value;
            }));
        }

        return (plan, attached);
    }

    private static bool HasSubquery(Expression expression) => ExpressionTree.Any(expression, e => e is BoundSubquery);

    private static LogicalPlan FilterBySubquery(LogicalPlan plan, Expression term)
    {
        switch (term)
        {
            case BoundSubquery { Kind: SubqueryKind.In } inQuery when !inQuery.Operands.Any(HasSubquery):
                return SemiJoin(plan, inQuery);
            case BoundSubquery { Kind: SubqueryKind.Exists } exists:
                return DependentJoin.Make(plan, RowsOf(exists.Plan), JoinKind.LeftSemi);
            case Expression.Call { Function: var function, Arguments: [BoundSubquery { Kind: SubqueryKind.Exists } exists] } when ReferenceEquals(function, ScalarFunctions.Not):
                return DependentJoin.Make(plan, RowsOf(exists.Plan), JoinKind.LeftAnti);
            default:
                (plan, var attached) = Attach(plan, [term]);
                return new LogicalPlan.Filter(plan, attached[0]);
        }
    }

    // A NULL is never found, and a row that is not found is dropped, so three-valued logic makes no difference here.
    private static LogicalPlan SemiJoin(LogicalPlan plan, BoundSubquery inQuery)
    {
        var start = plan.Schema.Count;
        return DependentJoin.Make(plan, inQuery.Plan, JoinKind.LeftSemi, Equal(inQuery, i => new Expression.ColumnReference(start + i, inQuery.Plan.Schema[i].Name, inQuery.Plan.Schema[i].Type)));
    }

    // Whether each operand equals its column of the sub-query.
    private static Expression Equal(BoundSubquery subquery, Func<int, Expression> columnOf) =>
        ExpressionTree.And(subquery.Operands.Select((o, i) => ScalarFunctions.Equals.Bind([o, columnOf(i)])))!; // there is an operand at least

    // What changes nothing about whether there are rows is left out.
    private static LogicalPlan RowsOf(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Project project => RowsOf(project.Input),
        LogicalPlan.Sort sort => RowsOf(sort.Input),
        LogicalPlan.Limit { Offset: 0, Count: null or > 0 } limit => RowsOf(limit.Input),
        LogicalPlan.Aggregate { GroupKeys.Count: > 0 } aggregate => RowsOf(aggregate.Input),
        _ => plan,
    };

    private static (LogicalPlan Plan, Expression Value) AttachOne(LogicalPlan plan, BoundSubquery subquery) => subquery.Kind switch
    {
        SubqueryKind.Scalar => ScalarSubquery.Attach(plan, subquery),
        SubqueryKind.Exists => DependentJoin.Mark(plan, RowsOf(subquery.Plan)),
        SubqueryKind.In => AttachIn(plan, subquery),
        _ => AttachQuantified(plan, subquery),
    };

    // TRUE when one row is equal; NULL when one might be, were its or the operand's NULL known; else FALSE.
    private static (LogicalPlan Plan, Expression Value) AttachIn(LogicalPlan plan, BoundSubquery subquery)
    {
        var operands = subquery.Operands.Select(o => ExpressionTree.Rewrite(o, part => part is Expression.ColumnReference c ? new OuterReference(1, c.Index, c.Name, c.Type) : null));
        var moved = subquery with { Operands = operands.ToEquatableList() };
        var equal = Equal(moved, i => PlanColumns.At(subquery.Plan, i));
        (plan, var found) = DependentJoin.Mark(plan, new LogicalPlan.Filter(subquery.Plan, equal));
        if (!subquery.Type.IsNullable)
        {
            return (plan, found);
        }

        if (subquery.Operands is [var operand] && !OuterReferences.IsCorrelated(subquery.Plan))
        {
            // The same answers from two counts, without comparing all pairs.
            (plan, var counts) = DependentJoin.Aggregate(plan, subquery.Plan, Counts);
            var mayBeEqual = ScalarFunctions.And.Bind([
                ScalarFunctions.GreaterThan.Bind([counts[0], Zero]),
                ScalarFunctions.Or.Bind([ScalarFunctions.IsNull.Bind([operand]), ScalarFunctions.LessThan.Bind([counts[1], counts[0]])])]);
            return (plan, ConditionalTypes.BindCase([new CaseBranch(found, True), new CaseBranch(mayBeEqual, Unknown)], False));
        }

        (plan, var unknown) = DependentJoin.Mark(plan, new LogicalPlan.Filter(subquery.Plan, ScalarFunctions.IsNull.Bind([equal])));
        return (plan, ConditionalTypes.BindCase([new CaseBranch(found, True), new CaseBranch(unknown, Unknown)], False));
    }

    private static (LogicalPlan Plan, Expression Value) AttachQuantified(LogicalPlan plan, BoundSubquery subquery)
    {
        var comparison = subquery.Comparison!; // a quantified comparison has one
        var isAll = subquery.Kind == SubqueryKind.All;
        var least = new AggregateCall(AggregateKind.Min, [0], false, null, subquery.Plan.Schema[0].Type.AsNullable());
        (plan, var results) = DependentJoin.Aggregate(plan, subquery.Plan, [least, least with { Kind = AggregateKind.Max }, .. Counts]);
        var (rows, values) = (results[2], results[3]);
        var decided = Decide(comparison, isAll, subquery.Operands[0], results[0], results[1]);
        return (plan, ConditionalTypes.BindCase(
            [
                new CaseBranch(ScalarFunctions.Equals.Bind([rows, Zero]), isAll ? True : False),
                new CaseBranch((isAll ? ScalarFunctions.IsFalse : ScalarFunctions.IsTrue).Bind([decided]), isAll ? False : True),
                new CaseBranch(ScalarFunctions.LessThan.Bind([values, rows]), Unknown),
            ],
            decided));
    }

    // The comparison with all, or some, of the values follows from the least and the greatest of them.
    private static Expression Decide(ScalarFunction comparison, bool isAll, Expression operand, Expression min, Expression max)
    {
        if (ReferenceEquals(comparison, ScalarFunctions.Equals))
        {
            return ScalarFunctions.And.Bind([comparison.Bind([operand, min]), comparison.Bind([operand, max])]);
        }

        if (ReferenceEquals(comparison, ScalarFunctions.NotEquals))
        {
            return ScalarFunctions.Or.Bind([comparison.Bind([operand, min]), comparison.Bind([operand, max])]);
        }

        var isGreater = ReferenceEquals(comparison, ScalarFunctions.GreaterThan) || ReferenceEquals(comparison, ScalarFunctions.GreaterThanOrEqual);
        return comparison.Bind([operand, isGreater == isAll ? max : min]);
    }

    // The numbers of rows and of non-NULL values.
    private static AggregateCall[] Counts
    {
        get
        {
            var count = new AggregateCall(AggregateKind.Count, [], false, null, DataTypes.BigInt.AsNotNull());
            return [count, count with { Arguments = [0] }];
        }
    }

    private static Expression.Literal Zero => new(0L, DataTypes.BigInt.AsNotNull());

    private static Expression.Literal True => new(true, DataTypes.Boolean.AsNotNull());

    private static Expression.Literal False => new(false, DataTypes.Boolean.AsNotNull());

    private static Expression.Literal Unknown => new(null, DataTypes.Boolean);
}
