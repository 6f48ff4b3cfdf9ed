using System.Globalization;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.DuckDb.Scanning;
using Arctic.DuckDb.Sources;
using Arctic.Sql.Logical;
using SortKey = Arctic.Sql.Logical.SortKey;

namespace Arctic.DuckDb;

/// <summary>
/// Writes relational nodes as SQL for DuckDB: only those that are proven to give what Flink gives (architecture, decision 8). Every relation has columns <c>c0</c>, <c>c1</c>, …; nothing that
/// a user wrote gets into the text. What lies between or below and is ours becomes an input.
/// </summary>
/// <param name="planInput">Plans a node that DuckDB is not given.</param>
internal sealed class PlanToDuckSql(Func<LogicalPlan, BatchSource> planInput)
{
    private readonly List<BatchSource> _inputs = [];

    /// <summary>Whether DuckDB is given the node itself, whatever lies below.</summary>
    public static bool CanRun(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Aggregate aggregate => CanHand(aggregate.Input.Schema, aggregate.GroupKeys) && aggregate.Calls.All(c => AggregateSql.CanRun(c, aggregate.Input.Schema)),
        LogicalPlan.Join join => CanHand(join.Left.Schema) && CanHand(join.Right.Schema) && (join.Residual is null || join.Kind == JoinKind.Inner),
        LogicalPlan.Sort sort => CanHand(sort.Schema),
        LogicalPlan.TopN top => CanHand(top.Schema),
        LogicalPlan.SetOperation set => set.Schema.Count > 0 && CanHand(set.Schema),
        _ => false,
    };

    /// <summary>Plans a node that <see cref="CanRun"/>, with as much below it as goes along.</summary>
    public static BatchSource Plan(LogicalPlan plan, Func<LogicalPlan, BatchSource> planInput)
    {
        var writer = new PlanToDuckSql(planInput);
        if (plan is LogicalPlan.Aggregate aggregate)
        {
            var calls = new AggregateSql(aggregate);
            return new DuckSource(writer.Aggregate(aggregate, calls), writer._inputs, calls.Raw, calls.Finish, plan.Schema);
        }

        if (plan is LogicalPlan.Join { Residual: { } residual } join)
        {
            var pairs = new DuckSource(writer.Join(join), writer._inputs, NotEmpty(join.Schema), null, join.Schema);
            return new CalcSource(pairs, residual, null, join.Schema);
        }

        return new DuckSource(writer.Select(plan), writer._inputs, NotEmpty(plan.Schema), null, plan.Schema);
    }

    private static RowSchema NotEmpty(RowSchema schema) => schema.Count > 0 ? schema : new RowSchema(new Field("none", DataTypes.Boolean));

    private static bool CanHand(RowSchema schema) => schema.Fields.All(f => DuckColumnType.Find(f.Type) is not null);

    private static bool CanHand(RowSchema schema, IEnumerable<int> columns) => columns.All(c => DuckColumnType.Find(schema[c].Type) is not null);

    // A node whose SELECT is its result, so that it may stand inside another one.
    private static bool CanInline(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Project project => project.Expressions.Count > 0 && project.Expressions.All(e => e is Expression.ColumnReference) && CanInline(project.Input),
        LogicalPlan.Aggregate aggregate => CanRun(plan) && new AggregateSql(aggregate).Finish is null,
        LogicalPlan.Join { Residual: not null } => false,
        _ => CanRun(plan) && plan.Schema.Count > 0,
    };

    private string Select(LogicalPlan plan) => plan switch
    {
        LogicalPlan.Project project => $"SELECT {string.Join(", ", project.Expressions.Select((e, i) => $"c{((Expression.ColumnReference)e).Index} AS c{i}"))} FROM {From(project.Input)}",
        LogicalPlan.Aggregate aggregate => Aggregate(aggregate, new AggregateSql(aggregate)),
        LogicalPlan.Join join => Join(join),
        LogicalPlan.Sort sort => $"SELECT {Columns(sort.Schema.Count)} FROM {From(sort.Input)} ORDER BY {Order(sort.Keys)}",
        LogicalPlan.TopN top => string.Create(
            CultureInfo.InvariantCulture, $"SELECT {Columns(top.Schema.Count)} FROM {From(top.Input)} ORDER BY {Order(top.Keys)} LIMIT {top.Count} OFFSET {top.Offset}"),
        LogicalPlan.SetOperation set =>
            $"(SELECT {Columns(set.Schema.Count)} FROM {From(set.Left)}) {(set.Kind == SetOperationKind.Intersect ? "INTERSECT" : "EXCEPT")}{(set.IsAll ? " ALL" : "")} (SELECT {Columns(set.Schema.Count)} FROM {From(set.Right)})",
        _ => throw new System.Diagnostics.UnreachableException(plan.GetType().Name),
    };

    private string From(LogicalPlan plan)
    {
        if (CanInline(plan))
        {
            return $"({Select(plan)})";
        }

        _inputs.Add(planInput(plan));
        return string.Create(CultureInfo.InvariantCulture, $"{DuckQuery.ScanName}({_inputs.Count - 1})");
    }

    private string Aggregate(LogicalPlan.Aggregate aggregate, AggregateSql calls)
    {
        var keys = string.Join(", ", aggregate.GroupKeys.Select(k => $"c{k}"));
        var groupBy = aggregate.GroupKeys.Count > 0 ? $" GROUP BY {keys}" : "";
        return $"SELECT {string.Join(", ", calls.Items.Select((item, i) => $"{item} AS c{i}"))} FROM {From(aggregate.Input)}{groupBy}";
    }

    private string Join(LogicalPlan.Join join)
    {
        var left = join.Left.Schema.Count;
        var isLeftOnly = join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti;
        var columns = Enumerable.Range(0, join.Schema.Count).Select(i => isLeftOnly || i < left ? $"l.c{i} AS c{i}" : $"r.c{i - left} AS c{i}").DefaultIfEmpty("true AS c0");
        var word = join.Kind switch
        {
            JoinKind.Inner => "JOIN",
            JoinKind.LeftOuter => "LEFT JOIN",
            JoinKind.RightOuter => "RIGHT JOIN",
            JoinKind.FullOuter => "FULL JOIN",
            JoinKind.LeftSemi => "SEMI JOIN",
            JoinKind.LeftAnti => "ANTI JOIN",
            _ => throw new System.Diagnostics.UnreachableException(join.Kind.ToString()),
        };
        var on = string.Join(" AND ", join.Keys.Select(k => $"l.c{k.Left} {(k.NullsMatch ? "IS NOT DISTINCT FROM" : "=")} r.c{k.Right}").DefaultIfEmpty("true"));
        return $"SELECT {string.Join(", ", columns)} FROM {From(join.Left)} l {word} {From(join.Right)} r ON {on}";
    }

    private static string Columns(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"c{i}"));

    private static string Order(IEnumerable<SortKey> keys) =>
        string.Join(", ", keys.Select(k => $"c{k.Index} {(k.IsDescending ? "DESC" : "ASC")} NULLS {(k.NullsFirst ? "FIRST" : "LAST")}"));
}
