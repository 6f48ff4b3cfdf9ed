using System.Globalization;
using System.Text.Json;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>Compares a value of ours with one that was recorded of Flink; the forms are those of the recordings' README.</summary>
internal static class RecordedValue
{
    public static bool Equals(JsonElement recorded, Column column, int row)
    {
        if (column is ConstantColumn constant)
        {
            (column, row) = (constant.Value, 0);
        }

        if (recorded.ValueKind == JsonValueKind.Null || column.IsNull(row))
        {
            return recorded.ValueKind == JsonValueKind.Null && column.IsNull(row);
        }

        return (column, column.Type) switch
        {
            (BooleanColumn c, _) => recorded.ValueKind is JsonValueKind.True or JsonValueKind.False && recorded.GetBoolean() == c.Bits[row],
            (FixedColumn<double> c, _) => ParseDouble(recorded).Equals(c.Values[row]),
            (FixedColumn<float> c, _) => ((float)ParseDouble(recorded)).Equals(c.Values[row]),
            (ListColumn c, _) => AreListsEqual(recorded, c, row),
            (MapColumn c, _) => AreMapsEqual(recorded, c, row),
            (RowColumn c, DataType.Row type) => AreRowsEqual(recorded, c, type, row),
            _ => recorded.ValueKind == JsonValueKind.String ? recorded.GetString() == Format(column, row) : recorded.GetRawText() == Format(column, row),
        };
    }

    /// <summary>Our value in the recordings' form, for messages too.</summary>
    public static string Format(Column column, int row)
    {
        if (column is ConstantColumn constant)
        {
            (column, row) = (constant.Value, 0);
        }

        return column.IsNull(row) ? "null" : (column, column.Type) switch
        {
            (FixedColumn<sbyte> c, _) => c.Values[row].ToString(CultureInfo.InvariantCulture),
            (FixedColumn<short> c, _) => c.Values[row].ToString(CultureInfo.InvariantCulture),
            (FixedColumn<int> c, DataType.Date) => DateOf(c.Values[row]),
            (FixedColumn<int> c, DataType.IntervalYearMonth) => $"P{c.Values[row]}M",
            (FixedColumn<int> c, _) => c.Values[row].ToString(CultureInfo.InvariantCulture),
            (FixedColumn<long> c, DataType.Time) => TimeOf(c.Values[row] * 1000),
            (FixedColumn<long> c, DataType.Timestamp t) => MomentOf(c.Values[row], t.IsNanos),
            (FixedColumn<long> c, DataType.TimestampLtz t) => MomentOf(c.Values[row], t.IsNanos) + "Z",
            (FixedColumn<long> c, DataType.IntervalDayTime) => DurationOf(c.Values[row]),
            (BytesColumn c, _) when !c.Type.IsCharacter() => "hex:" + Convert.ToHexStringLower(c[row]),
            _ => Arctic.Columnar.Expressions.ValueText.Format(column, row, TimeZoneInfo.Utc),
        };
    }

    private static double ParseDouble(JsonElement recorded) =>
        recorded.ValueKind == JsonValueKind.String ? double.Parse(recorded.GetString()!, CultureInfo.InvariantCulture) : recorded.GetDouble(); // a string, as tested

    private static string DateOf(int days) => new DateTime(1970, 1, 1).AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string TimeOf(long nanosOfDay)
    {
        var text = TimeSpan.FromSeconds(nanosOfDay / 1_000_000_000).ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture);
        var fraction = (nanosOfDay % 1_000_000_000).ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return fraction.Length == 0 ? text : $"{text}.{fraction}";
    }

    private static string MomentOf(long value, bool isNanos)
    {
        var perDay = isNanos ? 86_400_000_000_000L : 86_400_000_000L;
        var day = (int)Math.Floor((decimal)value / perDay);
        return DateOf(day) + "T" + TimeOf((value - (day * perDay)) * (isNanos ? 1 : 1000));
    }

    // java.time.Duration.toString.
    private static string DurationOf(long millis)
    {
        var (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
        var seconds = millis % 60_000 / 1000m;
        var text = (hours == 0 ? "" : $"{hours}H") + (minutes == 0 ? "" : $"{minutes}M") + (seconds == 0 ? "" : seconds.ToString("0.###", CultureInfo.InvariantCulture) + "S");
        return "PT" + (text.Length == 0 ? "0S" : text);
    }

    private static bool AreListsEqual(JsonElement recorded, ListColumn column, int row)
    {
        var start = column.Offsets[row];
        var count = column.Offsets[row + 1] - start;
        return recorded.ValueKind == JsonValueKind.Array && recorded.GetArrayLength() == count
            && recorded.EnumerateArray().Select((e, i) => Equals(e, column.Elements, start + i)).All(e => e);
    }

    private static bool AreMapsEqual(JsonElement recorded, MapColumn column, int row)
    {
        var entries = Enumerable.Range(column.Offsets[row], column.Offsets[row + 1] - column.Offsets[row]).ToList();
        return recorded.ValueKind == JsonValueKind.Array && recorded.GetArrayLength() == entries.Count
            && recorded.EnumerateArray().All(e => entries.Exists(i => Equals(e[0], column.Keys, i) && Equals(e[1], column.Values, i)));
    }

    private static bool AreRowsEqual(JsonElement recorded, RowColumn column, DataType.Row type, int row) =>
        recorded.ValueKind == JsonValueKind.Object
        && type.Fields.Select((f, i) => recorded.TryGetProperty(f.Name, out var value) && Equals(value, column.Children[i], row)).All(e => e);
}
