using Arctic.Columnar.Errors;
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
    [Fact]
    public async Task Keyed_tables_are_written_in_batch_and_streaming_optimized_and_read()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var behind = new MemoryCatalog("behind", "memory:///warehouse", store, new CommitEnvironment(TimeProvider.System, new Random(7)));
        await using var server = await RestTestServer.StartAsync(behind, store, new RestTestSettings { Client = ("me", "secret"), Separator = "%2E" });
        await using var session = new SessionBuilder { ObjectStore = store }.Build();
        await session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', 'uri' = '{server.Uri}', 'credential' = 'me:secret')");
        await session.RunAsync("SET 'execution.checkpointing.dir' = 'memory:///checkpoints'");

        await WriteAsync(session);

        Assert.Equal(["1|skis", "2|goggles", "3|poles"], await session.RunAsync("SELECT id, name FROM lake.shop.orders WHERE id < 10 ORDER BY id"));
        Assert.Equal(["53"], await session.RunAsync("SELECT COUNT(*) FROM lake.shop.orders"));
        Assert.Equal(["orders"], await session.RunAsync("SHOW TABLES IN lake.shop"));
        Assert.Contains(server.Calls, c => c.IsCommit);
        await session.RunAsync("DROP DATABASE lake.shop CASCADE");
        Assert.Empty(await session.RunAsync("SHOW DATABASES IN lake"));
    }

    [Fact]
    public async Task Rows_are_deleted_updated_and_overwritten_and_old_files_go()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var behind = new MemoryCatalog("behind", "memory:///warehouse", store, new CommitEnvironment(TimeProvider.System, new Random(7)));
        await using var server = await RestTestServer.StartAsync(behind, store, new RestTestSettings());
        await using var session = new SessionBuilder { ObjectStore = store }.Build();
        await session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', 'uri' = '{server.Uri}')");
        await session.RunAsync("SET 'execution.checkpointing.dir' = 'memory:///checkpoints'");
        await session.RunAsync("CREATE DATABASE lake.db");
        foreach (var (name, key) in new[] { ("k", ", PRIMARY KEY (id) NOT ENFORCED"), ("t", "") })
        {
            await session.RunAsync($"CREATE TABLE lake.db.{name} (id INT, v INT{key})");
            await session.RunAsync($"INSERT INTO lake.db.{name} VALUES (1, 1), (2, 2), (3, 3)");
            await session.RunAsync($"UPDATE lake.db.{name} SET v = v * 10 WHERE id > 1");
            await session.RunAsync($"DELETE FROM lake.db.{name} WHERE v = 20");
            Assert.Equal(["1|1", "3|30"], await session.RunAsync($"SELECT id, v FROM lake.db.{name} ORDER BY id"));
            await session.RunAsync($"INSERT OVERWRITE lake.db.{name} SELECT id, v + 1 FROM lake.db.{name}");
            await session.RunAsync($"INSERT INTO lake.db.{name} VALUES (4, 4)");
            await session.RunAsync($"CALL sys.expire_snapshots('lake.db.{name}', '2999-01-01 00:00:00')");
            Assert.Equal(["1|2", "3|31", "4|4"], await session.RunAsync($"SELECT id, v FROM lake.db.{name} ORDER BY id"));
            await session.RunAsync($"INSERT OVERWRITE lake.db.{name} VALUES (5, 5)");
            Assert.Equal(["5|5"], await session.RunAsync($"SELECT id, v FROM lake.db.{name}"));
            await session.RunAsync($"TRUNCATE TABLE lake.db.{name}");
            Assert.Empty(await session.RunAsync($"SELECT id, v FROM lake.db.{name}"));
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
        await session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', 'uri' = '{server.Uri}')");
        await session.RunAsync("SET 'execution.checkpointing.dir' = 'memory:///checkpoints'");

        await WriteAsync(session);

        Assert.Equal(["53"], await session.RunAsync("SELECT COUNT(*) FROM lake.shop.orders"));
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

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'catalog-type' = 'rest', {options})"));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains(expected, error.ToUserText());
    }

    [Fact]
    public async Task Options_of_a_server_are_unknown_to_a_folder()
    {
        await using var session = new SessionBuilder().Build();

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await session.RunAsync("CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '/w', 'uri' = 'http://x')"));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
    }

    private static async Task WriteAsync(Session session)
    {
        await session.RunAsync("CREATE DATABASE lake.shop");
        await session.RunAsync("CREATE TABLE lake.shop.orders (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')");
        await session.RunAsync("INSERT INTO lake.shop.orders VALUES (1, 'skis'), (2, 'boots'), (3, 'poles')");
        await session.RunAsync("INSERT INTO lake.shop.orders VALUES (2, 'goggles')");
        await session.RunAsync("CREATE TABLE feed (id BIGINT, name STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '50', 'fields.id.kind' = 'sequence', 'fields.id.start' = '10', 'fields.id.end' = '59')");
        await session.RunAsync("SET 'execution.runtime-mode' = 'streaming'");
        await session.RunAsync("SET 'table.dml-sync' = 'true'");
        await session.RunAsync("INSERT INTO lake.shop.orders SELECT * FROM feed");
        await session.RunAsync("SET 'execution.runtime-mode' = 'batch'");
        await session.RunAsync("CALL sys.optimize('lake.shop.orders')");
    }
}
