using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.DuckDb;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;

namespace Arctic.UnitTests.DuckDb;

/// <summary>Batch plans by DuckDB, by our own operators and, for the laws that matter, by hand.</summary>
public sealed class DuckBatchExecutorTests
{
    private static readonly RowSchema Schema = new(
        new Field("k", DataTypes.Int), new Field("i", DataTypes.Int), new Field("l", DataTypes.BigInt), new Field("d", DataTypes.Decimal(10, 2)), new Field("w", DataTypes.Decimal(38, 2)),
        new Field("s", DataTypes.String), new Field("f", DataTypes.Double), new Field("b", DataTypes.Boolean), new Field("t", DataTypes.Timestamp(3)), new Field("y", DataTypes.TinyInt));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task DuckDb_and_the_operators_give_the_same_rows(int seed)
    {
        var random = new Random(seed);
        var tables = new Tables { ["t"] = RandomRows(random, 300), ["u"] = RandomRows(random, 200), ["e"] = [] };

        Assert.Equal("DuckDB", Executor(tables, BatchEngine.DuckDbWhereProven).Explain(Plans().First())[..6]);
        foreach (var plan in Plans())
        {
            var duck = await RunAsync(tables, plan, BatchEngine.DuckDbWhereProven);
            var own = await RunAsync(tables, plan, BatchEngine.Operators);
            Assert.True(duck.SequenceEqual(own), $"seed {seed}\n{plan}\n{Executor(tables, BatchEngine.DuckDbWhereProven).Explain(plan)}\nDuckDB:\n{string.Join('\n', duck.Take(20))}\noperators:\n{string.Join('\n', own.Take(20))}");
        }
    }

    [Fact]
    public async Task Integer_sums_wrap_and_averages_truncate()
    {
        var tables = new Tables { ["t"] = [Row(k: 1, i: int.MaxValue, l: long.MaxValue, y: 127), Row(k: 1, i: 2, l: 3, y: 2), Row(k: 1, i: null), Row(k: 2, i: -5, l: -5, y: -5), Row(k: 2, i: -2, l: 0, y: 0), Row(k: 3)] };
        var plan = Aggregate(Scan("t"), [0], Call(AggregateKind.Sum, 1, DataTypes.Int), Call(AggregateKind.Sum, 2, DataTypes.BigInt), Call(AggregateKind.Sum, 9, DataTypes.TinyInt), Call(AggregateKind.Avg, 1, DataTypes.Int), Call(AggregateKind.Count, 1, DataTypes.BigInt), Call(AggregateKind.Sum0, 1, DataTypes.Int));

        var rows = await RunAsync(tables, plan, BatchEngine.DuckDbWhereProven);

        Assert.Equal(["1|-2147483647|-9223372036854775806|-127|1073741824|2|-2147483647", "2|-7|-5|-5|-3|2|-7", "3|NULL|NULL|NULL|NULL|0|0"], rows);
    }

    [Fact]
    public async Task Decimal_sums_are_exact_and_null_beyond_38_digits()
    {
        var most = Int128.Parse("99999999999999999999999999999999999999");
        var tables = new Tables
        {
            ["t"] = [Row(k: 1, w: most), Row(k: 1, w: 1), Row(k: 2, w: most), Row(k: 2, w: most), Row(k: 2, w: -most), Row(k: 3, d: 100), Row(k: 3, d: 200), Row(k: 3, d: 201), Row(k: 4, w: most), Row(k: 4, w: most), Row(k: 4, w: most), Row(k: 4, w: most)],
        };
        var plan = Aggregate(Scan("t"), [0], Call(AggregateKind.Sum, 4, DataTypes.Decimal(38, 2)), Call(AggregateKind.Avg, 3, DataTypes.Decimal(38, 6)));

        var rows = await RunAsync(tables, plan, BatchEngine.DuckDbWhereProven);

        Assert.Equal(["1|NULL|NULL", $"2|{most}|NULL", "3|NULL|1670000", "4|NULL|NULL"], rows);
    }

    [Fact]
    public async Task Global_aggregate_of_nothing_is_one_row()
    {
        var plan = Aggregate(Scan("e"), [], Call(AggregateKind.Count, null, DataTypes.BigInt), Call(AggregateKind.Sum, 1, DataTypes.Int), Call(AggregateKind.Sum0, 1, DataTypes.Int));

        foreach (var engine in Enum.GetValues<BatchEngine>())
        {
            Assert.Equal(["0|NULL|0"], await RunAsync(new Tables { ["e"] = [] }, plan, engine));
        }
    }

