using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Catalog;

/// <summary>Tables that were moved to other folders, and are read by these alone.</summary>
public sealed class MovedTableTests : IDisposable
{
    private const string Recorded = "a/w/shop/orders";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("b")]
    [InlineData("a")]
    [InlineData("a/w")]
    [InlineData("a/w/shop")]
    [InlineData("a/w/shop/orders2")]
    [InlineData("a/w/shop/orders/deeper/orders")]
    [InlineData("a/w/shop/orders/metadata")]
    [InlineData("a/w/shop/orders/data")]
    public async Task A_table_is_read_wherever_it_was_moved_to(string target)
    {
        await using (var catalog = IcebergCatalog.OpenFileSystem(Path.Combine(_folder.Path, "a", "w")))
        {
            var table = await catalog.CreateTableAsync<Row>("shop.orders", Token);
            await table.AppendAsync([new Row(1), new Row(2), new Row(3)], Token);
            await table.DeleteKeysAsync([new Row(2)], ["id"], Token);
        }

        Move(target);

        var moved = await IcebergTable.OpenAsync(Path.Combine(_folder.Path, target), cancellationToken: Token);

        Assert.Equal([1L, 3L], await moved.ReadAsync<Row>(Token).Select(r => r.Id).Order().ToListAsync(Token));
        foreach (var file in await moved.Store.ListAsync(moved.Metadata.Location, Token).ToListAsync(Token))
        {
            Assert.Equal(file.Location, (await moved.Store.FindAsync(file.Location, Token))!.Location);
            Assert.StartsWith(ObjectLocation.Normalize(moved.Metadata.Location), file.Location, StringComparison.Ordinal);
        }
    }

    private void Move(string target)
    {
        var (aside, to) = (Path.Combine(_folder.Path, "aside"), Path.Combine(_folder.Path, target));
        Directory.Move(Path.Combine(_folder.Path, Recorded), aside);
        Directory.Delete(Path.Combine(_folder.Path, "a"), recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!); // lies in the folder of the test
        Directory.Move(aside, to);
    }

    private sealed record Row(long Id);
}
