using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Keys;
using Arctic.Columnar.Types;
using CsCheck;

namespace Arctic.UnitTests.Columnar.Keys;

public class RowKeyEncoderTests
{
    [Fact]
    public void Keys_of_integers_sort_as_the_integers_do() =>
        Gen.Long.Array[2].Sample(p => AssertOrder(Fixed(DataTypes.BigInt.AsNotNull(), p), p[0].CompareTo(p[1])));

    [Fact]
    public void Keys_of_decimals_sort_as_the_decimals_do() =>
        Gen.Select(Gen.Long, Gen.Long, (a, b) => (Int128)a * b).Array[2].Sample(p => AssertOrder(Fixed(DataTypes.Decimal(38, 4), p), p[0].CompareTo(p[1])));

    [Fact]
    public void Keys_of_floats_sort_by_value_with_one_NaN_above_all() =>
        Gen.Double.Array[2].Sample(p => AssertOrder(Fixed(DataTypes.Double, p), CompareFloats(p[0], p[1])));

    [Fact]
    public void Keys_of_text_sort_by_bytes_also_with_zero_bytes() =>
        Gen.Byte[0, 3].Array[0, 6].Array[2].Sample(p =>
        {
            var builder = new BytesColumnBuilder(DataTypes.Bytes);
            builder.Append(p[0]);
            builder.Append(p[1]);

            AssertOrder(builder.Build(), Math.Sign(p[0].AsSpan().SequenceCompareTo(p[1])));
        });

    [Fact]
    public void Null_sorts_before_everything_and_equals_itself()
    {
        var builder = new FixedColumnBuilder<int>(DataTypes.Int);
        builder.AppendNull();
        builder.Append(int.MinValue);
        builder.AppendNull();

        var keys = Encode([builder.Build()], 3);

        Assert.True(keys[0].SequenceCompareTo(keys[1]) < 0);
        Assert.True(keys[0].SequenceEqual(keys[2]));
    }

    [Fact]
    public void Minus_zero_is_apart_from_zero_and_all_NaNs_are_one()
    {
        var other = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(double.NaN) ^ 1);
        var keys = Encode([Fixed(DataTypes.Double, -0.0, 0.0, double.NaN, other)], 4);

