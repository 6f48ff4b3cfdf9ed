using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Queries;

/// <summary>Columns that take no NULL.</summary>
internal static class NotNullColumns
{
    /// <summary>Refuses NULL where a table's column is NOT NULL.</summary>
    /// <param name="rows">All columns of the table, in order; perhaps others behind them.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.EvaluationFailed"/>.</exception>
    public static void Require(ChangeBatch rows, RowSchema schema)
    {
        for (var column = 0; column < schema.Count; column++)
        {
            for (var i = 0; !schema[column].Type.IsNullable && rows.Columns[column].NullCount > 0 && i < rows.RowCount; i++)
            {
                if (rows.Columns[column].IsNull(rows.Selection is { } selection ? selection.Span[i] : i))
                {
                    throw new ArcticException(ErrorCodes.EvaluationFailed, $"Column '{schema[column].Name}' is NOT NULL, however, a null value is being written into it.");
                }
            }
        }
    }
}
