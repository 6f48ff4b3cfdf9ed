using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Dataflow.Operators.Timing;

/// <summary>Reads a time attribute: milliseconds since 1970, the unit of watermarks.</summary>
internal static class EventTimes
{
    private const long MicrosPerMilli = 1_000;
    private const long NanosPerMilli = 1_000_000;

    /// <summary>The times of rows.</summary>
    /// <param name="name">Whose rows they are, for the message.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.EvaluationFailed"/>: a time is NULL.</exception>
    public static long[] Of(Column column, ReadOnlySpan<int> rows, string name)
    {
        var times = (FixedColumn<long>)column.ToDense();
        var values = times.Values;
        var perMilli = UnitsPerMilli(column.Type);
        var hasNulls = times.HasNulls;
        var result = new long[rows.Length];
        for (var i = 0; i < result.Length; i++)
        {
            if (hasNulls && times.IsNull(rows[i]))
            {
                throw new ArcticException(ErrorCodes.EvaluationFailed, $"'{name}' got a row whose time attribute is NULL. RowTime field should not be null, please convert it to a non-null long value.")
                {
                    Hint = "Filter such rows out before: WHERE … IS NOT NULL.",
                };
            }

            result[i] = Math.DivRem(values[rows[i]], perMilli, out var rest) - (rest < 0 ? 1 : 0);
        }

        return result;
    }

    /// <summary>How many units of a time column are a millisecond.</summary>
    public static long UnitsPerMilli(DataType type) => type is DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true } ? NanosPerMilli : MicrosPerMilli;
}
