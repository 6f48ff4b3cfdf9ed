using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Storage.Formats;

public sealed class ChangelogCsvDecoderTests
{
    private static readonly RowSchema Users = Schema(("id", DataTypes.Int), ("name", DataTypes.String), ("op_time", DataTypes.String));

    [Fact]
    public void Every_kind_of_change_is_read()
    {
        var decoder = Decoder("changelog-csv", Users);

        var decoded = decoder.Decode("INSERT|1|eric|2022-07-01 12:32:00\nUPDATE_BEFORE|1|eric|x\nUPDATE_AFTER|1|éric|y\nDELETE|1|éric|y\n+I|2|a|b\n-U|2|a|b\n+U|2|a|b\n-D|2|a|b\n");

        Assert.Equal(
            [
                """{"op":"+I","id":1,"name":"eric","op_time":"2022-07-01 12:32:00"}""",
                """{"op":"-U","id":1,"name":"eric","op_time":"x"}""",
                """{"op":"+U","id":1,"name":"éric","op_time":"y"}""",
                """{"op":"-D","id":1,"name":"éric","op_time":"y"}""",
                """{"op":"+I","id":2,"name":"a","op_time":"b"}""",
                """{"op":"-U","id":2,"name":"a","op_time":"b"}""",
                """{"op":"+U","id":2,"name":"a","op_time":"b"}""",
                """{"op":"-D","id":2,"name":"a","op_time":"b"}""",
            ],
            decoded.Rows());
        Assert.Equal(8, decoded.LineCount);
    }

    [Fact]
    public void Lines_may_end_with_carriage_returns_or_not_at_all_and_blank_ones_are_no_rows()
    {
        var decoded = Decoder("changelog-csv", Users).Decode("\r\nINSERT|1|a|b\r\n\nINSERT|2|c|d");

        Assert.Equal(["""{"op":"+I","id":1,"name":"a","op_time":"b"}""", """{"op":"+I","id":2,"name":"c","op_time":"d"}"""], decoded.Rows());
        Assert.Equal(4, decoded.LineCount);
    }

    [Fact]
    public void Empty_cells_are_empty_texts_and_null_numbers()
    {
        var decoded = Decoder("changelog-csv", Users).Decode("INSERT|||\n");

        Assert.Equal(["""{"op":"+I","id":null,"name":"","op_time":""}"""], decoded.Rows());
    }

    [Fact]
    public void The_delimiter_and_the_null_literal_are_options()
    {
        var decoder = Decoder("changelog-csv", Users, ("changelog-csv.column-delimiter", "\\t"), ("changelog-csv.null-literal", "~"));

        Assert.Equal(["""{"op":"-D","id":null,"name":null,"op_time":"a|b"}"""], decoder.Decode("DELETE\t~\t~\ta|b\n").Rows());
    }

    [Theory]
    [InlineData("UPSERT|1|a|b", "line 7 of 'test.txt': 'UPSERT' is no kind of change; a line starts with INSERT, UPDATE_BEFORE, UPDATE_AFTER or DELETE, then '|'.")]
    [InlineData("insert|1|a|b", "line 7 of 'test.txt': 'insert' is no kind of change; a line starts with INSERT, UPDATE_BEFORE, UPDATE_AFTER or DELETE, then '|'.")]
    [InlineData("INSERT", "line 7 of 'test.txt': it has 0 columns behind its kind where the table has 3: 'INSERT'.")]
    [InlineData("INSERT|1|a", "line 7 of 'test.txt': it has 2 columns behind its kind where the table has 3: 'INSERT|1|a'.")]
    [InlineData("INSERT|1|a|b|c", "line 7 of 'test.txt': it has 4 columns behind its kind where the table has 3: 'INSERT|1|a|b|c'.")]
    [InlineData("INSERT|one|a|b", "line 7 of 'test.txt': column 'id' of type INT has 'one'.")]
    [InlineData("INSERT|2147483648|a|b", "line 7 of 'test.txt': column 'id' of type INT has '2147483648'.")]
    public void A_bad_line_fails_with_its_number_or_is_skipped_and_counted(string line, string reason)
    {
        var text = $"INSERT|1|a|b\n{line}\nINSERT|2|c|d\n";
        var origin = Origin with { FirstLine = 6 };

        var error = Assert.Throws<ArcticException>(() => Decoder("changelog-csv", Users).Decode(System.Text.Encoding.UTF8.GetBytes(text), origin));
        var skipped = Decoder("changelog-csv", Users, ("changelog-csv.ignore-parse-errors", "true")).Decode(System.Text.Encoding.UTF8.GetBytes(text), origin);

        Assert.Equal(ErrorCodes.InvalidInput, error.Code);
        Assert.Equal($"Cannot read {reason} Correct the line, or set 'changelog-csv.ignore-parse-errors' = 'true' to skip and count such lines.", error.Message);
        Assert.Equal(1, skipped.SkippedCount);
        Assert.Equal([reason], skipped.SkippedReasons);
        Assert.Equal(["""{"op":"+I","id":1,"name":"a","op_time":"b"}""", """{"op":"+I","id":2,"name":"c","op_time":"d"}"""], skipped.Rows());
    }

