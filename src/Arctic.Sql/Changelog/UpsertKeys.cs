using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Changelog;

/// <summary>Which columns identify a row of a node's result, from the keys of its inputs (spec/flink-sql.md, 4).</summary>
internal static class UpsertKeys
{
    private const int KeysMax = 16;

    /// <summary>The keys of a node.</summary>
    /// <param name="inputs">The keys of its inputs, in order.</param>
    public static IReadOnlyList<EquatableList<int>> Of(LogicalPlan node, IReadOnlyList<IReadOnlyList<EquatableList<int>>> inputs) => node switch
    {
        LogicalPlan.Scan scan => OfScan(scan),
        LogicalPlan.Project project => OfProject(project, inputs[0]),
        LogicalPlan.Aggregate aggregate => [Enumerable.Range(0, aggregate.GroupKeys.Count).ToEquatableList()],
        LogicalPlan.Join join => OfJoin(join, inputs[0], inputs[1]),
        LogicalPlan.SetOperation { IsAll: false } set => [Enumerable.Range(0, set.Schema.Count).ToEquatableList()],
        LogicalPlan.Rank rank => RankKey(rank) is { } key ? [key, .. inputs[0]] : inputs[0],
        LogicalPlan.WindowTable window => [.. inputs[0].Select(k => k.Append(window.Input.Schema.Count).Append(window.Input.Schema.Count + 1).ToEquatableList())],
        LogicalPlan.TemporalJoin => inputs[0],
        LogicalPlan.LookupJoin join when IsByPrimaryKey(join) => inputs[0],
        LogicalPlan.Over => inputs[0],
        LogicalPlan.Filter or LogicalPlan.Sort or LogicalPlan.Limit or LogicalPlan.TopN or LogicalPlan.WatermarkAssigner or LogicalPlan.Sink => inputs[0],
        _ => [],
    };

    // A row meets one other at most.
    private static bool IsByPrimaryKey(LogicalPlan.LookupJoin join) => join.Table.Table.PrimaryKey.All(k => join.Keys.Any(j => join.Table.Schema[j.Right].Name == k));

    // A place in a partition holds one row; without the number only a single place tells it.
    private static EquatableList<int>? RankKey(LogicalPlan.Rank rank) =>
        rank.Start == rank.End ? rank.Partition : rank.GivesNumber ? rank.Partition.Append(rank.Input.Schema.Count).ToEquatableList() : null;

    private static IReadOnlyList<EquatableList<int>> OfScan(LogicalPlan.Scan scan)
    {
        var key = scan.Table.PrimaryKey.Select(scan.Schema.FindIndex).ToEquatableList();
        return key.Count == 0 || key.Contains(-1) ? [] : [key];
    }

    // A key goes on where all of its columns do: as they are, or under a cast that keeps different values apart.
    private static IReadOnlyList<EquatableList<int>> OfProject(LogicalPlan.Project project, IReadOnlyList<EquatableList<int>> inputs)
    {
        var places = new Dictionary<int, int>();
        for (var i = 0; i < project.Expressions.Count; i++)
        {
            if (Source(project.Expressions[i]) is { } source)
            {
                places.TryAdd(source, i);
            }
        }

        return inputs.Where(k => k.All(places.ContainsKey)).Select(k => k.Select(c => places[c]).ToEquatableList()).ToList();
    }

    private static int? Source(Expression expression) => expression switch
    {
        Expression.ColumnReference column => column.Index,
        Expression.Cast { IsTry: false, Operand: Expression.ColumnReference column } cast when IsInjective(column.Type, cast.Type) => column.Index,
        _ => null,
    };

    private static bool IsInjective(DataType from, DataType to) =>
        (from.IsInteger() && to.IsInteger() && TypeCoercion.CanAssign(from, to)) || (from.IsInteger() && to is DataType.VarChar { Length: >= 20 })
        || (from is DataType.VarChar or DataType.Char && to is DataType.VarChar { Length: DataType.MaxLength });

    private static IReadOnlyList<EquatableList<int>> OfJoin(LogicalPlan.Join join, IReadOnlyList<EquatableList<int>> left, IReadOnlyList<EquatableList<int>> right)
    {
        if (join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti)
        {
            return left;
        }

        var leftCount = join.Left.Schema.Count;
        var shifted = right.Select(k => k.Select(c => c + leftCount).ToEquatableList()).ToList();
        var leftIsUnique = left.Any(k => k.All(c => join.Keys.Any(j => j.Left == c)));
        var rightIsUnique = right.Any(k => k.All(c => join.Keys.Any(j => j.Right == c)));
        var keys = new List<EquatableList<int>>();
        if (rightIsUnique && join.Kind is JoinKind.Inner or JoinKind.LeftOuter)
        {
            // A left row has one partner at most, so its own key tells the pair.
            keys.AddRange(left);
        }

        if (leftIsUnique && join.Kind is JoinKind.Inner or JoinKind.RightOuter)
        {
            keys.AddRange(shifted);
        }

        // Both keys together; a side that may be all NULL does not tell rows apart by a nullable key, but the other side's key still does.
        keys.AddRange(left.SelectMany(l => shifted.Select(r => l.Concat(r).ToEquatableList())));
        return keys.Distinct().Take(KeysMax).ToList();
    }
}
