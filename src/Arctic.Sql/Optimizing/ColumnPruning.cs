using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Leaves columns out that nobody reads, down to the scans. Goes from the root to the leaves, so it is no <see cref="IPlanRule"/>.</summary>
/// <param name="keepsPrimaryKey">Whether a scan keeps its key columns in any case.</param>
internal sealed class ColumnPruning(Func<LogicalPlan.Scan, bool> keepsPrimaryKey)
{
    /// <summary>The same columns, computed from fewer.</summary>
    public LogicalPlan Prune(LogicalPlan plan) => plan is LogicalPlan.Sink sink
        ? sink with { Input = Prune(sink.Input) }
        : Exactly(plan, Enumerable.Range(0, plan.Schema.Count).ToList());

    // The plan with exactly these columns, in this order.
    private LogicalPlan Exactly(LogicalPlan plan, List<int> columns)
    {
        var (pruned, map) = Prune(plan, columns.ToHashSet());
        if (pruned.Schema.Count == columns.Count && columns.Select((c, i) => map[c] == i).All(same => same))
        {
            return pruned;
        }

        return new LogicalPlan.Project(pruned, new(columns.Select(c => Column(pruned.Schema, map[c]))), plan.Schema.Project(columns));
    }

    // The plan with at least these columns, and where each of its former columns is now (-1 for those that are gone).
    private (LogicalPlan Plan, int[] Map) Prune(LogicalPlan plan, HashSet<int> required) => plan switch
    {
        LogicalPlan.Scan scan => PruneScan(scan, required),
        LogicalPlan.Values values => PruneValues(values, required),
        LogicalPlan.Project project => PruneProject(project, required),
        LogicalPlan.Filter filter => PruneFilter(filter, required),
        LogicalPlan.Aggregate aggregate => PruneAggregate(aggregate, required),
        LogicalPlan.Join join => PruneJoin(join, required),
        LogicalPlan.Union union => PruneUnion(union, required),
        LogicalPlan.Sort sort => PruneOrdered(sort, sort.Keys, required, (s, input, keys) => s with { Input = input, Keys = keys }),
        LogicalPlan.TopN top => PruneOrdered(top, top.Keys, required, (t, input, keys) => t with { Input = input, Keys = keys }),
        LogicalPlan.Limit limit => PruneLimit(limit, required),
        LogicalPlan.Unnest unnest => PruneUnnest(unnest, required),
        LogicalPlan.Over over => PruneOver(over, required),
        LogicalPlan.Rank rank => PruneRank(rank, required),
        LogicalPlan.WindowTable window => PruneWindow(window, required),
        LogicalPlan.TemporalJoin join => PruneTemporalJoin(join, required),
        LogicalPlan.LookupJoin join => PruneLookupJoin(join, required),
        LogicalPlan.WatermarkAssigner watermark => PruneWatermark(watermark, required),
        _ => KeepAll(plan),
    };

    private (LogicalPlan Plan, int[] Map) KeepAll(LogicalPlan plan) => (plan.WithInputs(plan.Inputs.Select(Prune).ToList()), Identity(plan.Schema.Count));

    private (LogicalPlan Plan, int[] Map) PruneScan(LogicalPlan.Scan scan, HashSet<int> required)
    {
        var kept = new HashSet<int>(required);
        kept.UnionWith(scan.Predicate is null ? [] : ExpressionTree.ColumnsOf(scan.Predicate));
        if (keepsPrimaryKey(scan))
        {
            kept.UnionWith(scan.Table.PrimaryKey.Select(scan.Schema.FindIndex).Where(i => i >= 0));
        }

        // Rows that only count still need a column to be counted by.
        if (kept.Count == 0 && scan.Columns.Count > 0)
        {
            kept.Add(0);
        }

        var map = MapOf(scan.Columns.Count, kept);
        var predicate = scan.Predicate is null ? null : ExpressionTree.MapColumns(scan.Predicate, c => map[c]);
        return (scan with { Columns = Keep(scan.Columns, map), Predicate = predicate, Schema = Keep(scan.Schema, map) }, map);
    }

    private static (LogicalPlan Plan, int[] Map) PruneValues(LogicalPlan.Values values, HashSet<int> required)
    {
        var map = MapOf(values.Schema.Count, required);
        return (new LogicalPlan.Values(new(values.Rows.Select(r => Keep(r, map))), Keep(values.Schema, map)), map);
    }

    private (LogicalPlan Plan, int[] Map) PruneProject(LogicalPlan.Project project, HashSet<int> required)
    {
        var map = MapOf(project.Schema.Count, required);
        var kept = Keep(project.Expressions, map);
        var (input, inputMap) = Prune(project.Input, [.. ExpressionTree.ColumnsOf(kept)]);
        return (new LogicalPlan.Project(input, MapAll(kept, inputMap), Keep(project.Schema, map)), map);
    }

