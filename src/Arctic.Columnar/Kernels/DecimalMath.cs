using System.Numerics;

namespace Arctic.Columnar.Kernels;

/// <summary>
/// Arithmetic on unscaled 128-bit decimals of up to 38 digits: rounded HALF_UP, false when a result has too many digits. What does not fit
/// 128 bits on the way is computed in wider integers.
/// </summary>
internal static class DecimalMath
{
    private static readonly Int128[] Powers = MakePowers();

    /// <summary>10 to the given power, 0 to 38.</summary>
    public static Int128 PowerOf10(int exponent) => Powers[exponent];

    /// <summary>Whether a value has at most so many digits.</summary>
    public static bool Fits(Int128 value, int precision)
    {
        var bound = Powers[precision];
        return value < bound && value > -bound;
    }

    /// <summary>Moves a value from one scale to another.</summary>
    public static bool TryRescale(Int128 value, int fromScale, int toScale, int precision, out Int128 result)
    {
        if (toScale <= fromScale)
        {
            result = RoundedQuotient(value, fromScale - toScale);
            return Fits(result, precision);
        }

        return TryShift(value, toScale - fromScale, precision, out result);
    }

    public static bool TryAdd(Int128 left, int leftScale, Int128 right, int rightScale, int scale, int precision, out Int128 result)
    {
        var common = Math.Max(leftScale, rightScale);
        if (TryShift(left, common - leftScale, 38, out var a) && TryShift(right, common - rightScale, 38, out var b))
        {
            // Two values below 10^38 add up below 2^128 only in wider arithmetic; below 2^126 each they fit.
            if (Int128.Abs(a) < Int128.One << 125 && Int128.Abs(b) < Int128.One << 125)
            {
                return TryRescale(a + b, common, scale, precision, out result);
            }
        }

        var sum = ((BigInteger)left * Big(common - leftScale)) + ((BigInteger)right * Big(common - rightScale));
        return TryRescale(sum, common, scale, precision, out result);
    }

    public static bool TryMultiply(Int128 left, int leftScale, Int128 right, int rightScale, int scale, int precision, out Int128 result)
    {
        if (left == (long)left && right == (long)right)
        {
            return TryRescale(Math.BigMul((long)left, (long)right), leftScale + rightScale, scale, precision, out result);
        }

        return TryRescale((BigInteger)left * right, leftScale + rightScale, scale, precision, out result);
    }

    /// <summary>A quotient of 38 significant digits, then rounded to the scale, as java.math.BigDecimal with MathContext(38) does.</summary>
    /// <param name="right">Not zero.</param>
    public static bool TryDivide(Int128 left, int leftScale, Int128 right, int rightScale, int scale, int precision, out Int128 result)
    {
        var shift = scale + rightScale - leftScale;

        // With a small divisor and few digits, the first rounding cannot change the second.
        if (shift is >= 0 and <= 38 && scale <= 18 && right == (long)right && TryShift(left, shift, 37, out var dividend))
        {
            var (quotient, remainder) = Int128.DivRem(dividend, right);
            var twice = Int128.Abs(remainder) * 2;
            if (twice >= Int128.Abs(right))
            {
                quotient += (left < 0) == (right < 0) ? 1 : -1;
            }

            result = quotient;
            return Fits(result, precision);
        }

        return TryDivideWide(left, leftScale, right, rightScale, scale, precision, out result);
    }

    /// <summary>The remainder with the sign of the dividend.</summary>
    /// <param name="right">Not zero.</param>
    public static bool TryRemainder(Int128 left, int leftScale, Int128 right, int rightScale, int scale, int precision, out Int128 result)
    {
        var common = Math.Max(leftScale, rightScale);
        if (TryShift(left, common - leftScale, 38, out var a) && TryShift(right, common - rightScale, 38, out var b))
        {
            return TryRescale(a % b, common, scale, precision, out result);
        }

        var remainder = BigInteger.Remainder((BigInteger)left * Big(common - leftScale), (BigInteger)right * Big(common - rightScale));
        return TryRescale(remainder, common, scale, precision, out result);
    }

    public static int Compare(Int128 left, int leftScale, Int128 right, int rightScale)
    {
        if (leftScale == rightScale)
        {
            return left.CompareTo(right);
        }

        var common = Math.Max(leftScale, rightScale);
        return TryShift(left, common - leftScale, 38, out var a) && TryShift(right, common - rightScale, 38, out var b)
            ? a.CompareTo(b)
            : ((BigInteger)left * Big(common - leftScale)).CompareTo((BigInteger)right * Big(common - rightScale));
    }

