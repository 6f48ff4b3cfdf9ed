using Arctic.Columnar.Kernels;

namespace Arctic.Storage.Formats;

/// <summary>How a format writes timestamps.</summary>
internal enum TimestampFormat
{
    /// <summary><c>2022-07-01 12:32:00.123</c>, with a <c>Z</c> behind it when zoned.</summary>
    Sql,

    /// <summary><c>2022-07-01T12:32:00.123</c>, with a <c>Z</c> behind it when zoned.</summary>
    Iso8601,
}

/// <summary><c>yyyy-MM-dd</c>.</summary>
internal readonly struct DateParser : ICellParser<int>
{
    public bool TryParse(ReadOnlySpan<byte> text, out int value) => TemporalCells.TryParseDate(text, out value);
}

/// <summary><c>HH:mm[:ss[.f]]</c>; digits beyond the precision are cut off.</summary>
internal readonly struct TimeParser(int precision) : ICellParser<long>
{
    public bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        var isValid = TemporalCells.TryParseTime(text, out var nanos);
        value = TemporalCells.CutNanos(nanos, precision) / 1000;
        return isValid;
    }
}

/// <summary>A date and a time of day; digits beyond the precision are cut off.</summary>
internal readonly struct TimestampParser(int precision, TimestampFormat format) : ICellParser<long>
{
    public bool TryParse(ReadOnlySpan<byte> text, out long value) => TemporalCells.TryParseTimestamp(text, precision, format, 0, out value);
}

/// <summary>A date, a time of day and an offset: <c>Z</c> or <c>+hh:mm</c>.</summary>
internal readonly struct ZonedTimestampParser(int precision, TimestampFormat format) : ICellParser<long>
{
    public bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        return TemporalCells.TrySplitOffset(text, out var local, out var offsetSeconds)
            && TemporalCells.TryParseTimestamp(local, precision, format, offsetSeconds, out value);
    }
}

/// <summary>Dates and times in the text of data files: the narrow forms of Flink's formats, not the lenient ones of CAST.</summary>
internal static class TemporalCells
{
    private const long NanosPerSecond = 1_000_000_000;
    private const long SecondsPerDay = 86_400;

    private static readonly int[] PowersOfTen = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

    public static bool TryParseDate(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        if (text.Length != 10 || text[4] != '-' || text[7] != '-'
            || !TryDigits(text[..4], out var year) || !TryDigits(text.Slice(5, 2), out var month) || !TryDigits(text.Slice(8, 2), out var day)
            || !Calendar.IsValid(year, month, day))
        {
            return false;
        }

        days = Calendar.ToDays(year, month, day);
        return true;
    }

    public static bool TryParseTime(ReadOnlySpan<byte> text, out long nanos)
    {
        nanos = 0;
        if (text.Length < 5 || text[2] != ':' || !TryDigits(text[..2], out var hour) || !TryDigits(text.Slice(3, 2), out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        var (second, fraction) = (0, 0);
        if (text.Length > 5 && (text.Length < 8 || text[5] != ':' || !TryDigits(text.Slice(6, 2), out second) || second > 59))
        {
            return false;
        }

        if (text.Length > 8)
        {
            var digits = text.Length - 9;
            if (text[8] != '.' || digits is 0 or > 9 || !TryDigits(text[9..], out fraction))
            {
                return false;
            }

            fraction *= PowersOfTen[9 - digits];
        }

        nanos = ((((hour * 60L) + minute) * 60) + second) * NanosPerSecond + fraction;
        return true;
    }

    /// <summary>Reads a timestamp as the type stores it: microseconds, or nanoseconds when the precision is above 6.</summary>
    public static bool TryParseTimestamp(ReadOnlySpan<byte> text, int precision, TimestampFormat format, int offsetSeconds, out long value)
    {
        value = 0;
        if (text.Length < 16 || text[10] != (format == TimestampFormat.Sql ? ' ' : 'T') || !TryParseDate(text[..10], out var days) || !TryParseTime(text[11..], out var nanosOfDay))
        {
            return false;
        }

        var seconds = (days * SecondsPerDay) + (nanosOfDay / NanosPerSecond) - offsetSeconds;
        var fraction = CutNanos(nanosOfDay % NanosPerSecond, precision);
        if (precision <= 6)
        {
            value = (seconds * 1_000_000) + (fraction / 1000);
            return true;
        }

        // Nanoseconds reach from 1677 to 2262.
        var nanos = ((Int128)seconds * NanosPerSecond) + fraction;
        value = (long)nanos;
        return nanos == value;
    }

    /// <summary>Takes a <c>Z</c> or <c>+hh:mm</c> off the end.</summary>
    public static bool TrySplitOffset(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> local, out int offsetSeconds)
    {
        offsetSeconds = 0;
        local = text;
        if (text.Length > 1 && text[^1] == 'Z')
        {
            local = text[..^1];
            return true;
        }

        if (text.Length > 16 && text[^6] is (byte)'+' or (byte)'-' && text[^3] == ':'
            && TryDigits(text[^5..^3], out var hours) && TryDigits(text[^2..], out var minutes) && hours <= 18 && minutes <= 59)
        {
            offsetSeconds = ((hours * 60) + minutes) * (text[^6] == '-' ? -60 : 60);
            local = text[..^6];
            return true;
        }

        return false;
    }

    /// <summary>The nanoseconds with the digits beyond a precision set to 0.</summary>
    public static long CutNanos(long nanos, int precision) => nanos - (nanos % PowersOfTen[9 - precision]);

    private static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var b in text)
        {
            var digit = (uint)(b - '0');
            if (digit > 9)
            {
                return false;
            }

            value = (value * 10) + (int)digit;
        }

        return true;
    }
}
