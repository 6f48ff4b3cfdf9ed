using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using CsCheck;

namespace Arctic.UnitTests.Iceberg.Spec;

public sealed class SchemaTests
{
    [Fact]
    public void Sql_columns_get_ids_level_by_level_and_come_back()
    {
        var columns = new RowSchema(
            new Field("id", DataTypes.BigInt.AsNotNull()),
            new Field("tags", new DataType.Array(DataTypes.String)),
            new Field("place", new DataType.Row([new Field("x", DataTypes.Double), new Field("y", DataTypes.Double)])) { Comment = "where" },
            new Field("m", new DataType.Map(DataTypes.String.AsNotNull(), DataTypes.Int)),
            new Field("at", DataTypes.TimestampLtz(6)));

        var schema = TypeMapping.FromRowSchema(columns, ["id"]);

        Assert.Equal([1, 2, 3, 4, 5], schema.Fields.Select(f => f.Id));
        Assert.Equal(6, schema.FindField("tags.element")!.Id);
        Assert.Equal(8, schema.FindField("place.y")!.Id);
        Assert.Equal("m.value", schema.FindFullName(10));
        Assert.Equal([1], schema.IdentifierFieldIds);
        Assert.Equal(columns, schema.ToRowSchema());
    }

    [Fact]
    public void A_key_column_that_is_missing_is_named_with_a_suggestion()
    {
        var error = Assert.Throws<ArcticException>(() => TypeMapping.FromRowSchema(new RowSchema(new Field("customer", DataTypes.Int)), ["custmer"]));

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Contains("customer", error.Hint);
    }

    [Fact]
    public void Types_that_have_no_place_in_a_table_are_refused()
    {
        var error = Assert.Throws<ArcticException>(() => TypeMapping.FromRowSchema(new RowSchema(new Field("i", new DataType.IntervalDayTime()))));

        Assert.Equal(ErrorCodes.Unsupported, error.Code);
    }

    [Fact]
    public void Schemas_survive_json() => Schemas.Sample(schema =>
    {
        var text = SchemaJson.ToText(schema);
        var again = SchemaJson.Parse(text, "test");
        return again.SchemaId == schema.SchemaId && SchemaJson.ToText(again) == text;
    });

    [Fact]
    public void A_field_id_that_occurs_twice_is_corrupt()
    {
        const string Text = """{"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"int"},{"id":1,"name":"b","required":true,"type":"int"}]}""";

        var error = Assert.Throws<ArcticException>(() => SchemaJson.Parse(Text, "twice.json"));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("'a' and 'b'", error.Message);
    }

    [Theory]
    [InlineData("identity", typeof(Transform.Identity))]
    [InlineData("bucket[16]", typeof(Transform.Bucket))]
    [InlineData("truncate[4]", typeof(Transform.Truncate))]
    [InlineData("year", typeof(Transform.Year))]
    [InlineData("month", typeof(Transform.Month))]
    [InlineData("day", typeof(Transform.Day))]
    [InlineData("hour", typeof(Transform.Hour))]
    [InlineData("void", typeof(Transform.Void))]
    [InlineData("zorder[3]", typeof(Transform.Unknown))]
    public void Transforms_survive_their_text(string text, Type expected)
    {
        var transform = Transform.Parse(text);

        Assert.IsType(expected, transform);
        Assert.Equal(text, transform.Text);
        Assert.Equal(transform, Transform.Parse(text));
    }

    [Theory]
    [InlineData("bucket[0]")]
    [InlineData("truncate[-1]")]
    [InlineData("bucket[x]")]
    public void Transforms_without_a_positive_number_are_corrupt(string text) =>
        Assert.Equal(ErrorCodes.TableCorrupt, Assert.Throws<ArcticException>(() => Transform.Parse(text)).Code);

    private static readonly IcebergType[] Every =
    [
        IcebergTypes.Boolean, IcebergTypes.Int, IcebergTypes.Long, IcebergTypes.Float, IcebergTypes.Double, IcebergTypes.Date, IcebergTypes.Time, IcebergTypes.Timestamp,
        IcebergTypes.TimestampTz, IcebergTypes.TimestampNs, IcebergTypes.TimestampTzNs, IcebergTypes.String, IcebergTypes.Uuid, IcebergTypes.Binary, IcebergTypes.Unknown,
        IcebergTypes.Variant, new IcebergType.Decimal(9, 2), new IcebergType.Decimal(38, 38), new IcebergType.Fixed(7), new IcebergType.Geometry("OGC:CRS84"), new IcebergType.Geography(null),
    ];

    private static readonly Gen<IcebergType> Primitives = Gen.Int[0, Every.Length - 1].Select(i => Every[i]);

    private static readonly Gen<Schema> Schemas = Gen.Select(Gen.Select(Primitives, Gen.Int[0, 3], Gen.Bool).List[1, 8], Gen.Int[0, 9]).Select((parts, id) =>
    {
        var next = 0;
        return new Schema(id, parts.Select((p, i) => new NestedField(++next, "col ü " + i, Nested(p.Item1, p.Item2, () => ++next), p.Item3) { Doc = p.Item3 ? "doc" : null }));
    });

    private static IcebergType Nested(IcebergType type, int kind, Func<int> nextId) => kind switch
    {
        1 => new IcebergType.List(nextId(), type, true),
        2 => new IcebergType.Map(nextId(), IcebergTypes.String, nextId(), type, false),
        3 => new IcebergType.Struct([new NestedField(nextId(), "inner", type, false)]),
        _ => type,
    };
}
