using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Storage.Formats;

public sealed class CsvTests
{
    private static readonly RowSchema Pair = Schema(("a", DataTypes.Int), ("b", DataTypes.String));

    [Fact]
    public void Quoted_cells_hold_delimiters_line_feeds_and_quotes()
    {
        var decoded = Decoder("csv", Pair).Decode("1,\"a,b\"\r\n2,\"two\nlines\"\n\"3\",\"say \"\"hi\"\"\"\n4,plain \"quote\"\n5,\"\"\n");

        Assert.Equal(
            ["""{"a":1,"b":"a,b"}""", """{"a":2,"b":"two\nlines"}""", """{"a":3,"b":"say \"hi\""}""", """{"a":4,"b":"plain \"quote\""}""", """{"a":5,"b":""}"""],
            decoded.Rows());
        Assert.Equal(6, decoded.LineCount);
    }

    [Fact]
    public void Options_change_the_characters()
    {
        var decoder = Decoder(
            "csv", Pair, ("csv.field-delimiter", ";"), ("csv.quote-character", "'"), ("csv.escape-character", "\\"), ("csv.null-literal", "\\N"), ("csv.allow-comments", "true"));

        var decoded = decoder.Decode("# comment, with 'a quote\n1;'a;b'\n2;a\\;b\n3;'it\\'s'\n4;\"\n");

        Assert.Equal(["""{"a":1,"b":"a;b"}""", """{"a":2,"b":"a;b"}""", """{"a":3,"b":"it's"}""", """{"a":4,"b":"\""}"""], decoded.Rows());
        Assert.Equal(["""{"a":1,"b":"\"x\""}"""], Decoder("csv", Pair, ("csv.disable-quote-character", "true")).Decode("1,\"x\"\n").Rows());
        Assert.Equal(["""{"a":null,"b":null}"""], Decoder("csv", Pair, ("csv.null-literal", "null")).Decode("null,null\n").Rows());
    }

    [Theory]
    [InlineData("1\n", "line 2 of 'test.txt': it has 1 columns where the table has 2: '1'.")]
    [InlineData("1,a,\n", "line 2 of 'test.txt': it has 3 columns where the table has 2: '1,a,'.")]
    [InlineData("1,\"a\"b\n", "line 2 of 'test.txt': 'b\n0,last\n' stands behind a closing quote, where a delimiter belongs.")]
    [InlineData("x,a\n", "line 2 of 'test.txt': column 'a' of type INT has 'x'.")]
    public void A_bad_line_fails_with_its_number_or_is_skipped_and_counted(string line, string reason)
    {
        var text = $"7,first\n{line}0,last\n";

        var error = Assert.Throws<ArcticException>(() => Decoder("csv", Pair).Decode(text));
        var skipped = Decoder("csv", Pair, ("csv.ignore-parse-errors", "true")).Decode(text);

        Assert.Equal(ErrorCodes.InvalidInput, error.Code);
        Assert.Equal($"Cannot read {reason} Correct the line, or set 'csv.ignore-parse-errors' = 'true' to skip and count such lines.", error.Message);
        Assert.Equal(["""{"a":7,"b":"first"}""", """{"a":0,"b":"last"}"""], skipped.Rows());
        Assert.Equal(1, skipped.SkippedCount);
        Assert.Equal(3, skipped.LineCount);
    }

    [Fact]
    public void A_quote_that_is_never_closed_is_a_bad_line()
    {
        var decoded = Decoder("csv", Pair, ("csv.ignore-parse-errors", "true")).Decode("1,a\n2,\"open\n3,c\n");

        Assert.Equal(["""{"a":1,"b":"a"}"""], decoded.Rows());
        Assert.Equal(1, decoded.SkippedCount);
        Assert.Equal(3, decoded.LineCount);
        Assert.Contains("a quote is never closed", decoded.SkippedReasons.Single());
    }

    [Fact]
    public void Line_numbers_count_the_line_feeds_in_cells()
    {
        var error = Assert.Throws<ArcticException>(() => Decoder("csv", Pair).Decode("1,\"x\ny\nz\"\n\nq,b\n"));

        Assert.Contains("line 5 of", error.Message);
    }