    [Fact]
    public async Task Null_keys_group_together_but_do_not_join()
    {
        var tables = new Tables { ["t"] = [Row(k: null, i: 1), Row(k: null, i: 2), Row(k: 1, i: 3)], ["u"] = [Row(k: null, i: 4), Row(k: 1, i: 5)] };

        var groups = await RunAsync(tables, Aggregate(Scan("t"), [0], Call(AggregateKind.Count, null, DataTypes.BigInt)), BatchEngine.DuckDbWhereProven);
        var pairs = await RunAsync(tables, Project(Join(JoinKind.LeftOuter, null, new JoinKey(0, 0)), 0, 1, Schema.Count + 1), BatchEngine.DuckDbWhereProven);

        Assert.Equal(["1|1", "NULL|2"], groups);
        Assert.Equal(["1|3|5", "NULL|1|NULL", "NULL|2|NULL"], pairs);
    }

    [Fact]
    public async Task Order_by_keeps_its_order_with_nulls_where_they_are_asked_for()
    {
        var tables = new Tables { ["t"] = [Row(k: 2), Row(k: null), Row(k: 3), Row(k: 1)] };

        var ascending = await RowsAsync(tables, Project(new LogicalPlan.Sort(Scan("t"), [new SortKey(0, false, true)]), 0));
        var descending = await RowsAsync(tables, Project(new LogicalPlan.Limit(new LogicalPlan.Sort(Scan("t"), [new SortKey(0, true, false)]), 1, 2), 0));

        Assert.Equal(["NULL", "1", "2", "3"], ascending);
        Assert.Equal(["2", "1"], descending);
    }

    [Fact]
    public async Task Scan_project_filter_limit_never_opens_DuckDb()
    {
        var tables = new Tables { ["t"] = RandomRows(new Random(5), 50) };
        LogicalPlan plan = new LogicalPlan.Limit(Project(new LogicalPlan.Filter(Scan("t"), Column(7)), 0, 1), 2, 5);

        var rows = await RowsAsync(tables, plan);
        var explained = Executor(tables, BatchEngine.DuckDbWhereProven).Explain(plan);

        Assert.Equal(tables["t"].Where(r => r[7] is true).Skip(2).Take(5).Select(r => TestRows.Text([r[0], r[1]])), rows);
        Assert.DoesNotContain("DuckDB", explained);
    }

    [Fact]
    public async Task Limit_stops_reading()
    {
        var tables = new Tables { ["t"] = RandomRows(new Random(5), 50) };

        await RowsAsync(tables, new LogicalPlan.Limit(Scan("t"), 0, 3));

        Assert.Equal(1, tables.BatchesRead);
    }

    [Fact]
    public async Task Values_and_a_select_without_from()
    {
        var one = Literal(1);
        LogicalPlan values = new LogicalPlan.Values([[one, new Expression.Literal("a", DataTypes.String)], [new Expression.Literal(null, DataTypes.Int), new Expression.Literal("b", DataTypes.String)]], new RowSchema(new Field("x", DataTypes.Int), new Field("y", DataTypes.String)));
        LogicalPlan single = new LogicalPlan.Project(LogicalPlan.Values.SingleRow, [one], new RowSchema(new Field("x", DataTypes.Int)));

        Assert.Equal(["1|a", "NULL|b"], await RowsAsync([], values));
        Assert.Equal(["1"], await RowsAsync([], single));
        Assert.Equal(["1"], await RowsAsync([], Aggregate(LogicalPlan.Values.SingleRow, [], Call(AggregateKind.Count, null, DataTypes.BigInt))));
    }

    [Fact]
    public async Task Changelog_rows_are_refused_where_they_would_be_counted_wrongly()
    {
        var tables = new Tables { ["t"] = [Row(k: 1)], Kinds = [RowKind.Delete] };

        var error = await Assert.ThrowsAsync<ArcticException>(() => RowsAsync(tables, Aggregate(Scan("t"), [0])));

        Assert.Equal(ErrorCodes.Unsupported, error.Code);
        Assert.Contains("streaming", error.Hint);
    }

