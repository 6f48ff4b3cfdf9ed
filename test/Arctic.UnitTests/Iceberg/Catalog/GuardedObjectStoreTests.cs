using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Catalog;

public class GuardedObjectStoreTests
{
    [Theory]
    [InlineData("s3://lake/shop/orders", "/etc/passwd")]
    [InlineData("s3://lake/shop/orders", "file:///etc/passwd")]
    [InlineData("s3a://lake/shop/orders", "FILE:/etc/passwd")]
    [InlineData("memory:///shop/orders", "/etc/passwd")]
    [InlineData("s3://lake/shop/orders", "data/a.parquet")]
    [InlineData("/lake/shop/orders", "data/a.parquet")]
    [InlineData("/lake/shop/orders", "../../secrets")]
    [InlineData("/lake/shop/orders", "")]
    [InlineData("data/orders", "data/other/a.parquet")]
    [InlineData("data/orders", "data/orders/../../a.parquet")]
    [InlineData("/lake/shop/orders", "/lake/shop\0/orders")]
    public async Task What_a_table_may_not_name_is_refused(string table, string location)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync("/etc/passwd", "root"u8.ToArray(), default);
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await new GuardedObjectStore(store, table).OpenReadAsync(location, default));
        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.DoesNotContain('\0', error.Message);
    }

    [Theory]
    [InlineData("/lake/shop/orders", "/elsewhere/added.parquet")]
    [InlineData("file:/lake/shop/orders", "file:///elsewhere/added.parquet")]
    [InlineData("s3://lake/shop/orders", "s3a://other/added.parquet")]
    [InlineData("memory:///shop/orders", "memory:///other/added.parquet")]
    [InlineData("data/orders", "data/orders/a.parquet")]
    public async Task Files_outside_of_the_folder_are_read_in_the_same_kind_of_store(string table, string location)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync(location, "x"u8.ToArray(), default);
        await using var reader = await new GuardedObjectStore(store, table).OpenReadAsync(location, default);
        Assert.Equal(1, reader.Size);
    }
}