    /// <summary>Toward zero, as a whole number.</summary>
    public static Int128 Truncate(Int128 value, int scale) => scale == 0 ? value : value / Powers[scale];

    public static double ToDouble(Int128 value, int scale)
    {
        // Both exact: one correctly rounded division. Else the text decides, as in Java.
        const long Exact = 1L << 53;
        if (scale <= 22 && value <= Exact && value >= -Exact)
        {
            return (double)(long)value / Doubles[scale];
        }

        Span<byte> text = stackalloc byte[NumberText.MaxLength];
        return double.Parse(text[..NumberText.WriteDecimal(value, scale, text)], System.Globalization.CultureInfo.InvariantCulture);
    }

    public static float ToSingle(Int128 value, int scale)
    {
        Span<byte> text = stackalloc byte[NumberText.MaxLength];
        return float.Parse(text[..NumberText.WriteDecimal(value, scale, text)], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Divides by a power of ten, rounding half away from zero.</summary>
    public static Int128 RoundedQuotient(Int128 value, int digits)
    {
        if (digits == 0)
        {
            return value;
        }

        if (digits > 38)
        {
            return 0;
        }

        var divisor = Powers[digits];
        var (quotient, remainder) = Int128.DivRem(value, divisor);
        var half = divisor >> 1;
        return remainder >= half ? quotient + 1 : remainder <= -half ? quotient - 1 : quotient;
    }

    private static bool TryShift(Int128 value, int digits, int precision, out Int128 result)
    {
        result = default;
        if (digits > precision)
        {
            return value == 0;
        }

        if (digits > 0 && !Fits(value, precision - digits))
        {
            return false;
        }

        result = value * Powers[digits];
        return Fits(result, precision);
    }

    private static bool TryDivideWide(Int128 left, int leftScale, Int128 right, int rightScale, int scale, int precision, out Int128 result)
    {
        if (left == 0)
        {
            result = 0;
            return true;
        }

        // Enough digits for 38 significant ones: |left / right| * 10^exponent is at least 10^38.
        var exponent = Math.Max(0, 39 + Digits(right) - Digits(left));
        var quotient = BigInteger.DivRem(BigInteger.Abs(left) * Big(exponent), BigInteger.Abs(right), out var rest);

        // 38 significant digits, HALF_UP; what was cut off only matters below the digit that decides.
        var quotientScale = exponent + leftScale - rightScale;
        var surplus = Digits(quotient) - 38;
        if (surplus > 0)
        {
            (quotient, quotientScale) = (RoundedQuotient(quotient, surplus), quotientScale - surplus);
        }
        else if (rest * 2 >= BigInteger.Abs(right))
        {
            quotient++;
        }

        if ((left < 0) != (right < 0))
        {
            quotient = -quotient;
        }

        return TryRescale(quotient, quotientScale, scale, precision, out result);
    }

    private static bool TryRescale(BigInteger value, int fromScale, int toScale, int precision, out Int128 result)
    {
        var scaled = toScale >= fromScale ? value * Big(toScale - fromScale) : RoundedQuotient(value, fromScale - toScale);
        var fits = BigInteger.Abs(scaled) < (BigInteger)Powers[precision];
        result = fits ? (Int128)scaled : default;
        return fits;
    }

    private static BigInteger RoundedQuotient(BigInteger value, int digits)
    {
        var divisor = Big(digits);
        var quotient = BigInteger.DivRem(value, divisor, out var rest);
        return BigInteger.Abs(rest) * 2 >= divisor ? quotient + value.Sign : quotient;
    }

    private static BigInteger Big(int exponent) => exponent <= 38 ? Powers[exponent] : BigInteger.Pow(10, exponent);

    private static int Digits(BigInteger value)
    {
        var magnitude = BigInteger.Abs(value);
        var guess = Math.Max(1, (int)BigInteger.Log10(BigInteger.Max(magnitude, 1)));
        while (magnitude >= Big(guess))
        {
            guess++;
        }

        while (guess > 1 && magnitude < Big(guess - 1))
        {
            guess--;
        }

        return guess;
    }

    private static readonly double[] Doubles = Enumerable.Range(0, 23).Select(i => double.Parse($"1e{i}", System.Globalization.CultureInfo.InvariantCulture)).ToArray();

    private static Int128[] MakePowers()
    {
        var powers = new Int128[39];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
