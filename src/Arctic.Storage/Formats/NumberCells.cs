using System.Globalization;
using System.Numerics;
using System.Text;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>Reads the text of a cell as a value.</summary>
internal interface ICellParser<T>
{
    /// <summary>False when the text is no value of the type.</summary>
    bool TryParse(ReadOnlySpan<byte> text, out T value);
}

/// <summary>Digits with an optional sign; blanks around them are allowed, as Flink does.</summary>
internal readonly struct IntegerParser<T> : ICellParser<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public bool TryParse(ReadOnlySpan<byte> text, out T value)
    {
        var isValid = NumberCells.TryParseInt64(NumberCells.Trim(text), out var number)
            && number >= long.CreateTruncating(T.MinValue)
            && number <= long.CreateTruncating(T.MaxValue);
        value = T.CreateTruncating(number);
        return isValid;
    }
}

/// <summary>A decimal or scientific number, <c>NaN</c> or <c>Infinity</c>.</summary>
internal readonly struct FloatParser<T> : ICellParser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public bool TryParse(ReadOnlySpan<byte> text, out T value) => T.TryParse(NumberCells.Trim(text), Style, CultureInfo.InvariantCulture, out value);
}

/// <summary>A decimal or scientific number, rounded half up to the scale; no value when it needs more digits than the precision.</summary>
internal readonly struct DecimalParser(int precision, int scale) : ICellParser<Int128>
{
    public bool TryParse(ReadOnlySpan<byte> text, out Int128 value) => NumberCells.TryParseDecimal(NumberCells.Trim(text), precision, scale, out value);
}

/// <summary>Numbers and truth values in the text of data files.</summary>
internal static class NumberCells
{
    private static readonly Int128[] PowersOfTen = MakePowersOfTen();

    /// <summary>The text without blanks around it.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text[0] > ' ' && text[^1] > ' ') ? text : text.Trim(" \t"u8);

    public static bool TryParseBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        var trimmed = Trim(text);
        value = Ascii.EqualsIgnoreCase(trimmed, "true"u8);
        return value || Ascii.EqualsIgnoreCase(trimmed, "false"u8);
    }

    public static bool TryParseInt64(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        var at = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        var digits = text.Length - at;
        if (digits is 0 or > 40)
        {
            return false;
        }

        // 18 digits cannot overflow; the rest is rare and may take the long way.
        if (digits > 18)
        {
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        }

        var number = 0L;
        for (; at < text.Length; at++)
        {
            var digit = (uint)(text[at] - '0');
            if (digit > 9)
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        value = text[0] == '-' ? -number : number;
        return true;
    }

    public static bool TryParseDecimal(ReadOnlySpan<byte> text, int precision, int scale, out Int128 value)
    {
        value = 0;
        var at = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        var exponentAt = text.IndexOfAny((byte)'e', (byte)'E');
        var exponent = 0L;
        if (exponentAt >= 0 && !TryParseInt64(text[(exponentAt + 1)..], out exponent))
        {
            return false;
        }

        // The number is digits × 10^-fractionDigits; digits beyond those kept only decide the rounding.
        var mantissa = exponentAt >= 0 ? text[at..exponentAt] : text[at..];
        var pointAt = mantissa.IndexOf((byte)'.');
        var digitCount = pointAt >= 0 ? mantissa.Length - 1 : mantissa.Length;
        if (digitCount == 0 || Math.Abs(exponent) > 1000)
        {
            return false;
        }

        var wholeDigits = (pointAt >= 0 ? pointAt : mantissa.Length) + exponent;
        var keep = wholeDigits + scale;
        var unscaled = (Int128)0;
        var seen = 0;
        foreach (var b in mantissa)
        {
            if (b == '.' && seen == pointAt)
            {
                pointAt = -2;
                continue;
            }

            var digit = (uint)(b - '0');
            if (digit > 9)
            {
                return false;
            }

            if (seen < keep)
            {
                if (unscaled >= PowersOfTen[DataType.Decimal.MaxPrecision - 1] && unscaled != 0)
                {
                    return false;
                }

                unscaled = (unscaled * 10) + (int)digit;
            }
            else if (seen == keep && digit >= 5)
            {
                unscaled++;
            }

            seen++;
        }

        for (var missing = keep - seen; missing > 0 && unscaled != 0; missing--)
        {
            if (unscaled >= PowersOfTen[DataType.Decimal.MaxPrecision - 1])
            {
                return false;
            }

            unscaled *= 10;
        }

        value = text[0] == '-' ? -unscaled : unscaled;
        return unscaled < PowersOfTen[precision];
    }

    private static Int128[] MakePowersOfTen()
    {
        var powers = new Int128[DataType.Decimal.MaxPrecision + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