    [Fact]
    public void The_first_bad_line_is_reported_whatever_is_wrong_with_it()
    {
        var error = Assert.Throws<ArcticException>(() => Decoder("changelog-csv", Users).Decode("INSERT|x|a|b\nWRONG|1|a|b\n"));

        Assert.Contains("line 1 of", error.Message);
    }

    [Fact]
    public void A_missing_value_of_a_not_null_column_is_a_bad_line()
    {
        var decoder = Decoder("changelog-csv", Schema(("id", DataTypes.Int.AsNotNull())));

        var error = Assert.Throws<ArcticException>(() => decoder.Decode("INSERT|\n"));

        Assert.Contains("column 'id' of type INT NOT NULL has ''", error.Message);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_a_bad_line()
    {
        var decoder = Decoder("changelog-csv", Users, ("changelog-csv.ignore-parse-errors", "true"));

        var decoded = decoder.Decode([.. "INSERT|1|"u8, 0xC3, 0x28, .. "|x\nINSERT|2|ü|y\n"u8], Origin);

        Assert.Equal(["""{"op":"+I","id":2,"name":"ü","op_time":"y"}"""], decoded.Rows());
        Assert.Equal(1, decoded.SkippedCount);
    }

    [Fact]
    public void A_decoder_keeps_no_rows_from_call_to_call()
    {
        var decoder = Decoder("changelog-csv", Users, ("changelog-csv.ignore-parse-errors", "true"));

        decoder.Decode("INSERT|x|a|b\nINSERT|1|a|b\n");
        var second = decoder.Decode("INSERT|2|c|d\n");

        Assert.Equal(["""{"op":"+I","id":2,"name":"c","op_time":"d"}"""], second.Rows());
        Assert.Equal(0, second.SkippedCount);
    }

    [Fact]
    public void A_nested_type_is_refused_when_the_table_is_planned()
    {
        var error = Assert.Throws<ArcticException>(() => Decoder("changelog-csv", Schema(("a", new DataType.Array(DataTypes.Int)))));

        Assert.Equal(ErrorCodes.Unsupported, error.Code);
        Assert.Contains("'a' of type ARRAY<INT>", error.Message);
    }

    [Theory]
    [InlineData("||")]
    [InlineData("")]
    [InlineData("é")]
    [InlineData("\n")]
    public void A_delimiter_is_one_ascii_character(string delimiter)
    {
        var error = Assert.Throws<ArcticException>(() => Decoder("changelog-csv", Users, ("changelog-csv.column-delimiter", delimiter)));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains("changelog-csv.column-delimiter", error.Message);
    }

    [Fact]
    public void An_unknown_format_is_refused_with_a_suggestion()
    {
        var error = Assert.Throws<ArcticException>(() => Decoder("changelog-cvs", Users));

        Assert.Equal("Unknown format 'changelog-cvs' for table 't'. Available formats: csv, changelog-csv, json.", error.Message);
        Assert.Equal("Did you mean 'changelog-csv'?", error.Hint);
    }
}
