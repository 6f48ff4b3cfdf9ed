using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.S3;
using Arctic.Testing.S3;
using Arctic.UnitTests.Conformance;
using static Arctic.UnitTests.Iceberg.TableFixture;

namespace Arctic.UnitTests.Iceberg.Catalog;

public sealed class S3CatalogConformanceTests : IcebergCatalogConformance, IAsyncLifetime
{
    private FakeS3Server? _server;
    private S3ObjectStore? _store;
    private FileSystemCatalog? _catalog;

    private protected override IIcebergCatalog Catalog => _catalog!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeS3Server.StartAsync();
        _server.PageSize = 10;
        _store = new S3ObjectStore(_server.Options, TimeProvider.System, new Random(1));
        _catalog = new FileSystemCatalog("s3", $"s3a://{FakeS3Server.Bucket}/warehouse", _store, new CommitEnvironment(TimeProvider.System, new Random(1)));
    }

    public async ValueTask DisposeAsync()
    {
        _store?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}

/// <summary>Writers that race over S3 while requests are refused, cut before and after their effect, and torn.</summary>
public sealed class S3CommitRaceTests
{
    private const string Warehouse = $"s3://{FakeS3Server.Bucket}/warehouse";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 5)]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    public async Task Every_acknowledged_commit_is_there_once_and_every_other_at_most_once(int seed, int retries)
    {
        var faults = new SeededS3Faults(new Random(seed), rate: 0.05);
        await using var server = await FakeS3Server.StartAsync(faults);
        await using var sound = await SoundAsync(server);
        var (acknowledged, unknown, failed) = (new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
        var results = new Lock();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            // Without retries of its own the store passes every fault on.
            using var store = new S3ObjectStore(server.Options with { RetriesMax = retries }, TimeProvider.System, new Random(seed + writer));
            var catalog = new FileSystemCatalog("s3", Warehouse, store, new CommitEnvironment(TimeProvider.System, new Random(seed + writer)));
            for (var i = 0; i < 10; i++)
            {
                var name = $"w{writer}-{i}";
                var outcome = await CommitAsync(catalog, name) switch { true => acknowledged, false => failed, null => unknown };
                lock (results)
                {
                    outcome.Add(name);
                }
            }
        })));

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {acknowledged.Count} acknowledged, {unknown.Count} unknown, {failed.Count} failed, {faults.Count} faults");
        var found = NamesOf(await EntriesAsync(await sound.Catalog.LoadTableAsync(Orders, Token))).ToList();
        Assert.Equal(found.Distinct(), found);
        Assert.Empty(acknowledged.Except(found));
        Assert.Empty(failed.Intersect(found));
        Assert.Empty(found.Except(acknowledged).Except(unknown));
        Assert.True(acknowledged.Count > 50, $"{acknowledged.Count} acknowledged, {unknown.Count} unknown, {failed.Count} failed");
        Assert.True(faults.Count > 50);
    }

    private static async Task<bool?> CommitAsync(FileSystemCatalog catalog, string name)
    {
        try
        {
            var transaction = (await catalog.LoadTableAsync(Orders, Token)).NewTransaction();
            transaction.Append().Add(File(name));
            await transaction.CommitAsync(Token);
            return true;
        }
        catch (CommitOutcomeUnknownException)
        {
            return null;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed || e.Code == ErrorCodes.CommitConflict)
        {
            return false;
        }
    }

    // The same objects through a server without faults.
    private static async Task<SoundView> SoundAsync(FakeS3Server faulty)
    {
        var server = await FakeS3Server.StartAsync(store: faulty.Store);
        var store = new S3ObjectStore(server.Options, TimeProvider.System, new Random(0));
        var catalog = new FileSystemCatalog("sound", Warehouse, store, new CommitEnvironment(TimeProvider.System, new Random(0)));
        await catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var properties = new Dictionary<string, string>
        {
            ["commit.retry.num-retries"] = "1000",
            ["commit.retry.min-wait-ms"] = "0",
            ["commit.retry.max-wait-ms"] = "20",
            ["write.metadata.previous-versions-max"] = "10",
            ["write.metadata.delete-after-commit.enabled"] = "true",
        };
        await catalog.CreateTableAsync(Orders, new TableCreation { Schema = Columns, Properties = properties }, Token);
        return new SoundView(server, store, catalog);
    }

    private sealed record SoundView(FakeS3Server Server, S3ObjectStore Store, FileSystemCatalog Catalog) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Store.Dispose();
            await Server.DisposeAsync();
        }
    }
}

/// <summary>Rows on their way to S3.</summary>
public sealed class S3WriteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_whose_parts_stall_ends_when_it_is_cancelled_and_leaves_nothing()
    {
        var stalled = new StalledParts();
        await using var server = await FakeS3Server.StartAsync(stalled);
        using var store = new S3ObjectStore(
            server.Options with { PartsInFlightMax = 1, PartSize = new ByteSize(5 << 20), RequestTimeout = TimeSpan.FromHours(1) }, TimeProvider.System, new Random(1));
        await using var catalog = IcebergCatalog.OpenFileSystem($"s3://{FakeS3Server.Bucket}/warehouse", new IcebergCatalogOptions { Store = store });
        var creation = TableCreation.For<Blob>().WithProperty("write.parquet.row-group-size-bytes", "1048576").WithProperty("write.parquet.compression-codec", "uncompressed");
        var table = await catalog.CreateTableAsync("shop.blobs", creation, Token);
        var objects = await store.ListAsync(table.Metadata.Location, Token).CountAsync(Token);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using (var writer = table.NewWriter())
        {
            // The row group of the first 16 MiB is written with the rows after it.
            var write = writer.WriteAsync(RandomBlobs(40_000), cancel.Token).AsTask();
            await stalled.Came.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        }

        Assert.Equal(0, server.Store.UploadsUnderWay);
        Assert.Equal(objects, await store.ListAsync(table.Metadata.Location, Token).CountAsync(Token));
    }

    private static IEnumerable<Blob> RandomBlobs(int count)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var data = new byte[1024];
            random.NextBytes(data);
            yield return new Blob(i, data);
        }
    }

    private sealed record Blob(long Id, byte[] Data);
}
