using Arctic.Columnar.Kernels;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.Print;

/// <summary>Java's <c>Float.toString</c>.</summary>
internal readonly struct JavaFloatFormatter : ICellFormatter<float>
{
    public static int MaxLength => NumberText.MaxLength;

    public int Format(float value, Span<byte> target) => NumberText.WriteSingle(value, target);
}

/// <summary>Java's <c>Double.toString</c>.</summary>
internal readonly struct JavaDoubleFormatter : ICellFormatter<double>
{
    public static int MaxLength => NumberText.MaxLength;

    public int Format(double value, Span<byte> target) => NumberText.WriteDouble(value, target);
}

/// <summary>Java's <c>BigDecimal.toString</c>: scientific when the first digit that is not 0 stands behind the sixth place after the point.</summary>
internal readonly struct JavaDecimalFormatter(int scale) : ICellFormatter<Int128>
{
    private const int PlainExponentMin = -6;

    public static int MaxLength => NumberText.MaxLength;

    public int Format(Int128 value, Span<byte> target)
    {
        Span<byte> digits = stackalloc byte[NumberText.MaxLength];
        var count = NumberText.WriteDecimal(Int128.Abs(value), 0, digits);
        var exponent = count - 1 - scale;
        if (exponent >= PlainExponentMin)
        {
            return NumberText.WriteDecimal(value, scale, target);
        }

        var at = 0;
        if (value < 0)
        {
            target[at++] = (byte)'-';
        }

        target[at++] = digits[0];
        if (count > 1)
        {
            target[at++] = (byte)'.';
            digits[1..count].CopyTo(target[at..]);
            at += count - 1;
        }

        target[at++] = (byte)'E';
        return at + NumberText.WriteInteger(exponent, target[at..]);
    }
}

/// <summary>Java's <c>LocalTime.toString</c>.</summary>
internal readonly struct JavaTimeFormatter : ICellFormatter<long>
{
    public static int MaxLength => 24;

    public int Format(long value, Span<byte> target) => JavaTimeText.WriteTime(value * 1000, target);
}

/// <summary>Java's <c>LocalDateTime.toString</c>, or <c>Instant.toString</c> when zoned.</summary>
internal readonly struct JavaTimestampFormatter(TimestampKind kind) : ICellFormatter<long>
{
    public static int MaxLength => 48;

    public int Format(long value, Span<byte> target)
    {
        var (days, nanos) = kind.Split(value);
        var at = IsoText.WriteDate(days, target);
        target[at++] = (byte)'T';
        if (!kind.IsZoned)
        {
            return at + JavaTimeText.WriteTime(nanos, target[at..]);
        }

        at += TemporalText.WriteTime(nanos, JavaTimeText.FractionDigits(nanos), target[at..]);
        target[at++] = (byte)'Z';
        return at;
    }
}

/// <summary>Times of day as Java writes them: without seconds when they are 0, and fractions of 3, 6 or 9 digits.</summary>
internal static class JavaTimeText
{
    private const long NanosPerMinute = 60_000_000_000;

    public static int WriteTime(long nanosOfDay, Span<byte> target)
    {
        var length = TemporalText.WriteTime(nanosOfDay, FractionDigits(nanosOfDay), target);
        return nanosOfDay % NanosPerMinute == 0 ? "HH:mm".Length : length;
    }

    public static int FractionDigits(long nanos) => (nanos % 1_000_000_000) switch
    {
        0 => 0,
        var f when f % 1_000_000 == 0 => 3,
        var f when f % 1_000 == 0 => 6,
        _ => 9,
    };
}