    [Theory]
    [InlineData("1,a\n2,b", 4)]
    [InlineData("1,\"a\nb\"\n2,", 8)]
    [InlineData("1,\"a\nb", 0)]
    [InlineData("1,\"a\"\"\n\"\n2,\"x\n", 9)]
    [InlineData("1,a\"b\n2,c\n3", 10)]
    [InlineData("", 0)]
    public void Records_end_at_line_feeds_outside_quotes(string text, int end)
    {
        Assert.Equal(end, Decoder("csv", Pair).FindRecordsEnd(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void What_is_written_reads_back_however_it_is_cut()
    {
        var schema = Schema(
            ("i", DataTypes.Int), ("s", DataTypes.String), ("d", DataTypes.Double), ("x", DataTypes.Decimal(12, 3)), ("t", DataTypes.Timestamp(6)), ("z", DataTypes.TimestampLtz(3)),
            ("b", DataTypes.Boolean), ("y", DataTypes.Bytes), ("day", DataTypes.Date), ("time", DataTypes.Time(6)));
        var options = new CsvOptions { NullLiteral = "NULL" };
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            using var batch = RandomRows(schema, random, 40);
            var text = Encode(new CsvRowEncoder(schema, RowKindOutput.None, options, "table 't'"), batch);

            var decoder = new CsvDecoder(schema, options, "table 't'");
            var rows = new List<string>();
            var pending = Encoding.UTF8.GetBytes(text);
            while (pending.Length > 0)
            {
                // Any cut will do: what is no whole record waits for more.
                var cut = random.Next(1, pending.Length + 1);
                var end = decoder.FindRecordsEnd(pending.AsSpan(0, cut));
                rows.AddRange(decoder.Decode(pending[..end], Origin).Rows());
                pending = end == 0 && cut == pending.Length ? throw new InvalidOperationException($"No record ends in: {text}") : pending[end..];
            }

            Assert.True(Rows(batch).SequenceEqual(rows), $"seed {seed}:\n{text}");
        }
    }

    [Fact]
    public void The_header_names_the_columns_and_op_where_rows_have_kinds()
    {
        var schema = Schema(("op", DataTypes.String), ("a,b", DataTypes.Int));
        var encoder = new CsvRowEncoder(schema, RowKindOutput.Op, new CsvOptions(), "the output");
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        encoder.EncodeHeader(output);

        Assert.Equal("op,op_1,\"a,b\"\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void An_empty_text_is_told_from_null()
    {
        var text = new BytesColumnBuilder(DataTypes.String);
        text.AppendNull();
        text.Append("");
        text.Append("x");
        using var batch = new ChangeBatch(Schema(("s", DataTypes.String)), [text.Build()], 3, new[] { RowKind.Insert, RowKind.Delete, RowKind.UpdateAfter });

        Assert.Equal("+I,\n-D,\"\"\n+U,x\n", Encode(new CsvRowEncoder(batch.Schema, RowKindOutput.Op, new CsvOptions(), "the output"), batch));
    }

    private static ChangeBatch RandomRows(RowSchema schema, Random random, int count)
    {
        string[] texts = ["", "plain", "with,comma", "with \"quotes\"", "\"", "two\nlines", "cr\r\nlf", "NULL", "ünï", " blanks ", "#x"];
        var builders = schema.Fields.Select(f => ColumnBuilder.Create(f.Type)).ToArray();
        for (var row = 0; row < count; row++)
        {
            foreach (var builder in builders)
            {
                if (random.Next(8) == 0)
                {
                    builder.AppendNull();
                    continue;
                }

                switch (builder)
                {
                    case FixedColumnBuilder<int> b:
                        b.Append(builder.Type is DataType.Date ? random.Next(-700_000, 2_900_000) : random.Next(int.MinValue, int.MaxValue));
                        break;
                    case FixedColumnBuilder<long> b:
                        b.Append(builder.Type switch
                        {
                            DataType.Time => random.NextInt64(86_400_000_000),
                            DataType.TimestampLtz => random.NextInt64(-60_000_000_000_000, 250_000_000_000_000) * 1000,
                            _ => random.NextInt64(-60_000_000_000_000_000, 250_000_000_000_000_000),
                        });
                        break;
                    case FixedColumnBuilder<double> b:
                        b.Append(BitConverter.Int64BitsToDouble(random.NextInt64()));
                        break;
                    case FixedColumnBuilder<Int128> b:
                        b.Append(random.NextInt64(-999_999_999_999, 1_000_000_000_000));
                        break;
                    case BooleanColumnBuilder b:
                        b.Append(random.Next(2) == 0);
                        break;
                    case BytesColumnBuilder b when builder.Type is DataType.VarBinary:
                        var bytes = new byte[random.Next(1, 20)];
                        random.NextBytes(bytes);
                        b.Append(bytes);
                        break;
                    case BytesColumnBuilder b:
                        // The null literal itself is the one text that cannot be told from NULL.
                        b.Append(texts[random.Next(texts.Length)].Replace("NULL", "null", StringComparison.Ordinal));
                        break;
                }
            }
        }

        return new ChangeBatch(schema, builders.Select(b => b.Build()).ToArray(), count);
    }
}
