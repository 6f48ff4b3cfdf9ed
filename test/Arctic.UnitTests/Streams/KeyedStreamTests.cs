using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Storage.ObjectStores;
using Arctic.Streams;
using Arctic.Testing.Faults;
using Arctic.UnitTests.Sessions;
using CsCheck;

namespace Arctic.UnitTests.Streams;

/// <summary>Functions with state and timers of each key.</summary>
public sealed class KeyedStreamTests
{
    private const int RowCount = 12;
    private readonly MemoryObjectStore _store = new(TimeProvider.System);

    [Fact]
    public async Task Every_kind_of_state_says_what_a_model_says() => await Gen.Int[0, 6].Select(Gen.String[Gen.Char['a', 'e'], 0, 2], (key, word) => new Word(key, word)).Array[0, 60].SampleAsync(
        async words =>
        {
            await using var session = await StreamSession.OpenAsync(new MemoryObjectStore(TimeProvider.System), ("parallelism.default", "3"));

            var seen = await session.CreateStreamEnvironment("words").FromCollection(words).KeyBy(w => w.Key).Process(() => new Remember(), "Remember")
                .CollectAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

            Assert.Equal(Model(words).Order(), seen.Select(s => $"{s.Key}:{s.Count}:{s.Distinct}:{s.All}").Order());
        },
        iter: 15,
        threads: 1);

    [Fact(Timeout = 120_000)]
    public async Task State_is_restored_at_another_parallelism()
    {
        await using (var session = await OpenAsync(_store, 2))
        {
            await CreateTablesAsync(session, 0, 30);
            Assert.Equal(JobStatus.Stopped, await RunUntilAsync(session, session, 30, TestContext.Current.CancellationToken));
        }

        foreach (var (parallelism, from, to) in new[] { (3, 30, 50), (1, 50, 70) })
        {
            await using var session = await OpenAsync(_store, parallelism);
            await session.RunAsync($"INSERT INTO lake.db.src VALUES {Values(from, to)}");
            Assert.Equal(JobStatus.Stopped, await RunUntilAsync(session, session, to, TestContext.Current.CancellationToken));
        }

        await using var last = await OpenAsync(_store, 1);
        Assert.Equal(Counts(70), (await last.RunAsync("SELECT * FROM lake.db.counts")).Order());
    }

    [Theory(Timeout = 300_000)]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task Job_that_crashes_at_any_operation_of_its_store_counts_each_row_once(object kind)
    {
        var crashes = 0;
        for (var crashAt = 1; ; crashAt += 11)
        {
            var store = new MemoryObjectStore(TimeProvider.System);
            await using var session = await OpenAsync(store, 2);
            await CreateTablesAsync(session, 0, RowCount / 2);
            await session.RunAsync($"INSERT INTO lake.db.src VALUES {Values(RowCount / 2, RowCount)}");

            var plan = new CrashAt(crashAt, (FaultKind)kind);
            var hasCrashed = await CrashesAsync(session, new FaultInjectingObjectStore(store, plan, TimeProvider.System), plan, TestContext.Current.CancellationToken);
            crashes += hasCrashed ? 1 : 0;
            Assert.Equal(JobStatus.Stopped, await RunUntilAsync(session, session, RowCount, TestContext.Current.CancellationToken));

            Assert.Equal(Counts(RowCount), (await session.RunAsync("SELECT * FROM lake.db.counts")).Order());
            if (!hasCrashed)
            {
                break;
            }
        }

        Assert.True(crashes > 3, $"{crashes} runs crashed");
    }

