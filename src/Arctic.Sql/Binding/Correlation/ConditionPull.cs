using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding.Correlation;

/// <summary>A plan that reads nothing of the query around it any more.</summary>
/// <param name="Plan">The columns as before, then those that the conditions need.</param>
/// <param name="Conditions">What must hold between a row of the plan and one of the query around: over the plan's columns and <see cref="OuterReference"/>s.</param>
internal sealed record PulledPlan(LogicalPlan Plan, IReadOnlyList<Expression> Conditions);

/// <summary>
/// The first way to undo a correlation: its terms of WHERE are taken out of the sub-query and become conditions of the join with the query around. An equality can
/// pass a grouping, by which its inner side becomes one more key.
/// </summary>
internal static class ConditionPull
{
    /// <summary>Takes the conditions out; null where one cannot pass what stands above it.</summary>
    public static PulledPlan? TryPull(LogicalPlan plan) => plan switch
    {
        _ when !OuterReferences.Reads(plan) => new PulledPlan(plan, []),
        LogicalPlan.Filter filter => PullFilter(filter),
        LogicalPlan.Project project => PullProject(project),
        LogicalPlan.Join join => PullJoin(join),
        LogicalPlan.Aggregate { GroupKeys.Count: > 0 } aggregate => PullAggregate(aggregate),
        LogicalPlan.Unnest unnest when !OuterReferences.Reads(unnest.Collection) => PullUnnest(unnest),

        // The order of a sub-query's rows means nothing without LIMIT.
        LogicalPlan.Sort sort => TryPull(sort.Input),
        _ => null,
    };

    private static PulledPlan? PullFilter(LogicalPlan.Filter filter)
    {
        if (TryPull(filter.Input) is not { } below)
        {
            return null;
        }

        var terms = ExpressionTree.Conjuncts(filter.Predicate).ToLookup(OuterReferences.Reads);
        var plan = ExpressionTree.And(terms[false]) is { } kept ? new LogicalPlan.Filter(below.Plan, kept) : below.Plan;
        return new PulledPlan(plan, [.. below.Conditions, .. terms[true]]);
    }

    private static PulledPlan? PullProject(LogicalPlan.Project project)
    {
        if (project.Expressions.Any(OuterReferences.Reads) || TryPull(project.Input) is not { } below)
        {
            return null;
        }

        var expressions = project.Expressions.ToList();
        var fields = project.Schema.Fields.ToList();
        var places = new Dictionary<int, int>();
        foreach (var column in ExpressionTree.ColumnsOf(below.Conditions))
        {
            var place = expressions.FindIndex(e => e is Expression.ColumnReference c && c.Index == column);
            if (place < 0)
            {
                place = expressions.Count;
                expressions.Add(PlanColumns.At(below.Plan, column));
                fields.Add(below.Plan.Schema[column]);
            }

            places.Add(column, place);
        }

        return new PulledPlan(new LogicalPlan.Project(below.Plan, new(expressions), new RowSchema(fields)), MapAll(below.Conditions, c => places[c]));
    }

    // A condition leaves a join where the rows of its side are not kept, or made up, without a partner.
    private static PulledPlan? PullJoin(LogicalPlan.Join join)
    {
        var residualReads = join.Residual is not null && OuterReferences.Reads(join.Residual);
        var canLeave = join.Kind switch
        {
            JoinKind.Inner => true,
            JoinKind.LeftOuter or JoinKind.LeftSemi or JoinKind.LeftAnti => !OuterReferences.Reads(join.Right) && !residualReads,
            JoinKind.RightOuter => !OuterReferences.Reads(join.Left) && !residualReads,
            _ => false,
        };
        if (!canLeave || TryPull(join.Left) is not { } left || TryPull(join.Right) is not { } right)
        {
            return null;
        }

        var (leftCount, rightCount, added) = (join.Left.Schema.Count, join.Right.Schema.Count, left.Plan.Schema.Count - join.Left.Schema.Count);
        var terms = (join.Residual is null ? [] : ExpressionTree.Conjuncts(join.Residual)).ToLookup(OuterReferences.Reads);
        var residual = ExpressionTree.And(terms[false].Select(t => ExpressionTree.MapColumns(t, c => c < leftCount ? c : c + added)));
        if (join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti)
        {
            return new PulledPlan(new LogicalPlan.Join(left.Plan, right.Plan, join.Kind, join.Keys, residual, left.Plan.Schema), left.Conditions);
        }

        // The join's columns, then those that conditions have added on the left, then on the right.
        var joined = new LogicalPlan.Join(left.Plan, right.Plan, join.Kind, join.Keys, residual, PlanColumns.JoinSchema(left.Plan, right.Plan, join.Kind));
        var order = Enumerable.Range(0, leftCount)
            .Concat(Enumerable.Range(leftCount + added, rightCount))
            .Concat(Enumerable.Range(leftCount, added))
            .Concat(Enumerable.Range(leftCount + added + rightCount, right.Plan.Schema.Count - rightCount));
        List<Expression> conditions =
        [
            .. MapAll(left.Conditions, c => c < leftCount ? c : c + rightCount),
            .. MapAll(right.Conditions, c => c < rightCount ? c + leftCount : c + leftCount + added),
            .. terms[true],
        ];
        return new PulledPlan(PlanColumns.Pick(joined, order.ToList()), conditions);
    }

    private static PulledPlan? PullAggregate(LogicalPlan.Aggregate aggregate)
    {
        if (TryPull(aggregate.Input) is not { } below || CorrelatedKeys.TryMake(below) is not { } keyed)
        {
            return null;
        }

        var (keyCount, callCount, added) = (aggregate.GroupKeys.Count, aggregate.Calls.Count, keyed.Keys.Count);
        var fields = aggregate.Schema.Fields.Take(keyCount).Concat(keyed.Keys.Select(k => keyed.Plan.Schema[k.Column])).Concat(aggregate.Schema.Fields.Skip(keyCount));
        var grouped = new LogicalPlan.Aggregate(keyed.Plan, aggregate.GroupKeys.Concat(keyed.Keys.Select(k => k.Column)).ToEquatableList(), aggregate.Calls, new RowSchema(fields));
        var order = Enumerable.Range(0, keyCount).Concat(Enumerable.Range(keyCount + added, callCount)).Concat(Enumerable.Range(keyCount, added)).ToList();
        var plan = PlanColumns.Pick(grouped, order);
        return new PulledPlan(plan, keyed.Keys.Select((k, i) => k.Condition(PlanColumns.At(plan, keyCount + callCount + i))).ToList());
    }

    private static PulledPlan? PullUnnest(LogicalPlan.Unnest unnest)
    {
        if (TryPull(unnest.Input) is not { } below)
        {
            return null;
        }

        var (count, added) = (unnest.Input.Schema.Count, below.Plan.Schema.Count - unnest.Input.Schema.Count);
        var elements = unnest.Schema.Count - count;
        var fields = below.Plan.Schema.Fields.Concat(unnest.Schema.Fields.Skip(count));
        var plan = new LogicalPlan.Unnest(below.Plan, unnest.Collection, unnest.WithOrdinality, unnest.KeepsEmpty, new RowSchema(fields));
        var order = Enumerable.Range(0, count).Concat(Enumerable.Range(count + added, elements)).Concat(Enumerable.Range(count, added)).ToList();
        return new PulledPlan(PlanColumns.Pick(plan, order), MapAll(below.Conditions, c => c < count ? c : c + elements));
    }

    private static List<Expression> MapAll(IReadOnlyList<Expression> conditions, Func<int, int> map) => conditions.Select(c => ExpressionTree.MapColumns(c, map)).ToList();
}
