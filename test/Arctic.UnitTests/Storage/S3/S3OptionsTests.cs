using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Storage.S3;
using Arctic.Testing.S3;

namespace Arctic.UnitTests.Storage.S3;

public sealed class S3OptionsTests
{
    [Fact]
    public void Keys_of_Iceberg_and_of_Flink_are_read()
    {
        var iceberg = Read(("s3.endpoint", "http://here:9000"), ("s3.access-key-id", "a"), ("s3.secret-access-key", "b"), ("s3.session-token", "c"), ("client.region", "eu-central-1"), ("s3.path-style-access", "true"));
        var flink = Read(("s3.endpoint", "http://here:9000"), ("s3.access-key", "a"), ("s3.secret-key", "b"), ("s3.session-token", "c"), ("s3.endpoint.region", "eu-central-1"), ("s3.path.style.access", "true"));

        Assert.Equal(iceberg, flink);
        Assert.Equal(("http://here:9000", "a", "b", "c", "eu-central-1", true), (iceberg.Endpoint, iceberg.AccessKeyId, iceberg.SecretAccessKey, iceberg.SessionToken, iceberg.Region, iceberg.PathStyleAccess));
    }

    [Theory]
    [InlineData("s3.endpoint", "minio:9000", "must be an http or https URI")]
    [InlineData("s3.endpoint", "http://user:secret-word@minio", "must be an http or https URI")]
    [InlineData("s3.access-key-id", "secret-word", "only one is given")]
    [InlineData("s3.secret-access-key", "secret-word", "only one is given")]
    [InlineData("s3.session-token", "secret-word", "needs 's3.access-key-id'")]
    [InlineData("s3.multipart.part-size-bytes", "1 mb", "from 5 mb to 1 gb")]
    [InlineData("s3.multipart.num-threads", "0", "from 1 to 64")]
    [InlineData("s3.retry.num-retries", "-1", "from 0 to 100")]
    [InlineData("s3.request-timeout", "0", "more than 0")]
    [InlineData("s3.retry.max-wait-ms", "1", "must not be less")]
    public void Options_that_contradict_each_other_are_refused_without_repeating_them(string key, string value, string expected)
    {
        var error = Assert.Throws<ArcticException>(() => Read((key, value)).Check());

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain("secret-word", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Their_text_has_no_secret()
    {
        var options = Read(("s3.access-key-id", "the-key"), ("s3.secret-access-key", "the-secret"), ("s3.session-token", "the-token"));

        foreach (var secret in new[] { "the-key", "the-secret", "the-token" })
        {
            Assert.DoesNotContain(secret, options.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_provider_has_one_store_for_equal_options_and_leaves_other_keys_alone()
    {
        await using var server = await FakeS3Server.StartAsync();
        using var provider = new S3ObjectStoreProvider(TimeProvider.System, new Random(1));
        var properties = new Dictionary<string, string>
        {
            ["s3.endpoint"] = server.Endpoint,
            ["s3.access-key-id"] = FakeS3Server.AccessKey,
            ["s3.secret-access-key"] = FakeS3Server.SecretKey,
            ["s3.path-style-access"] = "true",
            ["s3.remote-signing-enabled"] = "false",
            ["uri"] = "http://catalog",
        };

        var store = provider.Open("s3://lake/t", properties);
        await store.PutAsync("s3://lake/t/x", "1"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Same(store, provider.Open("s3://lake/other", new Dictionary<string, string>(properties)));
        Assert.NotSame(store, provider.Open("s3://lake/t", new Dictionary<string, string>(properties) { ["s3.session-token"] = "t" }));
    }

    [Fact]
    public async Task A_provider_forgets_the_store_that_was_not_asked_for_longest_and_it_goes_on_for_its_holder()
    {
        await using var server = await FakeS3Server.StartAsync();
        using var provider = new S3ObjectStoreProvider(TimeProvider.System, new Random(1));
        var first = Open(0);
        var second = Open(1);

        for (var i = 2; i < 256; i++)
        {
            Open(i);
        }

        Assert.Same(first, Open(0));
        Open(256);

        Assert.Same(first, Open(0));
        Assert.NotSame(second, Open(1));
        await second.PutAsync("s3://lake/x", "1"u8.ToArray(), TestContext.Current.CancellationToken);

        Arctic.Storage.ObjectStores.IObjectStore Open(int i) => provider.Open("s3://lake/t", new Dictionary<string, string>
        {
            ["s3.endpoint"] = server.Endpoint,
            ["s3.access-key-id"] = FakeS3Server.AccessKey,
            ["s3.secret-access-key"] = FakeS3Server.SecretKey,
            ["s3.session-token"] = $"token {i}",
            ["s3.path-style-access"] = "true",
        });
    }

    [Fact]
    public async Task Without_region_and_endpoint_the_error_says_what_to_give()
    {
        Assert.SkipWhen(new[] { "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3" }.Any(v => Environment.GetEnvironmentVariable(v) is not null), "This machine knows a region.");
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        using var store = new S3ObjectStore(Read(("s3.access-key-id", "a"), ("s3.secret-access-key", "b")), TimeProvider.System, new Random(1));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await store.FindAsync("s3://lake/x", TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains("s3.region", error.Hint);
    }

    private static S3Options Read(params (string Key, string Value)[] values) => OptionReader.Read<S3Options>(values.ToDictionary(v => v.Key, v => v.Value), "the test");
}
