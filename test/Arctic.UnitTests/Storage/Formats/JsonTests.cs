using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Storage.Formats;

public sealed class JsonTests
{
    private static readonly RowSchema Pair = Schema(("a", DataTypes.Int), ("b", DataTypes.String));

    [Fact]
    public void Fields_are_found_by_name_in_any_order()
    {
        var decoded = Decoder("json", Pair).Decode("""
            {"a":1,"b":"x"}
            {"b":"y","other":{"deep":[1,2,{"a":9}]},"a":2}

            {"a":"3"}
            {"b":null,"a":null}
            {}
            """);

        Assert.Equal(
            ["""{"a":1,"b":"x"}""", """{"a":2,"b":"y"}""", """{"a":3,"b":null}""", """{"a":null,"b":null}""", """{"a":null,"b":null}"""],
            decoded.Rows());
        Assert.Equal(6, decoded.LineCount);
    }

    [Fact]
    public void Escapes_are_resolved_and_written_again()
    {
        var decoded = Decoder("json", Schema(("a\"b", DataTypes.String), ("c", DataTypes.String))).Decode("""{"a\u0022b":"\u00fc\n\t\"\\\/\ud83d\ude00\u0001","c":"tail"}""");

        Assert.Equal(["""{"a\"b":"ü\n\t\"\\/😀\u0001","c":"tail"}"""], decoded.Rows());
    }

    [Theory]
    [InlineData("1", "\"1\"")]
    [InlineData("1.50", "\"1.50\"")]
    [InlineData("true", "\"true\"")]
    [InlineData("[1, 2]", "\"[1, 2]\"")]
    [InlineData("{\"x\":1}", "\"{\\\"x\\\":1}\"")]
    public void Any_value_can_be_read_as_text(string json, string expected)
    {
        Assert.Equal(expected, Cell("json", DataTypes.String, json));
    }

    [Fact]
    public void Scalars_are_numbers_or_texts()
    {
        Assert.Equal("1.50", Cell("json", DataTypes.Decimal(5, 2), "1.5"));
        Assert.Equal("1.50", Cell("json", DataTypes.Decimal(5, 2), "\"1.5\""));
        Assert.Equal("1E-05", Cell("json", DataTypes.Double, "1e-5"));
        Assert.Equal("true", Cell("json", DataTypes.Boolean, "true"));
        Assert.Equal("true", Cell("json", DataTypes.Boolean, "\"true\""));
        Assert.Null(Cell("json", DataTypes.Boolean, "1"));
        Assert.Null(Cell("json", DataTypes.Int, "1.5"));
        Assert.Null(Cell("json", DataTypes.Int, "\"\""));
        Assert.Null(Cell("json", DataTypes.Int, "[1]"));
        Assert.Equal("\"hex:6869\"", Cell("json", DataTypes.Bytes, "\"aGk=\""));
    }

    [Fact]
    public void Timestamps_have_the_standard_that_the_option_names()
    {
        (string, string) iso = ("json.timestamp-format.standard", "ISO-8601");

        Assert.Equal("\"2022-07-01T12:32:00.500\"", Cell("json", DataTypes.Timestamp(3), "\"2022-07-01 12:32:00.5\""));
        Assert.Null(Cell("json", DataTypes.Timestamp(3), "\"2022-07-01T12:32:00.5\""));
        Assert.Equal("\"2022-07-01T12:32:00.500\"", Cell("json", DataTypes.Timestamp(3), "\"2022-07-01T12:32:00.5\"", iso));
        Assert.Equal("\"2022-07-01T12:32:00.500Z\"", Cell("json", DataTypes.TimestampLtz(3), "\"2022-07-01T12:32:00.5Z\"", iso));
    }

    [Fact]
    public void Nested_values_are_read_and_written()
    {
        var schema = Schema(
            ("l", new DataType.Array(DataTypes.Int)),
            ("m", new DataType.Map(DataTypes.String, new DataType.Array(DataTypes.Date))),
            ("r", new DataType.Row([new Field("x", DataTypes.Boolean), new Field("y", new DataType.Row([new Field("z", DataTypes.String)]))])));

        var decoded = Decoder("json", schema).Decode("""
            {"l":[1,null,3],"m":{"k":["2022-07-01"],"\u00e9":null},"r":{"y":{"z":"deep","more":1},"x":true}}
            {"l":[],"m":{},"r":{}}
            {"l":null,"m":null,"r":null}
            """);

        Assert.Equal(
            [
                """{"l":[1,null,3],"m":[["k",["2022-07-01"]],["é",null]],"r":{"x":true,"y":{"z":"deep"}}}""",
                """{"l":[],"m":[],"r":{"x":null,"y":null}}""",
                """{"l":null,"m":null,"r":null}""",
            ],
            decoded.Rows());
    }

