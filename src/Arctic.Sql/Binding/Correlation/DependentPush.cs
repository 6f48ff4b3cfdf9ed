using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding.Correlation;

/// <summary>
/// The second way to undo a correlation, for whatever <see cref="ConditionPull"/> cannot: the distinct values that the sub-query reads of the query around are joined to its leaves, and go along
/// in every step up (Neumann and Kemper, "Unnesting Arbitrary Queries"). The sub-query is so computed for all of them at once.
/// </summary>
internal sealed class DependentPush
{
    private readonly IReadOnlyList<OuterReference> _columns;
    private readonly LogicalPlan _values;

    private DependentPush(LogicalPlan outer, IReadOnlyList<OuterReference> columns)
    {
        _columns = columns;
        _values = QueryBinder.Distinct(PlanColumns.Pick(outer, columns.Select(c => c.Index).ToList()));
    }

    /// <summary>The sub-query's columns, then the outer values for which a row came up; further outer columns are as they were.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: a FULL JOIN between, or another node that knows no groups.</exception>
    public static CorrelatedKeys Push(LogicalPlan outer, LogicalPlan inner)
    {
        var columns = OuterReferences.Of(inner);
        var plan = new DependentPush(outer, columns).Push(inner);
        return new CorrelatedKeys(plan, columns.Select((c, i) => new CorrelatedKey(c, inner.Schema.Count + i, ScalarFunctions.IsNotDistinctFrom)).ToList());
    }

