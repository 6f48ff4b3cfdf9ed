using System.Globalization;
using System.Text;
using Arctic.Columnar.Kernels;
using CsCheck;

namespace Arctic.UnitTests.Columnar.Kernels;

public class NumberTextTests
{
    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.0001, "1.0E-4")]
    [InlineData(9999999.0, "9999999.0")]
    [InlineData(1e7, "1.0E7")]
    [InlineData(12345678.9, "1.23456789E7")]
    [InlineData(1e20, "1.0E20")]
    [InlineData(-1.5e-300, "-1.5E-300")]
    [InlineData(double.MaxValue, "1.7976931348623157E308")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Doubles_are_written_as_Java_writes_them(double value, string expected) => Assert.Equal(expected, Write(value));

    [Fact]
    public void Written_doubles_read_back_as_themselves() =>
        Gen.Double.Sample(value =>
        {
            Assert.True(NumberText.TryParseDouble(Encoding.UTF8.GetBytes(Write(value)), out var read));
            Assert.Equal(value, read);
        });

    [Theory]
    [InlineData(" 5 ", 5L)]
    [InlineData("+5", 5L)]
    [InlineData("12.9", 12L)]
    [InlineData("1.", 1L)]
    [InlineData(".5", 0L)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void Integers_are_read_with_a_fraction_that_is_cut(string text, long expected)
    {
        Assert.True(NumberText.TryParseInteger(Encoding.UTF8.GetBytes(text), long.MinValue, long.MaxValue, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1e3")]
    [InlineData("5-")]
    [InlineData("1.x")]
    [InlineData("9223372036854775808")]
    [InlineData("1_000")]
    [InlineData("-")]
    public void Other_text_is_no_integer(string text) =>
        Assert.False(NumberText.TryParseInteger(Encoding.UTF8.GetBytes(text), long.MinValue, long.MaxValue, out _));

    [Fact]
    public void Decimals_read_what_decimals_write() =>
        Gen.Select(Gen.Long, Gen.Int[0, 38]).Sample((unscaled, scale) =>
        {
            Span<byte> text = stackalloc byte[NumberText.MaxLength];
            var length = NumberText.WriteDecimal(unscaled, scale, text);

            Assert.True(NumberText.TryParseDecimal(text[..length], 38, scale, out var read));
            Assert.Equal((Int128)unscaled, read);
        });

    [Theory]
    [InlineData("1.225", 123)]
    [InlineData("1e2", 10000)]
    [InlineData("1E+2", 10000)]
    [InlineData("-1.005e0", -101)]
    [InlineData("12345e-5", 12)]
    public void Decimals_are_read_with_exponents_and_rounded_half_up(string text, int expected)
    {
        Assert.True(NumberText.TryParseDecimal(Encoding.UTF8.GetBytes(text), 10, 2, out var value));
        Assert.Equal((Int128)expected, value);
    }

    [Theory]
    [InlineData("n")]
    [InlineData("5-")]
    [InlineData("1d")]
    [InlineData("1e")]
    [InlineData(".")]
    [InlineData("100000000")]
    [InlineData("99999999.995")]
    public void Text_that_is_no_number_or_too_long_is_refused(string text) =>
        Assert.False(NumberText.TryParseDecimal(Encoding.UTF8.GetBytes(text), 10, 2, out _));

    [Fact]
    public void Reading_decimals_agrees_with_the_runtime() =>
        Gen.Decimal.Where(d => Math.Abs(d) < 1e20m).Sample(d =>
        {
            var expected = (Int128)(decimal.Round(d * 100m, 0, MidpointRounding.AwayFromZero));
            Assert.True(NumberText.TryParseDecimal(Encoding.UTF8.GetBytes(d.ToString(CultureInfo.InvariantCulture)), 38, 2, out var value));
            Assert.Equal(expected, value);
        });

    private static string Write(double value)
    {
        Span<byte> text = stackalloc byte[NumberText.MaxLength];
        return Encoding.UTF8.GetString(text[..NumberText.WriteDouble(value, text)]);
    }
}
