using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>Says what the dataflow has no operator for by what it has: before the changelog is inferred, so that what is inferred is what runs.</summary>
internal static class PlanRewrite
{
    /// <summary>The same rows by nodes that can be drawn.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: INTERSECT ALL or EXCEPT ALL, where duplicates count.</exception>
    public static LogicalPlan Apply(LogicalPlan plan)
    {
        var inputs = plan.Inputs.Select(Apply).ToList();
        var node = inputs.Zip(plan.Inputs).All(i => ReferenceEquals(i.First, i.Second)) ? plan : plan.WithInputs(inputs);
        return node switch
        {
            LogicalPlan.SetOperation set => ToJoin(set),
            LogicalPlan.Limit { Input: LogicalPlan.Sort sort, Count: { } count } limit => new LogicalPlan.TopN(sort.Input, sort.Keys, limit.Offset, count),
            _ => node,
        };
    }

    /// <summary>INTERSECT and EXCEPT as joins: distinct left rows that have, or have not, an equal row on the right, where NULL equals NULL.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: with ALL, duplicates count.</exception>
    public static LogicalPlan.Join ToJoin(LogicalPlan.SetOperation set)
    {
        if (set.IsAll)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"{set.Kind.ToString().ToUpperInvariant()} ALL is not supported in streaming.") { Hint = "Leave ALL out, or run the statement in batch." };
        }

        var columns = Enumerable.Range(0, set.Schema.Count).ToEquatableList();
        var left = new LogicalPlan.Aggregate(set.Left, columns, EquatableList<AggregateCall>.Empty, set.Schema);
        var kind = set.Kind == SetOperationKind.Intersect ? JoinKind.LeftSemi : JoinKind.LeftAnti;
        return new LogicalPlan.Join(left, set.Right, kind, columns.Select(c => new JoinKey(c, c, NullsMatch: true)).ToEquatableList(), null, set.Schema);
    }
}
