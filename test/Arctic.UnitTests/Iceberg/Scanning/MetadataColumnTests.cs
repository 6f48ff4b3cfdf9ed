using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Scanning;

public sealed class MetadataColumnTests
{
    private static readonly Schema Columns = new(
        0, [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "p", IcebergTypes.Int, false), new NestedField(3, "name", IcebergTypes.String, false)]);

    [Fact]
    public async Task Deleted_rows_are_kept_and_marked_when_the_mark_is_asked_for()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, PartitionSpec.Unpartitioned);
        var file = (await fixture.AppendAsync(Enumerable.Range(0, 6).Select(i => new object?[] { (long)i, i % 2, "n" }).ToList()))[0];
        await fixture.CommitAsync([], await fixture.WriteEqualityDeletesAsync(PartitionSpec.Unpartitioned, PartitionTuple.Empty, ["id"], [[4L]]), await fixture.WritePositionDeletesAsync(file, 1));
        var scan = new TableScan(fixture.Store, fixture.Table.Metadata);

        Assert.Equal(["0|False", "1|True", "2|False", "3|False", "4|True", "5|False"], await RowsAsync(scan.Select([Columns.Fields[0], MetadataColumns.IsDeleted])));

        // A filter is on all rows, then; and the mark needs no other column.
        var odd = ScalarFunctions.Equals.Bind([new Expression.ColumnReference(1, "p", DataTypes.Int), new Expression.Literal(1, DataTypes.Int.AsNotNull())]);
        Assert.Equal(["True", "False", "False"], await RowsAsync(scan.Select([MetadataColumns.IsDeleted]).Where(odd)));
        Assert.Equal(["0", "2", "3", "5"], await RowsAsync(scan.Select("id")));
    }

    [Fact]
    public async Task The_partition_of_a_row_is_told_across_specs()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, new PartitionSpec(0, [new PartitionField(2, 1000, "p", new Transform.Identity())]));
        await fixture.AppendAsync([[1L, 7, "abc"]]);
        await fixture.EvolveAsync(t => t.UpdatePartitionSpec().RemoveField("p").AddField("name", new Transform.Truncate(1)));
        await fixture.AppendAsync([[2L, 8, "xyz"], [3L, 9, null]]);
        var column = MetadataColumns.PartitionOf(fixture.Table.Metadata);

        Assert.Equal(["p", "name_trunc_1"], ((IcebergType.Struct)column.Type).Fields.Select(f => f.Name));
        var rows = await RowsAsync(new TableScan(fixture.Store, fixture.Table.Metadata).Select([Columns.Fields[0], column, MetadataColumns.SpecId]));
        Assert.Equal(["1|7,|0", "2|,x|1", "3|,|1"], rows.Order(StringComparer.Ordinal));
    }

    private static async Task<List<string>> RowsAsync(TableScan scan) => (await TestRows.ReadAsync(scan.ReadAsync(TestContext.Current.CancellationToken))).Select(TestRows.Text).ToList();
}
