using System.Globalization;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>The texts of single values: decimals with all their digits, ISO dates and times, lower-case uuids, hexadecimal bytes.</summary>
internal static class SingleValueText
{
    private const long MicrosPerDay = 86_400_000_000;
    private const long NanosPerDay = 86_400_000_000_000;
    private static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>Reads the text of a value.</summary>
    /// <exception cref="FormatException">It is not one of that type.</exception>
    public static object Parse(IcebergType type, string text) => type switch
    {
        IcebergType.Decimal d => ParseDecimal(text, d.Precision, d.Scale),
        IcebergType.Date => ParseDate(text),
        IcebergType.Time => ParseClock(text, 6),
        IcebergType.Timestamp => ParseTimestamp(text, 6, MicrosPerDay),
        IcebergType.TimestampTz => ParseTimestamp(WithoutZone(text), 6, MicrosPerDay),
        IcebergType.TimestampNs => ParseTimestamp(text, 9, NanosPerDay),
        IcebergType.TimestampTzNs => ParseTimestamp(WithoutZone(text), 9, NanosPerDay),
        IcebergType.String => text,
        IcebergType.Uuid => Guid.ParseExact(text, "D").ToByteArray(bigEndian: true),
        IcebergType.Fixed f => Convert.FromHexString(text) is var bytes && bytes.Length == f.Length ? bytes : throw new FormatException($"{bytes.Length} bytes are not {f.Length}."),
        IcebergType.Binary => Convert.FromHexString(text),
        _ => throw new FormatException($"Values of '{type}' have no text."),
    };

    /// <summary>The text of a value, as <see cref="Parse"/> reads it.</summary>
    public static string Format(IcebergType type, object value) => (type, value) switch
    {
        (IcebergType.Decimal d, Int128 unscaled) => FormatDecimal(unscaled, d.Scale),
        (IcebergType.Date, int days) => FormatDate(days),
        (IcebergType.Time, long micros) => FormatClock(micros, 6),
        (IcebergType.Timestamp, long micros) => FormatTimestamp(micros, 6, MicrosPerDay),
        (IcebergType.TimestampTz, long micros) => FormatTimestamp(micros, 6, MicrosPerDay) + "+00:00",
        (IcebergType.TimestampNs, long nanos) => FormatTimestamp(nanos, 9, NanosPerDay),
        (IcebergType.TimestampTzNs, long nanos) => FormatTimestamp(nanos, 9, NanosPerDay) + "+00:00",
        (IcebergType.String, string text) => text,
        (IcebergType.Uuid, byte[] bytes) => new Guid(bytes, bigEndian: true).ToString("D"),
        (IcebergType.Fixed or IcebergType.Binary, byte[] bytes) => Convert.ToHexStringLower(bytes),
        _ => throw new ArgumentException($"A value of type {value.GetType().Name} is not one of the Iceberg type '{type}'.", nameof(value)),
    };

    private static Int128 ParseDecimal(string text, int precision, int scale)
    {
        var e = text.IndexOfAny(['e', 'E']);
        var exponent = e >= 0 ? int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        var mantissa = e >= 0 ? text[..e] : text;
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var fraction = (point < 0 ? 0 : mantissa.Length - point - 1) - exponent;
        var unscaled = Int128.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        for (; fraction < scale && unscaled != 0; fraction++)
        {
            unscaled = checked(unscaled * 10);
        }

        for (; fraction > scale && unscaled != 0; fraction--)
        {
            unscaled = unscaled % 10 == 0 ? unscaled / 10 : throw new FormatException($"'{text}' has more than {scale} digits after the point.");
        }

        return Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture).Length <= precision ? unscaled : throw new FormatException($"'{text}' has more than {precision} digits.");
    }

    private static string FormatDecimal(Int128 unscaled, int scale)
    {
        var digits = Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = unscaled < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    private static int ParseDate(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture).DayNumber - Epoch;

    private static string FormatDate(int days) => DateOnly.FromDayNumber(days + Epoch).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static long ParseTimestamp(string text, int digits, long perDay)
    {
        var t = text.IndexOf('T', StringComparison.Ordinal);
        return t > 0 ? checked((long)(((Int128)ParseDate(text[..t]) * perDay) + ParseClock(text[(t + 1)..], digits))) : throw new FormatException($"'{text}' is not a timestamp.");
    }

    private static string FormatTimestamp(long value, int digits, long perDay)
    {
        var days = Math.DivRem(value, perDay, out var rest);
        return rest < 0 ? FormatDate((int)days - 1) + "T" + FormatClock(rest + perDay, digits) : FormatDate((int)days) + "T" + FormatClock(rest, digits);
    }

    // HH:mm, HH:mm:ss or with up to `digits` fraction digits.
    private static long ParseClock(string text, int digits)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var clock = point < 0 ? text : text[..point];
        var fraction = point < 0 ? "" : text[(point + 1)..];
        var time = TimeOnly.ParseExact(clock, clock.Length == 5 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
        if (fraction.Length > digits || !fraction.All(char.IsAsciiDigit))
        {
            throw new FormatException($"'{text}' has no fraction of up to {digits} digits.");
        }

        var unit = digits == 6 ? 1_000_000L : 1_000_000_000L;
        return ((long)time.ToTimeSpan().TotalSeconds * unit) + long.Parse(fraction.PadRight(digits, '0'), CultureInfo.InvariantCulture);
    }

    private static string FormatClock(long value, int digits)
    {
        var seconds = Math.DivRem(value, digits == 6 ? 1_000_000L : 1_000_000_000L, out var fraction);
        var clock = TimeSpan.FromSeconds(seconds).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture);
        return fraction == 0 ? clock : clock + "." + fraction.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    private static string WithoutZone(string text) =>
        text.EndsWith('Z') ? text[..^1]
        : text.EndsWith("+00:00", StringComparison.Ordinal) || text.EndsWith("-00:00", StringComparison.Ordinal) ? text[..^6]
        : throw new FormatException($"'{text}' does not end with the UTC offset +00:00.");
}
