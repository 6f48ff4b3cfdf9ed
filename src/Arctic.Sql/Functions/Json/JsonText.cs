using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Json;

/// <summary>Writes JSON as Jackson does: without blanks, numbers as java.math.BigDecimal prints them, only what must be escaped escaped.</summary>
internal static class JsonText
{
    /// <summary>Whether values of the type have a form in JSON.</summary>
    public static bool CanWrite(DataType type) => type switch
    {
        DataType.Boolean => true,
        DataType.Array array => CanWrite(array.Element),
        DataType.Map map => map.Key.IsCharacter() && CanWrite(map.Value),
        DataType.Row row => row.Fields.All(f => CanWrite(f.Type)),
        _ => type.IsCharacter() || type.IsNumeric(),
    };

    /// <summary>Writes a value of a column.</summary>
    public static void Append(Column column, int row, BytesWriter output)
    {
        if (column is ConstantColumn constant)
        {
            (column, row) = (constant.Value, 0);
        }

        if (column.IsNull(row))
        {
            output.Append("null"u8);
            return;
        }

        switch (column)
        {
            case BooleanColumn c:
                output.Append(c.Bits[row] ? "true"u8 : "false"u8);
                break;
            case BytesColumn c:
                AppendString(c[row], output);
                break;
            case ListColumn c:
                AppendList(c.Elements, c.Offsets[row], c.Offsets[row + 1], output);
                break;
            case MapColumn c:
                AppendMap(c, row, output);
                break;
            case RowColumn c:
                AppendRow(c, (DataType.Row)c.Type, row, output);
                break;
            default:
                AppendNumber(column, row, output);
                break;
        }
    }

