using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Writing;

namespace Arctic.UnitTests.Iceberg.Writing;

public sealed class ColumnCompletionTests
{
    private static readonly Schema Columns = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Long, true),
        new NestedField(2, "name", IcebergTypes.String, false) { WriteDefault = "nobody" },
        new NestedField(3, "price", new IcebergType.Decimal(9, 2), true) { InitialDefault = (Int128)1, WriteDefault = (Int128)250 },
        new NestedField(4, "s", new IcebergType.Struct([new NestedField(5, "x", IcebergTypes.Int, false) { WriteDefault = 7 }, new NestedField(6, "y", IcebergTypes.Int, false)]), false)
        {
            WriteDefault = StructDefault.Instance,
        },
        new NestedField(7, "none", IcebergTypes.Unknown, false),
        new NestedField(8, "day", IcebergTypes.Date, false),
    ]);

    [Fact]
    public void Columns_that_are_missing_get_their_write_default_in_the_order_of_the_table()
    {
        using var batch = TestRows.Batch(new RowSchema([new Field("day", DataTypes.Date), new Field("id", DataTypes.BigInt.AsNotNull())]), [[1, 10L], [null, 11L]]);

        using var complete = new ColumnCompletion(Columns).Complete(batch);

        Assert.Equal(["10|nobody|250|7,|NULL|1", "11|nobody|250|7,|NULL|NULL"], TestRows.Changes(complete).Select(c => TestRows.Text(c.Row)));
        Assert.Equal(Columns.Fields.Select(f => f.Name), complete.Schema.Fields.Select(f => f.Name));
    }

    [Fact]
    public void Members_of_structs_are_completed_too()
    {
        var row = new DataType.Row([new Field("y", DataTypes.Int)]);
        using var batch = TestRows.Batch(new RowSchema([new Field("id", DataTypes.BigInt.AsNotNull()), new Field("s", row)]), [[10L, new object?[] { 3 }], [11L, null]]);

        using var complete = new ColumnCompletion(Columns).Complete(batch);

        Assert.Equal(["7,3", null], TestRows.Changes(complete).Select(c => c.Row[3]));
    }

    [Fact]
    public void Members_of_structs_in_lists_and_maps_are_found_by_name_and_completed_too()
    {
        static IcebergType.Struct Point(int id) => new([new NestedField(id, "x", IcebergTypes.Int, false) { WriteDefault = 7 }, new NestedField(id + 1, "y", IcebergTypes.Int, false)]);
        var schema = new Schema(0,
        [
            new NestedField(1, "list", new IcebergType.List(2, Point(10), false), false),
            new NestedField(3, "map", new IcebergType.Map(4, IcebergTypes.String, 5, Point(20), false), false),
        ]);
        var turned = new DataType.Row([new Field("y", DataTypes.Int), new Field("x", DataTypes.Int)]);
        var part = new DataType.Row([new Field("y", DataTypes.Int)]);
        var stranger = new DataType.Row([new Field("z", DataTypes.Int)]);
        using var batch = TestRows.Batch(
            new RowSchema([new Field("map", new DataType.Map(DataTypes.String.AsNotNull(), part)), new Field("list", new DataType.Array(turned))]),
            [[new object?[][] { ["k", new object?[] { 3 }] }, new object?[] { new object?[] { 2, 1 }, null }], [null, null]]);
        using var unknown = TestRows.Batch(new RowSchema([new Field("list", new DataType.Array(stranger))]), [[null]]);

        using var complete = new ColumnCompletion(schema).Complete(batch);

        var list = (RowColumn)((ListColumn)complete.Columns[0]).Elements;
        Assert.Equal(1, ((FixedColumn<int>)list.Children[0].ToDense()).Values[0]);
        Assert.Equal(2, ((FixedColumn<int>)list.Children[1].ToDense()).Values[0]);
        Assert.True(list.IsNull(1));
        var values = (RowColumn)((MapColumn)complete.Columns[1]).Values;
        Assert.Equal(7, ((FixedColumn<int>)values.Children[0].ToDense()).Values[0]);
        Assert.Equal(3, ((FixedColumn<int>)values.Children[1].ToDense()).Values[0]);
        Assert.Contains("'list.element.z'", Assert.Throws<ArcticException>(() => new ColumnCompletion(schema).Complete(unknown)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_with_all_columns_is_the_same_batch()
    {
        using var batch = TestRows.Batch(Columns.ToRowSchema(), [[1L, "a", (Int128)1, null, null, null]]);

        using var complete = new ColumnCompletion(Columns).Complete(batch);

        Assert.Same(batch.Columns, complete.Columns);
    }

    public static TheoryData<DataType, IcebergType, bool> Types => new()
    {
        { DataTypes.Int, IcebergTypes.Long, true }, { DataTypes.SmallInt, IcebergTypes.Int, true }, { DataTypes.Float, IcebergTypes.Double, true }, { DataTypes.Null, IcebergTypes.Date, true },
        { DataTypes.Decimal(9, 2), new IcebergType.Decimal(9, 2), true }, { DataTypes.Decimal(9, 2), new IcebergType.Decimal(12, 4), true }, { DataTypes.Date, IcebergTypes.Timestamp, true },
        { DataTypes.Timestamp(9), IcebergTypes.Timestamp, true }, { DataTypes.TimestampLtz(3), IcebergTypes.TimestampTz, true }, { new DataType.VarChar(5), IcebergTypes.String, true },
        { new DataType.Binary(16), IcebergTypes.Uuid, true }, { new DataType.Binary(4), IcebergTypes.Binary, true }, { DataTypes.Time(0), IcebergTypes.Time, true },
        { new DataType.Array(DataTypes.Int), new IcebergType.List(2, IcebergTypes.Long, false), true },

        { DataTypes.BigInt, IcebergTypes.Int, false }, { DataTypes.Double, IcebergTypes.Float, false }, { DataTypes.Int, IcebergTypes.Double, false }, { DataTypes.Date, IcebergTypes.Int, false },
        { DataTypes.Decimal(10, 4), new IcebergType.Decimal(10, 2), false }, { DataTypes.Decimal(12, 2), new IcebergType.Decimal(9, 2), false }, { DataTypes.Int, IcebergTypes.Date, false },
        { DataTypes.BigInt, IcebergTypes.Timestamp, false }, { DataTypes.Timestamp(6), IcebergTypes.TimestampTz, false }, { DataTypes.TimestampLtz(6), IcebergTypes.Timestamp, false },
        { DataTypes.Time(6), IcebergTypes.Long, false }, { DataTypes.Date, IcebergTypes.TimestampTz, false }, { DataTypes.Bytes, IcebergTypes.String, false }, { DataTypes.String, IcebergTypes.Binary, false },
        { new DataType.Binary(4), IcebergTypes.Uuid, false }, { new DataType.Array(DataTypes.Decimal(5, 3)), new IcebergType.List(2, new IcebergType.Decimal(5, 2), false), false },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Columns_are_written_as_a_type_that_holds_all_their_values_and_as_no_other(DataType from, IcebergType to, bool isHeld)
    {
        var completion = new ColumnCompletion(new Schema(0, [new NestedField(1, "c", to, false)]));
        using var batch = TestRows.Batch(new RowSchema([new Field("c", from)]), []);

        if (isHeld)
        {
            completion.Complete(batch).Dispose();
            return;
        }

        var error = Assert.Throws<ArcticException>(() => completion.Complete(batch));
        Assert.Equal(ErrorCodes.TypeMismatch, error.Code);
        Assert.Contains("column 'c", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_columns_and_required_ones_without_default_are_refused()
    {
        using var unknown = TestRows.Batch(new RowSchema([new Field("id", DataTypes.BigInt), new Field("nam", DataTypes.String)]), [[1L, "a"]]);
        using var lacking = TestRows.Batch(new RowSchema([new Field("name", DataTypes.String)]), [["a"]]);

        var error = Assert.Throws<ArcticException>(() => new ColumnCompletion(Columns).Complete(unknown));
        Assert.Equal((ErrorCodes.UnknownName, "Did you mean 'name'?"), (error.Code, error.Hint));
        error = Assert.Throws<ArcticException>(() => new ColumnCompletion(Columns).Complete(lacking));
        Assert.Equal(ErrorCodes.TypeMismatch, error.Code);
        Assert.Contains("required column 'id'", error.Message);
    }
}
