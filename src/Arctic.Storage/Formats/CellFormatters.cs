using System.Globalization;
using System.Numerics;

namespace Arctic.Storage.Formats;

/// <summary>Writes one value as UTF-8 text.</summary>
internal interface ICellFormatter<T>
{
    /// <summary>The most bytes that a value takes.</summary>
    static abstract int MaxLength { get; }

    /// <summary>Writes the text to the front of <paramref name="target"/>, which has room for <see cref="MaxLength"/> bytes, and returns its length.</summary>
    int Format(T value, Span<byte> target);
}

/// <summary>Plain digits.</summary>
internal readonly struct IntegerFormatter<T> : ICellFormatter<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static int MaxLength => 20;

    public int Format(T value, Span<byte> target)
    {
        value.TryFormat(target, out var count, default, CultureInfo.InvariantCulture);
        return count;
    }
}

/// <summary>The fewest digits that read back as the same value; <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, between quotes if there are any.</summary>
/// <param name="quote">What stands around values that are no numbers; 0 for nothing.</param>
internal readonly struct FloatFormatter<T>(byte quote) : ICellFormatter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int MaxLength => 32;

    public int Format(T value, Span<byte> target)
    {
        var isQuoted = quote != 0 && !T.IsFinite(value);
        var at = isQuoted ? 1 : 0;
        value.TryFormat(target[at..], out var count, default, CultureInfo.InvariantCulture);
        if (isQuoted)
        {
            (target[0], target[count + 1]) = (quote, quote);
            return count + 2;
        }

        return count;
    }
}

/// <summary>Plain digits, all fraction digits of the scale among them.</summary>
internal readonly struct DecimalFormatter(int scale) : ICellFormatter<Int128>
{
    public static int MaxLength => 48;

    public int Format(Int128 value, Span<byte> target)
    {
        var at = 0;
        if (value < 0)
        {
            target[at++] = (byte)'-';
        }

        Span<byte> digits = stackalloc byte[40];
        Int128.Abs(value).TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
        var whole = count - scale;
        if (whole <= 0)
        {
            target[at++] = (byte)'0';
        }
        else
        {
            digits[..whole].CopyTo(target[at..]);
            at += whole;
        }

        if (scale > 0)
        {
            target[at++] = (byte)'.';
            for (var zeros = whole; zeros < 0; zeros++)
            {
                target[at++] = (byte)'0';
            }

            var fraction = digits[Math.Max(0, whole)..count];
            fraction.CopyTo(target[at..]);
            at += fraction.Length;
        }

        return at;
    }
}

/// <summary><c>yyyy-MM-dd</c>.</summary>
internal readonly struct DateFormatter : ICellFormatter<int>
{
    public static int MaxLength => 16;

    public int Format(int value, Span<byte> target) => TemporalText.WriteDate(value, target);
}

/// <summary><c>HH:mm:ss</c> and as many fraction digits as the precision has.</summary>
internal readonly struct TimeFormatter(int precision) : ICellFormatter<long>
{
    public static int MaxLength => 20;

    public int Format(long value, Span<byte> target) => TemporalText.WriteTime(value * 1000, precision, target);
}

/// <summary>A date, a separator and a time of day; a <c>Z</c> behind instants, which are written in UTC.</summary>
internal readonly struct TimestampFormatter(int precision, bool isNanos, byte separator, bool isZoned) : ICellFormatter<long>
{
    private const long NanosPerDay = 86_400_000_000_000;

    public static int MaxLength => 40;

    public int Format(long value, Span<byte> target)
    {
        var perDay = isNanos ? NanosPerDay : NanosPerDay / 1000;
        var days = Math.DivRem(value, perDay, out var ofDay);
        if (ofDay < 0)
        {
            (days, ofDay) = (days - 1, ofDay + perDay);
        }

        var at = TemporalText.WriteDate(days, target);
        target[at++] = separator;
        at += TemporalText.WriteTime(isNanos ? ofDay : ofDay * 1000, precision, target[at..]);
        if (isZoned)
        {
            target[at++] = (byte)'Z';
        }

        return at;
    }
}

/// <summary>Dates and times as ISO 8601 text.</summary>
internal static class TemporalText
{
    /// <summary><c>yyyy-MM-dd</c>; years beyond four digits have a sign.</summary>
    public static int WriteDate(long days, Span<byte> target)
    {
        var (year, month, day) = CivilOf(days);
        var at = 0;
        if (year is < 0 or > 9999)
        {
            target[at++] = year < 0 ? (byte)'-' : (byte)'+';
        }

        var digits = Math.Max(4, DigitsOf(Math.Abs(year)));
        WriteDigits(Math.Abs(year), digits, target[at..]);
        at += digits;
        target[at] = (byte)'-';
        WriteDigits(month, 2, target[(at + 1)..]);
        target[at + 3] = (byte)'-';
        WriteDigits(day, 2, target[(at + 4)..]);
        return at + 6;
    }

    /// <summary><c>HH:mm:ss</c> and a fraction of so many digits.</summary>
    public static int WriteTime(long nanosOfDay, int precision, Span<byte> target)
    {
        var seconds = nanosOfDay / 1_000_000_000;
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
        WriteDigits(nanosOfDay % 1_000_000_000, 9, target[9..]);
        return 9 + precision;
    }

    // The inverse of TemporalCells.DaysOf.
    private static (long Year, int Month, int Day) CivilOf(long days)
    {
        var z = days + 719_468;
        var era = (z >= 0 ? z : z - 146_096) / 146_097;
        var dayOfEra = z - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        var day = (int)(dayOfYear - (((153 * shifted) + 2) / 5) + 1);
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    private static int DigitsOf(long value)
    {
        var digits = 1;
        for (; value >= 10; value /= 10)
        {
            digits++;
        }

        return digits;
    }

    private static void WriteDigits(long value, int count, Span<byte> target)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