        Assert.False(keys[0].SequenceEqual(keys[1]));
        Assert.True(keys[2].SequenceEqual(keys[3]));
    }

    [Fact]
    public void A_value_ends_where_it_says_so_that_neighbours_do_not_run_together()
    {
        var left = Text("a", "ab");
        var right = Text("bc", "c");

        var keys = Encode([left, right], 2);

        Assert.False(keys[0].SequenceEqual(keys[1]));
    }

    [Fact]
    public void Maps_with_the_same_entries_in_another_order_have_one_key()
    {
        var type = new DataType.Map(DataTypes.String, DataTypes.Int);
        var builder = (MapColumnBuilder)ColumnBuilder.Create(type);
        foreach (var order in new[] { new[] { "a", "b" }, ["b", "a"] })
        {
            foreach (var key in order)
            {
                ((BytesColumnBuilder)builder.Keys).Append(key.AsSpan());
                ((FixedColumnBuilder<int>)builder.Values).Append(key[0]);
            }

            builder.EndMap();
        }

        var keys = Encode([builder.Build()], 2);

        Assert.True(keys[0].SequenceEqual(keys[1]));
    }

    [Fact]
    public void Decoded_keys_encode_to_the_same_bytes() =>
        Gen.Select(Maybe(Gen.Int).Array[5], Gen.String.Null().Array[5], Maybe(Gen.Bool).Array[5], Maybe(Gen.Double).Array[5], Gen.Int.Array[0, 4].Null().Array[5]).Sample((ints, texts, bools, doubles, lists) =>
        {
            Column[] columns = [Ints(ints), Texts(texts), Bools(bools), Doubles(doubles), Lists(lists), Rows(ints, texts)];
            var encoder = new RowKeyEncoder(columns.Select(c => c.Type).ToArray());
            var keys = new RowKeys();
            encoder.Encode(columns, 5, keys);
            var again = new RowKeys();

            var decoded = encoder.Decode(keys);
            encoder.Encode(decoded, 5, again);

            Assert.Equal(keys.Bytes.ToArray(), again.Bytes.ToArray());
            Assert.All(decoded.Zip(columns), p => Assert.Equal(p.Second.NullCount, p.First.NullCount));
            Assert.Equal(ints.Select(i => i ?? 0), ((FixedColumn<int>)decoded[0]).Values.ToArray());
        });

    [Fact]
    public void Only_selected_rows_of_a_batch_get_keys_in_their_order()
    {
        var batch = new ChangeBatch(new RowSchema(new Field("n", DataTypes.Int)), [Ints([5, 6, 7, 8])], 4, selection: new[] { 1, 3 });
        var encoder = new RowKeyEncoder([DataTypes.Int]);
        var keys = new RowKeys();

        encoder.Encode(batch, [0], keys);

        Assert.Equal(2, keys.Count);
        Assert.Equal([6, 8], ((FixedColumn<int>)encoder.Decode(keys)[0]).Values.ToArray());
    }

    [Fact]
    public void Hashes_of_many_short_keys_hardly_collide_in_their_low_bits()
    {
        var keys = Encode([Fixed(DataTypes.BigInt.AsNotNull(), Enumerable.Range(0, 100_000).Select(i => (long)i).ToArray())], 100_000);
        var hashes = new ulong[keys.Count];

        keys.Hash(hashes);

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.InRange(hashes.Select(h => h & 0xFFFF).Distinct().Count(), 48_000, 53_500); // 65536 * (1 - e^-1.526) = 51 300 expected
    }

    private static Gen<T?> Maybe<T>(Gen<T> gen)
        where T : struct => Gen.Select(Gen.Int[0, 3], gen, (chance, value) => chance == 0 ? (T?)null : value);

    private static int CompareFloats(double left, double right) => (double.IsNaN(left), double.IsNaN(right)) switch
    {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => -1,
        _ => left == right ? -double.IsNegative(left).CompareTo(double.IsNegative(right)) : left.CompareTo(right),
    };

    private static void AssertOrder(Column column, int expected)
    {
        var keys = Encode([column], 2);
        Assert.Equal(Math.Sign(expected), Math.Sign(keys[0].SequenceCompareTo(keys[1])));
    }

    private static RowKeys Encode(Column[] columns, int length)
    {
        var keys = new RowKeys();
        new RowKeyEncoder(columns.Select(c => c.Type).ToArray()).Encode(columns, length, keys);
        return keys;
    }

    private static FixedColumn<T> Fixed<T>(DataType type, params T[] values)
        where T : unmanaged => new(type, values);

    private static Column Text(params string[] values) => Texts(values);

    private static Column Ints(int?[] values)
    {
        var builder = new FixedColumnBuilder<int>(DataTypes.Int);
        foreach (var value in values)
        {
            if (value is { } present)
            {
                builder.Append(present);
            }
            else
            {
                builder.AppendNull();
            }
        }

        return builder.Build();
    }

    private static Column Doubles(double?[] values)
    {
        var builder = new FixedColumnBuilder<double>(DataTypes.Double);
        foreach (var value in values)
        {
            if (value is { } present)
            {
                builder.Append(present);
            }
            else
            {
                builder.AppendNull();
            }
        }

        return builder.Build();
    }

    private static Column Bools(bool?[] values)
    {
        var builder = new BooleanColumnBuilder(DataTypes.Boolean);
        foreach (var value in values)
        {
            if (value is { } present)
            {
                builder.Append(present);
            }
            else
            {
                builder.AppendNull();
            }
        }

        return builder.Build();
    }

    private static Column Texts(string?[] values)
    {
        var builder = new BytesColumnBuilder(DataTypes.String);
        foreach (var value in values)
        {
            if (value is null)
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append(value.AsSpan());
            }
        }

        return builder.Build();
    }

    private static Column Lists(int[]?[] values)
    {
        var builder = new ListColumnBuilder(new DataType.Array(DataTypes.Int));
        foreach (var value in values)
        {
            if (value is null)
            {
                builder.AppendNull();
                continue;
            }

            foreach (var element in value)
            {
                ((FixedColumnBuilder<int>)builder.Elements).Append(element);
            }

            builder.EndList();
        }

        return builder.Build();
    }

    private static Column Rows(int?[] ints, string?[] texts) =>
        new RowColumn(new DataType.Row([new Field("a", DataTypes.Int), new Field("b", DataTypes.String)]), ints.Length, [Ints(ints), Texts(texts)]);
}
