using System.Globalization;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>The digits of a number that is not negative: 0.DIGITS times ten to the power of <see cref="PointAt"/>; without zeros in front.</summary>
internal readonly record struct DecimalDigits(string Digits, int PointAt)
{
    /// <summary>Whether the number is 0.</summary>
    public bool IsZero => Digits.Length == 0;

    /// <summary>Reads a number as text says it, with or without point and exponent, without its sign.</summary>
    public static DecimalDigits Parse(string text)
    {
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = exponentAt < 0 ? 0 : int.Parse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var significant = digits.TrimStart('0');
        return new DecimalDigits(significant, significant.Length == 0 ? 0 : (point < 0 ? digits.Length : point) + exponent - (digits.Length - significant.Length));
    }

    /// <summary>Rounds half up to so many digits.</summary>
    public DecimalDigits Round(int count)
    {
        if (count >= Digits.Length)
        {
            return this;
        }

        if (count < 0 || (count == 0 && (Digits.Length == 0 || Digits[0] < '5')))
        {
            return new DecimalDigits("", 0);
        }

        if (Digits[count] < '5')
        {
            return this with { Digits = Digits[..count] };
        }

        var kept = Digits[..count].ToCharArray();
        var at = count - 1;
        while (at >= 0 && kept[at] == '9')
        {
            kept[at--] = '0';
        }

        if (at < 0)
        {
            return new DecimalDigits("1" + new string(kept), PointAt + 1);
        }

        kept[at]++;
        return this with { Digits = new string(kept) };
    }

    /// <summary>With so many digits behind the point: <c>12.50</c>.</summary>
    public string ToFixed(int precision)
    {
        var rounded = Round(PointAt + precision);
        var whole = rounded.PointAt <= 0 ? "0" : rounded.Digits.PadRight(rounded.PointAt, '0')[..rounded.PointAt];
        var fraction = rounded.PointAt >= rounded.Digits.Length ? "" : rounded.PointAt >= 0 ? rounded.Digits[rounded.PointAt..] : new string('0', -rounded.PointAt) + rounded.Digits;
        return precision == 0 ? whole : $"{whole}.{fraction.PadRight(precision, '0')[..precision]}";
    }

    /// <summary>With one digit before the point: <c>1.25e+01</c>.</summary>
    public string ToScientific(int precision)
    {
        var rounded = Round(precision + 1);
        var digits = rounded.Digits.PadRight(precision + 1, '0');
        var exponent = rounded.IsZero ? 0 : rounded.PointAt - 1;
        return $"{digits[0]}{(precision == 0 ? "" : "." + digits[1..])}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
    }
}
