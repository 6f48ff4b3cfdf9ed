using System.Buffers.Text;
using System.Globalization;

namespace Arctic.Columnar.Kernels;

/// <summary>Numbers to and from text as Flink (that is, Java) writes and reads them; UTF-8.</summary>
internal static class NumberText
{
    /// <summary>The most bytes that any number takes.</summary>
    public const int MaxLength = 64;

    public static int WriteInteger(long value, Span<byte> target)
    {
        Utf8Formatter.TryFormat(value, target, out var written);
        return written;
    }

    /// <summary>Plain digits with exactly <paramref name="scale"/> fraction digits.</summary>
    public static int WriteDecimal(Int128 unscaled, int scale, Span<byte> target)
    {
        var at = 0;
        if (unscaled < 0)
        {
            target[at++] = (byte)'-';
        }

        Span<byte> digits = stackalloc byte[48];
        ((UInt128)Int128.Abs(unscaled)).TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
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
            for (; whole < 0; whole++)
            {
                target[at++] = (byte)'0';
            }

            digits[whole..count].CopyTo(target[at..]);
            at += count - whole;
        }

        return at;
    }

    /// <summary>Java's Double.toString.</summary>
    public static int WriteDouble(double value, Span<byte> target)
    {
        if (!double.IsFinite(value))
        {
            return WriteNotFinite(double.IsNaN(value), value > 0, target);
        }

        Span<byte> shortest = stackalloc byte[32];
        value.TryFormat(shortest, out var count, "R", CultureInfo.InvariantCulture);
        return WriteJava(shortest[..count], target);
    }

    /// <summary>Java's Float.toString.</summary>
    public static int WriteSingle(float value, Span<byte> target)
    {
        if (!float.IsFinite(value))
        {
            return WriteNotFinite(float.IsNaN(value), value > 0, target);
        }

        Span<byte> shortest = stackalloc byte[32];
        value.TryFormat(shortest, out var count, "R", CultureInfo.InvariantCulture);
        return WriteJava(shortest[..count], target);
    }

    /// <summary>Java's Double.parseDouble of trimmed text, without hexadecimal floats.</summary>
    public static bool TryParseDouble(ReadOnlySpan<byte> text, out double value)
    {
        value = default;
        if (TryParseNotFinite(ref text, out var isNegative, out var isNaN))
        {
            value = isNaN ? double.NaN : isNegative ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        return !text.IsEmpty && double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Java's Float.parseFloat of trimmed text, without hexadecimal floats.</summary>
    public static bool TryParseSingle(ReadOnlySpan<byte> text, out float value)
    {
        value = default;
        if (TryParseNotFinite(ref text, out var isNegative, out var isNaN))
        {
            value = isNaN ? float.NaN : isNegative ? float.NegativeInfinity : float.PositiveInfinity;
            return true;
        }

        return !text.IsEmpty && float.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Trimmed; a sign, digits, and a fraction that is checked and cut off; no exponent.</summary>
    public static bool TryParseInteger(ReadOnlySpan<byte> text, long min, long max, out long value)
    {
        value = 0;
        text = text.Trim((byte)' ');
        if (text.IsEmpty)
        {
            return false;
        }

        var isNegative = text[0] == '-';
        var at = isNegative || text[0] == '+' ? 1 : 0;
        if (at == text.Length)
        {
            return false;
        }

        // Counted downwards, because the least value has no positive twin.
        for (; at < text.Length && text[at] != '.'; at++)
        {
            var digit = text[at] - '0';
            if ((uint)digit > 9 || value < (long.MinValue + digit) / 10 || (value * 10) < long.MinValue + digit)
            {
                return false;
            }

            value = (value * 10) - digit;
        }

        for (at++; at < text.Length; at++)
        {
            if ((uint)(text[at] - '0') > 9)
            {
                return false;
            }
        }

        if (!isNegative)
        {
            if (value == long.MinValue)
            {
                return false;
            }

            value = -value;
        }

        return value >= min && value <= max;
    }

    /// <summary>Trimmed; a sign, digits with or without a point, an exponent; rounded HALF_UP to the scale.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<byte> text, int precision, int scale, out Int128 value)
    {
        value = 0;
        text = text.Trim((byte)' ');
        if (text.IsEmpty)
        {
            return false;
        }

        var isNegative = text[0] == '-';
        if (isNegative || text[0] == '+')
        {
            text = text[1..];
        }

        var exponent = 0;
        var e = text.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            if (!Utf8Parser.TryParse(text[(e + 1)..] is [(byte)'+', >= (byte)'0' and <= (byte)'9', ..] plus ? plus[1..] : text[(e + 1)..], out exponent, out var used)
                || used != text.Length - e - 1 - (text[e + 1] == '+' ? 1 : 0) || Math.Abs((long)exponent) > 10_000)
            {
                return false;
            }

            text = text[..e];
        }

        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? default : text[(point + 1)..];
        if (whole.Length + fraction.Length == 0 || whole.ContainsAnyExceptInRange((byte)'0', (byte)'9') || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        if (!TryRound(whole, fraction, exponent + scale, precision, out value))
        {
            return false;
        }

        value = isNegative ? -value : value;
        return true;
    }

    // The digits, with the point moved right by so many places, up to the point; the next digit rounds.
    private static bool TryRound(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, int places, int precision, out Int128 value)
    {
        value = 0;
        var count = whole.Length + (long)places;
        for (var i = 0; i < count; i++)
        {
            var digit = i < whole.Length ? whole[i] - '0' : i - whole.Length < fraction.Length ? fraction[i - whole.Length] - '0' : 0;

            // Asked before the multiplication, which may overflow 128 bits.
            if (!DecimalMath.Fits(value, precision - 1))
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        if (count >= 0)
        {
            var next = count < whole.Length ? whole[(int)count] : count - whole.Length < fraction.Length ? fraction[(int)(count - whole.Length)] : (byte)'0';
            value += next >= '5' ? 1 : 0;
        }

        return DecimalMath.Fits(value, precision);
    }

    private static int WriteNotFinite(bool isNaN, bool isPositive, Span<byte> target)
    {
        var text = isNaN ? "NaN"u8 : isPositive ? "Infinity"u8 : "-Infinity"u8;
        text.CopyTo(target);
        return text.Length;
    }

    // Handles NaN and Infinity; else drops Java's type suffix (1d, 1f) and checks what .NET would take beyond Java.
    private static bool TryParseNotFinite(ref ReadOnlySpan<byte> text, out bool isNegative, out bool isNaN)
    {
        text = TrimControl(text);
        isNegative = text is [(byte)'-', ..];
        var body = text is [(byte)'-' or (byte)'+', ..] ? text[1..] : text;
        isNaN = body.SequenceEqual("NaN"u8);
        if (isNaN || body.SequenceEqual("Infinity"u8))
        {
            return true;
        }

        if (body is [.., (byte)'d' or (byte)'D' or (byte)'f' or (byte)'F'] && body.Length > 1)
        {
            body = body[..^1];
            text = text[..^1];
        }

        if (body.IsEmpty || !(body[0] is (>= (byte)'0' and <= (byte)'9') or (byte)'.'))
        {
            text = default;
        }

        return false;
    }

    // Java's String.trim.
    private static ReadOnlySpan<byte> TrimControl(ReadOnlySpan<byte> text)
    {
        while (text is [<= 32, ..])
        {
            text = text[1..];
        }

        while (text is [.., <= 32])
        {
            text = text[..^1];
        }

        return text;
    }

    // Takes .NET's shortest form (-1.5, 1E+20, 1.25E-05) apart and writes it the Java way.
    private static int WriteJava(ReadOnlySpan<byte> shortest, Span<byte> target)
    {
        var at = 0;
        if (shortest[0] == '-')
        {
            target[at++] = (byte)'-';
            shortest = shortest[1..];
        }

        var exponent = 0;
        var e = shortest.IndexOf((byte)'E');
        if (e >= 0)
        {
            Utf8Parser.TryParse(shortest[e + 1] == '+' ? shortest[(e + 2)..] : shortest[(e + 1)..], out exponent, out _);
            shortest = shortest[..e];
        }

        Span<byte> digits = stackalloc byte[32];
        var point = shortest.IndexOf((byte)'.');
        var wholeLength = point < 0 ? shortest.Length : point;
        shortest[..wholeLength].CopyTo(digits);
        var count = wholeLength;
        if (point >= 0)
        {
            shortest[(point + 1)..].CopyTo(digits[count..]);
            count += shortest.Length - point - 1;
        }

        // The value is 0.digits * 10^exponent after this.
        exponent += wholeLength;
        var leading = digits[..count].IndexOfAnyExcept((byte)'0');
        if (leading < 0)
        {
            "0.0"u8.CopyTo(target[at..]);
            return at + 3;
        }

        var significant = digits[leading..count].TrimEnd((byte)'0');
        exponent -= leading;
        return at + WriteSignificant(significant, exponent, target[at..]);
    }

    private static int WriteSignificant(ReadOnlySpan<byte> digits, int exponent, Span<byte> target)
    {
        var at = 0;
        if (exponent is > -3 and <= 0)
        {
            target[at++] = (byte)'0';
            target[at++] = (byte)'.';
            target.Slice(at, -exponent).Fill((byte)'0');
            at -= exponent;
            digits.CopyTo(target[at..]);
            return at + digits.Length;
        }

        if (exponent is > 0 and <= 7)
        {
            for (var i = 0; i < Math.Max(digits.Length, exponent + 1); i++)
            {
                if (i == exponent)
                {
                    target[at++] = (byte)'.';
                }

                target[at++] = i < digits.Length ? digits[i] : (byte)'0';
            }

            return at;
        }

        target[at++] = digits[0];
        target[at++] = (byte)'.';
        var rest = digits.Length > 1 ? digits[1..] : "0"u8;
        rest.CopyTo(target[at..]);
        at += rest.Length;
        target[at++] = (byte)'E';
        Utf8Formatter.TryFormat(exponent - 1, target[at..], out var written);
        return at + written;
    }
}
