using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.DuckDb;
using Arctic.Sql.Catalog;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;
using Arctic.Sql.Physical;
using Arctic.UnitTests.Dataflow.Harness;
using Arctic.UnitTests.Dataflow.Operators;

namespace Arctic.UnitTests.Sql.Physical;

public sealed class PhysicalPlannerTests
{
    private static readonly RowSchema Schema = new(
        new Field("k", DataTypes.Int.AsNotNull()), new Field("i", DataTypes.Int), new Field("s", DataTypes.String), new Field("b", DataTypes.Boolean));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    public async Task Streaming_over_changes_and_batch_over_what_is_left_agree(int seed, int parallelism)
    {
        foreach (var plan in Plans())
        {
            var random = new Random(seed);
            var tables = new Tables(random);

            var streamed = await StreamAsync(tables, plan, parallelism);
            var batch = await TestRows.ReadAsync(new DuckBatchExecutor(new DuckDbOptions { MemoryBytesMax = 64 << 20 }, tables, EvaluationSettings.Default).ExecuteAsync(plan, CancellationToken.None));

            Assert.Equal(batch.Select(TestRows.Text).Order(StringComparer.Ordinal), OperatorHarness.Materialize(streamed, $"seed {seed}\n{plan}"));
        }
    }

    [Fact]
    public void Keyed_steps_stand_behind_an_exchange_and_the_rest_is_chained()
    {
        var plan = Project(Aggregate(new LogicalPlan.Filter(Scan("t"), Column(3)), [2], Call(AggregateKind.Count, null, DataTypes.BigInt.AsNotNull())), 1);

        var graph = Planner(new Tables(new Random(1)), 4).PlanQuery(plan, new ResultSink(plan.Schema));

        Assert.Equal([4, 4, 1], graph.Vertices.Select(v => v.Parallelism));
        Assert.Equal(
            """
            0: TableSourceScan(table=[[c, d, t]], fields=[k, i, s, b]) -> Calc(select=[k, i, s, b], where=[b]) <- []
            1: GroupAggregate(groupBy=[s], select=[s, COUNT(*) AS a0]) -> Calc(select=[a0]) <- [0 hash[s]]
            2: Results <- [1 rebalance]
            """, graph.Fingerprint, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Fingerprint_does_not_hang_on_the_parallelism()
    {
        foreach (var plan in Plans())
        {
            var prints = new[] { 1, 4 }.Select(p => Planner(new Tables(new Random(1)), p).PlanQuery(plan, new ResultSink(plan.Schema)).Fingerprint).ToList();
            Assert.Equal(prints[0], prints[1]);
        }
    }

    [Fact]
    public void Sinks_partitioner_asks_for_an_exchange_and_the_sink_id_names_job_and_table()
    {
        var tables = new Tables(new Random(1)) { Sink = new CollectingSink(Schema) { Partitioner = new Arctic.Dataflow.Operators.Keyed.KeyGroupPartitioner(Schema, [0], 128), Parallelism = 2 } };

        var graph = Planner(tables, 4).PlanInserts("my job", [Insert(Scan("t"))]);

        Assert.Equal("hash[k]", graph.Edges.Single().Exchange.Description);
        Assert.Equal(2, graph.Vertices[1].Parallelism);
        Assert.Equal("my job/c.d.target", graph.Vertices[1].SinkId);
    }

    [Fact]
    public void Append_only_sink_refuses_updates_as_Flink_does()
    {
        var tables = new Tables(new Random(1)) { Sink = new CollectingSink(Schema) { ChangelogMode = ChangelogMode.Insert } };
        var aggregate = Aggregate(Scan("t"), [0], Call(AggregateKind.Count, null, DataTypes.BigInt));

        var error = Assert.Throws<ArcticException>(() => Planner(tables, 1).PlanInserts("job", [Insert(aggregate)]));

        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Equal(
            "Table sink 'c.d.target' doesn't support consuming update and delete changes which is produced by node GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS a0])", error.Message);
    }

    [Fact]
    public async Task Upsert_source_is_normalized_by_its_key_also_when_the_key_is_not_read()
    {
        var tables = new Tables(new Random(4)) { SourceMode = ChangelogMode.Upsert };
        var plan = Aggregate(Scan("t", 1, 2), [1], Call(AggregateKind.Sum, 0, DataTypes.Int));

        var streamed = await StreamAsync(tables, plan, 2);

        var expected = tables.Newest().GroupBy(r => (string?)r[2]).Select(g => TestRows.Text([g.Key, g.Any(r => r[1] is not null) ? g.Sum(r => (int?)r[1]) : null])).Order(StringComparer.Ordinal);
        Assert.Equal(expected, OperatorHarness.Materialize(streamed, "upsert"));
    }

    [Theory]
    [InlineData("key", false)]
    [InlineData("key, filtered by it", false)]
    [InlineData("key, filtered by another column", true)]
    [InlineData("another key", true)]
    [InlineData("no key that the rows keep", true)]
    public void Upsert_source_is_normalized_only_where_an_upsert_sink_needs_the_row_before(string sinkKey, bool isNormalized)
    {
        var tables = new Tables(new Random(1)) { SourceMode = ChangelogMode.Upsert, Sink = new CollectingSink(Schema) { ChangelogMode = ChangelogMode.Upsert } };
        LogicalPlan query = sinkKey switch
        {
            "key, filtered by it" => new LogicalPlan.Filter(Scan("t"), Compare(0)),
            "key, filtered by another column" => new LogicalPlan.Filter(Scan("t"), Compare(1)),
            "no key that the rows keep" => Project(Scan("t"), 1, 1, 2, 3),
            _ => Scan("t"),
        };
        var insert = new LogicalPlan.Sink(query, Table("target") with { PrimaryKey = sinkKey == "another key" ? ["i"] : ["k"] }, TableOptions.Empty, InsertMode.Into);

        var graph = Planner(tables, 2).PlanInserts("job", [insert]);

        Assert.Equal(isNormalized, graph.Fingerprint.Contains("ChangelogNormalize", StringComparison.Ordinal));
        Assert.Equal(isNormalized, graph.Fingerprint.Contains("UpdateBeforeToDelete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Aggregate_leaves_out_the_row_before_an_update_where_the_sink_knows_it_by_its_key()
    {
        var sink = new CollectingSink(Schema) { ChangelogMode = ChangelogMode.Upsert };
        var tables = new Tables(new Random(1)) { Sink = sink };
        var counts = Aggregate(Scan("t"), [0], Call(AggregateKind.Max, 1, DataTypes.Int), Call(AggregateKind.Max, 2, DataTypes.String), Call(AggregateKind.FirstValue, 3, DataTypes.Boolean));

        var graph = Planner(tables, 2).PlanInserts("job", [Insert(counts)]);
        await RunAsync(graph);

        Assert.DoesNotContain("UpdateBeforeToDelete", graph.Fingerprint, StringComparison.Ordinal);
        Assert.NotEmpty(sink.Rows);
        Assert.DoesNotContain(RowKind.UpdateBefore, sink.Kinds);
    }

    [Fact]
    public async Task Null_for_a_not_null_column_fails_the_job_or_is_dropped()
    {
        var sink = new CollectingSink(Schema);
        var tables = new Tables(new Random(1)) { Sink = sink };
        LogicalPlan values = new LogicalPlan.Values(
            [[Literal(null), Literal(1), Text("a"), new Expression.Literal(true, DataTypes.Boolean)], [Literal(2), Literal(2), Text("b"), new Expression.Literal(null, DataTypes.Boolean)]],
            new RowSchema(Schema.Fields.Select(f => f with { Type = f.Type.AsNullable() })));

        var failing = await Assert.ThrowsAsync<ArcticException>(() => RunAsync(Planner(tables, 1).PlanInserts("a", [Insert(values)])));
        sink.Rows.Clear();
        await RunAsync(Planner(tables, 1, NotNullEnforcement.Drop).PlanInserts("b", [Insert(values)]));

        Assert.Contains("Column 'k' is NOT NULL, however, a null value is being written into it.", failing.Message);
        Assert.Equal(["2|2|b|NULL"], sink.Rows);
    }

    [Fact]
    public async Task Batch_query_is_written_by_a_job()
    {
        var sink = new CollectingSink(Schema);
        var tables = new Tables(new Random(1)) { Sink = sink };
        var insert = Insert(new LogicalPlan.Sort(Scan("t"), [new SortKey(0, false, true), new SortKey(1, false, true), new SortKey(2, false, true), new SortKey(3, false, true)]));
        var executor = new DuckBatchExecutor(new DuckDbOptions { MemoryBytesMax = 64 << 20 }, tables, EvaluationSettings.Default);

        await RunAsync(Planner(tables, 1).PlanInserts("job", [insert], plan => BatchQuerySource.Create(executor, plan.Input)));

        Assert.Equal(tables.Final("t").Select(TestRows.Text).Order(StringComparer.Ordinal), sink.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Unbounded_sort_is_refused_with_a_hint()
    {
        var tables = new Tables(new Random(1)) { IsBounded = false };

        var error = Assert.Throws<ArcticException>(() => Planner(tables, 1).PlanQuery(new LogicalPlan.Sort(Scan("t"), [new SortKey(0, false, true)]), new ResultSink(Schema)));

        Assert.Equal("Sort on a non-time-attribute field is not supported.", error.Message);
    }

    private static IEnumerable<LogicalPlan> Plans()
    {
        var counts = Aggregate(Scan("t"), [2], Call(AggregateKind.Count, null, DataTypes.BigInt.AsNotNull()), Call(AggregateKind.Sum, 1, DataTypes.Int), Call(AggregateKind.Min, 1, DataTypes.Int), Call(AggregateKind.Count, 1, DataTypes.BigInt.AsNotNull()) with { IsDistinct = true, FilterIndex = 3 });
        yield return Scan("t");
        yield return Project(new LogicalPlan.Filter(Scan("t"), Column(3)), 2, 0);
        yield return counts;
        yield return Aggregate(counts, [1], Call(AggregateKind.Count, null, DataTypes.BigInt.AsNotNull()));
        yield return Aggregate(Scan("t"), [], Call(AggregateKind.Max, 2, DataTypes.String), Call(AggregateKind.Avg, 1, DataTypes.Int));
        yield return Aggregate(Project(Scan("t"), 0, 2), [0, 1]);
        foreach (var kind in Enum.GetValues<JoinKind>())
        {
            yield return Join(Scan("t"), Scan("u"), kind, new JoinKey(0, 0));
        }

        yield return Join(counts, Project(Scan("u"), 2, 0), JoinKind.LeftOuter, new JoinKey(0, 0));
        yield return Join(Project(Scan("t"), 0), Project(Scan("u"), 1), JoinKind.Inner);
        yield return new LogicalPlan.TopN(counts, [new SortKey(1, true, false), new SortKey(0, false, true)], 1, 3);
        yield return new LogicalPlan.Limit(new LogicalPlan.Sort(Project(Scan("t"), 0, 1), [new SortKey(0, true, false), new SortKey(1, false, true)]), 0, 4);
        yield return new LogicalPlan.Sort(Project(Scan("t"), 0, 1), [new SortKey(0, true, false), new SortKey(1, false, true)]);
        yield return new LogicalPlan.Union([Scan("t"), Scan("u")], Schema);
        yield return new LogicalPlan.SetOperation(Project(Scan("t"), 0), Project(Scan("u"), 0), SetOperationKind.Intersect, false, Schema.Project([0]));
        yield return new LogicalPlan.SetOperation(Project(Scan("t"), 0), Project(Scan("u"), 0), SetOperationKind.Except, false, Schema.Project([0]));
        yield return new LogicalPlan.Values([[Literal(1), Text("x")], [Literal(null), Text("y")]], new RowSchema(new Field("a", DataTypes.Int), new Field("b", DataTypes.String)));
    }

    private static async Task<List<(RowKind, object?[])>> StreamAsync(Tables tables, LogicalPlan plan, int parallelism)
    {
        var sink = new ResultSink(plan.Schema);
        var graph = Planner(tables, parallelism).PlanQuery(plan, sink);
        await using var running = await new TestJobs().StartAsync(graph, recovery: JobRecovery.None);
        var changes = new List<(RowKind, object?[])>();
        await foreach (var batch in sink.ReadAsync(running.Job, CancellationToken.None))
        {
            changes.AddRange(TestRows.Changes(batch));
        }

        return changes;
    }

    private static async Task RunAsync(JobGraph graph)
    {
        await using var running = await new TestJobs().StartAsync(graph, recovery: JobRecovery.None);
        await running.Job.Completion.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static PhysicalPlanner Planner(Tables tables, int parallelism, NotNullEnforcement notNull = NotNullEnforcement.Error) =>
        new(tables, new JobOptions { DefaultParallelism = parallelism }, EvaluationSettings.Default, new MemoryBudget("state", 64 << 20), notNull);

    private static TableDefinition Table(string name) => new()
    {
        Path = new ObjectPath("c", "d", name),
        Columns = Schema.Fields.Select(TableColumn (f) => new TableColumn.Physical(f.Name, f.Type)).ToEquatableList(),
        PrimaryKey = ["k"],
    };

    private static LogicalPlan.Scan Scan(string table) => Scan(table, 0, 1, 2, 3);

    private static LogicalPlan.Scan Scan(string table, params int[] columns) => new(Table(table), columns.ToEquatableList(), null, TableOptions.Empty);

    private static LogicalPlan.Sink Insert(LogicalPlan input) => new(input, Table("target"), TableOptions.Empty, InsertMode.Into);

    private static AggregateCall Call(AggregateKind kind, int? argument, DataType type) => new(kind, argument is { } a ? [a] : [], false, null, type);

    private static LogicalPlan.Aggregate Aggregate(LogicalPlan input, EquatableList<int> keys, params AggregateCall[] calls) =>
        new(input, keys, new(calls), new RowSchema(keys.Select(k => input.Schema[k]).Concat(calls.Select((c, i) => new Field($"a{i}", c.Type)))));

    private static LogicalPlan.Join Join(LogicalPlan left, LogicalPlan right, JoinKind kind, params JoinKey[] keys)
    {
        var isLeftOuter = kind is JoinKind.RightOuter or JoinKind.FullOuter;
        var isRightOuter = kind is JoinKind.LeftOuter or JoinKind.FullOuter;
        Field Outer(Field field, bool isOuter) => isOuter ? field with { Type = field.Type.AsNullable() } : field;
        var schema = kind is JoinKind.LeftSemi or JoinKind.LeftAnti ? left.Schema : new RowSchema(left.Schema.Fields.Select(f => Outer(f, isLeftOuter)).Concat(right.Schema.Fields.Select(f => Outer(f, isRightOuter))));
        return new(left, right, kind, new(keys), null, schema);
    }

    private static LogicalPlan.Project Project(LogicalPlan input, params int[] columns) =>
        new(input, columns.Select(Expression (c) => new Expression.ColumnReference(c, input.Schema[c].Name, input.Schema[c].Type)).ToEquatableList(), input.Schema.Project(columns));

    private static Expression Column(int index) => new Expression.ColumnReference(index, Schema[index].Name, Schema[index].Type);

    private static Expression Compare(int column) => ScalarFunctions.Equals.Bind([Column(column), Literal(1)]);

    private static Expression Literal(int? value) => new Expression.Literal(value, DataTypes.Int);

    private static Expression Text(string value) => new Expression.Literal(value, DataTypes.String);

    /// <summary>Tables whose changes streaming reads and whose last rows batch reads.</summary>
    private sealed class Tables : ISourceSinkResolver, IBatchScanProvider
    {
        private readonly Dictionary<string, (List<ChangeBatch> Changes, IReadOnlyList<object?[]> Rows)> _tables = [];

        public Tables(Random random)
        {
            foreach (var name in new[] { "t", "u" })
            {
                var changelog = new RandomChangelog(random, r => [r.Next(8), r.Next(4) == 0 ? null : r.Next(-3, 3), r.Next(4) == 0 ? null : $"s{r.Next(5)}", r.Next(3) switch { 0 => null, 1 => true, _ => false }]);
                var batches = Enumerable.Range(0, 12).Select(_ => changelog.Next(Schema, 6)).ToList();
                _tables.Add(name, (batches, changelog.Rows));
            }
        }

        public ChangelogMode SourceMode { get; init; } = ChangelogMode.All;

        public bool IsBounded { get; init; } = true;

        public CollectingSink Sink { get; init; } = new(Schema);

        public IReadOnlyList<object?[]> Final(string table) => _tables[table].Rows;

        /// <summary>The newest row of each key of t, when its changes are taken as upserts.</summary>
        public IEnumerable<object?[]> Newest()
        {
            var newest = new Dictionary<object, object?[]>();
            foreach (var (kind, row) in _tables["t"].Changes.SelectMany(TestRows.Changes))
            {
                if (kind.IsAddition())
                {
                    newest[row[0]!] = row;
                }
                else if (kind == RowKind.Delete)
                {
                    newest.Remove(row[0]!);
                }
            }

            return newest.Values;
        }

        public ISource CreateLookup(LogicalPlan.Scan scan) => CreateSource(scan);

        public ISource CreateSource(LogicalPlan.Scan scan) => new Source(
            new EnumerableSource(scan.Schema, SourceReplay.SameBatches, SourceMode, _ => Changes(scan)), IsBounded);

        public ISink CreateSink(LogicalPlan.Sink sink) => Sink;

        bool IConnectorTraits.IsBounded(LogicalPlan.Scan scan) => IsBounded;

        ChangelogMode IConnectorTraits.SourceMode(LogicalPlan.Scan scan) => SourceMode;

        ChangelogMode IConnectorTraits.SinkMode(LogicalPlan.Sink sink) => Sink.ChangelogMode;

        public async IAsyncEnumerable<ChangeBatch> ReadAsync(LogicalPlan.Scan scan, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            using var all = TestRows.Batch(Schema, Final(scan.Table.Path.Name));
            yield return all.Project(scan.Columns.ToArray());
        }

        private async IAsyncEnumerable<ChangeBatch> Changes(LogicalPlan.Scan scan)
        {
            foreach (var batch in _tables[scan.Table.Path.Name].Changes)
            {
                await Task.Yield();
                yield return batch.Project(scan.Columns.ToArray());
            }
        }

        private sealed class Source(ISource inner, bool isBounded) : ISource
        {
            public RowSchema Schema => inner.Schema;

            public bool IsBounded => isBounded;

            public bool IsReplayable => true;

            public ChangelogMode ChangelogMode => inner.ChangelogMode;

            public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => inner.CreateEnumerator(context, state);

            public ISourceReader CreateReader(SourceContext context) => inner.CreateReader(context);
        }
    }

    /// <summary>A sink that keeps the texts of all rows.</summary>
    private sealed class CollectingSink(RowSchema schema) : ISink
    {
        public List<string> Rows { get; } = [];

        public List<RowKind> Kinds { get; } = [];

        public RowSchema Schema => schema;

        public ChangelogMode ChangelogMode { get; init; } = ChangelogMode.All;

        public IRowPartitioner? Partitioner { get; init; }

        public int? Parallelism { get; init; } = 1;

        public ISinkWriter CreateWriter(SinkContext context) => new Writer(this);

        public ICommitter? CreateCommitter(SinkContext context) => null;

        private sealed class Writer(CollectingSink sink) : ISinkWriter
        {
            public ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
            {
                lock (sink.Rows)
                {
                    Assert.Equal(sink.Schema, batch.Schema);
                    var changes = TestRows.Changes(batch).ToList();
                    sink.Rows.AddRange(changes.Select(c => TestRows.Text(c.Row)));
                    sink.Kinds.AddRange(changes.Select(c => c.Kind));
                }

                batch.Dispose();
                return ValueTask.CompletedTask;
            }

            public ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => ValueTask.FromResult<Committable?>(null);

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
