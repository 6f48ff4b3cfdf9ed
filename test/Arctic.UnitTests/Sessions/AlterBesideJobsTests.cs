using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Sessions;

/// <summary>ALTER TABLE beside statements that run on with the columns as they were.</summary>
public class AlterBesideJobsTests
{
    private static readonly string[] Tables =
    [
        "CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')",
        "CREATE DATABASE lake.db",
        "CREATE TABLE lake.db.keyed (id INT, n INT, gone STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')",
        "CREATE TABLE lake.db.plain (id INT, n INT, gone STRING)",
        "INSERT INTO lake.db.keyed VALUES (1, 10, 'a')",
        "INSERT INTO lake.db.plain VALUES (1, 10, 'a')",
    ];

    [Theory(Timeout = 60_000)]
    [InlineData("keyed")]
    [InlineData("plain")]
    public async Task A_streaming_read_goes_on_while_columns_come_go_move_and_change_their_names(string table)
    {
        await using var session = await OpenAsync();
        await using var rows = await StreamAsync(session, $"SELECT id, n FROM lake.db.{table} /*+ OPTIONS('streaming' = 'true') */", TestContext.Current.CancellationToken);
        Assert.Equal("1|10", await rows.NextAsync());

        await session.RunAsync($"ALTER TABLE lake.db.{table} ADD (more STRING FIRST)");
        await session.RunAsync($"ALTER TABLE lake.db.{table} RENAME n TO amount");
        await session.RunAsync($"ALTER TABLE lake.db.{table} DROP gone");
        await session.RunAsync($"INSERT INTO lake.db.{table} VALUES ('x', 2, 20)");

        Assert.Equal("2|20", await rows.NextAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("keyed")]
    [InlineData("plain")]
    public async Task A_streaming_read_of_a_column_that_was_widened_meanwhile_stops_and_says_so(string table)
    {
        await using var session = await OpenAsync();
        await using var rows = await StreamAsync(session, $"SELECT id, n FROM lake.db.{table} /*+ OPTIONS('streaming' = 'true') */", TestContext.Current.CancellationToken);
        Assert.Equal("1|10", await rows.NextAsync());

        await session.RunAsync($"ALTER TABLE lake.db.{table} MODIFY n BIGINT");
        await session.RunAsync($"INSERT INTO lake.db.{table} VALUES (2, 3000000000, 'b')");
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await rows.NextAsync());

        Assert.Contains("'n'", error.Message);
        Assert.Equal(["1|10", "2|3000000000"], (await session.RunAsync($"SELECT id, n FROM lake.db.{table}")).Order());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("keyed")]
    [InlineData("plain")]
    public async Task A_job_that_writes_goes_on_with_the_columns_as_it_knew_them(string table)
    {
        await using var session = await OpenAsync();
        await session.RunAsync("CREATE TABLE lake.db.src (id INT, n INT, gone STRING)");
        await session.RunAsync("SET 'execution.checkpointing.interval' = '10 ms'");
        await session.RunAsync("SET 'pipeline.name' = 'writer'");
        await session.RunAsync($"INSERT INTO lake.db.{table} SELECT id, n, gone FROM lake.db.src /*+ OPTIONS('streaming' = 'true') */");
        await session.RunAsync("RESET 'pipeline.name'");
        await session.RunAsync("INSERT INTO lake.db.src VALUES (2, 20, 'b')");
        await using var rows = await StreamAsync(session, $"SELECT id, n FROM lake.db.{table} /*+ OPTIONS('streaming' = 'true') */", TestContext.Current.CancellationToken);
        Assert.Equal(["1|10", "2|20"], new[] { await rows.NextAsync(), await rows.NextAsync() }.Order());

        await session.RunAsync($"ALTER TABLE lake.db.{table} ADD (more STRING FIRST)");
        await session.RunAsync($"ALTER TABLE lake.db.{table} MODIFY n BIGINT");
        await session.RunAsync($"ALTER TABLE lake.db.{table} RENAME n TO amount");
        await session.RunAsync($"ALTER TABLE lake.db.{table} DROP gone");
        await session.RunAsync("INSERT INTO lake.db.src VALUES (3, 30, 'c')");

        Assert.Equal("3|30", await rows.NextAsync());
        Assert.Equal(["NULL|1|10", "NULL|2|20", "NULL|3|30"], (await session.RunAsync($"SELECT * FROM lake.db.{table}")).Order());
    }

    private static async Task<Session> OpenAsync()
    {
        var session = new SessionBuilder
        {
            ObjectStore = ObjectStoreRouter.CreateDefault(TimeProvider.System),
            Options = new Dictionary<string, string> { ["execution.checkpointing.dir"] = "memory:///checkpoints", ["restart-strategy.type"] = "none" },
        }.Build();
        foreach (var statement in Tables)
        {
            await session.RunAsync(statement);
        }

        return session;
    }

    private static async Task<Stream> StreamAsync(Session session, string query, CancellationToken cancellationToken)
    {
        var result = await session.ExecuteAsync(query, cancellationToken);
        return new Stream(result, RowsAsync(result, cancellationToken).GetAsyncEnumerator(cancellationToken));
    }

    private static async IAsyncEnumerable<string> RowsAsync(QueryResult result, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in result.ReadAsync(cancellationToken))
        {
            using var rows = batch.Compact();
            for (var row = 0; row < rows.RowCount; row++)
            {
                yield return string.Join('|', rows.Columns.Select(c => ValueText.Format(c, row, TimeZoneInfo.Utc)));
            }
        }
    }

    private sealed class Stream(QueryResult result, IAsyncEnumerator<string> rows) : IAsyncDisposable
    {
        public async Task<string?> NextAsync() => await rows.MoveNextAsync() ? rows.Current : null;

        public async ValueTask DisposeAsync()
        {
            await rows.DisposeAsync();
            await result.DisposeAsync();
        }
    }
}
