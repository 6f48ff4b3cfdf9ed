using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.UnitTests.Dataflow.Operators;

public sealed class KeyedStateTests
{
    private static readonly RowSchema Everything = new(
        new Field("b", DataTypes.Boolean), new Field("i1", DataTypes.TinyInt), new Field("i2", DataTypes.SmallInt), new Field("i4", DataTypes.Int), new Field("i8", DataTypes.BigInt), new Field("f4", DataTypes.Float),
        new Field("f8", DataTypes.Double), new Field("d", DataTypes.Decimal(38, 3)), new Field("s", DataTypes.String), new Field("y", DataTypes.Bytes), new Field("a", new DataType.Array(DataTypes.String)),
        new Field("r", new DataType.Row([new Field("x", DataTypes.Int), new Field("y", new DataType.Array(DataTypes.Int))])));

    [Fact]
    public void Rows_come_back_as_they_were()
    {
        object?[][] rows =
        [
            [true, (sbyte)-1, (short)2, 3, 4L, 1.5f, -0.0, Int128.MinValue, "text", new byte[] { 1, 0 }, new object?[] { "a", null, "" }, new object?[] { 1, new object?[] { 1, 2, null } }],
            new object?[12],
            [false, (sbyte)0, (short)0, 0, 0L, 0f, 0.0, Int128.Zero, "", Array.Empty<byte>(), Array.Empty<object?>(), new object?[] { null, null }],
        ];
        using var batch = TestRows.Batch(Everything, rows);
        var codec = new RowCodec(Everything.Fields.Select(f => f.Type));
        var encoded = new EncodedRows();

        codec.Encode(batch.Columns.ToArray(), [2, 0, 1, 0], encoded);
        var columns = codec.Decode(encoded.Data, [encoded.Offsets[0], encoded.Offsets[1], -1, encoded.Offsets[2], encoded.Offsets[3]]);

        using var decoded = new ChangeBatch(Everything, columns, 5);
        var texts = TestRows.Changes(decoded).Select(c => TestRows.Text(c.Row)).ToList();
        var before = TestRows.Changes(batch).Select(c => TestRows.Text(c.Row)).ToList();
        Assert.Equal([before[2], before[0], before[1], before[1], before[0]], texts);
    }

    [Fact]
    public void Equal_rows_have_equal_bytes_whatever_lies_under_their_nulls()
    {
        var codec = new RowCodec(DataTypes.Double, DataTypes.Int);
        var encoded = new EncodedRows();
        var doubles = new FixedColumn<double>(DataTypes.Double, [double.NaN, BitConverter.Int64BitsToDouble(unchecked((long)0xFFF0000000000001)), 0.0, -0.0]);
        var ints = new FixedColumn<int>(DataTypes.Int, [7, 8, 9, 9], new Bitmap(new byte[] { 0b1100 }, 0));

        codec.Encode([doubles, ints], [0, 1, 2, 3], encoded);

        Assert.True(encoded[0].SequenceEqual(encoded[1]));
        Assert.False(encoded[2].SequenceEqual(encoded[3]));
    }

    [Fact]
    public void Constant_columns_and_nullability_do_not_show()
    {
        var codec = new RowCodec(DataTypes.Int.AsNotNull(), DataTypes.String);
        var encoded = new EncodedRows();
        var text = ColumnBuilder.Create(DataTypes.String);
        ((BytesColumnBuilder)text).Append("c");
        var constant = new ConstantColumn(text.Build(), 2);
        codec.Encode([new FixedColumn<int>(DataTypes.Int, [1, 1]), constant], [0, 1], encoded);
        var other = new EncodedRows();
        codec.Encode([new FixedColumn<int>(DataTypes.Int.AsNotNull(), [1, 1]), constant.ToDense()], [0, 1], other);

        Assert.True(encoded.Data.SequenceEqual(other.Data));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Table_holds_what_a_dictionary_holds(int seed)
    {
        var random = new Random(seed);
        var table = new RowTable();
        var model = new Dictionary<(string, int), int>();
        for (var step = 0; step < 50_000; step++)
        {
            var text = new string((char)('a' + random.Next(26)), random.Next(60)) + random.Next(40);
            var row = System.Text.Encoding.UTF8.GetBytes(text);
            var owner = random.Next(3);

            // Few hashes, so that rows collide.
            var hash = (ulong)(text.Length * 7 % 300) << 5;
            if (random.Next(5) < 3)
            {
                var id = table.FindOrAdd(hash, row, owner, out var isNew);
                Assert.Equal(!model.ContainsKey((text, owner)), isNew);
                model[(text, owner)] = id;
            }
            else if (model.Remove((text, owner), out var id))
            {
                Assert.Equal(id, table.Find(hash, row, owner));
                table.Remove(id);
                Assert.Equal(-1, table.Find(hash, row, owner));
            }
        }

        Assert.Equal(model.Count, table.Count);
        foreach (var ((text, owner), id) in model)
        {
            Assert.Equal(text, System.Text.Encoding.UTF8.GetString(table.Row(id)));
            Assert.Equal(owner, table.Owner(id));
        }
    }

    [Fact]
    public void Partitioner_sends_equal_keys_of_both_sides_to_one_task_and_spreads_keys()
    {
        var left = new RowSchema(new Field("x", DataTypes.String), new Field("k", DataTypes.BigInt.AsNotNull()));
        var right = new RowSchema(new Field("k", DataTypes.BigInt));
        using var lefts = TestRows.Batch(left, Enumerable.Range(0, 1000).Select(i => new object?[] { "x", (long)i }).ToList());
        using var rights = TestRows.Batch(right, Enumerable.Range(0, 1000).Select(i => new object?[] { (long)i }).ToList());
        var (leftTargets, rightTargets) = (new int[1000], new int[1000]);

        new KeyGroupPartitioner(left, [1], 128).Partition(lefts, 4, leftTargets);
        new KeyGroupPartitioner(right, [0], 128).Partition(rights, 4, rightTargets);

        Assert.Equal(leftTargets, rightTargets);
        Assert.All(leftTargets.GroupBy(t => t), g => Assert.InRange(g.Count(), 150, 350));
        Assert.Equal("hash[k]", new KeyGroupPartitioner(left, [1], 128).Description);
    }
}
