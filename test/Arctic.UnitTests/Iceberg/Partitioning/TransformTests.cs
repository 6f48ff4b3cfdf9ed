using System.Globalization;
using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Partitioning;

/// <summary>The vectors of the Iceberg spec, appendix B, and of spec/iceberg.md.</summary>
public sealed class TransformTests
{
    private static readonly byte[] Uuid = new Guid("f79c3e09-677c-4bbd-a479-3f349cb785e7").ToByteArray(bigEndian: true);

    public static TheoryData<string, object, int> Hashes => new()
    {
        { "int", 34, 2017239379 }, { "long", 34L, 2017239379 }, { "decimal(9, 2)", (Int128)1420, -500754589 }, { "date", 17486, -653330422 },
        { "time", 81068000000L, -662762989 }, { "timestamp", 1510871468000000L, -2047944441 }, { "timestamp", 1510871468000001L, -1207196810 },
        { "timestamptz", 1510871468000001L, -1207196810 }, { "timestamp_ns", 1510871468000001999L, -1207196810 }, { "string", "iceberg", 1210000089 }, { "string", "34", -427558391 },
        { "uuid", Uuid, 1488055340 }, { "fixed[4]", new byte[] { 0, 1, 2, 3 }, -188683207 }, { "binary", new byte[] { 0, 1, 2, 3 }, -188683207 },
        { "decimal(38, 0)", (Int128)(-1), -43192051 }, { "decimal(38, 0)", (Int128)128, 1544076949 }, { "decimal(38, 0)", (Int128)0, 1364076727 },
    };

    [Theory]
    [MemberData(nameof(Hashes), DisableDiscoveryEnumeration = true)]
    public void Bucket_hashes_are_those_of_the_spec(string typeText, object value, int hash)
    {
        var type = TypeOf(typeText);

        Assert.Equal(hash & int.MaxValue, One(new Transform.Bucket(int.MaxValue), type, value) is int bucket && bucket >= 0 ? bucket : -1);
        Assert.Equal((hash & int.MaxValue) % 16, One(new Transform.Bucket(16), type, value));
    }

    [Theory]
    [InlineData(34, 3)]
    [InlineData(-1, 0 + 8)]
    [InlineData(0, 12)]
    public void Small_buckets(int value, int bucket) => Assert.Equal(bucket, One(new Transform.Bucket(16), IcebergTypes.Int, value));

    [Theory]
    [InlineData(-1, -10)]
    [InlineData(-11, -20)]
    [InlineData(11, 10)]
    [InlineData(0, 0)]
    [InlineData(-10, -10)]
    public void Numbers_are_rounded_down(int value, int expected)
    {
        Assert.Equal(expected, One(new Transform.Truncate(10), IcebergTypes.Int, value));
        Assert.Equal((long)expected, One(new Transform.Truncate(10), IcebergTypes.Long, (long)value));
    }

    [Fact]
    public void Decimals_are_rounded_down_on_their_unscaled_value()
    {
        var type = new IcebergType.Decimal(9, 2);

        Assert.Equal((Int128)1230, One(new Transform.Truncate(10), type, (Int128)1234));
        Assert.Equal((Int128)(-10), One(new Transform.Truncate(10), type, (Int128)(-5)));
        Assert.Equal((Int128)1050, One(new Transform.Truncate(50), type, (Int128)1065));
    }

