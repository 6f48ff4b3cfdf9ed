using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>INTERSECT and EXCEPT as joins: distinct left rows that have, or have not, an equal row on the right, where NULL equals NULL.</summary>
internal static class SetOperationRewrite
{
    /// <summary>The same rows by a semi or anti join.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: with ALL, duplicates count.</exception>
    public static LogicalPlan ToJoin(LogicalPlan.SetOperation set)
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
