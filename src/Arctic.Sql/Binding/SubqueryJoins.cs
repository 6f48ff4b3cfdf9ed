using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
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
                return new LogicalPlan.Join(plan, exists.Plan, JoinKind.LeftSemi, [], null, plan.Schema);
            case Expression.Call { Function: var function, Arguments: [BoundSubquery { Kind: SubqueryKind.Exists } exists] } when ReferenceEquals(function, ScalarFunctions.Not):
                return new LogicalPlan.Join(plan, exists.Plan, JoinKind.LeftAnti, [], null, plan.Schema);
            default:
                (plan, var attached) = Attach(plan, [term]);
                return new LogicalPlan.Filter(plan, attached[0]);
        }
    }

    // A NULL is never found, and a row that is not found is dropped, so three-valued logic makes no difference here.
    private static LogicalPlan.Join SemiJoin(LogicalPlan plan, BoundSubquery inQuery)
    {
        var keys = new List<JoinKey>();
        for (var i = 0; i < inQuery.Operands.Count; i++)
        {
            (plan, var index) = AddColumn(plan, inQuery.Operands[i]);
            keys.Add(new JoinKey(index, i));
        }

        return new LogicalPlan.Join(plan, inQuery.Plan, JoinKind.LeftSemi, new(keys), null, plan.Schema);
    }

    private static (LogicalPlan Plan, Expression Value) AttachOne(LogicalPlan plan, BoundSubquery subquery) => subquery.Kind switch
    {
        SubqueryKind.Scalar => AttachScalar(plan, subquery),
        SubqueryKind.Exists => AttachExists(plan, subquery),
        SubqueryKind.In => AttachIn(plan, subquery),
        _ => AttachQuantified(plan, subquery),
    };

    private static (LogicalPlan Plan, Expression Value) AttachScalar(LogicalPlan plan, BoundSubquery subquery)
    {
        var inner = subquery.Plan;
        if (!HasOneRowAtMost(inner))
        {
            var call = new AggregateCall(AggregateKind.SingleValue, [0], false, null, inner.Schema[0].Type.AsNullable());
            inner = new LogicalPlan.Aggregate(inner, [], [call], new RowSchema(new Field(inner.Schema[0].Name, call.Type)));
        }

        (plan, var start) = JoinOuter(plan, inner, []);
        return (plan, Column(plan, start));
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

    private static (LogicalPlan Plan, Expression Value) AttachExists(LogicalPlan plan, BoundSubquery subquery)
    {
        var found = new LogicalPlan.Project(new LogicalPlan.Limit(subquery.Plan, 0, 1), [True], new RowSchema(new Field("$exists", True.Type)));
        (plan, var start) = JoinOuter(plan, found, []);
        return (plan, ScalarFunctions.IsNotNull.Bind([Column(plan, start)]));
    }

    // FALSE when there are no rows; TRUE when one is equal; NULL when the operand or a row is NULL; else FALSE.
    private static (LogicalPlan Plan, Expression Value) AttachIn(LogicalPlan plan, BoundSubquery subquery)
    {
        var operand = subquery.Operands[0];
        if (subquery.Operands.Count > 1 && subquery.Type.IsNullable)
        {
            throw new Columnar.Errors.ArcticException(Columnar.Errors.ErrorCodes.Unsupported, "IN of several nullable columns is supported only as a term of WHERE that is not negated.");
        }

        var keys = new List<JoinKey>();
        for (var i = 0; i < subquery.Operands.Count; i++)
        {
            (plan, var index) = AddColumn(plan, subquery.Operands[i]);
            keys.Add(new JoinKey(index, i));
        }

        var distinct = QueryBinder.Distinct(subquery.Plan);
        var marked = new LogicalPlan.Project(
            distinct,
            new(Columns(distinct).Append(True)),
            new RowSchema(distinct.Schema.Fields.Append(new Field("$found", True.Type))));
        (plan, var start) = JoinOuter(plan, marked, keys);
        Expression found = ScalarFunctions.IsNotNull.Bind([Column(plan, start + marked.Schema.Count - 1)]);
        if (!subquery.Type.IsNullable)
        {
            return (plan, found);
        }

        (plan, var rows, var values) = AttachCounts(plan, subquery.Plan);
        return (plan, ConditionalTypes.BindCase(
            [
                new CaseBranch(IsZeroOrNull(rows), False),
                new CaseBranch(found, True),
                new CaseBranch(ScalarFunctions.Or.Bind([ScalarFunctions.IsNull.Bind([operand]), ScalarFunctions.LessThan.Bind([values, rows])]), Unknown),
            ],
            False));
    }

    private static (LogicalPlan Plan, Expression Value) AttachQuantified(LogicalPlan plan, BoundSubquery subquery)
    {
        var comparison = subquery.Comparison!; // a quantified comparison has one
        var isAll = subquery.Kind == SubqueryKind.All;
        var least = new AggregateCall(AggregateKind.Min, [0], false, null, subquery.Plan.Schema[0].Type.AsNullable());
        var bounds = new LogicalPlan.Aggregate(
            subquery.Plan, [], [least, least with { Kind = AggregateKind.Max }], new RowSchema(new Field("$min", least.Type), new Field("$max", least.Type)));
        (plan, var start) = JoinOuter(plan, bounds, []);
        (plan, var rows, var values) = AttachCounts(plan, subquery.Plan);
        var (min, max) = (Column(plan, start), Column(plan, start + 1));
        var decided = Decide(comparison, isAll, subquery.Operands[0], min, max);
        return (plan, ConditionalTypes.BindCase(
            [
                new CaseBranch(IsZeroOrNull(rows), isAll ? True : False),
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

    // The numbers of rows and of non-NULL values. In streaming no row at all may come of an empty input, so both may be NULL.
    private static (LogicalPlan Plan, Expression Rows, Expression Values) AttachCounts(LogicalPlan plan, LogicalPlan inner)
    {
        var count = new AggregateCall(AggregateKind.Count, [], false, null, DataTypes.BigInt.AsNotNull());
        var counts = new LogicalPlan.Aggregate(inner, [], [count, count with { Arguments = [0] }], new RowSchema(new Field("$rows", count.Type), new Field("$values", count.Type)));
        (plan, var start) = JoinOuter(plan, counts, []);
        return (plan, Column(plan, start), Column(plan, start + 1));
    }

    private static Expression IsZeroOrNull(Expression count) =>
        ScalarFunctions.Or.Bind([ScalarFunctions.IsNull.Bind([count]), ScalarFunctions.Equals.Bind([count, new Expression.Literal(0, DataTypes.Int.AsNotNull())])]);

    private static Expression.Literal True => new(true, DataTypes.Boolean.AsNotNull());

    private static Expression.Literal False => new(false, DataTypes.Boolean.AsNotNull());

    private static Expression.Literal Unknown => new(null, DataTypes.Boolean);

    private static (LogicalPlan Plan, int Start) JoinOuter(LogicalPlan plan, LogicalPlan inner, List<JoinKey> keys)
    {
        var schema = new RowSchema(plan.Schema.Fields.Concat(inner.Schema.Fields.Select(f => f with { Type = f.Type.AsNullable() })));
        return (new LogicalPlan.Join(plan, inner, JoinKind.LeftOuter, new(keys), null, schema), plan.Schema.Count);
    }

    private static (LogicalPlan Plan, int Index) AddColumn(LogicalPlan plan, Expression value)
    {
        if (value is Expression.ColumnReference column)
        {
            return (plan, column.Index);
        }

        var schema = new RowSchema(plan.Schema.Fields.Append(new Field($"$f{plan.Schema.Count}", value.Type)));
        return (new LogicalPlan.Project(plan, new(Columns(plan).Append(value)), schema), plan.Schema.Count);
    }

    private static IEnumerable<Expression> Columns(LogicalPlan plan) => Enumerable.Range(0, plan.Schema.Count).Select(i => Column(plan, i));

    private static Expression Column(LogicalPlan plan, int index) => new Expression.ColumnReference(index, plan.Schema[index].Name, plan.Schema[index].Type);
}
