using System.Numerics;
using Arctic.Columnar.Kernels;
using CsCheck;

namespace Arctic.UnitTests.Columnar.Kernels;

/// <summary>Decimal arithmetic against whole numbers of any size.</summary>
public class DecimalMathTests
{
    private static readonly BigInteger Bound = BigInteger.Pow(10, 38);

    // Decimals of every length, so that fast and wide paths are both met.
    private static readonly Gen<Int128> Unscaled = Gen.Select(Gen.Int[0, 38], Gen.ULong, Gen.ULong, Gen.Bool, (digits, high, low, isNegative) =>
    {
        var magnitude = new UInt128(high, low) % (UInt128)DecimalMath.PowerOf10(digits);
        return isNegative ? -(Int128)magnitude : (Int128)magnitude;
    });

    private static readonly Gen<int> Scale = Gen.Int[0, 38];

    [Fact]
    public void Sums_are_rounded_half_up_once() =>
        Gen.Select(Unscaled, Scale, Unscaled, Scale, Scale).Sample((a, sa, b, sb, s) =>
        {
            var expected = Round((a * Power(38 - sa)) + (b * Power(38 - sb)), 38, s);
            AssertResult(expected, DecimalMath.TryAdd(a, sa, b, sb, s, 38, out var actual), actual);
        });

    [Fact]
    public void Products_are_rounded_half_up_once() =>
        Gen.Select(Unscaled, Scale, Unscaled, Scale, Scale).Sample((a, sa, b, sb, s) =>
        {
            var expected = Round((BigInteger)a * b, sa + sb, s);
            AssertResult(expected, DecimalMath.TryMultiply(a, sa, b, sb, s, 38, out var actual), actual);
        });

    [Fact]
    public void Quotients_have_38_significant_digits_and_then_the_scale() =>
        Gen.Select(Unscaled, Scale, Unscaled.Where(b => b != 0), Scale, Scale).Sample((a, sa, b, sb, s) =>
        {
            var expected = Quotient(a, sa, b, sb, s);
            AssertResult(expected, DecimalMath.TryDivide(a, sa, b, sb, s, 38, out var actual), actual);
        });

    [Fact]
    public void Remainders_have_the_sign_of_the_dividend() =>
        Gen.Select(Unscaled, Scale, Unscaled.Where(b => b != 0), Scale).Sample((a, sa, b, sb) =>
        {
            var scale = Math.Max(sa, sb);
            var expected = BigInteger.Remainder(a * Power(scale - sa), b * Power(scale - sb));
            AssertResult(expected, DecimalMath.TryRemainder(a, sa, b, sb, scale, 38, out var actual), actual);
        });

    [Fact]
    public void Comparison_looks_through_scales() =>
        Gen.Select(Unscaled, Scale, Unscaled, Scale).Sample((a, sa, b, sb) =>
            Assert.Equal((a * Power(38 - sa)).CompareTo(b * Power(38 - sb)), Math.Sign(DecimalMath.Compare(a, sa, b, sb))));

    [Fact]
    public void Doubles_are_those_of_the_decimal_text() =>
        Gen.Select(Unscaled, Scale).Sample((a, s) =>
        {
            Span<byte> text = stackalloc byte[NumberText.MaxLength];
            var length = NumberText.WriteDecimal(a, s, text);
            Assert.Equal(double.Parse(text[..length], System.Globalization.CultureInfo.InvariantCulture), DecimalMath.ToDouble(a, s));
        });

    private static void AssertResult(BigInteger expected, bool fits, Int128 actual)
    {
        Assert.Equal(BigInteger.Abs(expected) < Bound, fits);
        if (fits)
        {
            Assert.Equal(expected, actual);
        }
    }

    private static BigInteger Power(int exponent) => BigInteger.Pow(10, exponent);

    private static BigInteger Round(BigInteger value, int from, int to)
    {
        if (to >= from)
        {
            return value * Power(to - from);
        }

        var unit = Power(from - to);
        var magnitude = (BigInteger.Abs(value) + (unit / 2)) / unit;
        return value.Sign * magnitude;
    }

    // java.math.BigDecimal.divide(MathContext(38, HALF_UP)).setScale(s, HALF_UP), by way of a fraction.
    private static BigInteger Quotient(Int128 a, int sa, Int128 b, int sb, int s)
    {
        if (a == 0)
        {
            return 0;
        }

        const int Wide = 200;
        var numerator = BigInteger.Abs(a) * Power(Wide + sb);
        var denominator = BigInteger.Abs(b) * Power(sa);
        var whole = numerator / denominator;
        var isExact = whole * denominator == numerator;
        var digits = whole.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        if (!isExact)
        {
            whole = (whole * 10) + 1; // a digit that says that more follow
            digits++;
        }

        var scale = Wide + (isExact ? 0 : 1);
        if (digits > 38)
        {
            whole = Round(whole, digits - 38, 0);
            scale -= digits - 38;
        }

        return Round(whole, scale, s) * ((a < 0) == (b < 0) ? 1 : -1);
    }
}
