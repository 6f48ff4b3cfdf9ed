using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;

namespace Arctic.UnitTests.Iceberg;

/// <summary>The catalog as a C# program sees it.</summary>
public sealed class IcebergCatalogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ten_lines_write_and_read_a_table_on_disk()
    {
        await using (var catalog = IcebergCatalog.OpenFileSystem(_folder.Path))
        {
            var orders = await catalog.CreateTableIfNotExistsAsync<Order>("shop.orders", Token);
            await orders.AppendAsync([new Order(1, "ann", 9.95m), new Order(2, "bob", 12m)], Token);

            Assert.Equal([new Order(2, "bob", 12m)], await orders.ReadAsync<Order>(o => o.Amount > 10m, Token).ToListAsync(Token));
        }

        await using var again = IcebergCatalog.OpenFileSystem(_folder.Path);
        var table = await again.CreateTableIfNotExistsAsync<Order>("shop.orders", Token);
        await table.AppendAsync([new Order(3, "eve", 1m)], Token);
        Assert.Equal([1, 2, 3], await table.ReadAsync<Order>(Token).Select(o => o.Id).Order().ToListAsync(Token));
        Assert.Equal(["shop"], await again.ListNamespacesAsync(cancellationToken: Token));
        Assert.Equal(["shop.orders"], await again.ListTablesAsync("shop", Token));
    }

    [Fact]
    public async Task A_handle_sees_its_own_writes_and_others_after_a_refresh()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var mine = await catalog.CreateTableAsync<Order>("shop.orders", Token);
        var other = await catalog.LoadTableAsync("shop.orders", Token);

        var snapshot = await mine.AppendAsync([new Order(1, "ann", 1m)], Token);

        Assert.Equal(snapshot, mine.Metadata.CurrentSnapshot);
        Assert.Equal(0, await other.ReadAsync<Order>(Token).CountAsync(Token));
        await other.RefreshAsync(Token);
        Assert.Equal(1, await other.ReadAsync<Order>(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Namespaces_are_made_with_the_table_at_any_depth()
    {
        await using var catalog = IcebergCatalog.OpenMemory();

        await catalog.CreateTableAsync<Order>("a.b.orders", Token);

        Assert.Equal(["a"], await catalog.ListNamespacesAsync(cancellationToken: Token));
        Assert.Equal(["a.b"], await catalog.ListNamespacesAsync("a", Token));
        Assert.False(await catalog.CreateNamespaceIfNotExistsAsync("a.b", cancellationToken: Token));
        Assert.Equal(ErrorCodes.AlreadyExists, (await Assert.ThrowsAsync<ArcticException>(async () => await catalog.CreateTableAsync<Order>("a.b.orders", Token))).Code);
        await catalog.DropTableAsync("a.b.orders", DropMode.DeleteFiles, Token);
        Assert.Null(await catalog.FindTableAsync("a.b.orders", Token));
        var unknown = await Assert.ThrowsAsync<ArcticException>(async () => await catalog.LoadTableAsync("a.b.orders", Token));
        Assert.Equal(ErrorCodes.UnknownName, unknown.Code);
    }

    [Fact]
    public async Task Of_many_that_create_one_table_all_get_it()
    {
        await using var catalog = IcebergCatalog.OpenFileSystem(_folder.Path);

        var tables = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await catalog.CreateTableIfNotExistsAsync<Order>("shop.orders", Token))));

        Assert.Single(tables.Select(t => t.Metadata.TableUuid).Distinct());
    }

    [Fact]
    public async Task A_tag_from_before_a_rename_says_that_it_has_the_columns_of_its_time()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync<Order>("shop.orders", Token);
        var snapshot = await table.AppendAsync([new Order(1, "ann", 1m)], Token);
        var transaction = table.NewTransaction();
        transaction.ManageSnapshots().CreateTag("before");
        transaction.UpdateSchema().RenameColumn("amount", "total");
        table = await transaction.CommitAsync(Token);
        await table.AppendAsync([new Renamed(2, "bob", 2m)], Token);

        var record = Assert.Throws<ArcticException>(() => { table.NewScan().AtRef("before").ReadAsync<Renamed>(Token); });
        var column = Assert.Throws<ArcticException>(() => table.NewScan().AtRef("before").Select("total"));

        var expected = $"as it was at snapshot {snapshot!.SnapshotId} with the schema of that time,";
        Assert.Contains(expected, record.Message, StringComparison.Ordinal);
        Assert.Contains(expected, column.Message, StringComparison.Ordinal);
        Assert.Equal([new Order(1, "ann", 1m)], await table.NewScan().AtRef("before").ReadAsync<Order>(Token).ToListAsync(Token));
        var now = Assert.Throws<ArcticException>(() => table.NewScan().Select("amount"));
        Assert.DoesNotContain("of that time", now.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_opens_by_its_folder_alone()
    {
        await using (var catalog = IcebergCatalog.OpenFileSystem(_folder.Path + "/here"))
        {
            await (await catalog.CreateTableAsync<Order>("shop.orders", Token)).AppendAsync([new Order(1, "ann", 1m)], Token);
        }

        Directory.Move(_folder.Path + "/here", _folder.Path + "/there");
        var table = await IcebergTable.OpenAsync(_folder.Path + "/there/shop/orders", cancellationToken: Token);

        Assert.Equal([new Order(1, "ann", 1m)], await table.ReadAsync<Order>(Token).ToListAsync(Token));
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new Order(2, "bob", 1m)], Token));
        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
    }

    [Fact]
    public async Task Earlier_versions_are_read_by_snapshot_time_and_name()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync<Order>("shop.orders", Token);
        var first = await table.AppendAsync([new Order(1, "ann", 1m)], Token);
        await table.AppendAsync([new Order(2, "bob", 2m)], Token);

        var scan = table.NewScan().AtSnapshot(first!.SnapshotId);

        Assert.Equal([1], await scan.ReadAsync<Order>(Token).Select(o => o.Id).ToListAsync(Token));
        Assert.Equal([2], await table.NewScan().AtRef("main").Where(Filter.Column("id") > 1).ReadAsync<Order>(Token).Select(o => o.Id).ToListAsync(Token));
    }

    internal sealed record Order(long Id, string Customer, decimal Amount);

    internal sealed record Renamed(long Id, string Customer, decimal Total);
}
