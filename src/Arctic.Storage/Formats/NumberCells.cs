using System.Globalization;
using System.Numerics;
using System.Text;
using Arctic.Columnar.Kernels;

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
    public bool TryParse(ReadOnlySpan<byte> text, out Int128 value) => NumberText.TryParseDecimal(NumberCells.Trim(text), precision, scale, out value);
}

/// <summary>Numbers and truth values in the text of data files.</summary>
internal static class NumberCells
{
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
}
