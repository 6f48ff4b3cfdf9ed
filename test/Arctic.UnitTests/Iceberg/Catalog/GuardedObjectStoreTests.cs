using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Transactions;
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

    [Fact]
    public async Task A_table_whose_metadata_lies_in_a_remote_store_names_no_files_of_this_machine_wherever_it_says_that_it_lies()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var environment = new CommitEnvironment(TimeProvider.System, new Random(1));
        var catalog = new MemoryCatalog("test", "memory:///w", store, environment);
        await catalog.CreateNamespaceAsync(Namespace.Parse("db"), new Dictionary<string, string>(), default);
        var creation = new TableCreation { Schema = TableFixture.Columns };
        var table = await catalog.CreateTableAsync(TableIdentifier.Parse("db.t"), creation, default);
        var transaction = table.NewTransaction();
        transaction.UpdateLocation("file:///home/me");
        table = await transaction.CommitAsync(default);
        await store.PutAsync("s3://lake/elsewhere.metadata.json", await store.ReadAllAsync(table.MetadataLocation, 1 << 20, default), default);
        await store.PutAsync("/home/me/secret", "x"u8.ToArray(), default);

        var registered = await catalog.RegisterTableAsync(TableIdentifier.Parse("db.u"), "s3://lake/elsewhere.metadata.json", default);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await registered.Store.OpenReadAsync("/home/me/secret", default));
        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        await Assert.ThrowsAsync<ArcticException>(async () => await registered.FindOrphansAsync().CountAsync());
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
