using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.KeyedTables;

namespace Arctic.UnitTests.KeyedTables;

public class KeyHashTests
{
    [Fact]
    public void Vectors_of_the_specification()
    {
        Assert.Equal(32, HashOf(Ints(1)));
        Assert.Equal(31, HashOf(ColumnBuilder.NullsOf(DataTypes.Int, 1)));
        Assert.Equal(128, HashOf(Texts("a")));
        Assert.Equal(1089, HashOf(Ints(1), Texts("a")));
        Assert.Equal(32, HashOf(new FixedColumn<long>(DataTypes.BigInt, [1L])));
    }

    [Theory]
    [InlineData(true, 1231)]
    [InlineData(false, 1237)]
    public void Booleans(bool value, int javaHash)
    {
        var builder = new BooleanColumnBuilder(DataTypes.Boolean);
        builder.Append(value);

        Assert.Equal(31 + javaHash, HashOf(builder.Build()));
    }

    // The expected values are what Java's hashCode gives by its documented formulas, computed by hand.
    [Fact]
    public void Longs_fold_their_halves()
    {
        Assert.Equal(31 + 0, HashOf(new FixedColumn<long>(DataTypes.BigInt, [-1L])));
        Assert.Equal(31 + (1 ^ 2), HashOf(new FixedColumn<long>(DataTypes.BigInt, [(2L << 32) | 1])));
    }

    [Fact]
    public void Floats_have_one_NaN()
    {
        var odd = BitConverter.Int32BitsToSingle(0x7fc00001);
        Assert.Equal(31 + 0x7fc00000, HashOf(new FixedColumn<float>(DataTypes.Float, [odd])));
        Assert.Equal(31 + 0x3f800000, HashOf(new FixedColumn<float>(DataTypes.Float, [1f])));
        Assert.Equal(31 + 0x7ff80000, HashOf(new FixedColumn<double>(DataTypes.Double, [double.NaN])));
    }

    [Fact]
    public void Decimals_hash_as_BigDecimal()
    {
        // 1.50 at scale 2: 31 * 150 + 2; negative: 31 * -150 + 2.
        Assert.Equal(31 + 31 * 150 + 2, HashOf(new FixedColumn<Int128>(DataTypes.Decimal(10, 2), [150])));
        Assert.Equal(Math.Abs(31 + 31 * -150 + 2), HashOf(new FixedColumn<Int128>(DataTypes.Decimal(10, 2), [-150])));

        // 2^32 has the words 1, 0: (31 * 1 + 0) * 31.
        Assert.Equal(31 + 31 * 31, HashOf(new FixedColumn<Int128>(DataTypes.Decimal(18, 0), [1L << 32])));

        // 2^64 has the words 1, 0, 0.
        Assert.Equal(31 + 31 * 31 * 31, HashOf(new FixedColumn<Int128>(DataTypes.Decimal(38, 0), [Int128.One << 64])));
    }

    [Fact]
    public void Texts_hash_their_UTF16_units()
    {
        foreach (var text in (string[])["", "abc", "é", "a😀b", "中文"])
        {
            var expected = 0;
            foreach (var unit in text)
            {
                expected = 31 * expected + unit;
            }

            Assert.Equal(KeyHash.MakePositive(31 + expected), HashOf(Texts(text)));
        }
    }

    [Fact]
    public void Bytes_hash_from_the_end_and_signed()
    {
        var builder = new BytesColumnBuilder(DataTypes.Bytes);
        builder.Append([0x01, 0xFF]);

        // h = 1; 31 - 1 = 30; 31 * 30 + 1 = 931.
        Assert.Equal(31 + 931, HashOf(builder.Build()));
    }

    [Fact]
    public void Uuids_fold_both_halves()
    {
        var builder = new BytesColumnBuilder(new DataType.Binary(16));
        builder.Append([0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 8]);
        var hashes = new int[1];

        KeyHash.Compute([builder.Build()], [true], hashes);

        Assert.Equal(31 + ((1 ^ 4) ^ (2 ^ 8)), hashes[0]);
    }

    [Fact]
    public void Nulls_within_a_column_hash_as_zero_whatever_stands_there()
    {
        var column = new FixedColumn<int>(DataTypes.Int, [7, 9, 11], new Bitmap(new byte[] { 0b101 }, 0));
        var hashes = new int[3];

        KeyHash.Compute([column], [false], hashes);

        Assert.Equal([31 + 7, 31, 31 + 11], hashes);
    }

    [Fact]
    public void A_constant_column_hashes_as_its_dense_form()
    {
        var constant = new ConstantColumn(Texts("key"), 3);
        var dense = new int[3];
        var repeated = new int[3];

        KeyHash.Compute([constant], [false], repeated);
        KeyHash.Compute([constant.ToDense()], [false], dense);

        Assert.Equal(dense, repeated);
    }

    [Fact]
    public void The_least_integer_becomes_the_greatest()
    {
        Assert.Equal(int.MaxValue, KeyHash.MakePositive(int.MinValue));
        Assert.Equal(5, KeyHash.MakePositive(-5));
        Assert.Equal(5, KeyHash.MakePositive(5));
        Assert.Equal(int.MaxValue, HashOf(Ints(unchecked(int.MinValue - 31))));
    }

    private static int HashOf(params Column[] columns)
    {
        var hashes = new int[1];
        KeyHash.Compute(columns, new bool[columns.Length], hashes);
        return hashes[0];
    }

    private static FixedColumn<int> Ints(params int[] values) => new(DataTypes.Int, values);

    private static Column Texts(params string[] values)
    {
        var builder = new BytesColumnBuilder(DataTypes.String);
        foreach (var value in values)
        {
            builder.Append(value);
        }

        return builder.Build();
    }
}
