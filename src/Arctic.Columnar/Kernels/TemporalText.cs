using System.Buffers.Text;

namespace Arctic.Columnar.Kernels;

/// <summary>Dates, times and intervals to and from UTF-8 text as Flink's casts write and read them.</summary>
internal static class TemporalText
{
    /// <summary>The most bytes that any of them takes.</summary>
    public const int MaxLength = 48;

    /// <summary><c>yyyy-MM-dd</c>.</summary>
    public static int WriteDate(int days, Span<byte> target)
    {
        var (year, month, day) = Calendar.ToDate(days);
        var at = 0;
        if (year < 0)
        {
            target[at++] = (byte)'-';
            year = -year;
        }

        at += WriteYear(year, target[at..]);
        target[at++] = (byte)'-';
        at += WriteDigits(month, 2, target[at..]);
        target[at++] = (byte)'-';
        return at + WriteDigits(day, 2, target[at..]);
    }

    /// <summary><c>HH:mm:ss</c> and a fraction of exactly <paramref name="precision"/> digits.</summary>
    public static int WriteTime(long nanosOfDay, int precision, Span<byte> target)
    {
        var seconds = (int)(nanosOfDay / 1_000_000_000);
        WriteDigits(seconds / 3600, 2, target);
        target[2] = (byte)':';
        WriteDigits(seconds / 60 % 60, 2, target[3..]);
        target[5] = (byte)':';
        WriteDigits(seconds % 60, 2, target[6..]);
        if (precision == 0)
        {
            return 8;
        }

        target[8] = (byte)'.';
        Span<byte> fraction = stackalloc byte[9];
        WriteDigits((int)(nanosOfDay % 1_000_000_000), 9, fraction);
        fraction[..precision].CopyTo(target[9..]);
        return 9 + precision;
    }

    /// <summary>A date, a blank, a time.</summary>
    /// <param name="value">Microseconds, or nanoseconds when the precision is over 6.</param>
    public static int WriteTimestamp(long value, int precision, Span<byte> target)
    {
        var perDay = precision > 6 ? Calendar.NanosPerDay : Calendar.MicrosPerDay;
        var day = Calendar.FloorDiv(value, perDay);
        var nanos = (value - (day * perDay)) * (precision > 6 ? 1 : 1000);
        var at = WriteDate((int)day, target);
        target[at++] = (byte)' ';
        return at + WriteTime(nanos, precision, target[at..]);
    }

    /// <summary><c>+Y-MM</c>.</summary>
    public static int WriteMonths(int months, Span<byte> target)
    {
        var magnitude = Math.Abs((long)months);
        target[0] = (byte)(months < 0 ? '-' : '+');
        Utf8Formatter.TryFormat(magnitude / 12, target[1..], out var written);
        target[1 + written] = (byte)'-';
        return 2 + written + WriteDigits((int)(magnitude % 12), 2, target[(2 + written)..]);
    }

    /// <summary><c>+D HH:mm:ss.SSS</c>.</summary>
    public static int WriteMillis(long millis, Span<byte> target)
    {
        var magnitude = millis < 0 ? (ulong)-millis : (ulong)millis;
        target[0] = (byte)(millis < 0 ? '-' : '+');
        Utf8Formatter.TryFormat(magnitude / 86_400_000, target[1..], out var written);
        target[1 + written] = (byte)' ';
        return 2 + written + WriteTime((long)(magnitude % 86_400_000) * 1_000_000, 3, target[(2 + written)..]);
    }

    /// <summary>Trimmed <c>y[-M[-d]]</c> of at most four year digits; anything after the first blank is ignored; the day must exist.</summary>
    public static bool TryParseDate(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        text = text.Trim((byte)' ');
        var blank = text.IndexOf((byte)' ');
        if (blank >= 0)
        {
            text = text[..blank];
        }

        int month = 1, day = 1;
        if (!TakeNumber(ref text, 4, out var year)
            || (!text.IsEmpty && (!Take(ref text, '-') || !TakeNumber(ref text, 2, out month)))
            || (!text.IsEmpty && (!Take(ref text, '-') || !TakeNumber(ref text, 2, out day)))
            || !text.IsEmpty || year == 0 || !Calendar.IsValid(year, month, day))
        {
            return false;
        }

        days = Calendar.ToDays(year, month, day);
        return true;
    }