    // The plan's columns, then the outer values.
    private LogicalPlan Push(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Values values when OuterReferences.Reads(values) => PushValues(values),
        _ when !OuterReferences.Reads(plan) => Cross(plan),
        LogicalPlan.Filter filter => PushFilter(filter),
        LogicalPlan.Project project => PushProject(project),
        LogicalPlan.Aggregate aggregate => PushAggregate(aggregate),
        LogicalPlan.Join join => PushJoin(join),
        LogicalPlan.Union union => new LogicalPlan.Union(new(union.Branches.Select(Push)), WithValues(union.Schema)),
        LogicalPlan.SetOperation set => set with { Left = Push(set.Left), Right = Push(set.Right), Schema = WithValues(set.Schema) },
        LogicalPlan.Unnest unnest => PushUnnest(unnest),
        LogicalPlan.Over over => PushOver(over),
        LogicalPlan.Sort sort => Push(sort.Input),
        LogicalPlan.Limit { Input: LogicalPlan.Sort sort, Count: { } count } limit => PushLimit(sort.Input, sort.Keys, limit.Offset, count),
        LogicalPlan.Limit { Count: { } count } limit => PushLimit(limit.Input, [], limit.Offset, count),
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"A sub-query with {plan.GetType().Name} that reads columns of the query around it is not supported."),
    };

    private RowSchema WithValues(RowSchema schema) => new(schema.Fields.Concat(_values.Schema.Fields));

    private LogicalPlan.Join Cross(LogicalPlan plan) => new(plan, _values, JoinKind.Inner, [], null, WithValues(plan.Schema));

    // The expression with the outer values where they stand in a plan: behind its first columns.
    private Expression Resolve(Expression expression, int start) =>
        OuterReferences.Replace(expression, outer => new Expression.ColumnReference(start + IndexOf(outer), outer.Name, outer.Type));

    private int IndexOf(OuterReference outer)
    {
        for (var i = 0; i < _columns.Count; i++)
        {
            if (_columns[i].Index == outer.Index)
            {
                return i;
            }
        }

        throw new System.Diagnostics.UnreachableException(outer.ToString());
    }

    private LogicalPlan PushValues(LogicalPlan.Values values)
    {
        var branches = values.Rows.Select(LogicalPlan (row) => new LogicalPlan.Project(
            _values, row.Select(e => Resolve(e, 0)).Concat(PlanColumns.All(_values)).ToEquatableList(), WithValues(values.Schema))).ToList();
        return branches is [var only] ? only : new LogicalPlan.Union(new(branches), WithValues(values.Schema));
    }

    private LogicalPlan.Filter PushFilter(LogicalPlan.Filter filter)
    {
        var input = Push(filter.Input);
        return new LogicalPlan.Filter(input, Resolve(filter.Predicate, filter.Input.Schema.Count));
    }

    private LogicalPlan.Project PushProject(LogicalPlan.Project project)
    {
        var start = project.Input.Schema.Count;
        var input = Push(project.Input);
        var expressions = project.Expressions.Select(e => Resolve(e, start)).Concat(ValuesAt(input, start));
        return new LogicalPlan.Project(input, new(expressions), WithValues(project.Schema));
    }

    private LogicalPlan.Project PushUnnest(LogicalPlan.Unnest unnest)
    {
        var start = unnest.Input.Schema.Count;
        var elements = unnest.Schema.Count - start;
        var input = Push(unnest.Input);
        var schema = new RowSchema(input.Schema.Fields.Concat(unnest.Schema.Fields.Skip(start)));
        var plan = new LogicalPlan.Unnest(input, Resolve(unnest.Collection, start), unnest.WithOrdinality, unnest.KeepsEmpty, schema);
        return PlanColumns.Pick(plan, [.. Enumerable.Range(0, start), .. Enumerable.Range(start + _columns.Count, elements), .. Enumerable.Range(start, _columns.Count)]);
    }

    private LogicalPlan.Project PushOver(LogicalPlan.Over over)
    {
        var start = over.Input.Schema.Count;
        var input = Push(over.Input);
        var schema = new RowSchema(input.Schema.Fields.Concat(over.Schema.Fields.Skip(start)));
        var plan = new LogicalPlan.Over(input, over.Partition.Concat(Enumerable.Range(start, _columns.Count)).ToEquatableList(), over.Order, over.Frame, over.Calls, schema);
        return PlanColumns.Pick(plan, [.. Enumerable.Range(0, start), .. Enumerable.Range(start + _columns.Count, over.Calls.Count), .. Enumerable.Range(start, _columns.Count)]);
    }

    // So many rows of each outer value.
    private LogicalPlan.Rank PushLimit(LogicalPlan plan, EquatableList<SortKey> order, long offset, long count)
    {
        var input = Push(plan);
        return new LogicalPlan.Rank(input, Enumerable.Range(plan.Schema.Count, _columns.Count).ToEquatableList(), order, offset + 1, offset + count, GivesNumber: false, input.Schema);
    }

    // A group of each outer value. Without keys there is a row also for values without rows.
    private LogicalPlan.Project PushAggregate(LogicalPlan.Aggregate aggregate)
    {
        var start = aggregate.Input.Schema.Count;
        var input = Push(aggregate.Input);
        var keys = aggregate.GroupKeys.Concat(Enumerable.Range(start, _columns.Count)).ToEquatableList();
        var keyCount = aggregate.GroupKeys.Count;
        var fields = aggregate.Schema.Fields.Take(keyCount).Concat(_values.Schema.Fields).Concat(aggregate.Schema.Fields.Skip(keyCount));
        var grouped = new LogicalPlan.Aggregate(input, keys, aggregate.Calls, new RowSchema(fields));
        if (keyCount > 0)
        {
            return PlanColumns.Pick(
                grouped, [.. Enumerable.Range(0, keyCount), .. Enumerable.Range(keyCount + _columns.Count, aggregate.Calls.Count), .. Enumerable.Range(keyCount, _columns.Count)]);
        }

        var joined = new LogicalPlan.Join(_values, grouped, JoinKind.LeftOuter, SameValues(0, 0), null, PlanColumns.JoinSchema(_values, grouped, JoinKind.LeftOuter));
        var results = aggregate.Calls.Select((c, i) => EmptyResults.Of(c, PlanColumns.At(joined, (2 * _columns.Count) + i), isNullable: false));
        return new LogicalPlan.Project(joined, new(results.Concat(ValuesAt(joined, 0))), WithValues(aggregate.Schema));
    }

    private LogicalPlan PushJoin(LogicalPlan.Join join)
    {
        if (join.Kind == JoinKind.FullOuter)
        {
            throw new ArcticException(ErrorCodes.Unsupported, "A sub-query with FULL JOIN that reads columns of the query around it is not supported.");
        }

        // A side whose rows are kept without a partner must have the values; the other one where it reads them itself.
        var (leftCount, rightCount) = (join.Left.Schema.Count, join.Right.Schema.Count);
        var pushesRight = join.Kind == JoinKind.RightOuter || OuterReferences.Reads(join.Right);
        var pushesLeft = join.Kind is JoinKind.LeftOuter or JoinKind.LeftSemi or JoinKind.LeftAnti || OuterReferences.Reads(join.Left) || !pushesRight;
        var left = pushesLeft ? Push(join.Left) : join.Left;
        var right = pushesRight ? Push(join.Right) : join.Right;
        var added = left.Schema.Count - leftCount;
        var keys = pushesLeft && pushesRight ? join.Keys.Concat(SameValues(leftCount, rightCount)).ToEquatableList() : join.Keys;
        var start = pushesLeft && join.Kind != JoinKind.RightOuter ? leftCount : leftCount + added + rightCount;
        var residual = join.Residual is null ? null : Resolve(ExpressionTree.MapColumns(join.Residual, c => c < leftCount ? c : c + added), start);
        var isLeftOnly = join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti;
        var joined = new LogicalPlan.Join(left, right, join.Kind, keys, residual, isLeftOnly ? left.Schema : PlanColumns.JoinSchema(left, right, join.Kind));
        return isLeftOnly ? joined : PlanColumns.Pick(joined, [.. Enumerable.Range(0, leftCount), .. Enumerable.Range(leftCount + added, rightCount), .. Enumerable.Range(start, _columns.Count)]);
    }

    private EquatableList<JoinKey> SameValues(int left, int right) => Enumerable.Range(0, _columns.Count).Select(i => new JoinKey(left + i, right + i, NullsMatch: true)).ToEquatableList();

    private IEnumerable<Expression> ValuesAt(LogicalPlan plan, int start) => Enumerable.Range(start, _columns.Count).Select(i => PlanColumns.At(plan, i));
}
