using System.Globalization;
using System.Text;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Windows;

namespace Arctic.Sql.Logical;

/// <summary>Prints plans as Flink does: one node a line, under the names of its physical nodes.</summary>
internal static class PlanPrinter
{
    /// <summary>The tree, without a line break behind the last node.</summary>
    public static string Print(LogicalPlan plan) => Print(plan, _ => "");

    /// <summary>The tree with a text behind each node.</summary>
    /// <param name="annotation">What follows a node: <c>, changelogMode=[I]</c>.</param>
    public static string Print(LogicalPlan plan, Func<LogicalPlan, string> annotation)
    {
        var text = new StringBuilder();
        Append(text, plan, "", "", annotation);
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>One node without its inputs: <c>GroupAggregate(groupBy=[a], select=[a, COUNT(*) AS cnt])</c>.</summary>
    public static string Node(LogicalPlan plan) => Node(plan, "");

    private static void Append(StringBuilder text, LogicalPlan plan, string lead, string below, Func<LogicalPlan, string> annotation)
    {
        text.Append(lead).Append(Node(plan, annotation(plan))).Append('\n');
        for (var i = 0; i < plan.Inputs.Count; i++)
        {
            var isLast = i == plan.Inputs.Count - 1;
            Append(text, plan.Inputs[i], below + (isLast ? "+- " : ":- "), below + (isLast ? "   " : ":  "), annotation);
        }
    }

    private static string Node(LogicalPlan plan, string annotation) => plan switch
    {
        LogicalPlan.Scan scan => $"TableSourceScan(table=[[{scan.Table.Path.Catalog}, {scan.Table.Path.Database}, {scan.Table.Path.Name}{ScanAbilities(scan)}]], fields=[{Names(scan.Schema)}]{ScanHints(scan)}{annotation})",
        LogicalPlan.Values values => $"Values(tuples=[[{string.Join(", ", values.Rows.Select(r => $"{{ {string.Join(", ", r)} }}"))}]]{annotation})",
        LogicalPlan.Project project => $"Calc(select=[{Items(project.Expressions.Select(e => e.ToString()), project.Schema, 0)}]{annotation})",
        LogicalPlan.Filter filter => $"Calc(select=[{Names(filter.Schema)}], where=[{filter.Predicate}]{annotation})",
        LogicalPlan.Aggregate aggregate => $"GroupAggregate({(aggregate.GroupKeys.Count > 0 ? $"groupBy=[{Columns(aggregate.GroupKeys, aggregate.Input.Schema)}], " : "")}select=[{AggregateItems(aggregate)}]{annotation})",
        LogicalPlan.Join join => $"Join(joinType=[{join.Kind}Join], where=[{Condition(join.Left, join.Right, join.Keys, join.Residual)}], select=[{Names(join.Schema)}]{annotation})",
        LogicalPlan.Unnest unnest => $"Correlate(invocation=[UNNEST({unnest.Collection}){(unnest.WithOrdinality ? " WITH ORDINALITY" : "")}], joinType=[{(unnest.KeepsEmpty ? "LeftOuter" : "Inner")}Join], select=[{Names(unnest.Schema)}]{annotation})",
        LogicalPlan.Union union => $"Union(all=[true], union=[{Names(union.Schema)}]{annotation})",
        LogicalPlan.SetOperation set => $"{set.Kind}(all=[{(set.IsAll ? "true" : "false")}], select=[{Names(set.Schema)}]{annotation})",
        LogicalPlan.Sort sort => $"Sort(orderBy=[{Order(sort.Keys, sort.Schema)}]{annotation})",
        LogicalPlan.Limit limit => $"Limit(offset=[{limit.Offset}], fetch=[{limit.Count?.ToString(CultureInfo.InvariantCulture) ?? "unlimited"}]{annotation})",
        LogicalPlan.TopN top => $"SortLimit(orderBy=[{Order(top.Keys, top.Schema)}], offset=[{top.Offset}], fetch=[{top.Count}]{annotation})",
        LogicalPlan.Over over => $"OverAggregate({Partition(over.Partition, over.Input.Schema)}{(over.Order.Count > 0 ? $"orderBy=[{Order(over.Order, over.Input.Schema)}], " : "")}window=[{Frame(over.Frame)}], select=[{Items(over.Input.Schema.Fields.Select(f => f.Name).Concat(over.Calls.Select(c => Call(c, over.Input.Schema))), over.Schema, 0)}]{annotation})",
        LogicalPlan.Rank rank => $"Rank(strategy=[ROW_NUMBER], rankRange=[rankStart={rank.Start}, rankEnd={rank.End}], {Partition(rank.Partition, rank.Input.Schema)}orderBy=[{Order(rank.Order, rank.Input.Schema)}], select=[{Names(rank.Schema)}]{annotation})",
        LogicalPlan.WindowTable window => $"WindowTableFunction(window=[{Window(window.Window, window.Input.Schema)}]{annotation})",
        LogicalPlan.LookupJoin join => $"LookupJoin(table=[{join.Table.Table.Path}], joinType=[{join.Kind}Join], lookup=[{Condition(join.Left, join.Table, join.Keys, join.Residual)}], select=[{Names(join.Schema)}]{annotation})",
        LogicalPlan.TemporalJoin join => $"TemporalJoin(joinType=[{join.Kind}Join], where=[{Condition(join.Left, join.Right, join.Keys, join.Residual)}], asOf=[{join.Left.Schema[join.LeftTime].Name}], select=[{Names(join.Schema)}]{annotation})",
        LogicalPlan.WatermarkAssigner watermark => $"WatermarkAssigner(rowtime=[{watermark.Schema[watermark.RowtimeIndex].Name}], watermark=[{watermark.Watermark}]{annotation})",
        LogicalPlan.Sink sink => $"Sink(table=[{sink.Table.Path}], fields=[{Names(sink.Input.Schema)}]{annotation})",
        _ => throw new System.Diagnostics.UnreachableException(plan.GetType().Name),
    };

    private static string ScanAbilities(LogicalPlan.Scan scan) =>
        (scan.Predicate is null ? "" : $", filter=[{scan.Predicate}]") + (scan.RowsMax is null ? "" : $", limit=[{scan.RowsMax}]") + (scan.AsOf is null ? "" : $", asOf=[{scan.AsOf}]");

    private static string ScanHints(LogicalPlan.Scan scan)
    {
        var hinted = scan.Options.Where(o => scan.Table.Options.Find(o.Key) != o.Value).ToList();
        return hinted.Count == 0 ? "" : $", hints=[[[OPTIONS options:{{{string.Join(", ", hinted.Select(o => $"{o.Key}={o.Value}"))}}}]]]";
    }

    private static string Names(RowSchema schema) => string.Join(", ", schema.Fields.Select(f => f.Name));

    private static string Columns(IEnumerable<int> indices, RowSchema schema) => string.Join(", ", indices.Select(i => schema[i].Name));

    // "expression AS name", or the name alone where the expression is the column of that name.
    private static string Items(IEnumerable<string> items, RowSchema schema, int start) =>
        string.Join(", ", items.Select((text, i) => text == schema[start + i].Name ? text : $"{text} AS {schema[start + i].Name}"));

    private static string AggregateItems(LogicalPlan.Aggregate aggregate)
    {
        var keys = aggregate.GroupKeys.Select(k => aggregate.Input.Schema[k].Name);
        return Items(keys.Concat(aggregate.Calls.Select(c => Call(c, aggregate.Input.Schema))), aggregate.Schema, 0);
    }

    private static string Call(AggregateCall call, RowSchema input)
    {
        var arguments = call.Arguments.Count == 0 ? "*" : Columns(call.Arguments, input);
        var order = call.Order.Count == 0 ? "" : $" ORDER BY {Order(call.Order, input)}";
        var filter = call.FilterIndex is { } index ? $" FILTER {input[index].Name}" : "";
        return $"{AggregateNames.Of(call.Kind)}({(call.IsDistinct ? "DISTINCT " : "")}{arguments}{order}){filter}";
    }

    private static string Condition(LogicalPlan left, LogicalPlan right, EquatableList<JoinKey> keys, Columnar.Expressions.Expression? residual)
    {
        var terms = keys
            .Select(k => $"{left.Schema[k.Left].Name} {(k.NullsMatch ? "IS NOT DISTINCT FROM" : "=")} {right.Schema[k.Right].Name}")
            .Concat(residual is null ? [] : [residual.ToString()]);
        var text = string.Join(" AND ", terms);
        return text.Length == 0 ? "true" : text;
    }

    private static string Partition(EquatableList<int> columns, RowSchema input) => columns.Count == 0 ? "" : $"partitionBy=[{Columns(columns, input)}], ";

    private static string Frame(OverFrame frame) => $"{(frame.IsRows ? "ROWS" : "RANGE")} BETWEEN {Bound(frame.Start)} AND {Bound(frame.End)}";

    private static string Bound(OverBound bound) => bound switch
    {
        { IsUnbounded: true, Distance: < 0 } => "UNBOUNDED PRECEDING",
        { IsUnbounded: true } => "UNBOUNDED FOLLOWING",
        { Distance: 0 } => "CURRENT ROW",
        { Distance: < 0 } => $"{-bound.Distance} PRECEDING",
        _ => $"{bound.Distance} FOLLOWING",
    };

    private static string Call(OverCall call, RowSchema input) => call.Function switch
    {
        OverFunction.Aggregate => Call(call.Aggregate!, input), // this function has one
        OverFunction.Lag or OverFunction.Lead => $"{AggregateNames.Of(call.Function)}({input[call.Argument].Name}, {call.Offset}{(call.Default < 0 ? "" : $", {input[call.Default].Name}")}){(call.IgnoresNulls ? " IGNORE NULLS" : "")}",
        OverFunction.Ntile => $"NTILE({call.Offset})",
        _ => $"{AggregateNames.Of(call.Function)}()",
    };

    private static string Window(TimeWindow window, RowSchema input)
    {
        var lengths = window.Kind is TimeWindowKind.Hop or TimeWindowKind.Cumulate ? $"size=[{window.SizeMillis} ms], step=[{window.StepMillis} ms]" : $"size=[{window.SizeMillis} ms]";
        var offset = window.OffsetMillis == 0 ? "" : $", offset=[{window.OffsetMillis} ms]";
        var partition = window.Partition.Count == 0 ? "" : $", partition keys=[{Columns(window.Partition, input)}]";
        return $"{window.Kind.ToString().ToUpperInvariant()}(time_col=[{input[window.TimeIndex].Name}], {lengths}{offset}{partition})";
    }

    // NULLS is printed where it is not what NULL as the smallest value gives.
    private static string Order(IEnumerable<SortKey> keys, RowSchema schema) =>
        string.Join(", ", keys.Select(k => $"{schema[k.Index].Name} {(k.IsDescending ? "DESC" : "ASC")}{(k.NullsFirst == k.IsDescending ? (k.NullsFirst ? " NULLS FIRST" : " NULLS LAST") : "")}"));
}