    [Fact(Timeout = 60_000)]
    public async Task State_of_a_type_with_other_columns_is_refused()
    {
        await using var session = await OpenAsync(_store, 1);
        await CreateTablesAsync(session, 0, 3);
        await RunUntilAsync(session, session, 3, TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<ArcticException>(() => Source(session).KeyBy(r => r.N % 3).Process(() => new CountIn<int>(), "Count").SinkTo("lake.db.counts").ExecuteAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCodes.PlanChanged, error.Code);
        Assert.Contains("'count'", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Event_timers_fire_once_a_key_and_time_when_the_input_has_ended()
    {
        await using var session = await OpenAsync(_store, 2);

        var fired = await session.CreateStreamEnvironment("timers").FromCollection(Enumerable.Range(0, 10).Select(n => new Number(n))).KeyBy(n => n.N % 2).Process(() => new SumAtTimer(), "Sum")
            .CollectAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([new Counted(0, 20), new Counted(1, 25)], fired.OrderBy(f => f.Key));
    }

    [Fact(Timeout = 60_000)]
    public async Task Event_timer_fires_when_the_watermark_has_passed_while_the_input_goes_on()
    {
        await using var session = await OpenAsync(_store, 1);
        static async IAsyncEnumerable<Number> Hours([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var hour in new[] { 0, 2, 1, 3 })
            {
                yield return new Number(hour);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        var first = await session.CreateStreamEnvironment("hours").FromAsyncEnumerable(Hours, RecordReplay.None)
            .AssignTimestampsAndWatermarks(n => DateTimeOffset.UnixEpoch.AddHours(n.N), TimeSpan.FromHours(1))
            .KeyBy(_ => 0).Process(() => new SumAtTimer(), "Sum").CollectAsync(TestContext.Current.CancellationToken).FirstAsync(TestContext.Current.CancellationToken);

        // One hour is reached by the row of three o'clock, less the delay; all rows came in one batch, in front of the watermark.
        Assert.Equal(new Counted(0, 6), first);
    }

    [Fact(Timeout = 60_000)]
    public async Task Operator_over_batches_gets_the_columns_and_gives_others()
    {
        await using var session = await OpenAsync(_store, 2);
        await session.RunAsync("CREATE TABLE lake.db.numbers (n INT NOT NULL)");
        await session.RunAsync("INSERT INTO lake.db.numbers VALUES (1), (2), (3)");
        var environment = session.CreateStreamEnvironment("batches");

        var doubled = environment.FromTable<Number>("lake.db.numbers").Transform<Number>(() => new Doubling(), "Double").Filter(n => n.N > 2);
        var all = await doubled.CollectAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([4, 6], all.Select(n => n.N).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Timer_of_the_clock_fires_without_another_row()
    {
        await using var session = await OpenAsync(_store, 1);
        static async IAsyncEnumerable<Number> OneThenNothing([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new Number(7);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        var first = await session.CreateStreamEnvironment("clock").FromAsyncEnumerable(OneThenNothing, RecordReplay.None).KeyBy(n => n.N).Process(() => new Later(), "Later")
            .CollectAsync(TestContext.Current.CancellationToken).FirstAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new Counted(7, 1), first);
    }

    [Fact(Timeout = 60_000)]
    public async Task Union_has_the_rows_of_both_streams()
    {
        await using var session = await OpenAsync(_store, 2);
        var environment = session.CreateStreamEnvironment("union");

        var all = await environment.FromCollection(Enumerable.Range(0, 5), "low").Union(environment.FromCollection(Enumerable.Range(5, 5), "high"))
            .CollectAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 10), all.Order());
    }

    private static IEnumerable<string> Model(Word[] words)
    {
        foreach (var group in words.GroupBy(w => w.Key))
        {
            var texts = group.Select(w => w.Text).ToList();
            for (var i = 1; i <= texts.Count; i++)
            {
                var seen = texts.Take(i).ToList();
                yield return $"{group.Key}:{i}:{seen.Distinct().Count()}:{string.Concat(seen)}";
            }
        }
    }

    private static Task<Session> OpenAsync(IObjectStore store, int parallelism) => StreamSession.OpenAsync(store, ("parallelism.default", $"{parallelism}"));

    private static async Task CreateTablesAsync(Session session, int from, int to)
    {
        await session.RunAsync("CREATE TABLE lake.db.src (n INT)");
        await session.RunAsync("CREATE TABLE lake.db.counts (`key` INT, `count` BIGINT)");
        await session.RunAsync($"INSERT INTO lake.db.src VALUES {Values(from, to)}");
    }

    private static string Values(int from, int to) => string.Join(", ", Enumerable.Range(from, to - from).Select(i => $"({i})"));

    // The count of each key after each of its rows.
    private static IEnumerable<string> Counts(int rows) => Enumerable.Range(0, rows).Select(i => $"{i % 3}|{(i / 3) + 1}").Order();

    private static DataStream<Number> Source(Session session) => session.CreateStreamEnvironment("count")
        .FromTable<Number>("lake.db.src", new() { IsStreaming = true, MonitorInterval = TimeSpan.FromMilliseconds(5) });

    private static Task<JobStatus> RunUntilAsync(Session session, Session watching, int rows, CancellationToken cancellationToken) => StreamRun.UntilAsync(
        Source(session).KeyBy(r => r.N % 3).Process(() => new CountIn<long>(), "Count").SinkTo("lake.db.counts"), watching, "lake.db.counts", rows, cancellationToken);

    private static async Task<bool> CrashesAsync(Session watching, IObjectStore failing, CrashAt plan, CancellationToken cancellationToken)
    {
        await using var session = await OpenAsync(failing, 2);
        plan.Start();
        try
        {
            await RunUntilAsync(session, watching, RowCount, cancellationToken);
            return false;
        }
        catch (ArcticException)
        {
            return true;
        }
    }

    private sealed record Number(int N);

    private sealed record Counted(int Key, long Count);

    private sealed record Word(int Key, string Text);

    private sealed record Seen(int Key, long Count, int Distinct, string All);

    private sealed class CountIn<TCount> : KeyedProcessFunction<int, Number, Counted>
        where TCount : struct, System.Numerics.INumber<TCount>
    {
        private ValueState<TCount> _count = null!; // set before any row

        public override void Open(StateBinder state) => _count = state.Value<TCount>("count");

        public override void Process(Number row, KeyedContext<int, Counted> context)
        {
            _count.Value++;
            context.Emit(new Counted(context.Key, long.CreateChecked(_count.Value)));
        }
    }

    private sealed class Remember : KeyedProcessFunction<int, Word, Seen>
    {
        private ValueState<long> _count = null!; // set before any row
        private MapState<string, int> _words = null!; // set before any row
        private ListState<string> _all = null!; // set before any row

        public override void Open(StateBinder state) => (_count, _words, _all) = (state.Value<long>("count"), state.Map<string, int>("words"), state.List<string>("all"));

        public override void Process(Word row, KeyedContext<int, Seen> context)
        {
            _count.Value++;
            _words.Set(row.Text, _words.TryGet(row.Text, out var before) ? before + 1 : 1);
            _all.Add(row.Text);
            Assert.Equal(_count.Value, _words.Values.Values.Sum());
            context.Emit(new Seen(context.Key, _count.Value, _words.Values.Count, string.Concat(_all.Values)));
        }
    }

    private sealed class SumAtTimer : KeyedProcessFunction<int, Number, Counted>
    {
        private static readonly DateTimeOffset End = DateTimeOffset.UnixEpoch.AddHours(1);
        private ValueState<long> _sum = null!; // set before any row

        public override void Open(StateBinder state) => _sum = state.Value<long>("sum");

        public override void Process(Number row, KeyedContext<int, Counted> context)
        {
            _sum.Value += row.N;
            context.RegisterEventTimer(End);
            context.RegisterEventTimer(End.AddMinutes(1));
            context.DeleteEventTimer(End.AddMinutes(1));
        }

        public override void OnTimer(DateTimeOffset time, KeyedContext<int, Counted> context)
        {
            Assert.Equal(End, time);
            context.Emit(new Counted(context.Key, _sum.Value));
            _sum.Clear();
        }
    }

    private sealed class Doubling : StreamOperator
    {
        public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
        {
            using (batch)
            {
                using var compact = batch.Compact();
                var values = ((FixedColumn<int>)compact.Columns[0].ToDense()).Values.ToArray();
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] *= 2;
                }

                await Context.Output.EmitAsync(new ChangeBatch(batch.Schema, [new FixedColumn<int>(batch.Schema[0].Type, values, Bitmap.AllSet)], values.Length), cancellationToken);
            }
        }
    }

    private sealed class Later : KeyedProcessFunction<int, Number, Counted>
    {
        public override void Process(Number row, KeyedContext<int, Counted> context) => context.RegisterTimer(context.Now.AddMilliseconds(5));

        public override void OnTimer(DateTimeOffset time, KeyedContext<int, Counted> context) => context.Emit(new Counted(context.Key, 1));
    }
}
