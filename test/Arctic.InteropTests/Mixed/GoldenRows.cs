using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.InteropTests.Mixed;

/// <summary>Rows as the golden <c>*.jsonl</c> files of the mixed format print them, so that ours and theirs compare as text.</summary>
internal static class GoldenRows
{
    /// <summary>The rows of a batch, one JSON object each, in order.</summary>
    public static IEnumerable<string> Of(ChangeBatch batch, bool withKind = false)
    {
        var rows = batch.Selection?.ToArray() ?? Enumerable.Range(0, batch.ColumnLength).ToArray();
        foreach (var row in rows)
        {
            var json = new JsonObject();
            if (withKind)
            {
                json.Add("$", batch.KindAt(row).ToShortText());
            }

            for (var i = 0; i < batch.Columns.Count; i++)
            {
                json.Add(batch.Schema[i].Name, Value(batch.Columns[i], row));
            }

            yield return json.ToJsonString();
        }
    }

    /// <summary>The lines of a golden file in the same spelling.</summary>
    public static IEnumerable<string> ReadLines(string path) =>
        File.ReadLines(path).Where(l => l.Length > 0).Select(l => JsonNode.Parse(l)!.ToJsonString());

    private static JsonNode? Value(Column column, int row)
    {
        if (column is ConstantColumn constant)
        {
            return Value(constant.Value, 0);
        }

        if (column.IsNull(row))
        {
            return null;
        }

        return (column, column.Type) switch
        {
            (BooleanColumn c, _) => JsonValue.Create(c.Bits[row]),
            (FixedColumn<sbyte> c, _) => Number(c.Values[row]),
            (FixedColumn<short> c, _) => Number(c.Values[row]),
            (FixedColumn<int> c, DataType.Date) => JsonValue.Create(DateOnly.FromDayNumber(719162 + c.Values[row]).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            (FixedColumn<int> c, _) => Number(c.Values[row]),
            (FixedColumn<long> c, DataType.Timestamp t) => JsonValue.Create(Timestamp(c.Values[row], t.IsNanos)),
            (FixedColumn<long> c, DataType.TimestampLtz t) => JsonValue.Create(Timestamp(c.Values[row], t.IsNanos) + "Z"),
            (FixedColumn<long> c, DataType.Time) => JsonValue.Create(new TimeOnly(c.Values[row] * 10).ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture)),
            (FixedColumn<long> c, _) => Number(c.Values[row]),
            (FixedColumn<float> c, _) => JsonValue.Create("f32:" + BitConverter.SingleToInt32Bits(c.Values[row]).ToString("x8", CultureInfo.InvariantCulture)),
            (FixedColumn<double> c, _) => JsonValue.Create("f64:" + BitConverter.DoubleToInt64Bits(c.Values[row]).ToString("x16", CultureInfo.InvariantCulture)),
            (FixedColumn<Int128> c, DataType.Decimal d) => JsonValue.Create(Decimal(c.Values[row], d.Scale)),
            (BytesColumn c, DataType.Char or DataType.VarChar) => JsonValue.Create(Encoding.UTF8.GetString(c[row])),
            (BytesColumn c, _) => JsonValue.Create("hex:" + Convert.ToHexStringLower(c[row])),
            (ListColumn c, _) => new JsonArray(Range(c.Offsets[row], c.Offsets[row + 1]).Select(i => Value(c.Elements, i)).ToArray()),
            (MapColumn c, _) => Map(c, row),
            (RowColumn c, DataType.Row t) => Struct(c, t, row),
            _ => throw new NotSupportedException($"Golden rows have no columns of type {column.Type}."),
        };
    }

    private static JsonArray Map(MapColumn column, int row)
    {
        var pairs = Range(column.Offsets[row], column.Offsets[row + 1])
            .Select(i => new JsonArray(Value(column.Keys, i), Value(column.Values, i)))
            .OrderBy(p => p.ToJsonString(), StringComparer.Ordinal);
        return new JsonArray(pairs.ToArray<JsonNode?>());
    }

    private static JsonObject Struct(RowColumn column, DataType.Row type, int row)
    {
        var json = new JsonObject();
        for (var i = 0; i < column.Children.Count; i++)
        {
            json.Add(type.Fields[i].Name, Value(column.Children[i], row));
        }

        return json;
    }

    private static IEnumerable<int> Range(int start, int end) => Enumerable.Range(start, end - start);

    private static JsonValue Number(long value) => JsonValue.Create(JsonDocument.Parse(value.ToString(CultureInfo.InvariantCulture)).RootElement)!;

    private static string Timestamp(long value, bool isNanos)
    {
        var micros = isNanos ? (long)Math.Floor(value / 1000m) : value;
        var text = DateTime.UnixEpoch.AddTicks(micros * 10).ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        return isNanos ? text + (value - (micros * 1000)).ToString("000", CultureInfo.InvariantCulture) : text;
    }

    private static string Decimal(Int128 unscaled, int scale)
    {
        var digits = Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = Int128.IsNegative(unscaled) ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }
}
