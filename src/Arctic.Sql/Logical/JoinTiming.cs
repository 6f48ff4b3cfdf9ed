using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Joins;

namespace Arctic.Sql.Logical;

/// <summary>What a join's condition says of time, so that a stream need not keep its rows for ever.</summary>
internal abstract record JoinTiming
{
    /// <summary>The join's timing; null when it has none.</summary>
    public static JoinTiming? Of(LogicalPlan.Join join) => (JoinTiming?)FindWindow(join) ?? FindInterval(join);

    /// <summary>Both sides lie in the same window.</summary>
    public sealed record Window(WindowProperties Left, WindowProperties Right) : JoinTiming;

    /// <summary>The times of both sides are not far apart.</summary>
    public sealed record Interval(JoinInterval Bounds) : JoinTiming;

    private static Window? FindWindow(LogicalPlan.Join join)
    {
        // A look at the keys first: what lies below need not be searched for most joins.
        if (join.Keys.Count(k => IsTime(join.Left.Schema[k.Left].Type)) < 2 || WindowProperties.Of(join.Left) is not { Attribute: not TimeAttribute.None } left || WindowProperties.Of(join.Right) is not { Attribute: not TimeAttribute.None } right)
        {
            return null;
        }

        return join.Keys.Any(k => k.Left == left.StartIndex && k.Right == right.StartIndex) && join.Keys.Any(k => k.Left == left.EndIndex && k.Right == right.EndIndex)
            ? new Window(left, right)
            : null;
    }

    // Semi and anti joins of an interval are regular ones, as in Flink.
    private static Interval? FindInterval(LogicalPlan.Join join)
    {
        if (join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti || join.Keys.Count == 0)
        {
            return null;
        }

        var closed = FindBounds(join).Where(b => b.Value.Lower != long.MinValue && b.Value.Upper != long.MaxValue).ToList();
        if (closed.Count == 0)
        {
            return null;
        }

        var (left, right) = (TimeAttributes.Of(join.Left), TimeAttributes.Of(join.Right));
        return closed.Where(b => left[b.Key.Left] == TimeAttribute.Rowtime && right[b.Key.Right] == TimeAttribute.Rowtime)
            .Select(b => new Interval(new JoinInterval(b.Key.Left, b.Key.Right, b.Value.Lower, b.Value.Upper))).FirstOrDefault();
    }

    // What the condition says of left times minus right times, by their columns.
    private static Dictionary<(int Left, int Right), (long Lower, long Upper)> FindBounds(LogicalPlan.Join join)
    {
        var bounds = new Dictionary<(int Left, int Right), (long Lower, long Upper)>();
        foreach (var key in join.Keys.Where(k => IsTime(join.Left.Schema[k.Left].Type)))
        {
            bounds[(key.Left, key.Right)] = (0, 0);
        }

        var leftCount = join.Left.Schema.Count;
        foreach (var term in join.Residual is null ? [] : ExpressionTree.Conjuncts(join.Residual))
        {
            if (FindBound(term, leftCount) is var (left, right, lower, upper) && IsTime(join.Left.Schema[left].Type) && IsTime(join.Right.Schema[right].Type))
            {
                var known = bounds.GetValueOrDefault((left, right), (long.MinValue, long.MaxValue));
                bounds[(left, right)] = (Math.Max(known.Item1, lower), Math.Min(known.Item2, upper));
            }
        }

        return bounds;
    }

    private static bool IsTime(DataType type) => type is DataType.Timestamp or DataType.TimestampLtz;

    // left + a op right + b, written either way round: bounds of left - right.
    private static (int Left, int Right, long Lower, long Upper)? FindBound(Expression term, int leftCount)
    {
        if (term is not Expression.Call { Arguments: [var first, var second] } call || FindMoment(first) is not var (column, shift) || FindMoment(second) is not var (otherColumn, otherShift))
        {
            return null;
        }

        var isLess = ReferenceEquals(call.Function, ScalarFunctions.LessThan) || ReferenceEquals(call.Function, ScalarFunctions.LessThanOrEqual);
        var isGreater = ReferenceEquals(call.Function, ScalarFunctions.GreaterThan) || ReferenceEquals(call.Function, ScalarFunctions.GreaterThanOrEqual);
        var strict = ReferenceEquals(call.Function, ScalarFunctions.LessThan) || ReferenceEquals(call.Function, ScalarFunctions.GreaterThan) ? 1 : 0;
        if (column >= leftCount)
        {
            (column, shift, otherColumn, otherShift) = (otherColumn, otherShift, column, shift);
            (isLess, isGreater) = (isGreater, isLess);
        }

        if (column >= leftCount || otherColumn < leftCount)
        {
            return null;
        }

        var distance = otherShift - shift;
        return ReferenceEquals(call.Function, ScalarFunctions.Equals) ? (column, otherColumn - leftCount, distance, distance)
            : isLess ? (column, otherColumn - leftCount, long.MinValue, distance - strict)
            : isGreater ? (column, otherColumn - leftCount, distance + strict, long.MaxValue)
            : null;
    }

    // A column, perhaps with a constant interval added or taken away, in milliseconds.
    private static (int Column, long Shift)? FindMoment(Expression expression) => expression switch
    {
        Expression.ColumnReference column => (column.Index, 0),
        Expression.Call { Arguments: [Expression.ColumnReference column, Expression.Literal { Type: DataType.IntervalDayTime, Value: long millis }] } call =>
            ReferenceEquals(call.Function, ScalarFunctions.Plus) ? (column.Index, millis) : ReferenceEquals(call.Function, ScalarFunctions.Minus) ? (column.Index, -millis) : null,
        _ => null,
    };
}