    /// <summary>Writes a parsed value.</summary>
    public static void Append(JsonElement element, BytesWriter output)
    {
        var isFirst = true;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                output.Append((byte)'{');
                foreach (var member in element.EnumerateObject())
                {
                    Separate(ref isFirst, output);
                    AppendString(Encoding.UTF8.GetBytes(member.Name), output);
                    output.Append((byte)':');
                    Append(member.Value, output);
                }

                output.Append((byte)'}');
                break;
            case JsonValueKind.Array:
                output.Append((byte)'[');
                foreach (var item in element.EnumerateArray())
                {
                    Separate(ref isFirst, output);
                    Append(item, output);
                }

                output.Append((byte)']');
                break;
            case JsonValueKind.String:
                AppendString(Encoding.UTF8.GetBytes(element.GetString()!), output); // a string, as tested
                break;
            case JsonValueKind.Number:
                output.Append(NumberOf(element.GetRawText()));
                break;
            default:
                output.Append(element.GetRawText());
                break;
        }
    }

    /// <summary>Writes a text in quotes.</summary>
    public static void AppendString(ReadOnlySpan<byte> text, BytesWriter output)
    {
        output.Append((byte)'"');
        while (text.Length > 0)
        {
            var plain = 0;
            while (plain < text.Length && text[plain] is >= 0x20 and not ((byte)'"' or (byte)'\\'))
            {
                plain++;
            }

            output.Append(text[..plain]);
            if (plain < text.Length)
            {
                AppendEscaped(text[plain], output);
                plain++;
            }

            text = text[plain..];
        }

        output.Append((byte)'"');
    }

    /// <summary>A number as java.math.BigDecimal prints it: <c>1e2</c> as <c>1E+2</c>, digits behind the point kept.</summary>
    public static string NumberOf(string raw)
    {
        var exponentAt = raw.IndexOfAny(['e', 'E']);
        var pointAt = raw.IndexOf('.', StringComparison.Ordinal);
        if (exponentAt < 0 && pointAt < 0)
        {
            return raw;
        }

        var exponent = exponentAt < 0 ? 0 : int.TryParse(raw.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        var mantissa = exponentAt < 0 ? raw : raw[..exponentAt];
        var isNegative = mantissa.StartsWith('-');
        var scale = (pointAt < 0 ? 0 : mantissa.Length - pointAt - 1) - exponent;
        var digits = mantissa.TrimStart('-').Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        digits = digits.Length == 0 ? "0" : digits;
        var adjusted = digits.Length - 1L - scale;
        var text = scale >= 0 && adjusted >= -6 ? Plain(digits, scale) : Scientific(digits, adjusted);
        return isNegative ? "-" + text : text;
    }

    private static string Plain(string digits, int scale)
    {
        var padded = digits.PadLeft(scale + 1, '0');
        return scale == 0 ? padded : $"{padded[..^scale]}.{padded[^scale..]}";
    }

    private static string Scientific(string digits, long adjusted) => string.Create(
        CultureInfo.InvariantCulture, $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}{(adjusted == 0 ? "" : $"E{(adjusted > 0 ? "+" : "")}{adjusted}")}");

    private static void AppendNumber(Column column, int row, BytesWriter output)
    {
        Span<byte> buffer = stackalloc byte[NumberText.MaxLength];
        var length = (column, column.Type) switch
        {
            (FixedColumn<sbyte> c, _) => NumberText.WriteInteger(c.Values[row], buffer),
            (FixedColumn<short> c, _) => NumberText.WriteInteger(c.Values[row], buffer),
            (FixedColumn<int> c, _) => NumberText.WriteInteger(c.Values[row], buffer),
            (FixedColumn<long> c, _) => NumberText.WriteInteger(c.Values[row], buffer),
            (FixedColumn<float> c, _) => NumberText.WriteSingle(c.Values[row], buffer),
            (FixedColumn<double> c, _) => NumberText.WriteDouble(c.Values[row], buffer),
            (FixedColumn<Int128> c, DataType.Decimal t) => NumberText.WriteDecimal(c.Values[row], t.Scale, buffer),
            _ => throw new UnreachableException($"JSON of {column.Type}"),
        };
        var text = buffer[..length];
        if (text.ContainsAny("NI"u8))
        {
            // NaN and Infinity are no numbers of JSON.
            AppendString(text, output);
        }
        else if (text.ContainsAny(".E"u8))
        {
            output.Append(NumberOf(Encoding.ASCII.GetString(text)));
        }
        else
        {
            output.Append(text);
        }
    }

    private static void AppendList(Column elements, int start, int end, BytesWriter output)
    {
        output.Append((byte)'[');
        var isFirst = true;
        for (var i = start; i < end; i++)
        {
            Separate(ref isFirst, output);
            Append(elements, i, output);
        }

        output.Append((byte)']');
    }

    private static void AppendMap(MapColumn map, int row, BytesWriter output)
    {
        output.Append((byte)'{');
        var isFirst = true;
        for (var i = map.Offsets[row]; i < map.Offsets[row + 1]; i++)
        {
            Separate(ref isFirst, output);
            Append(map.Keys, i, output);
            output.Append((byte)':');
            Append(map.Values, i, output);
        }

        output.Append((byte)'}');
    }

    private static void AppendRow(RowColumn column, DataType.Row type, int row, BytesWriter output)
    {
        output.Append((byte)'{');
        var isFirst = true;
        for (var i = 0; i < type.Fields.Count; i++)
        {
            Separate(ref isFirst, output);
            AppendString(Encoding.UTF8.GetBytes(type.Fields[i].Name), output);
            output.Append((byte)':');
            Append(column.Children[i], row, output);
        }

        output.Append((byte)'}');
    }

    private static void Separate(ref bool isFirst, BytesWriter output)
    {
        if (!isFirst)
        {
            output.Append((byte)',');
        }

        isFirst = false;
    }

    private static void AppendEscaped(byte value, BytesWriter output)
    {
        output.Append((byte)'\\');
        switch (value)
        {
            case (byte)'\b':
                output.Append((byte)'b');
                break;
            case (byte)'\f':
                output.Append((byte)'f');
                break;
            case (byte)'\n':
                output.Append((byte)'n');
                break;
            case (byte)'\r':
                output.Append((byte)'r');
                break;
            case (byte)'\t':
                output.Append((byte)'t');
                break;
            case < 0x20:
                output.Append($"u{value:X4}");
                break;
            default:
                output.Append(value);
                break;
        }
    }
}
