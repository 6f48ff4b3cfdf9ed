using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators;
using Arctic.Iceberg.Mapping;
using Arctic.Sql.Physical;
using Arctic.Storage.ObjectStores;
using Arctic.Streams;
using Arctic.UnitTests.Sessions;

namespace Arctic.UnitTests.Streams;

/// <summary>State and timers of functions, over kills and restarts: what comes out must be what one quiet run gives.</summary>
public sealed class KeyedKillTests
{
    private const int BatchCount = 12;
    private const int BatchRows = 7;

    [Fact(Timeout = 120_000)]
    public async Task Killed_jobs_go_on_at_another_parallelism_and_end_as_a_quiet_one()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            await using var session = await NewSessionAsync();
            var expected = Expected();
            for (int at = random.Next(1, 4), runs = 0; at < BatchCount; at += random.Next(1, 5), runs++)
            {
                await SetParallelismAsync(session, random.Next(1, 5));
                await RunAndKillAsync(session, at, (KillKind)random.Next(3));
            }

            await SetParallelismAsync(session, random.Next(1, 5));
            await Program(session, new Feed(BatchCount)).ExecuteAsync(TestContext.Current.CancellationToken);

            await session.RunAsync("SET 'execution.runtime-mode' = 'batch'");
            Assert.Equal(expected.Summaries, await session.RunAsync("SELECT summary FROM lake.db.summaries ORDER BY summary"));
            Assert.Equal(expected.Totals, await session.RunAsync("SELECT customer, total FROM lake.db.totals ORDER BY customer"));
            Assert.Equal([$"{BatchCount * BatchRows}|{Rows().Sum(r => r.Amount)}"], await session.RunAsync("SELECT COUNT(*), SUM(amount) FROM lake.db.seen"));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task United_streams_are_processed_by_key_as_one()
    {
        await using var session = await NewSessionAsync();
        var env = session.CreateStreamEnvironment("union");
        var (even, odd) = (Rows().Where(r => r.Id % 2 == 0), Rows().Where(r => r.Id % 2 != 0));

        var largest = new Dictionary<string, long>();
        await foreach (var total in env.FromCollection(even, "even").Union(env.FromCollection(odd, "odd")).KeyBy(r => r.Customer).Process(() => new Totals(), "totals").CollectAsync(TestContext.Current.CancellationToken))
        {
            largest[total.Customer] = total.Total;
        }

        Assert.Equal(Expected().Totals, largest.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}|{t.Value}"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Operator_of_batches_sees_the_columns_of_what_is_in_front()
    {
        await using var session = await NewSessionAsync();
        var rows = session.CreateStreamEnvironment("batches").FromCollection(Rows()).Map(r => new CustomerTotal(r.Customer, r.Amount));
        var seen = new List<string>();

        var only = new List<CustomerTotal>();
        await foreach (var row in rows.Transform<CustomerTotal>(RowMapping<CustomerTotal>.NaturalSchema, schema => new FirstRow(schema, seen), "first").Filter(_ => true).CollectAsync(TestContext.Current.CancellationToken))
        {
            only.Add(row);
        }

        Assert.Equal([new CustomerTotal("c0", 0)], only);
        Assert.Contains("customer, total", seen);
    }

    private static List<Order> Rows() => Enumerable.Range(0, BatchCount * BatchRows).Select(i => new Order(i, i % 5 == 4 ? "éva" : $"c{i % 11}", i * 31 % 17)).ToList();

    private static StreamEnvironment Program(Session session, Feed feed)
    {
        var env = session.CreateStreamEnvironment("orders-by-customer");
        var orders = env.FromSource<Order>(feed.CreateSource(), "feed");
        orders.Filter(o => o.Amount >= 0).SinkTo("lake.db.seen");
        orders.KeyBy(o => o.Customer).Process(() => new Totals(), "totals").SinkTo("lake.db.totals");
        orders.KeyBy(o => new Key(o.Customer.Length, o.Customer)).Process(() => new Summarize(), "summaries").SinkTo("lake.db.summaries");
        return env;
    }

    private static async Task RunAndKillAsync(Session session, int at, KillKind kill)
    {
        var feed = new Feed(at);
        var job = await Program(session, feed).StartAsync(TestContext.Current.CancellationToken);
        await feed.AtRest.WaitAsync(TestContext.Current.CancellationToken);
        if (kill == KillKind.Stop)
        {
            await session.StopJobsAsync(TestContext.Current.CancellationToken);
            return;
        }

        if (kill == KillKind.BehindCheckpoint)
        {
            Assert.NotNull(await job.TriggerCheckpointAsync(TestContext.Current.CancellationToken));
        }

        await job.CancelAsync();
        await session.StopJobsAsync(TestContext.Current.CancellationToken);
    }

    private static (List<string> Summaries, List<string> Totals) Expected()
    {
        var customers = Rows().GroupBy(r => r.Customer).ToList();
        return (
            customers.Select(c => Summarize.Text(new Key(c.Key.Length, c.Key), c.Count(), c.Select(r => r.Id), c.CountBy(r => r.Amount))).Order(StringComparer.Ordinal).ToList(),
            customers.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}|{c.Sum(r => r.Amount)}").ToList());
    }

    private static async Task SetParallelismAsync(Session session, int parallelism) => await session.RunAsync(string.Create(CultureInfo.InvariantCulture, $"SET 'parallelism.default' = '{parallelism}'"));

    private static async Task<Session> NewSessionAsync()
    {
        var session = new SessionBuilder
        {
            ObjectStore = ObjectStoreRouter.CreateDefault(TimeProvider.System),
            Options = new Dictionary<string, string> { ["execution.runtime-mode"] = "streaming", ["execution.checkpointing.interval"] = "0 ms" },
        }.Build();
        foreach (var statement in (string[])
        [
            "CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')",
            "CREATE DATABASE lake.db",
            "CREATE TABLE lake.db.seen (id INT, customer STRING, amount BIGINT)",
            "CREATE TABLE lake.db.totals (customer STRING, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')",
            "CREATE TABLE lake.db.summaries (summary STRING)",
            "SET 'execution.runtime-mode' = 'streaming'",
        ])
        {
            await session.RunAsync(statement);
        }

        return session;
    }

    private enum KillKind
    {
        /// <summary>All since the last checkpoint is lost.</summary>
        AtOnce,

        BehindCheckpoint,

        Stop,
    }

    public sealed record Order(int Id, string Customer, long Amount);

    public readonly record struct Key(int Length, string Name);

    public sealed record CustomerTotal(string Customer, long Total);

    public sealed record Summary([property: Arctic.Iceberg.IcebergColumn("summary")] string Text);

    /// <summary>Batches up to one at which it rests, or to the end.</summary>
    private sealed class Feed(int restsAt)
    {
        private readonly TaskCompletionSource _atRest = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task AtRest => _atRest.Task;

        public ISource CreateSource() => new EnumerableSource(RowMapping<Order>.NaturalSchema, SourceReplay.SameBatches, ChangelogMode.Insert, ReadAsync);

        private async IAsyncEnumerable<ChangeBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            var mapping = RowMapping<Order>.Of(RowMapping<Order>.NaturalSchema, MappingUse.Write, "the feed");
            foreach (var (i, rows) in Rows().Chunk(BatchRows).Index())
            {
                if (i == restsAt)
                {
                    _atRest.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, token);
                }

                yield return new ChangeBatch(RowMapping<Order>.NaturalSchema, mapping.Encode(rows, rows.Length), rows.Length);
            }
        }
    }

    private sealed class Totals : KeyedProcessFunction<string, Order, CustomerTotal>
    {
        private ValueState<long>? _total;

        public override void Open(StateBinder states) => _total = states.Value<long>("total");

        public override void Process(Order row, KeyedContext<string, CustomerTotal> context)
        {
            _total!.Value += row.Amount;
            context.Emit(new CustomerTotal(context.Key, _total.Value));
        }
    }

    /// <summary>All kinds of state; says what it has seen of a key when event time ends, and forgets it.</summary>
    private sealed class Summarize : KeyedProcessFunction<Key, Order, Summary>
    {
        private static readonly DateTimeOffset End = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private ValueState<int>? _count;
        private ListState<int>? _ids;
        private MapState<long, int>? _amounts;

        public static string Text(Key key, int count, IEnumerable<int> ids, IEnumerable<KeyValuePair<long, int>> amounts) =>
            $"{key.Length} {key.Name}: {count}; {string.Join(' ', ids)}; {string.Join(' ', amounts.OrderBy(a => a.Key).Select(a => $"{a.Key}x{a.Value}"))}";

        public override void Open(StateBinder states) => (_count, _ids, _amounts) = (states.Value<int>("count"), states.List<int>("ids"), states.Map<long, int>("amounts"));

        public override void Process(Order row, KeyedContext<Key, Summary> context)
        {
            _count!.Value++;
            _ids!.Add(row.Id);
            _amounts!.Set(row.Amount, (_amounts.TryGet(row.Amount, out var seen) ? seen : 0) + 1);
            context.RegisterEventTimer(End);
            context.RegisterEventTimer(End.AddYears(1));
            context.DeleteEventTimer(End.AddYears(1));
        }

        public override void OnTimer(DateTimeOffset time, KeyedContext<Key, Summary> context)
        {
            Assert.Equal(End, time);
            context.Emit(new Summary(Text(context.Key, _count!.Value, _ids!.Values, _amounts!.Values)));
            _count.Clear();
            _ids.Clear();
            _amounts.Clear();
        }
    }

    private sealed class FirstRow : StreamOperator
    {
        public FirstRow(RowSchema schema, List<string> seen)
        {
            lock (seen)
            {
                seen.Add(string.Join(", ", schema.Fields.Select(f => f.Name)));
            }
        }

        public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
        {
            using (batch)
            {
                return Context.Output.EmitAsync(batch.Slice(0, 1), cancellationToken);
            }
        }
    }
}