    private static IEnumerable<LogicalPlan> Plans()
    {
        AggregateCall[] calls =
        [
            Call(AggregateKind.Count, null, DataTypes.BigInt.AsNotNull()), Call(AggregateKind.Count, 5, DataTypes.BigInt.AsNotNull()), Call(AggregateKind.Count, 1, DataTypes.BigInt.AsNotNull()) with { IsDistinct = true },
            Call(AggregateKind.Sum, 1, DataTypes.Int), Call(AggregateKind.Sum, 2, DataTypes.BigInt), Call(AggregateKind.Sum, 9, DataTypes.TinyInt), Call(AggregateKind.Sum, 3, DataTypes.Decimal(38, 2)), Call(AggregateKind.Sum, 4, DataTypes.Decimal(38, 2)),
            Call(AggregateKind.Sum, 1, DataTypes.Int) with { IsDistinct = true }, Call(AggregateKind.Sum, 4, DataTypes.Decimal(38, 2)) with { IsDistinct = true, FilterIndex = 7 },
            Call(AggregateKind.Avg, 1, DataTypes.Int), Call(AggregateKind.Avg, 2, DataTypes.BigInt), Call(AggregateKind.Avg, 3, DataTypes.Decimal(38, 6)), Call(AggregateKind.Avg, 4, DataTypes.Decimal(38, 6)),
            Call(AggregateKind.Min, 5, DataTypes.String), Call(AggregateKind.Max, 5, DataTypes.String), Call(AggregateKind.Min, 6, DataTypes.Double), Call(AggregateKind.Max, 6, DataTypes.Double), Call(AggregateKind.Min, 7, DataTypes.Boolean),
            Call(AggregateKind.Max, 8, DataTypes.Timestamp(3)), Call(AggregateKind.Min, 4, DataTypes.Decimal(38, 2)), Call(AggregateKind.Max, 9, DataTypes.TinyInt) with { FilterIndex = 7 },
        ];
        foreach (var table in new[] { "t", "e" })
        {
            yield return Aggregate(Scan(table), [0], calls);
            yield return Aggregate(Scan(table), [], calls);
            yield return Aggregate(Scan(table), [5, 7], calls[0]);
            yield return Aggregate(Scan(table), [6]);
        }

        foreach (var kind in Enum.GetValues<JoinKind>())
        {
            yield return Join(kind, null, new JoinKey(0, 0));
            yield return Join(kind, null, new JoinKey(0, 0, NullsMatch: true), new JoinKey(7, 7));
            yield return Join(kind, null, new JoinKey(6, 6), new JoinKey(5, 5));
            yield return Join(kind, Column(Schema.Count + 7), new JoinKey(0, 0));
            yield return Join(kind, Column(7));
        }

        foreach (var kind in Enum.GetValues<SetOperationKind>())
        {
            yield return new LogicalPlan.SetOperation(Project(Scan("t"), 0, 5), Project(Scan("u"), 0, 5), kind, false, Schema.Project([0, 5]));
        }

        // Relations within relations, with and without our kernels between them.
        var sums = Aggregate(Scan("t"), [0], Call(AggregateKind.Sum, 1, DataTypes.Int), Call(AggregateKind.Count, null, DataTypes.BigInt));
        yield return Aggregate(Project(sums, 1), [0], Call(AggregateKind.Count, null, DataTypes.BigInt));
        yield return Aggregate(Project(Join(JoinKind.Inner, null, new JoinKey(0, 0)), 0, 1, Schema.Count + 1), [0], Call(AggregateKind.Sum, 2, DataTypes.Int), Call(AggregateKind.Max, 1, DataTypes.Int));
        yield return new LogicalPlan.TopN(Aggregate(Scan("t"), [1], Call(AggregateKind.Count, null, DataTypes.BigInt)), [new SortKey(1, true, false), new SortKey(0, false, true)], 1, 7);
        yield return new LogicalPlan.Join(sums, sums, JoinKind.Inner, [new JoinKey(0, 0)], null, Both(sums.Schema, sums.Schema));
        yield return Aggregate(new LogicalPlan.Union([Scan("t"), Scan("u"), Scan("t")], Schema), [0], Call(AggregateKind.Count, null, DataTypes.BigInt));
        yield return Aggregate(Project(Scan("t")), [], Call(AggregateKind.Count, null, DataTypes.BigInt));
    }

    private static async Task<List<string>> RunAsync(Tables tables, LogicalPlan plan, BatchEngine engine)
    {
        var rows = await TestRows.ReadAsync(Executor(tables, engine).ExecuteAsync(plan, CancellationToken.None));
        return rows.Select(TestRows.Text).Order(StringComparer.Ordinal).ToList();
    }

