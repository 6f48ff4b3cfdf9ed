using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Inspecting;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg;

/// <summary>The lines of docs/guide/iceberg.md, in its order: whoever changes one changes the other.</summary>
public sealed class GuideTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_guide_works()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2025, 3, 1, 0, 0, 0, TimeSpan.Zero));
        var now = time.GetUtcNow();
        await using var catalog = IcebergCatalog.OpenFileSystem(_folder.Path, new IcebergCatalogOptions { Time = time });
        await using var server = IcebergCatalog.OpenRest("https://localhost", new Dictionary<string, string> { ["warehouse"] = "prod", ["token"] = "t" });
        var orders = await catalog.CreateTableAsync(
            "shop.orders", TableCreation.For<Order>().PartitionedBy("at", new Transform.Day()).SortedBy("customer").IdentifiedBy("id").WithProperty("format-version", "3"), Token);

        var first = await orders.AppendAsync([new Order(1, "ann", 9.95m, now, null), new Order(2, "abe", 20m, now.AddYears(-2), null)], Token);
        time.Advance(TimeSpan.FromDays(1));
        await orders.AppendAsync([new Order(3, "bob", 30m, now, null)], Token);

        Assert.Equal([2], await orders.ReadAsync<Order>(o => o.Amount > 10m && o.Customer.StartsWith("a"), Token).Select(o => o.Id).ToListAsync(Token));
        var rows = 0L;
        await foreach (var batch in orders.ScanAsync(columns: ["id", "amount"], filter: Filter.Column("amount") > 10m, Token))
        {
            using (batch)
            {
                rows += batch.RowCount;
            }
        }

        await foreach (var batch in orders.NewScan().Select("id").ReadArrowAsync(Token))
        {
            using (batch)
            {
                rows += batch.Length;
            }
        }

        Assert.Equal(5, rows);
        var scan = orders.NewScan();
        Assert.Equal(2, await scan.AtSnapshot(first!.SnapshotId).ReadAsync<Order>(Token).CountAsync(Token));
        Assert.Equal(2, await scan.AsOf(now.AddHours(1)).ReadAsync<Order>(Token).CountAsync(Token));
        Assert.Equal(0, await scan.AtRef("main").Where(Filter.Column("id") == 7).ReadAsync<Order>(Token).CountAsync(Token));

        var moved = await IcebergTable.OpenAsync(_folder.Path + "/shop/orders", cancellationToken: Token);
        Assert.Equal(3, await moved.ReadAsync<Order>(Token).CountAsync(Token));

        await orders.DeleteAsync<Order>(o => o.At < now.AddYears(-1), Token);
        await orders.OverwriteAsync<Order>(o => o.Customer == "ann", [new Order(1, "ann", 12m, now, "corrected")], Token);
        Assert.Equal([(1, 12m), (3, 30m)], await orders.ReadAsync<Order>(Token).OrderBy(o => o.Id).Select(o => (o.Id, o.Amount)).ToListAsync(Token));

        var transaction = orders.NewTransaction();
        transaction.UpdateSchema().AddColumn("channel", IcebergTypes.String).RenameColumn("note", "remark");
        transaction.UpdatePartitionSpec().AddField("customer", new Transform.Bucket(16));
        transaction.UpdateProperties().Set("write.delete.mode", "merge-on-read");
        transaction.ManageSnapshots().CreateTag("before-channels");
        orders = await transaction.CommitAsync(Token);
        await orders.AppendAsync([new { Id = 4L, Customer = "eve", Amount = 1m, At = now, Channel = "web" }], Token);
        Assert.Equal(2, await orders.NewScan().AtRef("before-channels").ReadAsync<Order>(Token).CountAsync(Token));
        Assert.Equal(["corrected", null, null], await orders.ReadAsync<Remarked>(Token).OrderBy(o => o.Id).Select(o => o.Remark).ToListAsync(Token));

        await orders.RewriteDataFilesAsync(cancellationToken: Token);
        await orders.RewriteManifestsAsync(Token);
        time.Advance(TimeSpan.FromDays(30));
        var expiry = await orders.ExpireSnapshotsAsync(new SnapshotExpiryOptions { OlderThan = time.GetUtcNow(), RetainLast = 1 }, Token);
        Assert.NotEmpty(expiry.Expired);
        Assert.Equal(2, orders.Metadata.Snapshots.Count);
        Assert.Equal(0, (await orders.RemoveOrphansAsync(cancellationToken: Token)).Deleted);
        Assert.Empty(await orders.FindOrphansAsync(cancellationToken: Token).ToListAsync(Token));
        Assert.Equal([1, 3, 4], await orders.ReadAsync<Remarked>(Token).Select(o => o.Id).Order().ToListAsync(Token));
        Assert.Contains("files", MetadataTables.Names);
    }

    internal sealed record Order(long Id, string Customer, [IcebergColumn(Type = "decimal(10, 2)")] decimal Amount, DateTimeOffset At, string? Note);

    internal sealed record Remarked(long Id, string? Remark);
}
