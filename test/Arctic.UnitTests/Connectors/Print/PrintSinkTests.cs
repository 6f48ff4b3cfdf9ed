using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Connectors;
using Arctic.Dataflow.Connectors;
using Arctic.UnitTests.Storage.Formats;
using static Arctic.UnitTests.Connectors.TestTables;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Connectors.Print;

public sealed class PrintSinkTests
{
    private static readonly RowSchema Users = Schema(("id", DataTypes.Int), ("name", DataTypes.String));

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData(null, 1, "+I[1, eric]\n-D[2, null]\n")]
    [InlineData(null, 3, "2> +I[1, eric]\n2> -D[2, null]\n")]
    [InlineData("users", 1, "users> +I[1, eric]\nusers> -D[2, null]\n")]
    [InlineData("users", 3, "users:2> +I[1, eric]\nusers:2> -D[2, null]\n")]
    public async Task A_row_is_a_line_with_identifier_and_task(string? identifier, int parallelism, string expected)
    {
        (string, string)[] options = identifier is null ? [] : [("print-identifier", identifier)];
        var batch = TestRows.Batch(Users, [[1, "eric"], [9, "left out"], [2, null]], [RowKind.Insert, RowKind.Insert, RowKind.Delete]);

        await WriteAsync(Sink(Users, options), batch.WithSelection(new[] { 0, 2 }), parallelism, subtask: parallelism == 1 ? 0 : 1);

        Assert.Equal(expected, _output.ToString());
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task Lines_may_go_to_the_standard_error()
    {
        await WriteAsync(Sink(Users, ("standard-error", "true")), TestRows.Batch(Users, [[1, "a"]], [RowKind.UpdateAfter]));

        Assert.Equal("", _output.ToString());
        Assert.Equal("+U[1, a]\n", _error.ToString());
    }

    [Fact]
    public async Task Values_are_printed_as_java_prints_them()
    {
        var schema = Schema(
            ("bo", DataTypes.Boolean), ("ti", DataTypes.TinyInt), ("bi", DataTypes.BigInt), ("fl", DataTypes.Float), ("d1", DataTypes.Double), ("d2", DataTypes.Double),
            ("de", DataTypes.Decimal(10, 2)), ("ds", DataTypes.Decimal(20, 10)), ("da", DataTypes.Date), ("t1", DataTypes.Time(0)), ("t2", DataTypes.Time(3)),
            ("n1", DataTypes.Timestamp(6)), ("n2", DataTypes.Timestamp(6)), ("n3", DataTypes.Timestamp(9)), ("z1", DataTypes.TimestampLtz(3)), ("z2", DataTypes.TimestampLtz(3)),
            ("by", DataTypes.Bytes), ("ar", new DataType.Array(DataTypes.Int)), ("ma", new DataType.Map(DataTypes.String, DataTypes.Int)),
            ("ro", new DataType.Row([new Field("x", DataTypes.Int), new Field("y", DataTypes.String)])));
        var line = """
            {"bo":true,"ti":-1,"bi":9223372036854775807,"fl":1.5,"d1":10000000,"d2":0.1,"de":1.5,"ds":0.0000000012,"da":"2022-07-01","t1":"12:32:00","t2":"12:32:01.5","n1":"2022-07-01 12:32:00","n2":"2022-07-01 12:32:01.5","n3":"2022-07-01 12:32:00.000000001","z1":"2022-07-01 12:32:00Z","z2":"2022-07-01 12:32:00.25Z","by":"aP8=","ar":[1,null],"ma":{"k":1,"l":null},"ro":{"x":1,"y":"z"}}
            """;

        await WriteAsync(Sink(schema), Decoder("json", schema).Decode(line).Batch!);

        Assert.Equal(
            "+I[true, -1, 9223372036854775807, 1.5, 1.0E7, 0.1, 1.50, 1.2E-9, 2022-07-01, 12:32, 12:32:01.500, 2022-07-01T12:32, 2022-07-01T12:32:01.500, "
            + "2022-07-01T12:32:00.000000001, 2022-07-01T12:32:00Z, 2022-07-01T12:32:00.250Z, [104, -1], [1, null], {k=1, l=null}, +I[1, z]]\n",
            _output.ToString());
    }

    [Theory]
    [InlineData(0, 10, "0E-10")]
    [InlineData(-12, 10, "-1.2E-9")]
    [InlineData(1, 6, "0.000001")]
    [InlineData(1, 7, "1E-7")]
    [InlineData(0, 2, "0.00")]
    [InlineData(123456, 3, "123.456")]
    public async Task Tiny_decimals_are_printed_as_java_prints_them(int unscaled, int scale, string expected)
    {
        var schema = Schema(("d", DataTypes.Decimal(20, scale)));

        await WriteAsync(Sink(schema), new ChangeBatch(schema, [new FixedColumn<Int128>(schema[0].Type, [unscaled])], 1));

        Assert.Equal($"+I[{expected}]\n", _output.ToString());
    }

    [Fact]
    public void The_parallelism_is_an_option()
    {
        Assert.Equal(2, Sink(Users, ("sink.parallelism", "2")).Parallelism);
        Assert.Null(Sink(Users).Parallelism);
        Assert.Throws<ArcticException>(() => Sink(Users, ("sink.parallelism", "0")));
    }

    [Fact]
    public void An_unknown_option_is_refused_with_the_nearest_one()
    {
        var error = Assert.Throws<ArcticException>(() => Sink(Users, ("print-identifer", "x")));

        Assert.Equal("Unsupported options found for table 'shop.t': 'print-identifer'.", error.Message);
        Assert.Equal("Did you mean 'print-identifier'?", error.Hint);
    }

    [Fact]
    public async Task A_blackhole_takes_everything_over()
    {
        var table = Table(Users, options: [("connector", "blackhole")]);
        var sink = BuiltInConnectors.Create(_output, _error).FindSink("blackhole", "table 't'").CreateSink(table);
        var batch = TestRows.Batch(Users, [[1, "a"]], [RowKind.Delete]);

        await WriteAsync(sink, batch);

        Assert.Throws<ObjectDisposedException>(() => batch.Retain());
        Assert.Equal(ChangelogMode.All, sink.ChangelogMode);
        Assert.Null(sink.CreateCommitter(SinkContext()));
    }

    private static async Task WriteAsync(ISink sink, ChangeBatch batch, int parallelism = 1, int subtask = 0)
    {
        await using var writer = sink.CreateWriter(SinkContext(parallelism, subtask));
        await writer.WriteAsync(batch, TestContext.Current.CancellationToken);
        Assert.Null(await writer.PrepareCommitAsync(new CheckpointId(1), TestContext.Current.CancellationToken));
    }

    private ISink Sink(RowSchema schema, params (string Key, string Value)[] options) =>
        BuiltInConnectors.Create(_output, _error).FindSink("print", "table 't'").CreateSink(Table(schema, options: [("connector", "print"), .. options]));
}