    private static async Task<List<string>> RowsAsync(Tables tables, LogicalPlan plan) =>
        (await TestRows.ReadAsync(Executor(tables, BatchEngine.DuckDbWhereProven).ExecuteAsync(plan, CancellationToken.None))).Select(TestRows.Text).ToList();

    private static DuckBatchExecutor Executor(Tables tables, BatchEngine engine) => new(new DuckDbOptions { Threads = 2, MemoryBytesMax = 256 << 20 }, tables, EvaluationSettings.Default) { Engine = engine };

    private static LogicalPlan.Scan Scan(string table) => new(
        new TableDefinition
        {
            Path = new ObjectPath("c", "d", table),
            Columns = Schema.Fields.Select(TableColumn (f) => new TableColumn.Physical(f.Name, f.Type)).ToEquatableList(),
        },
        Enumerable.Range(0, Schema.Count).ToEquatableList(), null, TableOptions.Empty);

    private static AggregateCall Call(AggregateKind kind, int? argument, DataType type) => new(kind, argument is { } a ? [a] : [], false, null, type);

    private static LogicalPlan.Aggregate Aggregate(LogicalPlan input, EquatableList<int> keys, params AggregateCall[] calls) =>
        new(input, keys, new(calls), new RowSchema(keys.Select(k => input.Schema[k]).Concat(calls.Select((c, i) => new Field($"a{i}", c.Type)))));

    private static LogicalPlan.Join Join(JoinKind kind, Expression? residual, params JoinKey[] keys) =>
        new(Scan("t"), Scan("u"), kind, new(keys), residual, kind is JoinKind.LeftSemi or JoinKind.LeftAnti ? Schema : Both(Schema, Schema));

    private static RowSchema Both(RowSchema left, RowSchema right) => new(left.Fields.Concat(right.Fields));

    private static LogicalPlan.Project Project(LogicalPlan input, params int[] columns) =>
        new(input, columns.Select(Expression (c) => new Expression.ColumnReference(c, input.Schema[c].Name, input.Schema[c].Type)).ToEquatableList(), input.Schema.Project(columns));

    private static Expression Column(int index) => new Expression.ColumnReference(index, "b", DataTypes.Boolean);

    private static Expression Literal(int value) => new Expression.Literal(value, DataTypes.Int);

    private static object?[] Row(int? k = null, int? i = null, long? l = null, Int128? d = null, Int128? w = null, string? s = null, double? f = null, bool? b = null, long? t = null, int? y = null) =>
        [k, i, l, d, w, s, f, b, t, y is { } tiny ? (sbyte)tiny : null];

    private static List<object?[]> RandomRows(Random random, int count)
    {
        double[] doubles = [0.0, -0.0, double.NaN, 1.5, -1.5, double.PositiveInfinity];
        Int128[] wide = [0, 1, -1, Int128.Parse("12345678901234567890123456789012345678"), Int128.Parse("99999999999999999999999999999999999999"), -Int128.Parse("99999999999999999999999999999999999999"), 10];
        T? OrNull<T>(T value) where T : struct => random.Next(6) == 0 ? null : value;
        return Enumerable.Range(0, count).Select(_ => Row(
            OrNull(random.Next(20)), OrNull(random.Next(4) == 0 ? int.MaxValue : random.Next(-9, 9)), OrNull(random.Next(4) == 0 ? long.MaxValue : random.Next(-9, 9)), OrNull((Int128)random.Next(-99999, 99999)),
            OrNull(wide[random.Next(wide.Length)]), random.Next(6) == 0 ? null : random.Next(2) == 0 ? $"s{random.Next(5)}" : $"a rather long text {random.Next(5)}", OrNull(doubles[random.Next(doubles.Length)]),
            OrNull(random.Next(2) == 0), OrNull((long)random.Next(1000)), OrNull(random.Next(-128, 128)))).ToList();
    }

    private sealed class Tables : Dictionary<string, List<object?[]>>, IBatchScanProvider
    {
        public int BatchesRead { get; private set; }

        public IReadOnlyList<RowKind>? Kinds { get; init; }

        public async IAsyncEnumerable<ChangeBatch> ReadAsync(LogicalPlan.Scan scan, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var chunk in this[scan.Table.Path.Name].Chunk(37))
            {
                await Task.Yield();
                BatchesRead++;
                yield return TestRows.Batch(Schema, chunk, Kinds);
            }
        }
    }
}
