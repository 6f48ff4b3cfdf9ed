using Arctic.Columnar.Types;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Partitioning;

public class PartitionPathTests
{
    private static readonly Schema Columns = new(0,
    [
        new NestedField(1, "ts", IcebergTypes.Timestamp, false),
        new NestedField(2, "dt", IcebergTypes.String, false),
        new NestedField(3, "n", IcebergTypes.Int, false),
        new NestedField(4, "price", new IcebergType.Decimal(10, 2), false),
        new NestedField(5, "zoned", IcebergTypes.TimestampTz, false),
        new NestedField(6, "f", IcebergTypes.Double, false),
        new NestedField(7, "b", IcebergTypes.Binary, false),
    ]);

    public static TheoryData<int, string, object?, string> Cases => new()
    {
        { 1, "day", 18628, "x=2021-01-01" },
        { 1, "day", -1, "x=1969-12-31" },
        { 1, "hour", 18628 * 24, "x=2021-01-01-00" },
        { 1, "hour", -1, "x=1969-12-31-23" },
        { 1, "month", 51 * 12, "x=2021-01" },
        { 1, "month", -1, "x=1969-12" },
        { 1, "year", 51, "x=2021" },
        { 1, "identity", 1656633600000000L, "x=2022-07-01T00%3A00%3A00" },
        { 1, "identity", 1656633600120000L, "x=2022-07-01T00%3A00%3A00.12" },
        { 1, "identity", -1L, "x=1969-12-31T23%3A59%3A59.999999" },
        { 5, "identity", 1656633600000000L, "x=2022-07-01T00%3A00%3A00%2B00%3A00" },
        { 2, "identity", "a b/c=d%", "x=a+b%2Fc%3Dd%25" },
        { 2, "identity", "é*_-.~", "x=%C3%A9*_-.%7E" },
        { 2, "identity", null, "x=null" },
        { 2, "truncate[2]", "ja", "x=ja" },
        { 3, "bucket[4]", 3, "x=3" },
        { 3, "identity", -5, "x=-5" },
        { 3, "void", 7, "x=null" },
        { 6, "identity", 1.5, "x=1.5" },
        { 6, "identity", 1e10, "x=1.0E10" },
        { 6, "identity", 0.00012, "x=1.2E-4" },
        { 6, "identity", 1234567.0, "x=1234567.0" },
        { 6, "identity", 0.05, "x=0.05" },
        { 7, "identity", new byte[] { 1, 2, 255 }, "x=AQL%2F" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Texts_are_those_of_the_original(int sourceId, string transform, object? value, string expected)
    {
        var spec = new PartitionSpec(0, [new PartitionField(sourceId, 1000, "x", Transform.Parse(transform))]);

        Assert.Equal(expected, PartitionPath.Of(spec, Columns, new PartitionTuple([value])));
    }

    [Fact]
    public void Decimals_print_as_BigDecimal()
    {
        var spec = new PartitionSpec(0, [new PartitionField(4, 1000, "price", new Transform.Identity())]);

        Assert.Equal("price=-1.50", PartitionPath.Of(spec, Columns, new PartitionTuple((Int128)(-150))));
        Assert.Equal("price=0.05", PartitionPath.Of(spec, Columns, new PartitionTuple((Int128)5)));
    }

    [Fact]
    public void Fields_are_joined_and_names_encoded()
    {
        var spec = new PartitionSpec(0, [new PartitionField(2, 1000, "d t", new Transform.Identity()), new PartitionField(3, 1001, "n_bucket", new Transform.Bucket(4))]);

        Assert.Equal("d+t=a/n_bucket=2", PartitionPath.Of(spec, Columns, new PartitionTuple("a", 2)));
        Assert.Equal("", PartitionPath.Of(PartitionSpec.Unpartitioned, Columns, PartitionTuple.Empty));
    }
}
