using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding.Correlation;

/// <summary>Joins a query with a sub-query that may read its columns.</summary>
internal static class DependentJoin
{
    /// <summary>The rows of a query with those that a sub-query gives for each of them; or, by a semi or anti join, those for which it gives some, or none.</summary>
    /// <param name="on">A further condition over the columns of both; null for none.</param>
    public static LogicalPlan Make(LogicalPlan outer, LogicalPlan inner, JoinKind kind, Expression? on = null)
    {
        var (plan, conditions) = Resolve(outer, OuterReferences.Lower(inner));
        var residual = ExpressionTree.And(on is null ? conditions : conditions.Prepend(on));
        if (kind is JoinKind.LeftSemi or JoinKind.LeftAnti)
        {
            return new LogicalPlan.Join(outer, plan, kind, [], residual, outer.Schema);
        }

        var joined = new LogicalPlan.Join(outer, plan, kind, [], residual, PlanColumns.JoinSchema(outer, plan, kind));
        var count = outer.Schema.Count + inner.Schema.Count;
        return joined.Schema.Count == count ? joined : PlanColumns.Pick(joined, Enumerable.Range(0, count).ToList());
    }

    /// <summary>The query with, for each row, the results of aggregates over what a sub-query gives for it.</summary>
    /// <returns>The query's columns and more; the results over them, declared nullable.</returns>
    public static (LogicalPlan Plan, IReadOnlyList<Expression> Results) Aggregate(LogicalPlan outer, LogicalPlan inner, IReadOnlyList<AggregateCall> calls)
    {
        var keyed = ResolveKeys(outer, OuterReferences.Lower(inner));
        var fields = keyed.Keys.Select(k => keyed.Plan.Schema[k.Column]).Concat(calls.Select((c, i) => new Field($"$result{i}", c.Type)));
        var grouped = new LogicalPlan.Aggregate(keyed.Plan, keyed.Keys.Select(k => k.Column).ToEquatableList(), new(calls), new RowSchema(fields));
        var start = outer.Schema.Count;
        var conditions = keyed.Keys.Select((k, i) => k.Condition(Shift(PlanColumns.At(grouped, i), start)));
        var joined = new LogicalPlan.Join(outer, grouped, JoinKind.LeftOuter, [], ExpressionTree.And(conditions), PlanColumns.JoinSchema(outer, grouped, JoinKind.LeftOuter));
        return (joined, calls.Select((c, i) => EmptyResults.Of(c, PlanColumns.At(joined, start + keyed.Keys.Count + i), isNullable: true)).ToList());
    }

    /// <summary>The query with, for each row, whether a sub-query gives rows for it.</summary>
    /// <returns>The query's columns and more; the answer over them, never NULL.</returns>
    public static (LogicalPlan Plan, Expression Found) Mark(LogicalPlan outer, LogicalPlan inner)
    {
        var lowered = OuterReferences.Lower(inner);
        var keyed = ConditionPull.TryPull(lowered) is { } pulled && CorrelatedKeys.TryMake(pulled) is { } keys ? Bind(keys, outer) : MatchedValues(outer, lowered);

        // Without keys it is the same for all rows: one row of the sub-query is enough.
        LogicalPlan columns = PlanColumns.Pick(keyed.Plan, keyed.Keys.Select(k => k.Column).ToList());
        LogicalPlan distinct = keyed.Keys.Count > 0 ? QueryBinder.Distinct(columns) : new LogicalPlan.Limit(columns, 0, 1);
        var yes = new Expression.Literal(true, DataTypes.Boolean.AsNotNull());
        var marked = new LogicalPlan.Project(distinct, new(PlanColumns.All(distinct).Append(yes)), new RowSchema(distinct.Schema.Fields.Append(new Field("$found", yes.Type))));
        var start = outer.Schema.Count;
        var conditions = keyed.Keys.Select((k, i) => k.Condition(Shift(PlanColumns.At(marked, i), start)));
        var joined = new LogicalPlan.Join(outer, marked, JoinKind.LeftOuter, [], ExpressionTree.And(conditions), PlanColumns.JoinSchema(outer, marked, JoinKind.LeftOuter));
        return (joined, ScalarFunctions.IsNotNull.Bind([PlanColumns.At(joined, joined.Schema.Count - 1)]));
    }

    // The distinct values of the query around for which the sub-query gives rows.
    private static CorrelatedKeys MatchedValues(LogicalPlan outer, LogicalPlan inner)
    {
        var columns = OuterReferences.Of(inner);
        var values = QueryBinder.Distinct(PlanColumns.Pick(outer, columns.Select(c => c.Index).ToList()));
        var places = columns.Select((c, i) => (c.Index, i)).ToDictionary();
        return new CorrelatedKeys(MakeOver(values, inner, places), columns.Select((c, i) => new CorrelatedKey(Column(c), i, ScalarFunctions.IsNotDistinctFrom)).ToList());
    }

    private static LogicalPlan.Join MakeOver(LogicalPlan values, LogicalPlan inner, Dictionary<int, int> places)
    {
        var moved = OuterReferences.Move(inner, 0, outer => outer with { Index = places[outer.Index] });
        var (plan, conditions) = Resolve(values, moved);
        return new LogicalPlan.Join(values, plan, JoinKind.LeftSemi, [], ExpressionTree.And(conditions), values.Schema);
    }

    // A plan that reads nothing of the query around, and the conditions over that query's columns followed by the plan's.
    private static (LogicalPlan Plan, IReadOnlyList<Expression> Conditions) Resolve(LogicalPlan outer, LogicalPlan inner)
    {
        var start = outer.Schema.Count;
        if (ConditionPull.TryPull(inner) is { } pulled)
        {
            return (pulled.Plan, pulled.Conditions.Select(c => OuterReferences.Replace(Shift(c, start), Column)).ToList());
        }

        var pushed = Bind(DependentPush.Push(outer, inner), outer);
        return (pushed.Plan, pushed.Keys.Select(k => k.Condition(Shift(PlanColumns.At(pushed.Plan, k.Column), start))).ToList());
    }

    private static CorrelatedKeys ResolveKeys(LogicalPlan outer, LogicalPlan inner) =>
        Bind(ConditionPull.TryPull(inner) is { } pulled && CorrelatedKeys.TryMake(pulled) is { } keys ? keys : DependentPush.Push(outer, inner), outer);

    // The keys' outer sides as columns of the query around.
    private static CorrelatedKeys Bind(CorrelatedKeys keys, LogicalPlan outer) =>
        keys with { Keys = keys.Keys.Select(k => k with { Outer = OuterReferences.Replace(k.Outer, o => PlanColumns.At(outer, o.Index)) }).ToList() };

    private static Expression Column(OuterReference outer) => new Expression.ColumnReference(outer.Index, outer.Name, outer.Type);

    private static Expression Shift(Expression expression, int offset) => ExpressionTree.MapColumns(expression, c => c + offset);
}
