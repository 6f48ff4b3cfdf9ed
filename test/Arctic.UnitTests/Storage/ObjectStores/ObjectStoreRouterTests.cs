using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Conformance;

namespace Arctic.UnitTests.Storage.ObjectStores;

public sealed class ObjectStoreRouterTests : ObjectStoreConformance
{
    protected override IObjectStore Store { get; } = ObjectStoreRouter.CreateDefault(TimeProvider.System);

    protected override string Root => "memory:///warehouse";

    protected override string? CreateIfAbsentRestsOn => "the store of the scheme.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_scheme_has_its_own_store()
    {
        using var folder = new TemporaryFolder();
        await Store.PutAsync(folder.Path + "/x", Bytes("on disk"), Token);
        await Store.PutAsync("memory:" + folder.Path + "/x", Bytes("in memory"), Token);

        Assert.Equal("on disk", await File.ReadAllTextAsync(folder.Path + "/x", Token));
        Assert.Equal(9, (await Store.FindAsync("memory:" + folder.Path + "/x", Token))!.Size);
    }

    [Fact]
    public async Task A_scheme_without_a_store_is_refused_and_the_known_ones_are_named()
    {
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await Store.FindAsync("s3a://bucket/key", Token));

        Assert.Equal(ErrorCodes.StorageRefused, error.Code);
        Assert.Contains("'s3'", error.Message);
        Assert.Contains("'file', 'memory'", error.Message);
    }

    [Fact]
    public async Task A_store_can_be_added_for_a_scheme()
    {
        var s3 = new MemoryObjectStore(TimeProvider.System);
        var router = ObjectStoreRouter.CreateDefault(TimeProvider.System).With("s3", s3);

        await router.PutAsync("s3a://bucket/key", Bytes("1"), Token);

        Assert.NotNull(await s3.FindAsync("s3://bucket/key", Token));
    }
}