    private (LogicalPlan Plan, int[] Map) PruneFilter(LogicalPlan.Filter filter, HashSet<int> required)
    {
        var (input, map) = Prune(filter.Input, [.. required, .. ExpressionTree.ColumnsOf(filter.Predicate)]);
        return (new LogicalPlan.Filter(input, ExpressionTree.MapColumns(filter.Predicate, c => map[c])), map);
    }

    private (LogicalPlan Plan, int[] Map) PruneAggregate(LogicalPlan.Aggregate aggregate, HashSet<int> required)
    {
        var keyCount = aggregate.GroupKeys.Count;
        var map = MapOf(aggregate.Schema.Count, [.. Enumerable.Range(0, keyCount), .. required]);
        var calls = aggregate.Calls.Where((_, i) => map[keyCount + i] >= 0).ToList();
        var read = aggregate.GroupKeys.Concat(calls.SelectMany(c => c.Arguments)).Concat(calls.Select(c => c.FilterIndex).OfType<int>()).Concat(calls.SelectMany(c => c.Order).Select(o => o.Index));
        var (input, inputMap) = Prune(aggregate.Input, [.. read]);
        var mappedCalls = calls.Select(c => c with
        {
            Arguments = c.Arguments.Select(a => inputMap[a]).ToEquatableList(),
            FilterIndex = c.FilterIndex is { } index ? inputMap[index] : null,
            Order = MapKeys(c.Order, inputMap),
        });
        return (new LogicalPlan.Aggregate(input, aggregate.GroupKeys.Select(k => inputMap[k]).ToEquatableList(), mappedCalls.ToEquatableList(), Keep(aggregate.Schema, map)), map);
    }

    private (LogicalPlan Plan, int[] Map) PruneJoin(LogicalPlan.Join join, HashSet<int> required)
    {
        var leftCount = join.Left.Schema.Count;
        IEnumerable<int> residual = join.Residual is null ? [] : ExpressionTree.ColumnsOf(join.Residual);
        var wanted = required.Concat(residual).ToList();
        var (left, leftMap) = Prune(join.Left, [.. wanted.Where(c => c < leftCount), .. join.Keys.Select(k => k.Left)]);
        var (right, rightMap) = Prune(join.Right, [.. wanted.Where(c => c >= leftCount).Select(c => c - leftCount), .. join.Keys.Select(k => k.Right)]);
        var isLeftOnly = join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti;
        int[] both = [.. leftMap, .. rightMap.Select(m => m < 0 ? -1 : m + left.Schema.Count)];
        var map = isLeftOnly ? leftMap : both;
        var schema = NullableAsBefore(isLeftOnly ? left.Schema : new RowSchema(left.Schema.Fields.Concat(right.Schema.Fields)), map, join.Schema);
        return (
            new LogicalPlan.Join(
                left,
                right,
                join.Kind,
                join.Keys.Select(k => k with { Left = leftMap[k.Left], Right = rightMap[k.Right] }).ToEquatableList(),
                join.Residual is null ? null : ExpressionTree.MapColumns(join.Residual, c => both[c]),
                schema),
            map);
    }

    // The fields of the join before, in their new places: it knows which sides are nullable.
    private static RowSchema NullableAsBefore(RowSchema joined, int[] map, RowSchema before)
    {
        var fields = joined.Fields.ToArray();
        for (var i = 0; i < map.Length; i++)
        {
            if (map[i] >= 0)
            {
                fields[map[i]] = before[i];
            }
        }

        return new RowSchema(fields);
    }

    private (LogicalPlan Plan, int[] Map) PruneUnion(LogicalPlan.Union union, HashSet<int> required)
    {
        var kept = required.Count > 0 ? required : [0];
        var map = MapOf(union.Schema.Count, kept);
        var columns = kept.Order().ToList();
        return (new LogicalPlan.Union(new(union.Branches.Select(b => Exactly(b, columns))), Keep(union.Schema, map)), map);
    }

    private (LogicalPlan Plan, int[] Map) PruneOrdered<T>(T plan, EquatableList<SortKey> keys, HashSet<int> required, Func<T, LogicalPlan, EquatableList<SortKey>, T> rebuild)
        where T : LogicalPlan
    {
        var (input, map) = Prune(plan.Inputs[0], [.. required, .. keys.Select(k => k.Index)]);
        return (rebuild(plan, input, MapKeys(keys, map)) with { Schema = input.Schema }, map);
    }

