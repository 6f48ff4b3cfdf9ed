using System.Globalization;
using System.Numerics;
using Arctic.Columnar.Kernels;
using Calendar = Arctic.Columnar.Kernels.Calendar;

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

    public int Format(Int128 value, Span<byte> target) => NumberText.WriteDecimal(value, scale, target);
}

/// <summary><c>yyyy-MM-dd</c>.</summary>
internal readonly struct DateFormatter : ICellFormatter<int>
{
    public static int MaxLength => 16;

    public int Format(int value, Span<byte> target) => IsoText.WriteDate(value, target);
}

/// <summary><c>HH:mm:ss</c> and as many fraction digits as the precision has.</summary>
internal readonly struct TimeFormatter(int precision) : ICellFormatter<long>
{
    public static int MaxLength => 20;

    public int Format(long value, Span<byte> target) => TemporalText.WriteTime(value * 1000, precision, target);
}

/// <summary>A date, a separator and a time of day; a <c>Z</c> behind instants, which are written in UTC.</summary>
internal readonly struct TimestampFormatter(TimestampKind kind, byte separator) : ICellFormatter<long>
{
    public static int MaxLength => TemporalText.MaxLength;

    public int Format(long value, Span<byte> target)
    {
        var (days, nanosOfDay) = kind.Split(value);
        var at = IsoText.WriteDate(days, target);
        target[at++] = separator;
        at += TemporalText.WriteTime(nanosOfDay, kind.Precision, target[at..]);
        if (kind.IsZoned)
        {
            target[at++] = (byte)'Z';
        }

        return at;
    }
}

/// <summary>What a timestamp column holds.</summary>
/// <param name="Precision">The fraction digits.</param>
/// <param name="IsZoned">Whether values are instants.</param>
internal readonly record struct TimestampKind(int Precision, bool IsZoned)
{
    /// <summary>Whether values are nanoseconds; microseconds otherwise.</summary>
    public bool IsNanos => Precision > 6;

    /// <summary>The day since 1970-01-01 and the nanosecond of the day.</summary>
    public (int Days, long NanosOfDay) Split(long value)
    {
        var perDay = IsNanos ? Calendar.NanosPerDay : Calendar.MicrosPerDay;
        var days = Calendar.FloorDiv(value, perDay);
        return ((int)days, (value - (days * perDay)) * (IsNanos ? 1 : 1000));
    }
}

/// <summary>Dates as ISO 8601 text.</summary>
internal static class IsoText
{
    /// <summary><c>yyyy-MM-dd</c>; years beyond four digits have a sign.</summary>
    public static int WriteDate(int days, Span<byte> target)
    {
        if (days <= Calendar.MaxDay)
        {
            return TemporalText.WriteDate(days, target);
        }

        target[0] = (byte)'+';
        return 1 + TemporalText.WriteDate(days, target[1..]);
    }
}
