using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Physical;

/// <summary>Computes the rows of VALUES.</summary>
internal static class ConstantRows
{
    /// <summary>A batch of the rows.</summary>
    /// <param name="rows">Expressions without column references, one a column.</param>
    /// <param name="schema">The columns.</param>
    /// <param name="settings">What expressions depend on.</param>
    public static ChangeBatch Evaluate(IReadOnlyList<IReadOnlyList<Expression>> rows, RowSchema schema, EvaluationSettings settings)
    {
        var none = new EvaluationInput([], 1, null);
        var columns = new Column[schema.Count];
        for (var c = 0; c < columns.Length; c++)
        {
            var values = new Column[rows.Count];
            for (var r = 0; r < values.Length; r++)
            {
                values[r] = WithType(ExpressionCompiler.Compile(rows[r][c], settings).Evaluate(none).ToDense(), schema[c].Type);
            }

            columns[c] = values.Length == 0 ? ColumnBuilder.Create(schema[c].Type).Build() : ColumnGather.Concat(values);
        }

        return new ChangeBatch(schema, columns, rows.Count);
    }

    private static Column WithType(Column column, DataType type) => column.Type.Equals(type) ? column
        : column is NullColumn ? ColumnBuilder.NullsOf(type, column.Length).ToDense()
        : column.WithType(type);
}
