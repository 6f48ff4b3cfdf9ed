using Arctic.Columnar.Expressions;
using Arctic.Dataflow.Operators.Windows;

namespace Arctic.Sql.Logical;

/// <summary>What a column says of time.</summary>
internal enum TimeAttribute
{
    /// <summary>Nothing that streams go by.</summary>
    None,

    /// <summary>When something happened; watermarks say how far it has come.</summary>
    Rowtime,

    /// <summary>When a row is processed.</summary>
    Proctime,
}

/// <summary>Finds the time attributes of a plan: they begin at a watermark or at PROCTIME() and go on where rows pass as they are (spec/flink-sql.md, 5).</summary>
internal static class TimeAttributes
{
    /// <summary>What each column of the node is.</summary>
    public static IReadOnlyList<TimeAttribute> Of(LogicalPlan plan) => plan switch
    {
        LogicalPlan.WatermarkAssigner watermark => Of(watermark.Input).Select((t, i) => i == watermark.RowtimeIndex ? TimeAttribute.Rowtime : t).ToList(),
        LogicalPlan.Project project => OfProject(project),
        LogicalPlan.Filter or LogicalPlan.Limit or LogicalPlan.Sort or LogicalPlan.TopN => Of(plan.Inputs[0]),
        LogicalPlan.Over or LogicalPlan.Rank or LogicalPlan.Unnest => [.. Of(plan.Inputs[0]), .. None(plan.Schema.Count - plan.Inputs[0].Schema.Count)],
        LogicalPlan.WindowTable window => OfWindow(window),
        LogicalPlan.Union union => OfUnion(union),
        LogicalPlan.Aggregate aggregate when WindowProperties.Grouping(aggregate) is { } window => OfKeys(aggregate, window),
        LogicalPlan.Join join when JoinTiming.Of(join) is not null => OfSides(join),
        LogicalPlan.TemporalJoin join => [.. Of(join.Left), .. Of(join.Right)],
        LogicalPlan.LookupJoin join => [.. Of(join.Left), .. None(join.Table.Schema.Count)],
        _ => None(plan.Schema.Count),
    };

    private static TimeAttribute[] None(int count) => new TimeAttribute[count];

    private static List<TimeAttribute> OfProject(LogicalPlan.Project project)
    {
        var input = Of(project.Input);
        return project.Expressions.Select(e => e switch
        {
            Expression.ColumnReference column => input[column.Index],
            Expression.Call { Function.Name: "PROCTIME" } => TimeAttribute.Proctime,
            _ => TimeAttribute.None,
        }).ToList();
    }

    private static List<TimeAttribute> OfWindow(LogicalPlan.WindowTable window)
    {
        var input = Of(window.Input);
        return [.. input, TimeAttribute.None, TimeAttribute.None, input[window.Window.TimeIndex]];
    }

    private static List<TimeAttribute> OfUnion(LogicalPlan.Union union)
    {
        var branches = union.Branches.Select(Of).ToList();
        return branches[0].Select((time, i) => branches.TrueForAll(b => b[i] == time) ? time : TimeAttribute.None).ToList();
    }

    private static List<TimeAttribute> OfKeys(LogicalPlan.Aggregate aggregate, WindowProperties window) =>
        Enumerable.Range(0, aggregate.Schema.Count).Select(i => i < aggregate.GroupKeys.Count && aggregate.GroupKeys[i] == window.TimeIndex ? window.Attribute : TimeAttribute.None).ToList();

    private static List<TimeAttribute> OfSides(LogicalPlan.Join join) => join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti ? [.. Of(join.Left)] : [.. Of(join.Left), .. Of(join.Right)];
}

/// <summary>The columns of a node that say in which window a row lies.</summary>
/// <param name="StartIndex"><c>window_start</c>.</param>
/// <param name="EndIndex"><c>window_end</c>.</param>
/// <param name="TimeIndex"><c>window_time</c>; -1 where it has been left out.</param>
/// <param name="IsWallClock">Whether start and end follow the wall clock of the session's zone: windows of TIMESTAMP_LTZ.</param>
/// <param name="Attribute">What the windows are of; none in a plan without watermarks.</param>
internal sealed record WindowProperties(int StartIndex, int EndIndex, int TimeIndex, bool IsWallClock, TimeAttribute Attribute)
{
    /// <summary>The window columns of a node; null when it has none.</summary>
    public static WindowProperties? Of(LogicalPlan plan) => plan switch
    {
        LogicalPlan.WindowTable window => OfTable(window),
        LogicalPlan.Project project => Of(project.Input)?.Moved(i => project.Expressions.ToList().FindIndex(e => e is Expression.ColumnReference column && column.Index == i)),
        LogicalPlan.Filter or LogicalPlan.Over or LogicalPlan.Rank or LogicalPlan.Unnest => Of(plan.Inputs[0]),
        LogicalPlan.Aggregate aggregate => Grouping(aggregate)?.Moved(i => aggregate.GroupKeys.ToList().IndexOf(i)),
        LogicalPlan.Join join when JoinTiming.Of(join) is JoinTiming.Window => Of(join.Left),
        _ => null,
    };

    /// <summary>The window that an Aggregate groups by, in its input; null when it groups by none.</summary>
    public static WindowProperties? Grouping(LogicalPlan.Aggregate aggregate) => Within(aggregate.Input, aggregate.GroupKeys);

    /// <summary>The window that a Rank is within, in its input; null when it is in none.</summary>
    public static WindowProperties? Partitioning(LogicalPlan.Rank rank) => Within(rank.Input, rank.Partition);

    private static WindowProperties? Within(LogicalPlan input, IReadOnlyCollection<int> keys) =>
        Of(input) is { Attribute: not TimeAttribute.None } window && keys.Contains(window.StartIndex) && keys.Contains(window.EndIndex) ? window : null;

    private static WindowProperties OfTable(LogicalPlan.WindowTable window)
    {
        var count = window.Input.Schema.Count;
        return new WindowProperties(
            count, count + 1, count + 2, window.Input.Schema[window.Window.TimeIndex].Type is Columnar.Types.DataType.TimestampLtz, TimeAttributes.Of(window.Input)[window.Window.TimeIndex]);
    }

    private WindowProperties? Moved(Func<int, int> place)
    {
        var (start, end) = (place(StartIndex), place(EndIndex));
        return start < 0 || end < 0 ? null : this with { StartIndex = start, EndIndex = end, TimeIndex = TimeIndex < 0 ? -1 : place(TimeIndex) };
    }
}
