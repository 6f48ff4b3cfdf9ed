using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds <c>JOIN v FOR SYSTEM_TIME AS OF l.ts ON …</c>: a join with the version of a row that was valid at an event time (spec/flink-sql.md, 5).</summary>
internal static class TemporalJoinBinder
{
    /// <summary>The time attribute of the left side that FOR SYSTEM_TIME AS OF names; null when it names none.</summary>
    public static int? FindTime(QueryBinder queries, LogicalPlan left, IReadOnlyList<ScopeRelation> relations, SqlExpression asOf)
    {
        if (asOf is not SqlExpression.Name name || new Scope(relations, null).Find(name.Parts) is null)
        {
            return null;
        }

        var bound = new ExpressionBinder(queries, new Scope(relations, null)) { NoAggregatesIn = "FOR SYSTEM_TIME AS OF" }.BindTyped(asOf);
        return bound is Expression.ColumnReference column && TimeAttributes.Of(left)[column.Index] != TimeAttribute.None
            ? column.Index
            : throw BindingErrors.Invalid(asOf, "Temporal table join currently only supports 'FOR SYSTEM_TIME AS OF' left table's time attribute field.", "Declare a watermark for the column.");
    }

    /// <summary>The join of both sides.</summary>
    /// <param name="leftTime">An event time of the left side.</param>
    /// <param name="condition">ON, over left columns, then right ones; null for none.</param>
    public static LogicalPlan.TemporalJoin Make(LogicalPlan left, LogicalPlan right, JoinKind kind, int leftTime, Expression? condition, RowSchema schema, TableReference place)
    {
        if (kind is not (JoinKind.Inner or JoinKind.LeftOuter))
        {
            throw BindingErrors.Invalid(place, "Temporal table join currently only support INNER JOIN and LEFT JOIN.");
        }

        var rightTime = TimeAttributes.Of(right).ToList().IndexOf(TimeAttribute.Rowtime);
        if (rightTime < 0)
        {
            throw BindingErrors.Invalid(
                place, "Event-Time Temporal Table Join requires both primary key and row time attribute in versioned table, but no row time attribute can be found.", "Declare a watermark in the versioned table.");
        }

        var (keys, rest) = SplitCondition(condition, left.Schema.Count);
        return keys.Count > 0
            ? new LogicalPlan.TemporalJoin(left, right, kind, leftTime, rightTime, new(keys), ExpressionTree.And(rest), schema)
            : throw BindingErrors.Invalid(place, "Currently the join key in Temporal Table Join can not be empty.", "Equate the key of the versioned table in ON.");
    }

    /// <summary>The join with what a table has when a row is processed.</summary>
    /// <param name="condition">ON, over left columns, then right ones; null for none.</param>
    public static LogicalPlan.LookupJoin MakeLookup(LogicalPlan left, LogicalPlan right, JoinKind kind, Expression? condition, RowSchema schema, TableReference place)
    {
        if (kind is not (JoinKind.Inner or JoinKind.LeftOuter))
        {
            throw BindingErrors.Invalid(place, "Temporal table join currently only support INNER JOIN and LEFT JOIN.");
        }

        if ((right is LogicalPlan.WatermarkAssigner watermark ? watermark.Input : right) is not LogicalPlan.Scan table)
        {
            throw BindingErrors.Unsupported(place, "A lookup join with a view or with a table that has computed columns");
        }

        var (keys, rest) = SplitCondition(condition, left.Schema.Count);
        if (keys.Count == 0)
        {
            throw BindingErrors.Invalid(
                place, $"Temporal table join requires an equality condition on fields of table [{table.Table.Path}].", "Equate columns of one type in ON; write a CAST on the left side into its query.");
        }

        return table.Table.PrimaryKey.Count > 0
            ? new LogicalPlan.LookupJoin(left, table, kind, new(keys), ExpressionTree.And(rest), schema)
            : throw BindingErrors.Invalid(
                place, $"Only keyed mixed-format table support lookup join, this table [{table.Table.Path}] is an unkeyed table.", "Declare a PRIMARY KEY for the table.");
    }

    private static (List<JoinKey> Keys, List<Expression> Residual) SplitCondition(Expression? condition, int leftCount)
    {
        var keys = new List<JoinKey>();
        var rest = new List<Expression>();
        foreach (var term in condition is null ? [] : ExpressionTree.Conjuncts(condition))
        {
            if (FindKey(term, leftCount) is { } key)
            {
                keys.Add(key);
            }
            else
            {
                rest.Add(term);
            }
        }

        return (keys, rest);
    }

    private static JoinKey? FindKey(Expression term, int leftCount)
    {
        if (term is not Expression.Call { Arguments: [Expression.ColumnReference first, Expression.ColumnReference second] } call || !ReferenceEquals(call.Function, ScalarFunctions.Equals)
            || !first.Type.EqualsIgnoringNullability(second.Type))
        {
            return null;
        }

        return first.Index < leftCount && second.Index >= leftCount ? new JoinKey(first.Index, second.Index - leftCount)
            : second.Index < leftCount && first.Index >= leftCount ? new JoinKey(second.Index, first.Index - leftCount)
            : null;
    }
}
