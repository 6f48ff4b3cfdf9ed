using System.Globalization;
using System.Text;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Partitioning;

/// <summary>
/// The text of a partition in folder names and markers (spec/arctic.md, B.2): <c>name=value/name2=value2</c>, URL-encoded as Java does. A marker is looked up by
/// this text, so one differing character would show merged rows twice.
/// </summary>
internal static class PartitionPath
{
    private const long MicrosPerSecond = 1_000_000;

    /// <summary>The path of a partition; empty for an unpartitioned table.</summary>
    public static string Of(PartitionSpec spec, Schema schema, PartitionTuple partition)
    {
        var path = new StringBuilder();
        for (var i = 0; i < spec.Fields.Count; i++)
        {
            if (i > 0)
            {
                path.Append('/');
            }

            var field = spec.Fields[i];
            AppendEncoded(path, field.Name);
            path.Append('=');
            AppendEncoded(path, TextOf(field.Transform, schema.FindField(field.SourceId)?.Type ?? IcebergTypes.Unknown, partition[i]));
        }

        return path.ToString();
    }

    /// <summary>Java's <c>URLEncoder</c>: letters, digits and <c>.-*_</c> stay, a space becomes <c>+</c>, other bytes of the UTF-8 text <c>%XX</c>.</summary>
    public static string Encode(string text)
    {
        var result = new StringBuilder(text.Length);
        AppendEncoded(result, text);
        return result.ToString();
    }

    private static void AppendEncoded(StringBuilder result, string text)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'.' or (byte)'-' or (byte)'*' or (byte)'_')
            {
                result.Append((char)b);
            }
            else if (b == ' ')
            {
                result.Append('+');
            }
            else
            {
                result.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>The text of a value as people read it: <c>2017-11</c> for a month.</summary>
    public static string TextOf(Transform transform, IcebergType source, object? value) => (transform, value) switch
    {
        (_, null) or (Transform.Void, _) => "null",
        (Transform.Year, int years) => Text($"{1970 + years:D4}"),
        (Transform.Month, int months) => Text($"{1970 + FloorDiv(months, 12):D4}-{1 + months - 12 * FloorDiv(months, 12):D2}"),
        (Transform.Day, int days) => DateText(days),
        (Transform.Hour, int hours) => Text($"{DateText((int)FloorDiv(hours, 24))}-{hours - 24 * FloorDiv(hours, 24):D2}"),
        (Transform.Bucket, int bucket) => Text($"{bucket}"),
        _ => IdentityText(source, value),
    };

    private static string IdentityText(IcebergType type, object value) => (type, value) switch
    {
        (_, bool flag) => flag ? "true" : "false",
        (IcebergType.Date, int days) => DateText(days),
        (IcebergType.Time, long micros) => TimeText(micros, 6),
        (IcebergType.Timestamp, long micros) => TimestampText(micros, MicrosPerSecond, 6),
        (IcebergType.TimestampTz, long micros) => TimestampText(micros, MicrosPerSecond, 6) + "+00:00",
        (IcebergType.TimestampNs, long nanos) => TimestampText(nanos, 1000 * MicrosPerSecond, 9),
        (IcebergType.TimestampTzNs, long nanos) => TimestampText(nanos, 1000 * MicrosPerSecond, 9) + "+00:00",
        (IcebergType.Decimal d, Int128 unscaled) => DecimalText(unscaled, d.Scale),
        (IcebergType.Uuid, byte[] bytes) => new Guid(bytes, bigEndian: true).ToString(),
        (_, byte[] bytes) => Convert.ToBase64String(bytes),
        (_, float number) => FloatText(number, number.ToString("E8", CultureInfo.InvariantCulture), number.ToString("R", CultureInfo.InvariantCulture)),
        (_, double number) => FloatText(number, number.ToString("E16", CultureInfo.InvariantCulture), number.ToString("R", CultureInfo.InvariantCulture)),
        (_, string text) => text,
        _ => Text($"{value}"),
    };

    private static string DateText(int days)
    {
        // Days count from 1970 and may lie outside the range of DateOnly: civil-from-days, proleptic Gregorian.
        var shifted = (long)days + 719_468;
        var era = FloorDiv(shifted, 146_097);
        var dayOfEra = shifted - era * 146_097;
        var yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        var dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        var month = (5 * dayOfYear + 2) / 153;
        var day = dayOfYear - (153 * month + 2) / 5 + 1;
        month += month < 10 ? 3 : -9;
        var year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        return Text($"{year:D4}-{month:D2}-{day:D2}");
    }

    private static string TimestampText(long value, long unitsPerSecond, int digits)
    {
        var day = FloorDiv(value, 86_400 * unitsPerSecond);
        return DateText((int)day) + "T" + TimeText(value - day * 86_400 * unitsPerSecond, digits);
    }

    // Seconds always, the fraction without its trailing zeros.
    private static string TimeText(long ofDay, int digits)
    {
        var unitsPerSecond = digits == 6 ? MicrosPerSecond : 1000 * MicrosPerSecond;
        var seconds = ofDay / unitsPerSecond;
        var fraction = ofDay % unitsPerSecond;
        var whole = Text($"{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}");
        return fraction == 0 ? whole : whole + "." + fraction.ToString("D" + digits, CultureInfo.InvariantCulture).TrimEnd('0');
    }

    // BigDecimal.toString: plain unless the exponent of the first digit is below -6.
    private static string DecimalText(Int128 unscaled, int scale)
    {
        var sign = unscaled < 0 ? "-" : "";
        var digits = unscaled.ToString(CultureInfo.InvariantCulture).TrimStart('-');
        var exponent = digits.Length - 1 - scale;
        if (scale == 0)
        {
            return sign + digits;
        }

        if (exponent < -6)
        {
            var mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
            return Text($"{sign}{mantissa}E{exponent}");
        }

        digits = digits.PadLeft(scale + 1, '0');
        return sign + digits[..^scale] + "." + digits[^scale..];
    }

    // Float.toString and Double.toString: a fraction always, an exponent outside of 10^-3 to 10^7.
    private static string FloatText(double number, string scientific, string shortest)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        }

        if (number == 0)
        {
            return double.IsNegative(number) ? "-0.0" : "0.0";
        }

        var exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var digits = string.Concat(shortest.Split('E')[0].Where(char.IsAsciiDigit)).TrimStart('0').TrimEnd('0');
        var sign = number < 0 ? "-" : "";
        if (exponent is < -3 or >= 7)
        {
            return Text($"{sign}{digits[0]}.{(digits.Length > 1 ? digits[1..] : "0")}E{exponent}");
        }

        if (exponent < 0)
        {
            return sign + "0." + new string('0', -exponent - 1) + digits;
        }

        var padded = digits.PadRight(exponent + 2, '0');
        return sign + padded[..(exponent + 1)] + "." + padded[(exponent + 1)..];
    }

    private static long FloorDiv(long dividend, long divisor)
    {
        var quotient = dividend / divisor;
        return dividend % divisor < 0 ? quotient - 1 : quotient;
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
