using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Sessions;

namespace Arctic.UnitTests.Streams;

/// <summary>Lookup joins with a table that changes while the stream runs.</summary>
public sealed class LookupJoinTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("1")]
    [InlineData("3")]
    public async Task A_growing_table_is_met_as_it_is_by_now(string parallelism)
    {
        var token = TestContext.Current.CancellationToken;
        await using var session = await StreamSession.OpenAsync(new MemoryObjectStore(TimeProvider.System), ("execution.runtime-mode", "streaming"), ("parallelism.default", parallelism));
        await session.RunAsync("CREATE TABLE lake.db.dim (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')");
        await session.RunAsync("CREATE TABLE lake.db.src (id INT)");
        await session.RunAsync("INSERT INTO lake.db.dim VALUES (1, 'a')");
        await session.RunAsync("INSERT INTO lake.db.src VALUES (1)");
        await using var result = await session.ExecuteAsync(
            "SELECT s.id, d.name FROM (SELECT id, PROCTIME() AS pt FROM lake.db.src /*+ OPTIONS('streaming' = 'true', 'monitor-interval' = '5 ms') */) s "
            + "LEFT JOIN lake.db.dim /*+ OPTIONS('lookup.reloading.interval' = '5 ms') */ FOR SYSTEM_TIME AS OF s.pt AS d ON s.id = d.id",
            token);
        await using var batches = result.ReadAsync(token).GetAsyncEnumerator(token);

        async Task<string> NextAsync()
        {
            Assert.True(await batches.MoveNextAsync());
            return TestRows.Text(Assert.Single(TestRows.Changes(batches.Current)).Row);
        }

        async Task<string> LookUpAsync(int id)
        {
            await session.RunAsync($"INSERT INTO lake.db.src VALUES ({id})");
            return await NextAsync();
        }

        Assert.Equal("1|a", await NextAsync());
        Assert.Equal("2|NULL", await LookUpAsync(2));
        await session.RunAsync("INSERT INTO lake.db.dim VALUES (1, 'b'), (2, 'c')");

        // A row meets the old state until the new one has been found, and never anything between.
        foreach (var (id, before, after) in new[] { (2, "2|NULL", "2|c"), (1, "1|a", "1|b") })
        {
            string found;
            while ((found = await LookUpAsync(id)) != after)
            {
                Assert.Equal(before, found);
            }
        }
    }
}
