using System.Diagnostics;
using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>The text of a value as Flink's CAST to STRING gives it; for printers, and for nested values in casts.</summary>
public static class ValueText
{
    /// <summary>The text of one row.</summary>
    /// <param name="column">Of any type.</param>
    /// <param name="row">A 0-based index.</param>
    /// <param name="zone">The session's time zone, in which TIMESTAMP_LTZ is written.</param>
    /// <returns><c>NULL</c> for NULL.</returns>
    public static string Format(Column column, int row, TimeZoneInfo zone)
    {
        var output = new BytesWriter(DataTypes.String, 1, Bitmap.AllSet);
        Append(column, row, new ZoneClock(zone), output);
        return Encoding.UTF8.GetString(output.Written);
    }

    /// <summary>As <see cref="Format"/>, but bytes outside of nested values as <c>x'48af'</c>: what result tables show.</summary>
    public static string FormatForDisplay(Column column, int row, TimeZoneInfo zone)
    {
        if (column.Type.IsBinary() && !column.IsNull(row))
        {
            var bytes = column is ConstantColumn constant ? ((BytesColumn)constant.Value)[0] : ((BytesColumn)column)[row];
            return $"x'{Convert.ToHexStringLower(bytes)}'";
        }

        return Format(column, row, zone);
    }

    internal static void Append(Column column, int row, ZoneClock clock, BytesWriter output)
    {
        if (column is ConstantColumn constant)
        {
            (column, row) = (constant.Value, 0);
        }

        if (column.IsNull(row))
        {
            output.Append("NULL"u8);
            return;
        }

        switch (column)
        {
            case BooleanColumn c:
                output.Append(c.Bits[row] ? "TRUE"u8 : "FALSE"u8);
                break;
            case BytesColumn c when c.Type.IsCharacter() || System.Text.Unicode.Utf8.IsValid(c[row]):
                output.Append(c[row]);
                break;
            case BytesColumn c:
                output.Append(Encoding.UTF8.GetString(c[row]));
                break;
            case ListColumn c:
                AppendList(c, row, clock, output);
                break;
            case MapColumn c:
                AppendMap(c, row, clock, output);
                break;
            case RowColumn c:
                AppendRow(c, row, clock, output);
                break;
            default:
                output.Advance(WriteFixed(column, row, clock, output.Reserve(NumberText.MaxLength)));
                break;
        }
    }

    private static int WriteFixed(Column column, int row, ZoneClock clock, Span<byte> target) => (column, column.Type) switch
    {
        (FixedColumn<sbyte> c, _) => NumberText.WriteInteger(c.Values[row], target),
        (FixedColumn<short> c, _) => NumberText.WriteInteger(c.Values[row], target),
        (FixedColumn<int> c, DataType.Date) => TemporalText.WriteDate(c.Values[row], target),
        (FixedColumn<int> c, DataType.IntervalYearMonth) => TemporalText.WriteMonths(c.Values[row], target),
        (FixedColumn<int> c, _) => NumberText.WriteInteger(c.Values[row], target),
        (FixedColumn<long> c, DataType.Time t) => TemporalText.WriteTime(c.Values[row] * 1000, t.Precision, target),
        (FixedColumn<long> c, DataType.Timestamp t) => TemporalText.WriteTimestamp(c.Values[row], t.Precision, target),
        (FixedColumn<long> c, DataType.TimestampLtz t) => TemporalText.WriteTimestamp(ToLocal(c.Values[row], t, clock), t.Precision, target),
        (FixedColumn<long> c, DataType.IntervalDayTime) => TemporalText.WriteMillis(c.Values[row], target),
        (FixedColumn<long> c, _) => NumberText.WriteInteger(c.Values[row], target),
        (FixedColumn<float> c, _) => NumberText.WriteSingle(c.Values[row], target),
        (FixedColumn<double> c, _) => NumberText.WriteDouble(c.Values[row], target),
        (FixedColumn<Int128> c, DataType.Decimal t) => NumberText.WriteDecimal(c.Values[row], t.Scale, target),
        _ => throw new UnreachableException($"Text of {column.Type}"),
    };

    private static long ToLocal(long value, DataType.TimestampLtz type, ZoneClock clock)
    {
        if (!type.IsNanos)
        {
            return clock.ToLocal(value);
        }

        var micros = Calendar.FloorDiv(value, 1000);
        return value + ((clock.ToLocal(micros) - micros) * 1000);
    }

    private static void AppendList(ListColumn column, int row, ZoneClock clock, BytesWriter output)
    {
        output.Append((byte)'[');
        var start = column.Offsets[row];
        for (var i = start; i < column.Offsets[row + 1]; i++)
        {
            AppendSeparator(i > start, output);
            Append(column.Elements, i, clock, output);
        }

        output.Append((byte)']');
    }

    private static void AppendMap(MapColumn column, int row, ZoneClock clock, BytesWriter output)
    {
        output.Append((byte)'{');
        var start = column.Offsets[row];
        for (var i = start; i < column.Offsets[row + 1]; i++)
        {
            AppendSeparator(i > start, output);
            Append(column.Keys, i, clock, output);
            output.Append((byte)'=');
            Append(column.Values, i, clock, output);
        }

        output.Append((byte)'}');
    }

    private static void AppendRow(RowColumn column, int row, ZoneClock clock, BytesWriter output)
    {
        output.Append((byte)'(');
        for (var i = 0; i < column.Children.Count; i++)
        {
            AppendSeparator(i > 0, output);
            Append(column.Children[i], row, clock, output);
        }

        output.Append((byte)')');
    }

    private static void AppendSeparator(bool isNeeded, BytesWriter output)
    {
        if (isNeeded)
        {
            output.Append(", "u8);
        }
    }
}
