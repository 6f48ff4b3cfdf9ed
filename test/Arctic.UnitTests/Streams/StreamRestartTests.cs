using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Jobs;
using Arctic.Storage.ObjectStores;
using Arctic.Streams;
using Arctic.Testing.Faults;
using Arctic.UnitTests.Sessions;

namespace Arctic.UnitTests.Streams;

/// <summary>Jobs of streams that end in the middle and go on under their name: every row counts once.</summary>
public sealed class StreamRestartTests
{
    private const int RowCount = 12;
    private readonly MemoryObjectStore _store = new(TimeProvider.System);

    [Fact(Timeout = 120_000)]
    public async Task Job_that_was_stopped_goes_on_behind_the_last_row_beside_the_job_that_writes()
    {
        await using (var session = await OpenAsync(_store))
        {
            await CreateTablesAsync(session);
            await session.RunAsync("INSERT INTO lake.db.src VALUES (1), (2), (3)");
            Assert.Equal(JobStatus.Stopped, await RunUntilAsync(session, session, 3, TestContext.Current.CancellationToken));
        }

        await using var next = await OpenAsync(_store);
        await next.RunAsync("INSERT INTO lake.db.src VALUES (4), (5)");
        Assert.Equal(JobStatus.Stopped, await RunUntilAsync(next, next, 5, TestContext.Current.CancellationToken));

        Assert.Equal(["11", "12", "13", "14", "15"], (await next.RunAsync("SELECT * FROM lake.db.target")).Order());
    }

    [Theory(Timeout = 300_000)]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task Job_that_crashes_at_any_operation_of_its_store_writes_each_row_once(object kind)
    {
        var crashes = 0;
        for (var crashAt = 1; ; crashAt += 9)
        {
            var store = new MemoryObjectStore(TimeProvider.System);
            await using var session = await OpenAsync(store);
            await CreateTablesAsync(session);
            await session.RunAsync($"INSERT INTO lake.db.src VALUES {string.Join(", ", Enumerable.Range(0, RowCount / 2).Select(i => $"({i})"))}");
            await session.RunAsync($"INSERT INTO lake.db.src VALUES {string.Join(", ", Enumerable.Range(RowCount / 2, RowCount / 2).Select(i => $"({i})"))}");

            var plan = new CrashAt(crashAt, (FaultKind)kind);
            var status = await TryAsync(session, new FaultInjectingObjectStore(store, plan, TimeProvider.System), plan, TestContext.Current.CancellationToken);
            crashes += status is null ? 1 : 0;
            Assert.Equal(JobStatus.Stopped, await RunUntilAsync(session, session, RowCount, TestContext.Current.CancellationToken));

            Assert.Equal(Enumerable.Range(10, RowCount).Select(i => $"{i}"), (await session.RunAsync("SELECT * FROM lake.db.target")).Order());
            if (status is not null)
            {
                break;
            }
        }

        Assert.True(crashes > 3, $"{crashes} runs crashed");
    }

    [Fact(Timeout = 120_000)]
    public async Task Job_goes_on_into_a_table_that_got_another_column()
    {
        await using var session = await OpenAsync(_store);
        await session.RunAsync("CREATE TABLE lake.db.src (n INT)");
        await session.RunAsync("CREATE TABLE lake.db.target (n INT)");
        StreamEnvironment Copy() => session.CreateStreamEnvironment("copy").FromTable<Maybe>("lake.db.src", new() { IsStreaming = true, MonitorInterval = TimeSpan.FromMilliseconds(5) }).SinkTo("lake.db.target");
        await session.RunAsync("INSERT INTO lake.db.src VALUES (1), (NULL)");
        await StreamRun.UntilAsync(Copy(), session, "lake.db.target", 2, TestContext.Current.CancellationToken);

        await session.RunAsync("ALTER TABLE lake.db.target ADD (more STRING)");
        await session.RunAsync("INSERT INTO lake.db.src VALUES (3)");
        await StreamRun.UntilAsync(Copy(), session, "lake.db.target", 3, TestContext.Current.CancellationToken);

        Assert.Equal(["1|NULL", "3|NULL", "NULL|NULL"], (await session.RunAsync("SELECT * FROM lake.db.target")).Order());
    }

    [Fact(Timeout = 120_000)]
    public async Task Job_of_other_steps_does_not_go_on_from_a_checkpoint()
    {
        await using var session = await OpenAsync(_store);
        await CreateTablesAsync(session);
        await session.RunAsync("INSERT INTO lake.db.src VALUES (1)");
        await RunUntilAsync(session, session, 1, TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<ArcticException>(() => Draw(session).Filter(_ => true, "Another").SinkTo("lake.db.target").ExecuteAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCodes.PlanChanged, error.Code);
        Assert.Contains("Another", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Rows_of_a_program_are_read_from_behind_the_committed_ones()
    {
        await using var session = await OpenAsync(_store);
        await CreateTablesAsync(session);

        // The first run's rows do not end, the second one's do.
        async IAsyncEnumerable<Source> Read(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var i = 0; i < count; i++)
            {
                yield return new Source(i);
            }

            await Task.Delay(count == 3 ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, cancellationToken);
        }

        StreamEnvironment Job(int count) => session.CreateStreamEnvironment("rows").FromAsyncEnumerable(token => Read(count, token), RecordReplay.SameRows).SinkTo("lake.db.target");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var first = Job(3).ExecuteAsync(stop.Token);
        await session.WaitForChangesAsync("lake.db.target", 3, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        Assert.Equal(JobStatus.Stopped, await first);

        Assert.Equal(JobStatus.Finished, await Job(5).ExecuteAsync(TestContext.Current.CancellationToken));

        Assert.Equal(["0", "1", "2", "3", "4"], (await session.RunAsync("SELECT * FROM lake.db.target")).Order());
    }

    private static Task<Session> OpenAsync(IObjectStore store) => StreamSession.OpenAsync(store, ("parallelism.default", "2"));

    private static async Task CreateTablesAsync(Session session)
    {
        await session.RunAsync("CREATE TABLE lake.db.src (n INT)");
        await session.RunAsync("CREATE TABLE lake.db.target (n INT)");
    }

    private static DataStream<Source> Draw(Session session) => session.CreateStreamEnvironment("add ten")
        .FromTable<Source>("lake.db.src", new() { IsStreaming = true, MonitorInterval = TimeSpan.FromMilliseconds(5) })
        .Map(s => new Source(s.N + 10));

    private static Task<JobStatus> RunUntilAsync(Session session, Session watching, int rows, CancellationToken cancellationToken) =>
        StreamRun.UntilAsync(Draw(session).SinkTo("lake.db.target"), watching, "lake.db.target", rows, cancellationToken);

    private static async Task<JobStatus?> TryAsync(Session watching, IObjectStore failing, CrashAt plan, CancellationToken cancellationToken)
    {
        await using var session = await OpenAsync(failing);
        plan.Start();
        try
        {
            return await RunUntilAsync(session, watching, RowCount, cancellationToken);
        }
        catch (ArcticException)
        {
            return null;
        }
    }

    private sealed record Source(int N);

    private sealed record Maybe(int? N);
}
