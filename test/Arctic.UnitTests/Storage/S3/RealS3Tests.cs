using Arctic.Storage.ObjectStores;
using Arctic.Storage.S3;
using Arctic.UnitTests.Conformance;

namespace Arctic.UnitTests.Storage.S3;

/// <summary>
/// The store over a real bucket: <c>ARCTIC_TEST_S3</c> names a folder of it (<c>s3://bucket/folder</c>), the usual chain the rest (<c>AWS_ACCESS_KEY_ID</c>, <c>AWS_REGION</c>,
/// <c>AWS_ENDPOINT_URL_S3</c>, …). What the tests wrote is deleted.
/// </summary>
public sealed class RealS3Tests : ObjectStoreConformance, IAsyncLifetime
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("ARCTIC_TEST_S3");
    private S3ObjectStore? _store;

    protected override IObjectStore Store => _store!;

    protected override string Root { get; } = $"{Folder?.TrimEnd('/')}/{Guid.NewGuid():N}";

    protected override string? CreateIfAbsentRestsOn => "PUT with 'If-None-Match: *', which the store answers with 412 when the key has an object.";

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Folder is null, "ARCTIC_TEST_S3 names no bucket.");
        var isAmazon = Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_S3") is null && Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL") is null;
        _store = new S3ObjectStore(new S3Options { PathStyleAccess = !isAmazon }, TimeProvider.System, new Random(1));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await foreach (var left in _store.ListAsync(Root, CancellationToken.None))
            {
                await _store.DeleteAsync(left.Location, CancellationToken.None);
            }

            _store.Dispose();
        }
    }
}
