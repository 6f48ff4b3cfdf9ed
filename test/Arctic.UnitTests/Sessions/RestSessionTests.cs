using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.S3;
using Arctic.Testing.S3;
using Arctic.UnitTests.Iceberg.Catalog.Rest;
using MemoryCatalog = Arctic.Iceberg.Catalog.MemoryCatalog;

namespace Arctic.UnitTests.Sessions;

/// <summary>Lake tables of a REST catalog through SQL.</summary>
public sealed class RestSessionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keyed_tables_are_written_in_batch_and_streaming_optimized_and_read()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var behind = new MemoryCatalog("behind", "memory:///warehouse", store, new CommitEnvironment(TimeProvider.System, new Random(7)));
        await using var server = await RestTestServer.StartAsync(behind, store, new RestTestSettings { Client = ("me", "secret"), Separator = "%2E" });
        await using var session = new SessionBuilder { ObjectStore = store }.Build();
        await RunAsync(session, $"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', 'uri' = '{server.Uri}', 'credential' = 'me:secret')");
        await RunAsync(session, "SET 'execution.checkpointing.dir' = 'memory:///checkpoints'");

        await WriteAsync(session);

        Assert.Equal(["1 skis", "2 goggles", "3 poles"], await RunAsync(session, "SELECT id, name FROM lake.shop.orders WHERE id < 10 ORDER BY id"));
        Assert.Equal(["53"], await RunAsync(session, "SELECT COUNT(*) FROM lake.shop.orders"));
        Assert.Equal(["orders"], await RunAsync(session, "SHOW TABLES IN lake.shop"));
        Assert.Contains(server.Calls, c => c.IsCommit);
        await RunAsync(session, "DROP DATABASE lake.shop CASCADE");
        Assert.Empty(await RunAsync(session, "SHOW DATABASES IN lake"));
    }

    [Fact]
    public async Task Rows_are_deleted_updated_and_overwritten_and_old_files_go()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var behind = new MemoryCatalog("behind", "memory:///warehouse", store, new CommitEnvironment(TimeProvider.System, new Random(7)));
        await using var server = await RestTestServer.StartAsync(behind, store, new RestTestSettings());
        await using var session = new SessionBuilder { ObjectStore = store }.Build();
        await RunAsync(session, $"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', 'uri' = '{server.Uri}')");
        await RunAsync(session, "SET 'execution.checkpointing.dir' = 'memory:///checkpoints'");
        await RunAsync(session, "CREATE DATABASE lake.db");
        foreach (var (name, key) in new[] { ("k", ", PRIMARY KEY (id) NOT ENFORCED"), ("t", "") })
        {
            await RunAsync(session, $"CREATE TABLE lake.db.{name} (id INT, v INT{key})");
            await RunAsync(session, $"INSERT INTO lake.db.{name} VALUES (1, 1), (2, 2), (3, 3)");
            await RunAsync(session, $"UPDATE lake.db.{name} SET v = v * 10 WHERE id > 1");
            await RunAsync(session, $"DELETE FROM lake.db.{name} WHERE v = 20");
            Assert.Equal(["1 1", "3 30"], await RunAsync(session, $"SELECT id, v FROM lake.db.{name} ORDER BY id"));
            await RunAsync(session, $"INSERT OVERWRITE lake.db.{name} SELECT id, v + 1 FROM lake.db.{name}");
            await RunAsync(session, $"INSERT INTO lake.db.{name} VALUES (4, 4)");
            await RunAsync(session, $"CALL sys.expire_snapshots('lake.db.{name}', '2999-01-01 00:00:00')");
            Assert.Equal(["1 2", "3 31", "4 4"], await RunAsync(session, $"SELECT id, v FROM lake.db.{name} ORDER BY id"));
            await RunAsync(session, $"INSERT OVERWRITE lake.db.{name} VALUES (5, 5)");
            Assert.Equal(["5 5"], await RunAsync(session, $"SELECT id, v FROM lake.db.{name}"));
            await RunAsync(session, $"TRUNCATE TABLE lake.db.{name}");
            Assert.Empty(await RunAsync(session, $"SELECT id, v FROM lake.db.{name}"));
        }
    }

    [Fact]
    public async Task Files_are_reached_with_the_credentials_that_the_server_hands_out()
    {
        await using var s3 = await FakeS3Server.StartAsync();
        using var provider = new S3ObjectStoreProvider(TimeProvider.System, new Random(3));
        var access = new Dictionary<string, string>
        {
            ["s3.endpoint"] = s3.Endpoint,
            ["s3.access-key-id"] = FakeS3Server.AccessKey,
            ["s3.secret-access-key"] = FakeS3Server.SecretKey,
            ["s3.path-style-access"] = "true",
        };
        var store = provider.Open("s3://x/", access);
        var behind = new MemoryCatalog("behind", $"s3://{FakeS3Server.Bucket}/w", store, new CommitEnvironment(TimeProvider.System, new Random(7)));
        await using var server = await RestTestServer.StartAsync(behind, store, new RestTestSettings
        {
            AccessOf = (_, _) => $$"""
                "config":{"s3.path-style-access":"true","s3.endpoint":"{{s3.Endpoint}}"},"storage-credentials":[
                {"prefix":"s3://{{FakeS3Server.Bucket}}","config":{"s3.access-key-id":"{{FakeS3Server.AccessKey}}","s3.secret-access-key":"{{FakeS3Server.SecretKey}}"} }]
                """,
        });
        await using var session = new SessionBuilder().Build();
        await RunAsync(session, $"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', 'uri' = '{server.Uri}')");
        await RunAsync(session, "SET 'execution.checkpointing.dir' = 'memory:///checkpoints'");

        await WriteAsync(session);

        Assert.Equal(["53"], await RunAsync(session, "SELECT COUNT(*) FROM lake.shop.orders"));
        Assert.Contains(s3.Store.List(FakeS3Server.Bucket, "", "").Select(o => o.Key), k => k.StartsWith("w/shop/orders", StringComparison.Ordinal) && k.EndsWith(".parquet", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("'uri' = 'ftp://x'", "http or https")]
    [InlineData("'uri' = 'http://me:pw@x'", "'token' or 'credential'")]
    [InlineData("'warehouse' = 'w'", "'uri' is missing")]
    [InlineData("'uri' = 'http://x', 'tokn' = 'y'", "tokn")]
    public async Task Options_that_cannot_be_are_refused(string options, string expected)
    {
        await using var session = new SessionBuilder().Build();

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await RunAsync(session, $"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', {options})"));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains(expected, error.ToUserText());
    }

    [Fact]
    public async Task Options_of_a_server_are_unknown_to_a_folder()
    {
        await using var session = new SessionBuilder().Build();

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await RunAsync(session, "CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '/w', 'uri' = 'http://x')"));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
    }

    private static async Task WriteAsync(Session session)
    {
        await RunAsync(session, "CREATE DATABASE lake.shop");
        await RunAsync(session, "CREATE TABLE lake.shop.orders (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')");
        await RunAsync(session, "INSERT INTO lake.shop.orders VALUES (1, 'skis'), (2, 'boots'), (3, 'poles')");
        await RunAsync(session, "INSERT INTO lake.shop.orders VALUES (2, 'goggles')");
        await RunAsync(session, "CREATE TABLE feed (id BIGINT, name STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '50', 'fields.id.kind' = 'sequence', 'fields.id.start' = '10', 'fields.id.end' = '59')");
        await RunAsync(session, "SET 'execution.runtime-mode' = 'streaming'");
        await RunAsync(session, "SET 'table.dml-sync' = 'true'");
        await RunAsync(session, "INSERT INTO lake.shop.orders SELECT * FROM feed");
        await RunAsync(session, "SET 'execution.runtime-mode' = 'batch'");
        await RunAsync(session, "CALL sys.optimize('lake.shop.orders')");
    }

    private static async Task<List<string>> RunAsync(Session session, string sql)
    {
        var rows = new List<string>();
        await using var result = await session.ExecuteAsync(sql, Token);
        await foreach (var batch in result.ReadAsync(Token))
        {
            using (batch)
            {
                for (var row = 0; row < batch.RowCount; row++)
                {
                    rows.Add(string.Join(" ", batch.Columns.Select(c => ValueText.Format(c, row, TimeZoneInfo.Utc))));
                }
            }
        }

        return rows;
    }
}
