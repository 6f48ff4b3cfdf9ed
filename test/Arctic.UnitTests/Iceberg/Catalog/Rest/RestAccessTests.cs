using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>Who the client says it is, to the catalog and to object stores, and that nobody else learns it.</summary>
public sealed class RestAccessTests
{
    private const string Secret = "s3cr3t & more";
    private static readonly TableIdentifier Orders = TableFixture.Orders;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_fetched_once_for_many_requests_and_anew_before_it_expires()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Client = ("me", Secret), TokenSeconds = 600 }, Credential(), time: time);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token).AsTask()));
        Assert.Equal(1, fixture.Server.Handler.TokenCount);

        time.Advance(TimeSpan.FromSeconds(539));
        await fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token);
        Assert.Equal(1, fixture.Server.Handler.TokenCount);

        time.Advance(TimeSpan.FromSeconds(2)); // A minute before the end.
        await fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token);
        Assert.Equal(2, fixture.Server.Handler.TokenCount);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(419)]
    public async Task A_token_that_is_no_longer_accepted_is_renewed_once_also_for_a_commit(int status)
    {
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Client = ("me", Secret), UnauthorizedStatus = status }, Credential());
        var table = await CreateAsync(fixture.Catalog);
        fixture.Server.Handler.RevokeTokens();

        var commit = new TableCommit(Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" })]);
        Assert.Equal("1", (await fixture.Catalog.CommitAsync(commit, Token)).Metadata.Properties["a"]);
        Assert.Equal(2, fixture.Server.Handler.TokenCount);

        // A server that accepts none of its tokens is not asked for ever.
        fixture.Server.FaultOf = call => call.Path.EndsWith("/tokens", StringComparison.Ordinal) ? null : new RestFault(RestFaultMoment.BeforeEffect, status);
        var before = fixture.Server.Calls.Count;
        await FailsAsync(ErrorCodes.AccessDenied, async () => await fixture.Catalog.CommitAsync(commit, Token));
        Assert.Equal(["POST", "POST", "POST"], fixture.Server.Calls.Skip(before).Select(c => c.Method));
    }

    [Fact]
    public async Task A_given_token_is_sent_and_its_refusal_names_no_secret()
    {
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Client = ("me", Secret) }, new() { ["token"] = "given-token" });

        var error = await FailsAsync(ErrorCodes.AccessDenied, async () => await fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token));
        Assert.Contains("Not accepted: Bearer ***", error.Message);
        Assert.DoesNotContain("given-token", error.ToString());
        Assert.Contains("'token'", error.Hint);

        fixture.Server.Handler.Accept("given-token");
        Assert.Empty(await fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token));
        Assert.Equal(0, fixture.Server.Handler.TokenCount);
    }

    [Fact]
    public async Task Wrong_credentials_are_denied_and_no_secret_is_in_any_text()
    {
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Client = ("me", "other") }, Credential());

        var error = await FailsAsync(ErrorCodes.AccessDenied, async () => await fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token));

        Assert.Contains("fetch an access token", error.Message);
        Assert.Contains("invalid_client: Credentials *** given were invalid", error.Message);
        Assert.DoesNotContain(Secret, error.ToString());
        var options = RestCatalogOptions.Read(new Dictionary<string, string>(Credential()) { ["uri"] = "http://h", ["token"] = "tttt" }, "the test");
        Assert.DoesNotContain(Secret, options.ToString());
        Assert.DoesNotContain("tttt", options.ToString());
    }

    [Fact]
    public async Task Headers_are_those_of_the_options_and_go_to_no_other_token_server()
    {
        await using var tokens = await RestFixture.StartAsync(new RestTestSettings { Client = ("me", Secret) });
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Client = ("me", Secret) }, new(Credential())
        {
            ["oauth2-server-uri"] = tokens.Server.Uri + "/v1/oauth/tokens",
            ["header.X-Realm"] = "mine",
            ["header.X-Iceberg-Access-Delegation"] = "",
        });
        fixture.Server.Handler.Accept("token-1");

        await fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token);

        Assert.All(fixture.Server.Calls, c => Assert.Equal("mine", c.Headers["X-Realm"]));
        Assert.All(fixture.Server.Calls, c => Assert.False(c.Headers.ContainsKey("X-Iceberg-Access-Delegation")));
        var asked = Assert.Single(tokens.Server.Calls);
        Assert.False(asked.Headers.ContainsKey("X-Realm"));
        Assert.False(asked.Headers.ContainsKey("Authorization"));
        await FailsAsync(ErrorCodes.InvalidOption, async () =>
            await RestFixture.ClientOf(fixture.Server, new() { ["header.X"] = "a\r\nb" }, new ObjectStoreProviderRouter(fixture.Store), TimeProvider.System).ListNamespacesAsync(Namespace.Root, Token));
    }

    [Fact]
    public async Task What_the_server_says_stands_below_and_above_the_options()
    {
        var stores = new RecordingProvider();
        await using var fixture = await RestFixture.StartAsync(
            new RestTestSettings
            {
                Defaults = new Dictionary<string, string> { ["s3.region"] = "default", ["s3.endpoint"] = "default", ["header.X-From"] = "server" },
                Overrides = new Dictionary<string, string> { ["s3.path-style-access"] = "true" },
                AccessOf = (_, _) => "\"config\":{\"s3.access-key-id\":\"key\"}",
            },
            new() { ["s3.region"] = "mine", ["s3.path-style-access"] = "false", ["token"] = "t", ["header.X-Own"] = "h" },
            stores);
        var table = await CreateAsync(fixture.Catalog);

        await table.Store.FindAsync("s3://bucket/a/b", Token);

        var (location, properties) = Assert.Single(stores.Opened);
        Assert.Equal("s3://bucket/", location);
        Assert.Equal(("mine", "default", "true", "key"), (properties["s3.region"], properties["s3.endpoint"], properties["s3.path-style-access"], properties["s3.access-key-id"]));
        Assert.False(properties.ContainsKey("token") || properties.ContainsKey("header.X-Own"));
        Assert.Equal("server", fixture.Server.Calls.Last().Headers["X-From"]);
    }

    [Fact]
    public async Task A_table_has_credentials_of_its_own_by_the_longest_prefix()
    {
        var stores = new RecordingProvider();
        await using var fixture = await RestFixture.StartAsync(
            new RestTestSettings
            {
                AccessOf = (_, _) => """
                    "config":{"s3.access-key-id":"common"},"storage-credentials":[
                      {"prefix":"s3://bucket/","config":{"s3.access-key-id":"bucket"}},
                      {"prefix":"s3://bucket/a/","config":{"s3.access-key-id":"folder"}}]
                    """,
            },
            stores: stores);
        var table = await CreateAsync(fixture.Catalog);

        foreach (var location in new[] { "s3a://bucket/a/x", "s3://bucket/b", "s3://other/x", "s3://bucket/a/y" })
        {
            await table.Store.FindAsync(location, Token);
        }

        Assert.Equal(["folder", "bucket", "common"], stores.Opened.Select(o => o.Properties["s3.access-key-id"]));
    }

    [Fact]
    public async Task A_later_load_changes_what_does_not_expire_and_keeps_what_holds()
    {
        var time = new FakeTimeProvider();
        var stores = new RecordingProvider();
        var expiry = "";
        await using var fixture = await RestFixture.StartAsync(
            new RestTestSettings { AccessOf = (_, count) => $"\"config\":{{\"s3.access-key-id\":\"key{count}\"{expiry}}}" }, stores: stores, time: time);
        var table = await CreateAsync(fixture.Catalog);
        async Task<string> KeyAfterLoadAsync()
        {
            await fixture.Behind.CommitAsync(new TableCommit(Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["now"] = $"{stores.Opened.Count}" })]), Token);
            var loaded = await fixture.Catalog.LoadTableAsync(Orders, Token);
            await loaded.Store.FindAsync("s3://bucket/x", Token);
            return stores.Opened[^1].Properties["s3.access-key-id"];
        }

        Assert.Equal("key2", await KeyAfterLoadAsync());
        expiry = $",\"s3.session-token-expires-at-ms\":\"{time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds()}\"";
        Assert.Equal("key3", await KeyAfterLoadAsync());
        Assert.Equal("key3", await KeyAfterLoadAsync());
        Assert.Equal(2, stores.Opened.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credentials_are_renewed_before_they_expire(bool hasEndpoint)
    {
        var time = new FakeTimeProvider();
        var stores = new RecordingProvider();
        string Access(TableIdentifier identifier, int count) => $$"""
            "config":{},"storage-credentials":[{"prefix":"s3://bucket/","config":{"s3.access-key-id":"key{{count}}","s3.session-token-expires-at-ms":"{{time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds()}}"} }]
            """;
        var endpoints = hasEndpoint ? RestTestHandler.AllEndpoints.Append("GET /v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials").ToList() : RestTestHandler.AllEndpoints;
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { AccessOf = Access, Endpoints = endpoints }, stores: stores, time: time);
        var table = await CreateAsync(fixture.Catalog);
        async Task<string> KeyAsync()
        {
            await table.Store.FindAsync("s3://bucket/x", Token);
            return stores.Opened[^1].Properties["s3.access-key-id"];
        }

        Assert.Equal("key1", await KeyAsync());
        time.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("key1", await KeyAsync());
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("key2", await KeyAsync());
        Assert.Equal(hasEndpoint, fixture.Server.Calls.Last().Path.EndsWith("/credentials", StringComparison.Ordinal));

        // While the old ones hold, a server that fails costs nothing; after that it does.
        time.Advance(TimeSpan.FromMinutes(56));
        fixture.Server.FaultOf = _ => new RestFault(RestFaultMoment.BeforeEffect, 500);
        Assert.Equal("key2", await KeyAsync());
        time.Advance(TimeSpan.FromMinutes(10));
        await FailsAsync(ErrorCodes.StorageFailed, KeyAsync);
        fixture.Server.FaultOf = null;
        Assert.Equal("key3", await KeyAsync());
    }

    [Fact]
    public async Task A_table_that_was_committed_to_without_being_loaded_asks_for_access_when_a_file_is_opened()
    {
        var stores = new RecordingProvider();
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { AccessOf = (_, count) => $"\"config\":{{\"s3.access-key-id\":\"key{count}\"}}" }, stores: stores);
        await CreateAsync(fixture.Catalog);
        await using var other = RestFixture.ClientOf(fixture.Server, [], stores, TimeProvider.System);

        var table = await other.CommitAsync(new TableCommit(Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" })]), Token);
        Assert.Empty(stores.Opened);
        await table.Store.FindAsync("s3://bucket/x", Token);

        Assert.Equal("key2", Assert.Single(stores.Opened).Properties["s3.access-key-id"]);
    }

    [Fact]
    public async Task A_table_may_have_a_token_of_its_own_which_gives_way_when_it_is_refused()
    {
        await using var fixture = await RestFixture.StartAsync(
            new RestTestSettings { Client = ("me", Secret), AccessOf = (_, _) => "\"config\":{\"token\":\"table-token\"}" }, Credential());
        fixture.Server.Handler.Accept("table-token");
        await CreateAsync(fixture.Catalog);

        await fixture.Catalog.FindTableAsync(Orders, Token);
        Assert.Equal("Bearer table-token", fixture.Server.Calls.Last().Headers["Authorization"]);
        await fixture.Catalog.ListTablesAsync(Orders.Namespace, Token);
        Assert.Equal("Bearer token-1", fixture.Server.Calls.Last().Headers["Authorization"]);

        fixture.Server.Handler.RevokeTokens();
        fixture.Server.Handler.Accept("token-1");
        Assert.NotNull(await fixture.Catalog.FindTableAsync(Orders, Token));
        Assert.Equal("Bearer token-1", fixture.Server.Calls.Last().Headers["Authorization"]);
    }

    [Theory]
    [InlineData("rest.sigv4-enabled", "true", "sigv4")]
    [InlineData("rest.auth.type", "basic", "basic")]
    public async Task A_server_that_asks_for_another_kind_of_authentication_is_refused_by_name(string key, string value, string expected)
    {
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Overrides = new Dictionary<string, string> { [key] = value } });

        var error = await FailsAsync(ErrorCodes.Unsupported, async () => await fixture.Catalog.ListNamespacesAsync(Namespace.Root, Token));

        Assert.Contains($"'{expected}'", error.Message);
    }

    [Fact]
    public async Task The_short_way_in_opens_a_rest_catalog_too()
    {
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Client = ("me", Secret) });
        await using var catalog = Arctic.Iceberg.IcebergCatalog.OpenRest(fixture.Server.Uri, Credential(), new Arctic.Iceberg.IcebergCatalogOptions { Name = "short", Store = fixture.Store });

        var table = await catalog.CreateTableIfNotExistsAsync("a.b.orders", new TableCreation { Schema = TableFixture.Columns });

        Assert.Equal(["a.b.orders"], await catalog.ListTablesAsync("a.b", Token));
        Assert.Equal(table.Metadata.TableUuid, (await fixture.Behind.LoadTableAsync(TableIdentifier.Parse("a.b.orders"), Token)).Metadata.TableUuid);
    }

    private static Dictionary<string, string> Credential() => new() { ["credential"] = "me:" + Secret };

    private static async Task<Arctic.Iceberg.IcebergTable> CreateAsync(RestCatalog catalog)
    {
        await catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        return await catalog.CreateTableAsync(Orders, new TableCreation { Schema = TableFixture.Columns }, Token);
    }

    private static async Task<ArcticException> FailsAsync(ErrorCode code, Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<ArcticException>(act);
        Assert.Equal(code, error.Code);
        return error;
    }

    private sealed class RecordingProvider : IObjectStoreProvider
    {
        private readonly MemoryObjectStore _store = new(TimeProvider.System);

        public List<(string Location, IReadOnlyDictionary<string, string> Properties)> Opened { get; } = [];

        public IObjectStore Open(string location, IReadOnlyDictionary<string, string> properties)
        {
            lock (Opened)
            {
                Opened.Add((location, properties));
            }

            return _store;
        }
    }
}
