using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Logical;

/// <summary>Columns of plans as expressions, and plans with other columns.</summary>
internal static class PlanColumns
{
    /// <summary>A column.</summary>
    public static Expression At(LogicalPlan plan, int index) => new Expression.ColumnReference(index, plan.Schema[index].Name, plan.Schema[index].Type);

    /// <summary>All columns, in order.</summary>
    public static IEnumerable<Expression> All(LogicalPlan plan) => Enumerable.Range(0, plan.Schema.Count).Select(i => At(plan, i));

    /// <summary>The plan with these columns, in this order.</summary>
    public static LogicalPlan.Project Pick(LogicalPlan plan, IReadOnlyList<int> columns) => new(plan, new(columns.Select(c => At(plan, c))), plan.Schema.Project(columns));

    /// <summary>The plan with a value behind its columns, unless it is one of them.</summary>
    public static (LogicalPlan Plan, int Index) Add(LogicalPlan plan, Expression value)
    {
        if (value is Expression.ColumnReference column)
        {
            return (plan, column.Index);
        }

        var schema = new RowSchema(plan.Schema.Fields.Append(new Field($"$f{plan.Schema.Count}", value.Type)));
        return (new LogicalPlan.Project(plan, new(All(plan).Append(value)), schema), plan.Schema.Count);
    }

    /// <summary>The columns of both sides, nullable on the side that may be missing.</summary>
    public static RowSchema JoinSchema(LogicalPlan left, LogicalPlan right, JoinKind kind)
    {
        var leftNulls = kind is JoinKind.RightOuter or JoinKind.FullOuter;
        var rightNulls = kind is JoinKind.LeftOuter or JoinKind.FullOuter;
        return new RowSchema(left.Schema.Fields.Select(f => WithNulls(f, leftNulls)).Concat(right.Schema.Fields.Select(f => WithNulls(f, rightNulls))));
    }

    private static Field WithNulls(Field field, bool hasNulls) => hasNulls ? field with { Type = field.Type.AsNullable() } : field;
}