    private (LogicalPlan Plan, int[] Map) PruneLimit(LogicalPlan.Limit limit, HashSet<int> required)
    {
        var (input, map) = Prune(limit.Input, required);
        return (new LogicalPlan.Limit(input, limit.Offset, limit.Count), map);
    }

    private (LogicalPlan Plan, int[] Map) PruneWatermark(LogicalPlan.WatermarkAssigner watermark, HashSet<int> required)
    {
        var (input, map) = Prune(watermark.Input, [.. required, watermark.RowtimeIndex, .. ExpressionTree.ColumnsOf(watermark.Watermark)]);
        return (new LogicalPlan.WatermarkAssigner(input, map[watermark.RowtimeIndex], ExpressionTree.MapColumns(watermark.Watermark, c => map[c])), map);
    }

    private (LogicalPlan Plan, int[] Map) PruneOver(LogicalPlan.Over over, HashSet<int> required)
    {
        var inputCount = over.Input.Schema.Count;
        var calls = over.Calls.Where((_, i) => required.Contains(inputCount + i)).ToList();
        var read = calls.SelectMany(c => c.Aggregate is { } aggregate ? aggregate.Arguments.ToArray() : [c.Argument, c.Default]).Where(c => c >= 0);
        var isGone = calls.Count == 0;
        var (input, inputMap) = Prune(over.Input, isGone
            ? [.. required]
            : [.. required.Where(c => c < inputCount), .. over.Partition, .. over.Order.Select(o => o.Index), .. read]);
        var next = input.Schema.Count;
        int[] map = [.. inputMap, .. over.Calls.Select((_, i) => required.Contains(inputCount + i) ? next++ : -1)];
        if (isGone)
        {
            return (input, map);
        }

        var mapped = calls.Select(c => c with
        {
            Aggregate = c.Aggregate is { } aggregate ? aggregate with { Arguments = aggregate.Arguments.Select(a => inputMap[a]).ToEquatableList() } : null,
            Argument = c.Argument < 0 ? -1 : inputMap[c.Argument],
            Default = c.Default < 0 ? -1 : inputMap[c.Default],
        });
        var schema = new RowSchema(input.Schema.Fields.Concat(over.Schema.Fields.Skip(inputCount).Where((_, i) => required.Contains(inputCount + i))));
        return (new LogicalPlan.Over(input, over.Partition.Select(c => inputMap[c]).ToEquatableList(), MapKeys(over.Order, inputMap), over.Frame, mapped.ToEquatableList(), schema), map);
    }

    // A rank whose number nobody reads need not tell when rows only change places.
    private (LogicalPlan Plan, int[] Map) PruneRank(LogicalPlan.Rank rank, HashSet<int> required)
    {
        var inputCount = rank.Input.Schema.Count;
        var givesNumber = rank.GivesNumber && required.Contains(inputCount);
        var (input, inputMap) = Prune(rank.Input, [.. required.Where(c => c < inputCount), .. rank.Partition, .. rank.Order.Select(o => o.Index)]);
        var schema = givesNumber ? new RowSchema(input.Schema.Fields.Append(rank.Schema[inputCount])) : input.Schema;
        var pruned = new LogicalPlan.Rank(input, rank.Partition.Select(c => inputMap[c]).ToEquatableList(), MapKeys(rank.Order, inputMap), rank.Start, rank.End, givesNumber, schema);
        return (pruned, rank.GivesNumber ? [.. inputMap, givesNumber ? input.Schema.Count : -1] : inputMap);
    }

    // The columns of elements are kept: they cost a gather.
    private (LogicalPlan Plan, int[] Map) PruneUnnest(LogicalPlan.Unnest unnest, HashSet<int> required)
    {
        var inputCount = unnest.Input.Schema.Count;
        var (input, inputMap) = Prune(unnest.Input, [.. required.Where(c => c < inputCount), .. ExpressionTree.ColumnsOf(unnest.Collection)]);
        var added = unnest.Schema.Fields.Skip(inputCount).ToList();
        var pruned = new LogicalPlan.Unnest(
            input, ExpressionTree.MapColumns(unnest.Collection, c => inputMap[c]), unnest.WithOrdinality, unnest.KeepsEmpty, new RowSchema(input.Schema.Fields.Concat(added)));
        return (pruned, [.. inputMap, .. added.Select((_, i) => input.Schema.Count + i)]);
    }

    private (LogicalPlan Plan, int[] Map) PruneWindow(LogicalPlan.WindowTable window, HashSet<int> required)
    {
        var inputCount = window.Input.Schema.Count;
        var (input, inputMap) = Prune(window.Input, [.. required.Where(c => c < inputCount), window.Window.TimeIndex, .. window.Window.Partition]);
        var added = window.Schema.Fields.Skip(inputCount).ToList();
        var pruned = window.Window with { TimeIndex = inputMap[window.Window.TimeIndex], Partition = window.Window.Partition.Select(c => inputMap[c]).ToEquatableList() };
        return (new LogicalPlan.WindowTable(input, pruned, new RowSchema(input.Schema.Fields.Concat(added))), [.. inputMap, .. added.Select((_, i) => input.Schema.Count + i)]);
    }