    [Fact]
    public void Text_is_cut_at_code_points_and_bytes_at_bytes()
    {
        Assert.Equal("ice", One(new Transform.Truncate(3), IcebergTypes.String, "iceberg"));
        Assert.Equal("a😀é", One(new Transform.Truncate(3), IcebergTypes.String, "a😀éxyz"));
        Assert.Equal("ab", One(new Transform.Truncate(3), IcebergTypes.String, "ab"));
        Assert.Equal(new byte[] { 0xF0, 0x9F }, One(new Transform.Truncate(2), IcebergTypes.Binary, Encoding.UTF8.GetBytes("😀")));
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00", 0, 0, 0, 0)]
    [InlineData("1969-12-31T23:59:59.999999", -1, -1, -1, -1)]
    [InlineData("2017-11-16T22:31:08", 47, 574, 17486, 419686)]
    [InlineData("2000-02-29T01:00:00", 30, 361, 11016, 264385)]
    [InlineData("1600-03-01T00:00:00", -370, -4438, -135080, -3241920)]
    [InlineData("0001-01-01T00:00:00", -1969, -23628, -719162, -17259888)]
    [InlineData("9999-12-31T23:00:00", 8029, 96359, 2932896, 70389527)]
    public void Times_are_counted_from_1970_and_rounded_down(string text, int year, int month, int day, int hour)
    {
        var micros = (DateTime.Parse(text, CultureInfo.InvariantCulture).Ticks - DateTime.UnixEpoch.Ticks) / 10;
        var days = (int)Math.Floor(micros / 86_400_000_000.0);

        Assert.Equal([year, month, day, hour], new Transform[] { new Transform.Year(), new Transform.Month(), new Transform.Day(), new Transform.Hour() }
            .Select(t => One(t, IcebergTypes.TimestampTz, micros)));
        Assert.Equal([year, month, day], new Transform[] { new Transform.Year(), new Transform.Month(), new Transform.Day() }.Select(t => One(t, IcebergTypes.Date, days)));
    }

    [Fact]
    public void Null_gives_null_and_void_gives_nothing_but_null()
    {
        Assert.Null(One(new Transform.Bucket(4), IcebergTypes.Long, null));
        Assert.Null(One(new Transform.Day(), IcebergTypes.Timestamp, null));
        Assert.Null(One(new Transform.Void(), IcebergTypes.Long, 5L));
    }

    [Fact]
    public void A_transform_that_is_not_defined_for_the_type_is_refused()
    {
        var error = Assert.Throws<ArcticException>(() => One(new Transform.Bucket(4), IcebergTypes.Double, 1.0));

        Assert.Equal("The transform 'bucket[4]' cannot be applied to a column of type 'double'.", error.Message);
    }

    [Fact]
    public void Rows_are_split_by_tuple_and_partitions_keep_their_index()
    {
        var schema = new Schema(0, [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "name", IcebergTypes.String, false), new NestedField(3, "x", IcebergTypes.Double, false)]);
        var spec = new PartitionSpec(1, [new PartitionField(1, 1000, "id_bucket", new Transform.Bucket(4)), new PartitionField(2, 1001, "n", new Transform.Truncate(1)), new PartitionField(3, 1002, "x", new Transform.Identity())]);
        var random = new Random(5);
        var splitter = new PartitionSplitter(schema, spec);
        var expected = new Dictionary<PartitionTuple, List<string>>();
        var found = new Dictionary<PartitionTuple, List<string>>();
        for (var round = 0; round < 5; round++)
        {
            var rows = Enumerable.Range(0, 100).Select(_ => new object?[]
            {
                random.NextInt64(20), random.Next(5) == 0 ? null : $"{(char)('a' + random.Next(3))}{random.Next(3)}", random.Next(3) switch { 0 => null, 1 => double.NaN, _ => -0.0 * random.Next(2) },
            }).ToList();
            using var all = TestRows.Batch(schema.ToRowSchema(), rows);
            using var batch = all.WithSelection(Enumerable.Range(0, 100).Where(i => i % 3 != 0).ToArray());
            foreach (var (partition, indices) in splitter.Split(batch))
            {
                Assert.Equal(indices.Order(), indices);
                found.TryAdd(splitter.Partitions[partition], []);
                found[splitter.Partitions[partition]].AddRange(indices.Select(i => TestRows.Text(rows[i])));
            }

            foreach (var row in rows.Where((_, i) => i % 3 != 0))
            {
                var tuple = new PartitionTuple(One(new Transform.Bucket(4), IcebergTypes.Long, row[0]), ((string?)row[1])?[..1], row[2]);
                expected.TryAdd(tuple, []);
                expected[tuple].Add(TestRows.Text(row));
            }
        }

        Assert.Equal(splitter.Partitions.Count, found.Count);
        Assert.Equal(expected.Count, found.Count);
        Assert.All(expected, e => Assert.Equal(e.Value, found[e.Key]));
    }

    [Fact]
    public void Paths_are_those_of_the_original()
    {
        var schema = new Schema(0, [new NestedField(1, "ts", IcebergTypes.Timestamp, false), new NestedField(2, "s", IcebergTypes.String, false), new NestedField(3, "b", IcebergTypes.Binary, false)]);
        var spec = new PartitionSpec(0,
        [
            new PartitionField(1, 1000, "ts_hour", new Transform.Hour()), new PartitionField(1, 1001, "ts_month", new Transform.Month()), new PartitionField(1, 1002, "ts_year", new Transform.Year()),
            new PartitionField(1, 1003, "ts_day", new Transform.Day()), new PartitionField(2, 1004, "s", new Transform.Identity()), new PartitionField(3, 1005, "b", new Transform.Identity()),
        ]);

        var path = PartitionPath.Of(spec, schema, new PartitionTuple(-1, -1, -1, -1, "b c/ä", null));

        Assert.Equal("ts_hour=1969-12-31-23/ts_month=1969-12/ts_year=1969/ts_day=1969-12-31/s=b+c%2F%C3%A4/b=null", path);
    }

    private static object? One(Transform transform, IcebergType type, object? value)
    {
        var column = TransformKernels.Apply(transform, type, IcebergValues.Repeat(type, value, 1).ToDense());
        Assert.Equal(TypeMapping.ToDataType(transform.ResultType(type)), column.Type.AsNullable());
        return IcebergValues.Box(column, 0);
    }

    private static IcebergType TypeOf(string text) =>
        Arctic.Iceberg.Spec.Json.SchemaJson.Parse($$"""{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"c","required":false,"type":"{{text}}"}]}""", "test").Fields[0].Type;
}