    [Theory]
    [InlineData("{\"l\":[1,\"x\"],\"r\":{\"y\":2},\"end\":1}")]
    [InlineData("{\"l\":[[1]],\"r\":{\"y\":2},\"end\":1}")]
    [InlineData("{\"l\":\"[1]\",\"r\":{\"y\":2},\"end\":1}")]
    [InlineData("{\"l\":[1],\"r\":{\"y\":\"x\"},\"end\":1}")]
    [InlineData("{\"l\":[1],\"r\":{},\"end\":1}")]
    [InlineData("{\"l\":[1],\"r\":[],\"end\":1}")]
    [InlineData("{\"l\":[1],\"r\":7,\"end\":1}")]
    [InlineData("{\"l\":null,\"r\":{\"y\":2},\"end\":1}")]
    public void A_bad_value_deep_inside_makes_the_line_bad_and_no_other(string line)
    {
        var schema = Schema(
            ("l", new DataType.Array(DataTypes.Int).AsNotNull()), ("r", new DataType.Row([new Field("y", DataTypes.Int.AsNotNull())])), ("end", DataTypes.Int));
        var decoder = Decoder("json", schema, ("json.ignore-parse-errors", "true"));

        var decoded = decoder.Decode($"{{\"l\":[7],\"r\":{{\"y\":8}},\"end\":0}}\n{line}\n{{\"l\":[9,10],\"r\":null,\"end\":2}}\n");

        Assert.Equal(["""{"l":[7],"r":{"y":8},"end":0}""", """{"l":[9,10],"r":null,"end":2}"""], decoded.Rows());
        Assert.Equal(1, decoded.SkippedCount);
    }

    [Theory]
    [InlineData("not json", "it is no JSON object")]
    [InlineData("[1]", "it is no JSON object")]
    [InlineData("{\"a\":1", "it is no JSON object")]
    [InlineData("{\"a\":1} {\"a\":2}", "it is no JSON object")]
    [InlineData("{\"a\":1,\"a\":2}", "field 'a' occurs twice")]
    [InlineData("{\"a\":1.5}", "column 'a' of type INT has '1.5'")]
    public void A_bad_line_fails_with_its_number_or_is_skipped_and_counted(string line, string reason)
    {
        var text = $"{{\"a\":1}}\n{line}\n{{\"a\":2}}\n";

        var error = Assert.Throws<ArcticException>(() => Decoder("json", Pair).Decode(text));
        var skipped = Decoder("json", Pair, ("json.ignore-parse-errors", "true")).Decode(text);

        Assert.Equal(ErrorCodes.InvalidInput, error.Code);
        Assert.StartsWith($"Cannot read line 2 of 'test.txt': {reason}", error.Message);
        Assert.Equal(["""{"a":1,"b":null}""", """{"a":2,"b":null}"""], skipped.Rows());
        Assert.Equal(1, skipped.SkippedCount);
    }

    [Fact]
    public void A_missing_field_can_be_an_error()
    {
        var error = Assert.Throws<ArcticException>(() => Decoder("json", Pair, ("json.fail-on-missing-field", "true")).Decode("{\"a\":1}"));

        Assert.Contains("field 'b' is missing", error.Message);
    }

    [Fact]
    public void A_row_has_its_kind_first_and_a_column_of_that_name_gives_way()
    {
        var schema = Schema(("op", DataTypes.Int), ("op_1", DataTypes.Int));
        using var batch = new ChangeBatch(
            schema,
            [new FixedColumn<int>(DataTypes.Int, [1, 2, 3]), new ConstantColumn(new FixedColumn<int>(DataTypes.Int, [7]), 3)],
            3,
            new[] { RowKind.Insert, RowKind.UpdateBefore, RowKind.UpdateAfter },
            new[] { 1, 2 });

        Assert.Equal(
            "{\"op\":\"-U\",\"op_2\":2,\"op_1\":7}\n{\"op\":\"+U\",\"op_2\":3,\"op_1\":7}\n",
            Encode(new JsonRowEncoder(schema, RowKindOutput.Op), batch));
        Assert.Equal("{\"op\":2,\"op_1\":7}\n{\"op\":3,\"op_1\":7}\n", Encode(new JsonRowEncoder(schema, RowKindOutput.None), batch));
    }

    [Fact]
    public void A_batch_without_columns_has_empty_objects()
    {
        using var batch = new ChangeBatch(RowSchema.Empty, [], 2);

        Assert.Equal("{}\n{}\n", Encode(new JsonRowEncoder(RowSchema.Empty, RowKindOutput.None), batch));
        Assert.Equal("{\"op\":\"+I\"}\n{\"op\":\"+I\"}\n", Encode(new JsonRowEncoder(RowSchema.Empty, RowKindOutput.Op), batch));
    }

    [Fact]
    public void Nulls_without_a_type_and_sliced_columns_are_written()
    {
        using var batch = new ChangeBatch(
            Schema(("n", DataTypes.Null), ("s", DataTypes.String)),
            [new NullColumn(3), new BytesColumn(DataTypes.String, [0, 1, 3, 6], "abbccc"u8.ToArray(), new Bitmap(new byte[] { 0b101 }, 0))],
            3);
        using var slice = batch.Slice(1, 2);

        Assert.Equal("{\"n\":null,\"s\":null}\n{\"n\":null,\"s\":\"ccc\"}\n", Encode(new JsonRowEncoder(batch.Schema, RowKindOutput.None), slice));
    }
}
