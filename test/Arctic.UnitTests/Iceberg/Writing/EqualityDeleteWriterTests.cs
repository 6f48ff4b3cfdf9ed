using Arctic.Columnar.Errors;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.UnitTests.Iceberg.Scanning;

namespace Arctic.UnitTests.Iceberg.Writing;

public sealed class EqualityDeleteWriterTests
{
    private static readonly Schema Nested = new(
        0,
        [
            new NestedField(1, "id", IcebergTypes.Int, true),
            new NestedField(2, "who", new IcebergType.Struct([new NestedField(3, "name", IcebergTypes.String, false), new NestedField(4, "age", IcebergTypes.Int, false)]), false),
            new NestedField(5, "tags", new IcebergType.List(6, IcebergTypes.String, false), false),
            new NestedField(7, "amount", IcebergTypes.Double, false),
        ]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_of_a_struct_is_compared_and_null_equals_null()
    {
        var table = await ScanFixture.CreateAsync(Nested, PartitionSpec.Unpartitioned);
        await table.AppendAsync([[1, new object?[] { "ann", 1 }, null, 1.0], [2, new object?[] { "bob", 2 }, null, 1.0], [3, new object?[] { null, 3 }, null, 1.0], [4, null, null, 1.0]]);
        await using var writer = EqualityDeleteWriter.Create(table.Store, table.Table.Metadata, [3], PartitionSpec.Unpartitioned, PartitionTuple.Empty, () => "memory:///w/db/t/data/eq.parquet");
        var columns = new Schema(0, [new NestedField(2, "who", new IcebergType.Struct([new NestedField(3, "name", IcebergTypes.String, false)]), false)]).ToRowSchema();
        using var keys = TestRows.Batch(columns, [[new object?[] { "ann" }], [new object?[] { null }]]);
        await writer.WriteAsync(keys, Token);
        var file = Assert.Single(await writer.CompleteAsync(Token));

        await table.CommitAsync([], file);

        Assert.Equal([3], file.EqualityIds!);
        Assert.Equal(FileContent.EqualityDeletes, file.Content);
        Assert.Equal(["2"], (await TestRows.ReadAsync(new TableScan(table.Store, table.Table.Metadata).Select("id").ReadAsync(Token))).Select(TestRows.Text));
    }

    [Theory]
    [InlineData(2, "cannot be told equal")]
    [InlineData(5, "cannot be told equal")]
    [InlineData(6, "within a list or map")]
    [InlineData(7, "cannot be told equal")]
    [InlineData(99, "no column with the id 99")]
    public async Task Columns_that_rows_cannot_be_compared_by_are_refused(int id, string message)
    {
        var table = await ScanFixture.CreateAsync(Nested, PartitionSpec.Unpartitioned);

        var error = Assert.Throws<ArcticException>(() => EqualityDeleteWriter.RequestFor(table.Table.Metadata, [id], PartitionSpec.Unpartitioned, PartitionTuple.Empty, () => ""));

        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public async Task Format_version_1_has_no_deletes()
    {
        var table = await RandomTable.CreateAsync(1, 1);

        var error = Assert.Throws<ArcticException>(() => EqualityDeleteWriter.RequestFor(table.Table.Metadata, [1], PartitionSpec.Unpartitioned, PartitionTuple.Empty, () => ""));

        Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
    }
}
