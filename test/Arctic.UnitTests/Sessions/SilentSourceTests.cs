using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.UnitTests.Sessions;

/// <summary>Time goes on while sources are silent: where a timeout says so, and with the clock.</summary>
public sealed class SilentSourceTests
{
    [Fact]
    public async Task Event_time_does_not_wait_for_a_source_that_has_been_silent_for_the_timeout()
    {
        await using var session = NewSession(new() { ["table.exec.source.idle-timeout"] = "20 ms" }, rows: [1, 5, 100]);
        await CreateTablesAsync(session, "WATERMARK FOR ts AS ts");

        var first = await FirstRowAsync(session, "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE (SELECT ts FROM talking UNION ALL SELECT ts FROM silent), DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end");

        Assert.Equal([2L], first);
    }

    [Fact]
    public async Task Window_of_processing_time_ends_by_the_clock()
    {
        await using var session = NewSession([], rows: [1, 5, 100]);
        await CreateTablesAsync(session, "pt AS PROCTIME()");

        var first = await FirstRowAsync(session, "SELECT SUM(c) FROM (SELECT COUNT(*) c FROM TABLE(SESSION(TABLE talking, DESCRIPTOR(pt), INTERVAL '0.05' SECOND)) GROUP BY window_start, window_end)");

        Assert.True((long)first[0]! is >= 1 and <= 3);
    }

    private static Session NewSession(Dictionary<string, string> options, long[] rows) => new SessionBuilder
    {
        Options = new Dictionary<string, string>(options) { ["execution.runtime-mode"] = "streaming", ["execution.checkpointing.interval"] = "0 ms" },
        Random = new Random(1),
        Connectors = [new SilentConnector(rows)],
    }.Build();

    private static async Task CreateTablesAsync(Session session, string time)
    {
        foreach (var name in (string[])["talking", "silent"])
        {
            await using var created = await session.ExecuteAsync($"CREATE TABLE {name} (ts TIMESTAMP(3), {time}) WITH ('connector' = 'then-silent', 'name' = '{name}')", TestContext.Current.CancellationToken);
        }
    }

    private static async Task<object?[]> FirstRowAsync(Session session, string query)
    {
        await using var result = await session.ExecuteAsync(query, TestContext.Current.CancellationToken);
        await foreach (var batch in result.ReadAsync(TestContext.Current.CancellationToken))
        {
            return TestRows.Changes(batch)[0].Row;
        }

        throw new InvalidOperationException("The query has no rows.");
    }

    /// <summary>Gives one batch of seconds when its name says so, and then nothing more, but does not end.</summary>
    private sealed class SilentConnector(long[] seconds) : ISourceConnector
    {
        public string Name => "then-silent";

        public ISource CreateSource(TableConnectorContext context) => new Source(context.Schema, context.Options["name"] == "silent" ? [] : seconds);
    }

    private sealed class Source(RowSchema schema, long[] seconds) : ISource
    {
        public RowSchema Schema => schema;

        public bool IsBounded => false;

        public bool IsReplayable => false;

        public ChangelogMode ChangelogMode => ChangelogMode.Insert;

        public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => new Enumerator();

        public ISourceReader CreateReader(SourceContext context) => new Reader(schema, seconds);
    }

    private sealed class Enumerator : ISplitEnumerator
    {
        private int _isAssigned;

        public async ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return true;
        }

        public SourceSplit? TryAssign(int subtask) => Interlocked.Exchange(ref _isAssigned, 1) == 0 ? new SourceSplit("0", new byte[] { 1 }) : null;

        public ReadOnlyMemory<byte> SnapshotState() => new byte[] { 1 };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Reader(RowSchema schema, long[] seconds) : ISourceReader
    {
        private bool _isRead = seconds.Length == 0;

        public void AddSplit(SourceSplit split)
        {
        }

        public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
        {
            if (_isRead)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            _isRead = true;
            return new SourceRead("0", TestRows.Batch(schema, seconds.Select(s => new object?[] { s * 1_000_000 }).ToList()), new byte[] { 1 }, false);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
