using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.UnitTests.Iceberg.Scanning;

namespace Arctic.UnitTests.Iceberg.Writing;

/// <summary>NULL and nothing below nested columns: what a required member may not hold, and what files do not store.</summary>
public sealed class NestedRequiredTests
{
    private static readonly IcebergType Point = new IcebergType.Struct([new NestedField(10, "x", IcebergTypes.Int, true), new NestedField(11, "n", IcebergTypes.String, false)]);

    private static readonly Schema Columns = new(0,
    [
        new NestedField(1, "s", Point, false), new NestedField(2, "l", new IcebergType.List(3, IcebergTypes.Int, true), false), new NestedField(4, "m", new IcebergType.Map(5, IcebergTypes.String, 6, IcebergTypes.Int, true), false),
    ]);

    [Fact]
    public async Task What_stands_below_a_null_row_is_no_value_of_a_required_member()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, PartitionSpec.Unpartitioned);

        await fixture.AppendAsync([[null, null, null], [new object?[] { 1, null }, new object?[] { 1, 2 }, new object?[][] { ["a", 1] }]]);

        var rows = await TestRows.ReadAsync(new TableScan(fixture.Store, fixture.Table.Metadata).ReadAsync(default));
        Assert.Equal(["NULL|NULL|NULL", "1,|1,2|a=1"], rows.Select(TestRows.Text));
    }

    [Fact]
    public async Task A_null_in_a_required_member_element_or_value_is_refused_by_its_name()
    {
        foreach (var (name, row) in ((string, object?[])[])
        [
            ("s.x", [new object?[] { null, "a" }, null, null]), ("l.element", [null, new object?[] { 1, null }, null]), ("m.value", [null, null, new object?[][] { ["a", null] }]),
        ])
        {
            var fixture = await ScanFixture.CreateAsync(Columns, PartitionSpec.Unpartitioned);

            var error = await Assert.ThrowsAsync<ArcticException>(async () => await fixture.AppendAsync([[null, null, null], row]));

            Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
            Assert.Contains($"'{name}'", error.Message);
        }
    }

    [Fact]
    public void Unknown_columns_are_not_stored_at_any_depth()
    {
        var nested = new IcebergType.Struct([new NestedField(10, "u", IcebergTypes.Unknown, false), new NestedField(11, "x", IcebergTypes.Int, false)]);
        NestedField[] fields = [new(1, "u", IcebergTypes.Unknown, false), new(2, "s", nested, false), new(3, "l", new IcebergType.List(4, nested, false), false)];

        var stored = StoredColumns.Of(fields);

        Assert.Equal(["struct<11: x: optional int>", "list<struct<11: x: optional int>>"], stored.Select(f => f.Type.ToString()));
        var schema = new RowSchema(fields.Select(TypeMapping.ToField));
        using var batch = TestRows.Batch(schema, [[null, new object?[] { null, 7 }, new object?[] { new object?[] { null, 8 }, null }], [null, null, null]]);
        Assert.Equal(["7", null], Enumerable.Range(0, 2).Select(i => TestRows.Value(StoredColumns.Of(batch.Columns[1], nested), i)));
        Assert.Equal("8,", TestRows.Value(StoredColumns.Of(batch.Columns[2], fields[2].Type), 0));
        Assert.Equal(ErrorCodes.FormatUnsupported, Assert.Throws<ArcticException>(() => StoredColumns.Of([new NestedField(1, "l", new IcebergType.List(2, IcebergTypes.Unknown, false), false)])).Code);
    }
}
