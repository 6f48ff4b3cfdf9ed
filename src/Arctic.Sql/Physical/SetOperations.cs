using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Functions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>INTERSECT and EXCEPT by nodes that can be drawn.</summary>
internal static class SetOperations
{
    private static readonly DataType Count = DataTypes.BigInt.AsNotNull();

    /// <summary>The same rows without a SetOperation.</summary>
    public static LogicalPlan Rewrite(LogicalPlan.SetOperation set) => set.IsAll ? ToCounts(set) : ToJoin(set);

    // Distinct left rows that have, or have not, an equal row on the right, where NULL equals NULL.
    private static LogicalPlan.Join ToJoin(LogicalPlan.SetOperation set)
    {
        var columns = Enumerable.Range(0, set.Schema.Count).ToEquatableList();
        var left = new LogicalPlan.Aggregate(set.Left, columns, EquatableList<AggregateCall>.Empty, set.Schema);
        var kind = set.Kind == SetOperationKind.Intersect ? JoinKind.LeftSemi : JoinKind.LeftAnti;
        return new LogicalPlan.Join(left, set.Right, kind, columns.Select(c => new JoinKey(c, c, NullsMatch: true)).ToEquatableList(), null, set.Schema);
    }

    // How often each row is on the left and on the right is counted; then it comes as often as the smaller count, or as their difference, says.
    private static LogicalPlan.Project ToCounts(LogicalPlan.SetOperation set)
    {
        var width = set.Schema.Count;
        var counted = new RowSchema([.. set.Schema.Fields, new Field("$left", Count), new Field("$right", Count)]);
        var both = new LogicalPlan.Union([Mark(set.Left, counted, left: 1, right: 0), Mark(set.Right, counted, left: 0, right: 1)], counted);
        var sums = new LogicalPlan.Aggregate(
            both, Enumerable.Range(0, width).ToEquatableList(), [Sum(width), Sum(width + 1)], counted);
        Expression[] counts = [new Expression.ColumnReference(width, "$left", Count), new Expression.ColumnReference(width + 1, "$right", Count)];
        var times = TimesFunction.Instance.Bind([set.Kind == SetOperationKind.Intersect ? ScalarFunctions.Least.Bind(counts) : ScalarFunctions.Minus.Bind(counts)]);
        var repeated = new LogicalPlan.Unnest(sums, times, WithOrdinality: false, KeepsEmpty: false, new RowSchema([.. counted.Fields, TimesFunction.Member]));
        return new LogicalPlan.Project(repeated, new(Columns(set.Schema)), set.Schema);
    }

    private static LogicalPlan.Project Mark(LogicalPlan side, RowSchema schema, long left, long right) =>
        new(side, new([.. Columns(side.Schema), new Expression.Literal(left, Count), new Expression.Literal(right, Count)]), schema);

    private static AggregateCall Sum(int column) => new(AggregateKind.Sum, [column], IsDistinct: false, FilterIndex: null, Count);

    private static IEnumerable<Expression> Columns(RowSchema schema) => schema.Fields.Select(Expression (f, i) => new Expression.ColumnReference(i, f.Name, f.Type));
}
