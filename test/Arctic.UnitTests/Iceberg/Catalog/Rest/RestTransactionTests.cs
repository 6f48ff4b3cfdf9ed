using Arctic.Iceberg.Catalog;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Iceberg.Transactions;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>Transactions on tables of a REST catalog, over HTTP.</summary>
public sealed class RestTransactionTests : TransactionTests, IAsyncLifetime
{
    private RestFixture _fixture = null!; // InitializeAsync

    private protected override IIcebergCatalog Catalog => _fixture.Catalog;

    private protected override IObjectStore Store => _fixture.Store;

    public async ValueTask InitializeAsync() => _fixture = await RestFixture.StartAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    private protected override (IIcebergCatalog Catalog, Task Reached, Action Open) SlowWriter()
    {
        var (reached, open) = (new TaskCompletionSource(), new TaskCompletionSource());
        var writer = RestFixture.ClientOf(_fixture.Server, new() { ["header.X-Writer"] = "slow" }, new ObjectStoreProviderRouter(Store), TimeProvider.System, seed: 5);
        _fixture.Server.FaultOf = call =>
            call.IsCommit && call.Headers.ContainsKey("X-Writer") && reached.TrySetResult() ? new RestFault(RestFaultMoment.BeforeEffect, RestFault.OnlyLate) { Until = open.Task } : null;
        return (writer, reached.Task, () => open.TrySetResult());
    }
}
