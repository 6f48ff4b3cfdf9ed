using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Dataflow.Connectors;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;
using Arctic.Sql.Optimizing;

namespace Arctic.UnitTests.Sql.Changelog;

public sealed class ChangelogInferenceTests
{
    private const string Tables = """
        CREATE TABLE appended (id INT, k STRING, n INT) WITH ('connector' = 'socket');
        CREATE TABLE upserted (id INT, k STRING, n INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert');
        CREATE TABLE changed (id INT, k STRING, n INT) WITH ('connector' = 'cdc');
        CREATE TABLE unkeyed (k STRING, n BIGINT) WITH ('connector' = 'append-sink');
        CREATE TABLE keyed (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert-sink');
        CREATE TABLE anything (k STRING, n BIGINT) WITH ('connector' = 'retract-sink')
        """;

    [Theory]
    [InlineData("SELECT id FROM appended WHERE n > 1", "Calc: I | TableSourceScan: I")]
    [InlineData("SELECT k, COUNT(*) FROM appended GROUP BY k", "GroupAggregate: I,UB,UA | TableSourceScan: I")]
    [InlineData("SELECT k, COUNT(*) FROM changed GROUP BY k", "GroupAggregate: I,UB,UA,D | TableSourceScan: I,UB,UA,D")]
    [InlineData("SELECT c, COUNT(*) FROM (SELECT k, COUNT(*) AS c FROM appended GROUP BY k) GROUP BY c", "GroupAggregate: I,UB,UA,D | Calc: I,UB,UA | GroupAggregate: I,UB,UA | TableSourceScan: I")]
    [InlineData("INSERT INTO keyed SELECT k, COUNT(*) FROM appended GROUP BY k", "Calc: I,UA | GroupAggregate: I,UA | TableSourceScan: I")]
    [InlineData("INSERT INTO anything SELECT k, COUNT(*) FROM appended GROUP BY k", "Calc: I,UB,UA | GroupAggregate: I,UB,UA | TableSourceScan: I")]
    [InlineData("SELECT a.id FROM appended a LEFT JOIN changed b ON a.id = b.id", "Calc: I,UB,UA,D | Join: I,UB,UA,D | TableSourceScan: I | TableSourceScan: I,UB,UA,D")]
    [InlineData("SELECT a.id FROM appended a JOIN appended b ON a.id = b.id", "Calc: I | Join: I | TableSourceScan: I | TableSourceScan: I")]
    [InlineData("SELECT id FROM appended ORDER BY n LIMIT 3", "Calc: I,UB,UA,D | SortLimit: I,UB,UA,D | TableSourceScan: I")]
    [InlineData("SELECT * FROM upserted", "TableSourceScan: I,UB,UA,D")]
    public async Task Changes_of_every_node(string sql, string expected)
    {
        var plan = await OptimizeAsync(sql);

        var changes = new ChangelogInference(new NamedTraits()).Infer(plan);

        Assert.Equal(expected, string.Join(" | ", Nodes(plan).Where(n => n is not LogicalPlan.Sink).Select(n => $"{PlanPrinter.Node(n).Split('(')[0]}: {Letters(changes.ModeOf(n))}")));
    }

    [Fact]
    public async Task Updates_into_a_table_without_key_are_refused_in_flinks_words()
    {
        var plan = await OptimizeAsync("INSERT INTO unkeyed SELECT k, COUNT(*) AS n FROM appended GROUP BY k");

        var error = Assert.Throws<ArcticException>(() => new ChangelogInference(new NamedTraits()).Infer(plan));

        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.StartsWith(
            "Table sink 'default_catalog.default_database.unkeyed' doesn't support consuming update changes which is produced by node GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deletes_are_named_beside_updates()
    {
        var plan = await OptimizeAsync("INSERT INTO unkeyed SELECT k, CAST(n AS BIGINT) FROM changed");

        var error = Assert.Throws<ArcticException>(() => new ChangelogInference(new NamedTraits()).Infer(plan));

        Assert.Contains("consuming update and delete changes which is produced by node TableSourceScan(", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_sort_is_refused()
    {
        var plan = await OptimizeAsync("SELECT id FROM appended ORDER BY n");

        var error = Assert.Throws<ArcticException>(() => new ChangelogInference(new NamedTraits()).Infer(plan));

        Assert.Equal("Sort on a non-time-attribute field is not supported.", error.Message);
    }

    [Fact]
    public async Task Batch_refuses_endless_sources()
    {
        var plan = await OptimizeAsync("SELECT id FROM appended");

        var error = Assert.Throws<ArcticException>(() => ChangelogInference.CheckBatch(plan, new NamedTraits()));

        Assert.StartsWith("Querying an unbounded table 'default_catalog.default_database.appended' in batch mode is not allowed.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT id, k FROM upserted", "[0]")]
    [InlineData("SELECT n, CAST(id AS BIGINT) FROM upserted", "[1]")]
    [InlineData("SELECT n FROM upserted", "")]
    [InlineData("SELECT n, k, COUNT(*) FROM appended GROUP BY n, k", "[0, 1]")]
    [InlineData("SELECT a.id, b.id FROM upserted a JOIN upserted b ON a.n = b.n", "[0, 1]")]
    [InlineData("SELECT a.id, b.k FROM upserted a LEFT JOIN upserted b ON a.n = b.id", "[0]")]
    public async Task Keys_of_results(string sql, string expected)
    {
        var plan = await OptimizeAsync(sql);

        var changes = new ChangelogInference(new NamedTraits()).Infer(plan);

        Assert.Equal(expected, string.Join(" ", changes.UpsertKeysOf(plan)));
    }

    private static async Task<LogicalPlan> OptimizeAsync(string sql)
    {
        var bench = await new SqlBench().DefineAsync(Tables);
        return new Optimizer(EvaluationSettings.Default).Optimize(await bench.PlanAsync(sql));
    }

    private static IEnumerable<LogicalPlan> Nodes(LogicalPlan plan) => plan.Inputs.SelectMany(Nodes).Prepend(plan);

    private static string Letters(ChangelogMode mode) => string.Join(
        ',',
        new[] { (ChangelogMode.Insert, "I"), (ChangelogMode.UpdateBefore, "UB"), (ChangelogMode.UpdateAfter, "UA"), (ChangelogMode.Delete, "D") }.Where(k => mode.HasFlag(k.Item1)).Select(k => k.Item2));

    // The connector's name says what it does.
    private sealed class NamedTraits : IConnectorTraits
    {
        public bool IsBounded(LogicalPlan.Scan scan) => false;

        public ChangelogMode SourceMode(LogicalPlan.Scan scan) => scan.Table.Connector switch
        {
            "upsert" => ChangelogMode.Upsert,
            "cdc" => ChangelogMode.All,
            _ => ChangelogMode.Insert,
        };

        public ChangelogMode SinkMode(LogicalPlan.Sink sink) => sink.Table.Connector switch
        {
            "upsert-sink" => ChangelogMode.Upsert,
            "retract-sink" => ChangelogMode.All,
            _ => ChangelogMode.Insert,
        };
    }
}
