using System.Collections.Concurrent;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Scanning;

/// <summary>Keys of equality deletes that several readers share.</summary>
public sealed class KeySetsTests
{
    private static readonly string[] Key = ["id"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Readers_at_once_load_each_delete_file_once_and_find_what_one_reader_does(bool isPartitioned)
    {
        var store = new CountingStore();
        await using var catalog = IcebergCatalog.OpenMemory(new IcebergCatalogOptions { Store = store });
        var table = await CreateAsync(catalog, isPartitioned);
        var newest = new Dictionary<int, int>();
        var random = new Random(5);
        for (var commit = 0; commit < 25; commit++)
        {
            var rows = Enumerable.Range(0, 400).Select(_ => new Item(random.Next(3000), commit)).DistinctBy(i => i.Id).ToArray();
            await table.UpsertAsync(rows, Key, Token);
            rows.ToList().ForEach(r => newest[r.Id] = r.Commit);
        }

        store.Opened.Clear();
        var scan = table.NewScan() with { ReadersMax = 4, BatchRowsMax = 50, ReadAheadBytesMax = 5000 };
        var together = await scan.ReadAsync<Item>(Token).ToListAsync(Token);

        Assert.NotEmpty(store.Opened);
        Assert.All(store.Opened, o => Assert.Equal((o.Key, 1), (o.Key, o.Value)));
        Assert.Equal(newest.Select(n => new Item(n.Key, n.Value)).OrderBy(i => i.Id), together.OrderBy(i => i.Id));
        Assert.Equal(await (scan with { ReadersMax = 1 }).ReadAsync<Item>(Token).ToListAsync(Token), together);
    }

    [Fact]
    public async Task Keys_are_shared_while_they_are_few_and_those_of_one_file_count_once()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await CreateAsync(catalog, isPartitioned: false);
        for (var commit = 0; commit < 4; commit++)
        {
            await table.UpsertAsync(Enumerable.Range(0, 100).Select(i => new Item(i, commit)), Key, Token);
        }

        // The oldest file has the deletes of all later commits.
        var tasks = (await table.NewScan().PlanAsync(Token)).Tasks.OrderBy(t => t.Deletes.Count).ToArray();
        var bytes = tasks[^1].Deletes.Sum(d => (d.File.RecordCount * 64) + (d.File.FileSizeBytes * 4));
        KeySets Sets(long bytesMax) => new(table.Metadata, table.Metadata.CurrentSchema, bytesMax);

        Assert.Equal([0, 1, 2, 3], tasks.Select(t => t.Deletes.Count));
        Assert.All(tasks, t => Assert.Equal(t.Deletes.Count > 0, KeySets.AreNeededFor(t)));
        var enough = Sets(2 * bytes);
        Assert.All(tasks.Concat(tasks), t => Assert.True(enough.TryReserve(t)));
        var little = Sets((2 * bytes) - 2);
        Assert.Equal([true, true, true, false], tasks.Select(little.TryReserve));
    }

    private static ValueTask<IcebergTable> CreateAsync(IcebergCatalog catalog, bool isPartitioned)
    {
        var creation = TableCreation.For<Item>();
        return catalog.CreateTableAsync("db.t", isPartitioned ? creation.PartitionedBy("id", new Transform.Bucket(3)) : creation, Token);
    }

    private sealed record Item(int Id, int Commit);

    private sealed class CountingStore : ForwardingObjectStore
    {
        private readonly MemoryObjectStore _inner = new(TimeProvider.System);

        public ConcurrentDictionary<string, int> Opened { get; } = new();

        protected override ValueTask<(IObjectStore Store, string Location)> LocateAsync(string location, CancellationToken cancellationToken)
        {
            if (location.EndsWith("-deletes.parquet", StringComparison.Ordinal))
            {
                Opened.AddOrUpdate(location, 1, static (_, n) => n + 1);
            }

            return new((_inner, location));
        }
    }
}
