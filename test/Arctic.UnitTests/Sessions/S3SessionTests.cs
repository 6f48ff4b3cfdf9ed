using Arctic.Columnar.Errors;
using Arctic.Testing.S3;

namespace Arctic.UnitTests.Sessions;

/// <summary>Lake tables in S3 through SQL, with the options of the catalog and with those of the session.</summary>
public sealed class S3SessionTests
{
    [Fact]
    public async Task A_catalog_with_options_of_its_own_keeps_tables_and_checkpoints_in_its_bucket()
    {
        await using var server = await FakeS3Server.StartAsync();
        await using var session = new SessionBuilder().Build();
        await session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 's3://{FakeS3Server.Bucket}/w', {OptionsOf(server)})");
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

        var rows = await session.RunAsync("SELECT id, name FROM lake.shop.orders WHERE id < 10 ORDER BY id");
        var count = await session.RunAsync("SELECT COUNT(*) FROM lake.shop.orders");

        Assert.Equal(["1|skis", "2|goggles", "3|poles"], rows);
        Assert.Equal(["53"], count);
        var keys = server.Store.List(FakeS3Server.Bucket, "", "").Select(o => o.Key).ToList();
        Assert.Contains(keys, k => k.StartsWith("w/shop/orders/metadata/v", StringComparison.Ordinal));
        Assert.Contains(keys, k => k.EndsWith(".parquet", StringComparison.Ordinal));
        Assert.Contains(server.Requests, r => r.StartsWith("PutIfAbsent w/.arctic/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Options_of_the_session_reach_every_table_and_secrets_are_not_listed()
    {
        await using var server = await FakeS3Server.StartAsync();
        await using var session = new SessionBuilder().Build();
        foreach (var (key, value) in PairsOf(server))
        {
            await session.RunAsync($"SET '{key}' = '{value}'");
        }

        await session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 's3a://{FakeS3Server.Bucket}/w')");
        await session.RunAsync("CREATE DATABASE lake.shop");
        await session.RunAsync("CREATE TABLE lake.shop.items (id INT)");
        await session.RunAsync("INSERT INTO lake.shop.items VALUES (1), (2)");

        Assert.Equal(["1", "2"], await session.RunAsync("SELECT id FROM lake.shop.items ORDER BY id"));
        var listed = string.Join('\n', await session.RunAsync("SET"));
        Assert.Contains($"s3.endpoint|{server.Endpoint}", listed);
        Assert.Contains("s3.secret-access-key|***", listed);
        Assert.DoesNotContain(FakeS3Server.SecretKey, listed);
        Assert.DoesNotContain(FakeS3Server.AccessKey, listed);
    }

    [Fact]
    public async Task The_catalog_overrides_the_session_in_every_spelling()
    {
        await using var server = await FakeS3Server.StartAsync();
        await using var session = new SessionBuilder { Options = new Dictionary<string, string> { ["s3.access-key-id"] = "AKIDWRONG", ["s3.secret-access-key"] = "wrong", ["s3.endpoint"] = "http://127.0.0.1:9" } }.Build();

        await session.RunAsync(
            $"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 's3://{FakeS3Server.Bucket}/w', 's3.endpoint' = '{server.Endpoint}', 's3.access-key' = '{FakeS3Server.AccessKey}', 's3.secret-key' = '{FakeS3Server.SecretKey}', 's3.path.style.access' = 'true')");
        await session.RunAsync("CREATE DATABASE lake.shop");

        Assert.Equal(["shop"], await session.RunAsync("SHOW DATABASES IN lake"));
    }

    [Theory]
    [InlineData("'s3.acess-key-id' = 'x'", "s3.access-key-id")]
    [InlineData("'s3.access-key-id' = 'secret-word'", "only one is given")]
    [InlineData("'s3.endpoint' = 'here:9000'", "must be an http or https URI")]
    [InlineData("'s3.path-style-access' = 'perhaps'", "expected true or false")]
    public async Task Options_that_cannot_be_are_refused_when_the_catalog_is_made(string option, string expected)
    {
        await using var session = new SessionBuilder().Build();

        var error = await Assert.ThrowsAsync<ArcticException>(() => session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 's3://lake/w', {option})"));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains(expected, error.Message + error.Hint);
        Assert.DoesNotContain("secret-word", error.Message);
    }

    [Fact]
    public async Task A_wrong_key_is_an_error_with_advice()
    {
        await using var server = await FakeS3Server.StartAsync();
        await using var session = new SessionBuilder().Build();
        await session.RunAsync($"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 's3://{FakeS3Server.Bucket}/w', {OptionsOf(server).Replace(FakeS3Server.AccessKey, "AKIDOTHER")})");

        var error = await Assert.ThrowsAsync<ArcticException>(() => session.RunAsync("CREATE DATABASE lake.shop"));

        Assert.Equal(ErrorCodes.AccessDenied, error.Code);
        Assert.Contains("InvalidAccessKeyId", error.Message);
        Assert.Contains("access key", error.Hint);
    }

    private static IEnumerable<KeyValuePair<string, string>> PairsOf(FakeS3Server server) =>
    [
        new("s3.endpoint", server.Endpoint),
        new("s3.access-key-id", FakeS3Server.AccessKey),
        new("s3.secret-access-key", FakeS3Server.SecretKey),
        new("s3.path-style-access", "true"),
    ];

    private static string OptionsOf(FakeS3Server server) => string.Join(", ", PairsOf(server).Select(p => $"'{p.Key}' = '{p.Value}'"));
}
