using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Conformance;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>The conformance suite over real HTTP, with the protocol's own separator and one page a listing.</summary>
public sealed class RestCatalogTests : IcebergCatalogConformance, IAsyncLifetime
{
    private RestFixture _fixture = null!; // InitializeAsync

    private protected override IIcebergCatalog Catalog => _fixture.Catalog;

    public async ValueTask InitializeAsync() => _fixture = await RestFixture.StartAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();
}

/// <summary>The same of a server that does things in its own way: a prefix, another separator, short pages, tokens, and few endpoints.</summary>
public sealed class ParticularRestCatalogTests : IcebergCatalogConformance, IAsyncLifetime
{
    private RestFixture _fixture = null!; // InitializeAsync

    private protected override IIcebergCatalog Catalog => _fixture.Catalog;

    public async ValueTask InitializeAsync() => _fixture = await RestFixture.StartAsync(
        new RestTestSettings { Prefix = "team%20a", Separator = "%2E", PageSize = 2, Client = ("me", "let me in"), TokenSeconds = 3600, Endpoints = null },
        new() { ["credential"] = "me:let me in" });

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();
}

/// <summary>A server and a client of it.</summary>
internal sealed class RestFixture : IAsyncDisposable
{
    private RestFixture(RestTestServer server, RestCatalog catalog, MemoryCatalog behind, IObjectStore store) => (Server, Catalog, Behind, Store) = (server, catalog, behind, store);

    public RestTestServer Server { get; }

    public RestCatalog Catalog { get; }

    /// <summary>What the server answers from.</summary>
    public MemoryCatalog Behind { get; }

    public IObjectStore Store { get; }

    public static async Task<RestFixture> StartAsync(RestTestSettings? settings = null, Dictionary<string, string>? options = null, IObjectStoreProvider? stores = null, TimeProvider? time = null)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var behind = new MemoryCatalog("behind", "memory:///warehouse", store, new CommitEnvironment(TimeProvider.System, new Random(7)));
        var server = await RestTestServer.StartAsync(behind, store, settings);
        return new RestFixture(server, ClientOf(server, options ?? [], stores ?? new ObjectStoreProviderRouter(store), time ?? TimeProvider.System), behind, store);
    }

    public static RestCatalog ClientOf(RestTestServer server, Dictionary<string, string> options, IObjectStoreProvider stores, TimeProvider time, int seed = 11)
    {
        var all = new Dictionary<string, string> { ["uri"] = server.Uri, ["rest.client.retry-min-wait-ms"] = "1" };
        foreach (var (key, value) in options)
        {
            all[key] = value;
        }

        return new RestCatalog("rest", RestCatalogOptions.Read(all, "the test"), stores, new CommitEnvironment(time, new Random(seed)));
    }

    public async ValueTask DisposeAsync()
    {
        await Catalog.DisposeAsync();
        await Server.DisposeAsync();
    }
}
