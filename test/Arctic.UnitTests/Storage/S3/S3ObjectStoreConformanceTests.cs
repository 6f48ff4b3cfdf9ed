using Arctic.Storage.ObjectStores;
using Arctic.Storage.S3;
using Arctic.Testing.S3;
using Arctic.UnitTests.Conformance;

namespace Arctic.UnitTests.Storage.S3;

/// <summary>The store over our own server, which keeps S3's promises; listings come in many pages.</summary>
public sealed class S3ObjectStoreConformanceTests : ObjectStoreConformance, IAsyncLifetime
{
    private FakeS3Server? _server;
    private S3ObjectStore? _store;

    protected override IObjectStore Store => _store!;

    protected override string Root => $"s3://{FakeS3Server.Bucket}/warehouse";

    protected override string? CreateIfAbsentRestsOn => "PUT with 'If-None-Match: *', which the store answers with 412 when the key has an object; stores other than Amazon's are asked to prove it.";

    public async ValueTask InitializeAsync()
    {
        _server = await FakeS3Server.StartAsync();
        _server.PageSize = 3;
        _store = new S3ObjectStore(_server.Options, TimeProvider.System, new Random(1));
    }

    public async ValueTask DisposeAsync()
    {
        _store?.Dispose();
        if (_server is not null)
        {
            // Nothing that was begun is left behind, whatever the test did.
            Assert.Equal(0, _server.Store.UploadsUnderWay);
            await _server.DisposeAsync();
        }
    }
}
