using System.Globalization;
using System.Numerics;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Storage.Formats;

/// <summary>Text to values to text, type by type; null means that the text is no value of the type.</summary>
public sealed class CellTypeTests
{
    public static TheoryData<string, string, string?> Cells => new()
    {
        { "BOOLEAN", "true", "true" },
        { "BOOLEAN", "FALSE", "false" },
        { "BOOLEAN", "yes", null },
        { "BOOLEAN", "", "null" },
        { "TINYINT", "-128", "-128" },
        { "TINYINT", "127", "127" },
        { "TINYINT", "128", null },
        { "SMALLINT", "-32769", null },
        { "SMALLINT", "32767", "32767" },
        { "INT", " 42 ", "42" },
        { "INT", "+7", "7" },
        { "INT", "-2147483648", "-2147483648" },
        { "INT", "4 2", null },
        { "INT", "1.0", null },
        { "INT", "-", null },
        { "BIGINT", "9223372036854775807", "9223372036854775807" },
        { "BIGINT", "-9223372036854775808", "-9223372036854775808" },
        { "BIGINT", "9223372036854775808", null },
        { "BIGINT", "000000000000000000000000000001", "1" },
        { "FLOAT", "0.1", "0.1" },
        { "FLOAT", "1e10", "1E+10" },
        { "DOUBLE", "0.1", "0.1" },
        { "DOUBLE", "-1.7976931348623157E308", "-1.7976931348623157E+308" },
        { "DOUBLE", "5", "5" },
        { "DOUBLE", "-0.0", "-0" },
        { "DOUBLE", "NaN", "\"NaN\"" },
        { "DOUBLE", "-Infinity", "\"-Infinity\"" },
        { "DOUBLE", "1.2.3", null },
        { "DECIMAL(10, 2)", "1.5", "1.50" },
        { "DECIMAL(10, 2)", "-0.005", "-0.01" },
        { "DECIMAL(10, 2)", "-0.004", "0.00" },
        { "DECIMAL(10, 2)", "1e3", "1000.00" },
        { "DECIMAL(10, 2)", "12345e-3", "12.35" },
        { "DECIMAL(10, 2)", "99999999.99", "99999999.99" },
        { "DECIMAL(10, 2)", "99999999.995", null },
        { "DECIMAL(10, 2)", "100000000", null },
        { "DECIMAL(10, 2)", ".5", "0.50" },
        { "DECIMAL(10, 2)", "5.", "5.00" },
        { "DECIMAL(10, 2)", ".", null },
        { "DECIMAL(10, 2)", "1.2.3", null },
        { "DECIMAL(38, 10)", "-1234567890123456789012345678.0123456789", "-1234567890123456789012345678.0123456789" },
        { "DECIMAL(38, 0)", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999" },
        { "DECIMAL(38, 0)", "100000000000000000000000000000000000000", null },
        { "DECIMAL(5, 0)", "-7", "-7" },
        { "STRING", "a \"b", "\"a \\\"b\"" },
        { "STRING", "", "\"\"" },
        { "BYTES", "aGVsbG8=", "\"hex:68656c6c6f\"" },
        { "BYTES", "no-base-64!", null },
        { "DATE", "2022-07-01", "\"2022-07-01\"" },
        { "DATE", "1969-12-31", "\"1969-12-31\"" },
        { "DATE", "0001-01-01", "\"0001-01-01\"" },
        { "DATE", "9999-12-31", "\"9999-12-31\"" },
        { "DATE", "2000-02-29", "\"2000-02-29\"" },
        { "DATE", "1900-02-29", null },
        { "DATE", "2022-13-01", null },
        { "DATE", "2022-7-1", null },
        { "TIME(3)", "12:34:56.789123", "\"12:34:56.789\"" },
        { "TIME(0)", "23:59", "\"23:59:00\"" },
        { "TIME(0)", "24:00:00", null },
        { "TIMESTAMP(6)", "2022-07-01 12:32:00", "\"2022-07-01T12:32:00.000000\"" },
        { "TIMESTAMP(6)", "1969-12-31 23:59:59.999999", "\"1969-12-31T23:59:59.999999\"" },
        { "TIMESTAMP(3)", "2022-07-01 12:32:00.123456", "\"2022-07-01T12:32:00.123\"" },
        { "TIMESTAMP(9)", "1969-12-31 23:59:59.123456789", "\"1969-12-31T23:59:59.123456789\"" },
        { "TIMESTAMP(9)", "1677-09-21 00:12:43.145224193", "\"1677-09-21T00:12:43.145224193\"" },
        { "TIMESTAMP(9)", "2300-01-01 00:00:00", null },
        { "TIMESTAMP(0)", "2022-07-01 12:32:09.9", "\"2022-07-01T12:32:09\"" },
        { "TIMESTAMP(6)", "2022-07-01T12:32:00", null },
        { "TIMESTAMP(6)", "2022-07-01", null },
        { "TIMESTAMP_LTZ(3)", "2022-07-01 12:32:00Z", "\"2022-07-01T12:32:00.000Z\"" },
        { "TIMESTAMP_LTZ(3)", "2022-07-01 12:32:00+02:00", "\"2022-07-01T10:32:00.000Z\"" },
        { "TIMESTAMP_LTZ(3)", "1970-01-01 00:30:00.5-00:30", "\"1970-01-01T01:00:00.500Z\"" },
        { "TIMESTAMP_LTZ(3)", "2022-07-01 12:32:00", null },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_cell_of_delimited_text_is_read_and_printed(string type, string text, string? json)
    {
        Assert.Equal(json, Cell("changelog-csv", TypeOf(type), text));
    }

    [Fact]
    public void Dates_agree_with_the_calendar_of_dotnet()
    {
        Span<byte> target = stackalloc byte[DateFormatter.MaxLength];
        var epoch = new DateOnly(1970, 1, 1).DayNumber;
        for (var day = DateOnly.MinValue; day < DateOnly.MaxValue; day = day.AddDays(day.Year is 1900 or 2000 ? 1 : 97))
        {
            var text = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            Assert.True(TemporalCells.TryParseDate(System.Text.Encoding.ASCII.GetBytes(text), out var days));
            Assert.Equal(day.DayNumber - epoch, days);
            Assert.Equal(text, System.Text.Encoding.ASCII.GetString(target[..default(DateFormatter).Format(days, target)]));
            if (day.DayNumber > DateOnly.MaxValue.DayNumber - 97)
            {
                break;
            }
        }
    }

    [Theory]
    [InlineData(int.MinValue, "-5877641-06-23")]
    [InlineData(2_000_000_000, "+5477784-01-06")]
    [InlineData(-719529, "-0001-12-31")]
    [InlineData(-719528, "0000-01-01")]
    [InlineData(2932897, "+10000-01-01")]
    public void Dates_beyond_four_digit_years_have_a_sign(int days, string text)
    {
        Span<byte> target = stackalloc byte[DateFormatter.MaxLength];
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(target[..default(DateFormatter).Format(days, target)]));
    }

    [Fact]
    public void Decimals_agree_with_exact_arithmetic()
    {
        var random = new Random(20220701);
        for (var i = 0; i < 20_000; i++)
        {
            var (precision, scale) = (random.Next(1, 39), 0);
            scale = random.Next(0, precision + 1);
            var whole = new string(Enumerable.Range(0, random.Next(0, 25)).Select(_ => (char)('0' + random.Next(10))).ToArray());
            var fraction = new string(Enumerable.Range(0, random.Next(whole.Length == 0 ? 1 : 0, 25)).Select(_ => (char)('0' + random.Next(10))).ToArray());
            var exponent = random.Next(3) == 0 ? random.Next(-30, 30) : 0;
            var text = (random.Next(2) == 0 ? "-" : "") + whole + (fraction.Length > 0 ? "." + fraction : "") + (exponent != 0 ? $"e{exponent}" : "");

            var isValid = NumberText.TryParseDecimal(System.Text.Encoding.ASCII.GetBytes(text), precision, scale, out var value);

            var expected = Rounded(BigInteger.Parse("0" + whole + fraction, CultureInfo.InvariantCulture), exponent - fraction.Length + scale);
            var fits = expected < BigInteger.Pow(10, precision);
            Assert.True(isValid == fits, $"{text} as DECIMAL({precision}, {scale}): {expected}");
            if (fits)
            {
                Assert.Equal(text[0] == '-' ? -(Int128)expected : (Int128)expected, value);
            }
        }

        static BigInteger Rounded(BigInteger digits, int shift)
        {
            if (shift >= 0)
            {
                return digits * BigInteger.Pow(10, shift);
            }

            var unit = BigInteger.Pow(10, -shift);
            return (digits + (unit / 2)) / unit;
        }
    }

    private static DataType TypeOf(string text) => text switch
    {
        "BOOLEAN" => DataTypes.Boolean,
        "TINYINT" => DataTypes.TinyInt,
        "SMALLINT" => DataTypes.SmallInt,
        "INT" => DataTypes.Int,
        "BIGINT" => DataTypes.BigInt,
        "FLOAT" => DataTypes.Float,
        "DOUBLE" => DataTypes.Double,
        "STRING" => DataTypes.String,
        "BYTES" => DataTypes.Bytes,
        "DATE" => DataTypes.Date,
        _ when text.StartsWith("DECIMAL", StringComparison.Ordinal) => DataTypes.Decimal(Numbers(text)[0], Numbers(text)[1]),
        _ when text.StartsWith("TIMESTAMP_LTZ", StringComparison.Ordinal) => DataTypes.TimestampLtz(Numbers(text)[0]),
        _ when text.StartsWith("TIMESTAMP", StringComparison.Ordinal) => DataTypes.Timestamp(Numbers(text)[0]),
        _ => DataTypes.Time(Numbers(text)[0]),
    };

    private static int[] Numbers(string text) =>
        text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..^1].Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
}