    /// <summary>Trimmed <c>H[:m[:s[.f]]]</c>.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, out long micros)
    {
        text = text.Trim((byte)' ');
        micros = 0;
        int minute = 0, second = 0, nanos = 0;
        if (!TakeNumber(ref text, 2, out var hour)
            || (!text.IsEmpty && (!Take(ref text, ':') || !TakeNumber(ref text, 2, out minute)))
            || (!text.IsEmpty && (!Take(ref text, ':') || !TakeNumber(ref text, 2, out second)))
            || (!text.IsEmpty && (!Take(ref text, '.') || !TakeFraction(ref text, out nanos)))
            || !text.IsEmpty || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        micros = (((((hour * 60L) + minute) * 60) + second) * Calendar.MicrosPerSecond) + (nanos / 1000);
        return true;
    }

    /// <summary><c>yyyy-M-d[ H:m:s[.f]]</c>, untrimmed, seconds required, <c>24:00:00</c> the next day; the day must exist.</summary>
    /// <param name="days">The day.</param>
    /// <param name="nanosOfDay">The time in it.</param>
    public static bool TryParseTimestamp(ReadOnlySpan<byte> text, out int days, out long nanosOfDay)
    {
        (days, nanosOfDay) = (0, 0);
        var length = text.Length;
        if (!TakeNumber(ref text, 4, out var year) || length - text.Length != 4
            || !Take(ref text, '-') || !TakeNumber(ref text, 2, out var month)
            || !Take(ref text, '-') || !TakeNumber(ref text, 2, out var day) || !Calendar.IsValid(year, month, day))
        {
            return false;
        }

        days = Calendar.ToDays(year, month, day);
        if (text.IsEmpty)
        {
            return true;
        }

        var nanos = 0;
        if (!Take(ref text, ' ') || !TakeNumber(ref text, 2, out var hour)
            || !Take(ref text, ':') || !TakeNumber(ref text, 2, out var minute)
            || !Take(ref text, ':') || !TakeNumber(ref text, 2, out var second)
            || (!text.IsEmpty && (!Take(ref text, '.') || !TakeFraction(ref text, out nanos)))
            || !text.IsEmpty || minute > 59 || second > 59 || hour > 24 || (hour == 24 && (minute | second | nanos) != 0))
        {
            return false;
        }

        if (hour == 24)
        {
            (days, hour) = (days + 1, 0);
        }

        nanosOfDay = (((((hour * 60L) + minute) * 60) + second) * 1_000_000_000) + nanos;
        return true;
    }

    /// <summary>A moment in the unit of its precision, the fraction cut to it; false when nanoseconds cannot hold it.</summary>
    public static bool TryCompose(int days, long nanosOfDay, int precision, out long value)
    {
        if (precision <= 6)
        {
            value = (days * Calendar.MicrosPerDay) + Cut(nanosOfDay / 1000, precision, 6);
            return true;
        }

        var wide = ((Int128)days * Calendar.NanosPerDay) + Cut(nanosOfDay, precision, 9);
        value = (long)wide;
        return wide == value;
    }

    /// <summary>Cuts a count of 10^-<paramref name="digits"/> seconds down to fewer fraction digits, toward the past.</summary>
    public static long Cut(long value, int precision, int digits)
    {
        if (precision >= digits)
        {
            return value;
        }

        var unit = (long)DecimalMath.PowerOf10(digits - precision);
        return value - Calendar.FloorMod(value, unit);
    }

    private static int WriteYear(int year, Span<byte> target)
    {
        if (year <= 9999)
        {
            return WriteDigits(year, 4, target);
        }

        Utf8Formatter.TryFormat(year, target, out var written);
        return written;
    }

    private static int WriteDigits(int value, int count, Span<byte> target)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        return count;
    }

    private static bool Take(ref ReadOnlySpan<byte> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
        {
            return false;
        }

        text = text[1..];
        return true;
    }

    // One to so many digits.
    private static bool TakeNumber(ref ReadOnlySpan<byte> text, int digitsMax, out int value)
    {
        value = 0;
        var count = 0;
        for (; count < text.Length && (uint)(text[count] - '0') <= 9; count++)
        {
            if (count == digitsMax)
            {
                return false;
            }

            value = (value * 10) + text[count] - '0';
        }

        text = text[count..];
        return count > 0;
    }

    private static bool TakeFraction(ref ReadOnlySpan<byte> text, out int nanos)
    {
        var length = text.Length;
        if (!TakeNumber(ref text, 9, out nanos))
        {
            return false;
        }

        for (var digits = length - text.Length; digits < 9; digits++)
        {
            nanos *= 10;
        }

        return true;
    }
}
