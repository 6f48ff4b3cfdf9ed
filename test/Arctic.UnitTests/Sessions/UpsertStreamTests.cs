using Arctic.Columnar.Expressions;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Sessions;

public sealed class UpsertStreamTests
{
    // The change store of an upserting table holds deletes with the new image: summed up as they are, they would leave the old amount in.
    [Fact(Timeout = 60_000)]
    public async Task A_streaming_aggregate_over_an_upserting_table_takes_the_old_rows_back()
    {
        await using var session = new SessionBuilder { ObjectStore = ObjectStoreRouter.CreateDefault(TimeProvider.System) }.Build();
        foreach (var statement in new[]
        {
            "CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')",
            "CREATE DATABASE lake.db",
            "CREATE TABLE lake.db.orders (id INT, customer STRING, amount DECIMAL(10, 2), PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')",
            "INSERT INTO lake.db.orders VALUES (1, 'ann', 10.50), (2, 'ann', 5.25)",
            "INSERT INTO lake.db.orders VALUES (10, 'cy', 7.50), (1, 'ann', 11.50)",
        })
        {
            await using var done = await session.ExecuteAsync(statement, TestContext.Current.CancellationToken);
        }

        var totals = new Dictionary<string, string>();
        await using var result = await session.ExecuteAsync(
            "SELECT customer, SUM(amount) FROM lake.db.orders /*+ OPTIONS('streaming' = 'true') */ GROUP BY customer", TestContext.Current.CancellationToken);
        await foreach (var batch in result.ReadAsync(TestContext.Current.CancellationToken))
        {
            using var rows = batch.Compact();
            for (var i = 0; i < rows.RowCount; i++)
            {
                var key = ValueText.Format(rows.Columns[0], i, TimeZoneInfo.Utc);
                totals[key] = ValueText.Format(rows.Columns[1], i, TimeZoneInfo.Utc);
            }

            if (totals.GetValueOrDefault("ann") == "16.75" && totals.GetValueOrDefault("cy") == "7.50")
            {
                break;
            }
        }

        Assert.Equal(("16.75", "7.50"), (totals["ann"], totals["cy"]));
    }
}
