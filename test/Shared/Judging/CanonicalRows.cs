using System.Globalization;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Testing.Judging;

/// <summary>Rows as the judges print them, so that ours and theirs compare as sorted text.</summary>
internal static class CanonicalRows
{
    /// <summary>The cells of each row of a batch.</summary>
    public static IEnumerable<string?[]> CellsOf(ChangeBatch batch, bool isCoarse)
    {
        var selection = batch.Selection?.ToArray() ?? Enumerable.Range(0, batch.ColumnLength).ToArray();
        var columns = batch.Columns.Select(c => c.ToDense()).ToArray();
        return selection.Select(i => columns.Select(c => Cell(c, i, isCoarse)).ToArray()).ToArray();
    }

    /// <summary>The cells of a verdict, in the same form.</summary>
    public static IEnumerable<string?[]> CellsOf(Verdict verdict, RowSchema schema, bool isCoarse) =>
        verdict.Rows.Select(r => r.Select((cell, i) => cell is null ? null : Normalize(cell, schema[i].Type, isCoarse)).ToArray());

    /// <summary>Rows as text, sorted, of the columns that are compared.</summary>
    public static List<string> Sort(IEnumerable<string?[]> rows, Func<int, bool>? isCompared = null) =>
        rows.Select(r => string.Join(" | ", r.Where((_, i) => isCompared is null || isCompared(i)).Select(c => c ?? "<NULL>"))).Order(StringComparer.Ordinal).ToList();

    // Engines print numbers differently; read back, they are the same.
    private static string Normalize(string cell, DataType type, bool isCoarse) => type switch
    {
        DataType.Float => ((float)Number(cell)).ToString("R", CultureInfo.InvariantCulture),
        DataType.Double => Number(cell).ToString("R", CultureInfo.InvariantCulture),
        DataType.Decimal when isCoarse => Coarse(double.Parse(cell, CultureInfo.InvariantCulture)),
        _ => cell,
    };

    private static double Number(string cell) => cell switch
    {
        "inf" or "Infinity" => double.PositiveInfinity,
        "-inf" or "-Infinity" => double.NegativeInfinity,
        "nan" or "NaN" => double.NaN,
        _ => double.Parse(cell, CultureInfo.InvariantCulture),
    };

    private static string? Cell(Column column, int row, bool isCoarse)
    {
        if (column.IsNull(row))
        {
            return null;
        }

        return (column, column.Type) switch
        {
            (BooleanColumn c, _) => c.Bits[row] ? "true" : "false",
            (FixedColumn<sbyte> c, _) => c.Values[row].ToString(CultureInfo.InvariantCulture),
            (FixedColumn<short> c, _) => c.Values[row].ToString(CultureInfo.InvariantCulture),
            (FixedColumn<int> c, DataType.Date) => DateOnly.FromDayNumber(719162 + c.Values[row]).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            (FixedColumn<int> c, _) => c.Values[row].ToString(CultureInfo.InvariantCulture),
            (FixedColumn<long> c, DataType.Timestamp or DataType.TimestampLtz) => Timestamp(c.Values[row], isCoarse),
            (FixedColumn<long> c, DataType.Time) => new TimeOnly(c.Values[row] * 10).ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
            (FixedColumn<long> c, _) => c.Values[row].ToString(CultureInfo.InvariantCulture),
            (FixedColumn<float> c, _) => c.Values[row].ToString("R", CultureInfo.InvariantCulture),
            (FixedColumn<double> c, _) => c.Values[row].ToString("R", CultureInfo.InvariantCulture),
            (FixedColumn<Int128> c, DataType.Decimal d) => isCoarse ? Coarse((double)c.Values[row] / Math.Pow(10, d.Scale)) : Decimal(c.Values[row], d.Scale),
            (BytesColumn c, DataType.Char or DataType.VarChar) => Encoding.UTF8.GetString(c[row]),
            (BytesColumn c, _) => Convert.ToHexStringLower(c[row]),
            (RowColumn c, _) => $"{{{string.Join(", ", c.Children.Select(child => Cell(child.ToDense(), row, isCoarse) ?? "null"))}}}",
            (ListColumn c, _) => $"[{string.Join(", ", Elements(c.Offsets, row).Select(i => Cell(c.Elements.ToDense(), i, isCoarse) ?? "null"))}]",
            (MapColumn c, _) => $"{{{string.Join(", ", Elements(c.Offsets, row).Select(i => $"{Cell(c.Keys.ToDense(), i, isCoarse)}={Cell(c.Values.ToDense(), i, isCoarse) ?? "null"}").Order(StringComparer.Ordinal))}}}",
            _ => throw new NotSupportedException($"The judges do not compare columns of type {column.Type}."),
        };
    }

    private static IEnumerable<int> Elements(ReadOnlySpan<int> offsets, int row) => Enumerable.Range(offsets[row], offsets[row + 1] - offsets[row]);

    // Milliseconds are cut towards zero, as JavaScript divides.
    private static string Timestamp(long micros, bool isCoarse) =>
        DateTime.UnixEpoch.AddTicks((isCoarse ? micros / 1000 * 1000 : micros) * 10).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture).TrimEnd('0').TrimEnd('.');

    private static string Decimal(Int128 unscaled, int scale)
    {
        var digits = Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = Int128.IsNegative(unscaled) ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    // Twelve digits first, as the judge prints them: rounded once here and twice there, a value between two would differ.
    private static string Coarse(double value) => double.Parse(value.ToString("E11", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString("E9", CultureInfo.InvariantCulture);
}
