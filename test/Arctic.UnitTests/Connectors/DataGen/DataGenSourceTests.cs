using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.UnitTests.Conformance;
using Microsoft.Extensions.Time.Testing;
using static Arctic.UnitTests.Connectors.TestTables;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Connectors.DataGen;

public sealed class DataGenSourceTests : SourceConformance
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sequences_count_and_end_the_table()
    {
        var schema = Schema(("i", DataTypes.TinyInt), ("d", DataTypes.Decimal(6, 2)), ("f", DataTypes.Double), ("s", DataTypes.String));
        var source = Create(
            schema,
            ("fields.i.kind", "sequence"), ("fields.i.start", "5"), ("fields.i.end", "7"),
            ("fields.d.kind", "sequence"), ("fields.d.start", "-1"), ("fields.d.end", "100"),
            ("fields.f.kind", "sequence"), ("fields.f.start", "1"), ("fields.f.end", "100"),
            ("fields.s.kind", "sequence"), ("fields.s.start", "99"), ("fields.s.end", "1000"));

        Assert.True(source.IsBounded);
        Assert.Equal(["""{"i":5,"d":-1.00,"f":1,"s":"99"}""", """{"i":6,"d":0.00,"f":2,"s":"100"}""", """{"i":7,"d":1.00,"f":3,"s":"101"}"""], await RowsAsync(source));
    }

    [Fact]
    public async Task Random_values_keep_to_their_bounds_and_differ()
    {
        var schema = Schema(
            ("b", DataTypes.Boolean), ("t", DataTypes.TinyInt), ("i", DataTypes.Int), ("l", DataTypes.BigInt), ("d", DataTypes.Double), ("x", DataTypes.Decimal(38, 0)),
            ("s", DataTypes.String), ("v", new DataType.VarChar(7)), ("a", new DataType.Array(DataTypes.Int)), ("r", new DataType.Row([new Field("n", DataTypes.Int)])));
        var source = Create(
            schema,
            ("number-of-rows", "2000"), ("rows-per-second", "1000000000"), ("fields.i.min", "-3"), ("fields.i.max", "3"), ("fields.d.min", "1"), ("fields.d.max", "2"),
            ("fields.s.length", "5"), ("fields.s.var-len", "true"), ("fields.a.length", "2"), ("fields.a.element.min", "0"), ("fields.a.element.max", "9"),
            ("fields.r.n.min", "7"), ("fields.r.n.max", "8"));

        var rows = (await RowsAsync(source)).Select(r => JsonDocument.Parse(r).RootElement).ToList();

        Assert.Equal(2000, rows.Count);
        Assert.Equal(["-1", "-2", "-3", "0", "1", "2", "3"], rows.Select(r => r.GetProperty("i").GetRawText()).Distinct().Order(StringComparer.Ordinal));
        Assert.InRange(rows.Count(r => r.GetProperty("b").GetBoolean()), 900, 1100);
        Assert.InRange(rows.Select(r => r.GetProperty("t").GetSByte()).Distinct().Count(), 250, 256);
        Assert.Equal(2000, rows.Select(r => r.GetProperty("l").GetInt64()).Distinct().Count());
        Assert.All(rows, r => Assert.InRange(r.GetProperty("d").GetDouble(), 1, 2));
        Assert.Equal(2000, rows.Select(r => r.GetProperty("x").GetRawText()).Distinct().Count());
        Assert.Equal([1, 2, 3, 4, 5], rows.Select(r => r.GetProperty("s").GetString()!.Length).Distinct().Order());
        Assert.All(rows, r => Assert.Equal(7, r.GetProperty("v").GetString()!.Length));
        Assert.All(rows, r => Assert.Equal(2, r.GetProperty("a").GetArrayLength()));
        Assert.InRange(rows.SelectMany(r => r.GetProperty("a").EnumerateArray()).Count(e => e.GetInt32() == 0), 300, 500);
        Assert.All(rows, r => Assert.InRange(r.GetProperty("r").GetProperty("n").GetInt32(), 7, 8));
    }

    [Fact]
    public async Task Another_seed_gives_other_rows()
    {
        var schema = Schema(("l", DataTypes.BigInt));

        var first = await RowsAsync(Create(schema, ("number-of-rows", "10"), ("seed", "1")));
        var second = await RowsAsync(Create(schema, ("number-of-rows", "10"), ("seed", "2")));

        Assert.Empty(first.Intersect(second));
    }

    [Fact]
    public async Task A_share_of_the_values_is_null()
    {
        var source = Create(Schema(("i", DataTypes.Int), ("s", DataTypes.String)), ("number-of-rows", "10000"), ("rows-per-second", "1e9"), ("fields.i.null-rate", "0.25"), ("fields.s.null-rate", "1"));

        var rows = await RowsAsync(source);

        Assert.InRange(rows.Count(r => r.Contains("\"i\":null", StringComparison.Ordinal)), 2300, 2700);
        Assert.All(rows, r => Assert.Contains("\"s\":null", r));
    }

    [Fact]
    public async Task Times_are_now_or_up_to_a_span_before()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2022, 7, 1, 12, 34, 56, 789, TimeSpan.Zero));
        var schema = Schema(
            ("d", DataTypes.Date), ("t", DataTypes.Time(0)), ("n", DataTypes.Timestamp(3)), ("z", DataTypes.TimestampLtz(9)), ("p", DataTypes.Timestamp(6)));
        var source = Source(Table(schema, time: time, options: [("connector", "datagen"), ("number-of-rows", "100"), ("fields.p.max-past", "10 s")]));

        var rows = await RowsAsync(source);

        Assert.All(rows, r => Assert.StartsWith(
            """{"d":"2022-07-01","t":"12:34:56","n":"2022-07-01T12:34:56.789","z":"2022-07-01T12:34:56.789000000Z","p":"2022-07-01T12:34:""", r));
        Assert.True(rows.Distinct().Count() > 90);
    }

    [Fact]
    public async Task The_rate_bounds_the_rows_that_time_has_given()
    {
        var time = new FakeTimeProvider();
        var source = Source(Table(Schema(("i", DataTypes.Int)), time: time, options: [("connector", "datagen"), ("rows-per-second", "100")]));
        await using var driver = new SourceDriver(source, time: time);

        Assert.False(source.IsBounded);
        (await driver.ReadAsync(Token))!.Dispose();
        var next = driver.ReadAsync(Token).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        using var batch = await next;
        Assert.Equal(5, batch!.RowCount);
    }

    [Theory]
    [InlineData("fields.nothing.min", "1", "'fields.nothing.min' name no column")]
    [InlineData("fields.i.mim", "1", "'fields.i.mim' name no column")]
    [InlineData("row-per-second", "1", "row-per-second")]
    [InlineData("rows-per-second", "0", "'rows-per-second' of table 'shop.t' is 0")]
    [InlineData("number-of-rows", "-1", "'number-of-rows' of table 'shop.t' is -1")]
    [InlineData("fields.i.min", "x", "'x' is no number of type INT")]
    [InlineData("fields.i.min", "2147483648", "'2147483648' is no number of type INT")]
    [InlineData("fields.i.max", "-2147483648", null)]
    [InlineData("fields.i.kind", "sequence", "a sequence needs both 'start' and 'end'")]
    [InlineData("fields.i.null-rate", "1.5", "'null-rate' is 1.5")]
    [InlineData("fields.v.length", "8", "'length' is 8, but its type is VARCHAR(7)")]
    public void Options_are_checked_when_the_table_is_planned(string key, string value, string? message)
    {
        void Plan() => Create(Schema(("i", DataTypes.Int), ("v", new DataType.VarChar(7))), (key, value));

        if (message is null)
        {
            Plan();
            return;
        }

        var error = Assert.Throws<ArcticException>(Plan);
        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void A_misspelt_column_option_gets_a_suggestion()
    {
        var error = Assert.Throws<ArcticException>(() => Create(Schema(("i", DataTypes.Int)), ("fields.i.mim", "1")));

        Assert.Equal("Did you mean 'fields.i.min'?", error.Hint);
    }

    protected override ISource CreateSource() => Create(
        Schema(("id", DataTypes.BigInt), ("n", DataTypes.Int), ("s", DataTypes.String)),
        ("fields.id.kind", "sequence"), ("fields.id.start", "1"), ("fields.id.end", "50003"), ("fields.n.null-rate", "0.1"), ("fields.s.length", "3"),
        ("rows-per-second", "1000000000"), ("scan.parallelism", "2"));

    private static ISource Create(RowSchema schema, params (string Key, string Value)[] options) => Source(Table(schema, options: [("connector", "datagen"), .. options]));

    private static async Task<List<string>> RowsAsync(ISource source)
    {
        await using var driver = new SourceDriver(source);
        return await driver.ReadRowsAsync(Token);
    }
}
