using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Ranking;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Changelog;

/// <summary>Which orders a stream can be brought into, and what follows from them (spec/flink-sql.md, 5).</summary>
internal static class TimeOrder
{
    /// <summary>Whether a Sort's first key is an event time, ascending.</summary>
    public static bool IsByTime(LogicalPlan.Sort sort) =>
        sort.Keys is [{ IsDescending: false } first, ..] && TimeAttributes.Of(sort.Input)[first.Index] == TimeAttribute.Rowtime;

    /// <summary>Whether an Over's order is a time attribute.</summary>
    public static bool IsByTime(LogicalPlan.Over over) => AttributeOf(over) != TimeAttribute.None;

    /// <summary>What an Over is ordered by.</summary>
    public static TimeAttribute AttributeOf(LogicalPlan.Over over) => over.Order.Count == 1 ? TimeAttributes.Of(over.Input)[over.Order[0].Index] : TimeAttribute.None;

    /// <summary>Refuses windows that a stream cannot be answered over.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>.</exception>
    public static void Check(LogicalPlan.Over over)
    {
        if (over.Calls.FirstOrDefault(c => c.Function is OverFunction.Lead or OverFunction.Ntile or OverFunction.PercentRank or OverFunction.CumeDist) is { } call)
        {
            throw Refuse($"{AggregateNames.Of(call.Function)} Function is not supported in stream mode.");
        }

        if (over.Calls.Any(c => c.IgnoresNulls))
        {
            throw Refuse("LAG with IGNORE NULLS is not supported in stream mode.");
        }

        if (over.Order.Count != 1)
        {
            throw Refuse("The window can only be ordered by a single time column.");
        }

        if (over.Order[0].IsDescending)
        {
            throw Refuse("The window can only be ordered in ASCENDING mode.");
        }

        if (over.Frame.End != OverBound.CurrentRow)
        {
            throw Refuse("OVER RANGE FOLLOWING windows are not supported yet.");
        }

        if (!IsByTime(over) && (!over.Frame.Start.IsUnbounded || over.Calls.Any(c => c.Function == OverFunction.Lag)))
        {
            throw Refuse("Non-time attribute sort is not supported for bounded OVER window.");
        }
    }

    /// <summary>Whether a Rank is a deduplication by time (Flink's Deduplicate), and which row it keeps; null when it is none.</summary>
    /// <param name="input">The kinds of rows that it reads.</param>
    public static DeduplicateKeep? FindDeduplication(LogicalPlan.Rank rank, ChangelogMode input)
    {
        if (rank is not { Start: 1, End: 1, GivesNumber: false, Order: [var order] } || input != ChangelogMode.Insert || TimeAttributes.Of(rank.Input)[order.Index] == TimeAttribute.None)
        {
            return null;
        }

        return order.IsDescending ? DeduplicateKeep.Last : DeduplicateKeep.First;
    }

    private static ArcticException Refuse(string message) => new(ErrorCodes.Unsupported, message) { Hint = "Order by one event or processing time, ascending; or run the statement in batch." };
}