    private (LogicalPlan Plan, int[] Map) PruneTemporalJoin(LogicalPlan.TemporalJoin join, HashSet<int> required)
    {
        var leftCount = join.Left.Schema.Count;
        IEnumerable<int> residual = join.Residual is null ? [] : ExpressionTree.ColumnsOf(join.Residual);
        var wanted = required.Concat(residual).ToList();
        var (left, leftMap) = Prune(join.Left, [.. wanted.Where(c => c < leftCount), .. join.Keys.Select(k => k.Left), join.LeftTime]);
        var (right, rightMap) = Prune(join.Right, [.. wanted.Where(c => c >= leftCount).Select(c => c - leftCount), .. join.Keys.Select(k => k.Right), join.RightTime]);
        int[] map = [.. leftMap, .. rightMap.Select(m => m < 0 ? -1 : m + left.Schema.Count)];
        var pruned = new LogicalPlan.TemporalJoin(
            left,
            right,
            join.Kind,
            leftMap[join.LeftTime],
            rightMap[join.RightTime],
            join.Keys.Select(k => k with { Left = leftMap[k.Left], Right = rightMap[k.Right] }).ToEquatableList(),
            join.Residual is null ? null : ExpressionTree.MapColumns(join.Residual, c => map[c]),
            NullableAsBefore(new RowSchema(left.Schema.Fields.Concat(right.Schema.Fields)), map, join.Schema));
        return (pruned, map);
    }

    // The primary key stays: changes of the table are told by it.
    private (LogicalPlan Plan, int[] Map) PruneLookupJoin(LogicalPlan.LookupJoin join, HashSet<int> required)
    {
        var leftCount = join.Left.Schema.Count;
        IEnumerable<int> residual = join.Residual is null ? [] : ExpressionTree.ColumnsOf(join.Residual);
        var wanted = required.Concat(residual).ToList();
        var (left, leftMap) = Prune(join.Left, [.. wanted.Where(c => c < leftCount), .. join.Keys.Select(k => k.Left)]);
        var key = join.Table.Table.PrimaryKey.Select(join.Table.Schema.FindIndex);
        var kept = wanted.Where(c => c >= leftCount).Select(c => c - leftCount).Concat(join.Keys.Select(k => k.Right)).Concat(key).Distinct().Order().ToList();
        var table = new LogicalPlan.Scan(join.Table.Table, kept.Select(c => join.Table.Columns[c]).ToEquatableList(), join.Table.Predicate, join.Table.Options);
        int[] map = [.. leftMap, .. Enumerable.Range(0, join.Table.Schema.Count).Select(c => kept.IndexOf(c)).Select(c => c < 0 ? -1 : c + left.Schema.Count)];
        var pruned = new LogicalPlan.LookupJoin(
            left,
            table,
            join.Kind,
            join.Keys.Select(k => k with { Left = leftMap[k.Left], Right = kept.IndexOf(k.Right) }).ToEquatableList(),
            join.Residual is null ? null : ExpressionTree.MapColumns(join.Residual, c => map[c]),
            NullableAsBefore(new RowSchema(left.Schema.Fields.Concat(table.Schema.Fields)), map, join.Schema));
        return (pruned, map);
    }

    private static int[] Identity(int count) => [.. Enumerable.Range(0, count)];

    private static int[] MapOf(int count, HashSet<int> kept)
    {
        var map = new int[count];
        var next = 0;
        for (var i = 0; i < count; i++)
        {
            map[i] = kept.Contains(i) ? next++ : -1;
        }

        return map;
    }

    private static EquatableList<T> Keep<T>(EquatableList<T> items, int[] map) => items.Where((_, i) => map[i] >= 0).ToEquatableList();

    private static RowSchema Keep(RowSchema schema, int[] map) => new(Keep(schema.Fields, map));

    private static EquatableList<Expression> MapAll(EquatableList<Expression> expressions, int[] map) =>
        expressions.Select(e => ExpressionTree.MapColumns(e, c => map[c])).ToEquatableList();

    private static EquatableList<SortKey> MapKeys(EquatableList<SortKey> keys, int[] map) => keys.Select(k => k with { Index = map[k.Index] }).ToEquatableList();

    private static Expression Column(RowSchema schema, int index) => new Expression.ColumnReference(index, schema[index].Name, schema[index].Type);
}
