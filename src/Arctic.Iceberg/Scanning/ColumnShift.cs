using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Moves the column references of an expression.</summary>
internal static class ColumnShift
{
    /// <summary>A filter on the columns of one schema as a filter on those of another.</summary>
    /// <param name="filter">Null for none.</param>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: it is on a column that the other schema lacks, or has under another type.</exception>
    public static Expression? Carry(Expression? filter, Schema from, Schema to)
    {
        return filter is null || from.Fields.Equals(to.Fields) ? filter : Apply(filter, IndexOf);

        int IndexOf(int index)
        {
            var field = from.Fields[index];
            for (var i = 0; i < to.Fields.Count; i++)
            {
                if (to.Fields[i].Id == field.Id && to.Fields[i].Type.Equals(field.Type) && to.Fields[i].IsRequired == field.IsRequired)
                {
                    return i;
                }
            }

            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot go to a snapshot with a filter on the column '{field.Name}': the table had no such column then, or had it as another type.")
            {
                Hint = "Choose the snapshot first, then the rows.",
            };
        }
    }

    /// <summary>The expression with each column index replaced.</summary>
    public static Expression Apply(Expression expression, Func<int, int> indexOf) => expression switch
    {
        Expression.ColumnReference column => column with { Index = indexOf(column.Index) },
        Expression.Call call => call with { Arguments = new(call.Arguments.Select(a => Apply(a, indexOf))) },
        Expression.Cast cast => cast with { Operand = Apply(cast.Operand, indexOf) },
        Expression.Case conditional => conditional with
        {
            Branches = new(conditional.Branches.Select(b => new CaseBranch(Apply(b.Condition, indexOf), Apply(b.Result, indexOf)))),
            Else = Apply(conditional.Else, indexOf),
        },
        _ => expression,
    };
}
