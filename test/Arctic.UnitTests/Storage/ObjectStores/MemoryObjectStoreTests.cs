using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Conformance;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Storage.ObjectStores;

public sealed class MemoryObjectStoreTests : ObjectStoreConformance
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2022, 7, 1, 12, 0, 0, TimeSpan.Zero));

    public MemoryObjectStoreTests() => Store = new MemoryObjectStore(_time);

    protected override IObjectStore Store { get; }

    protected override string Root => "memory:///warehouse";

    protected override string? CreateIfAbsentRestsOn => "a concurrent dictionary of this process, which takes a key once.";

    [Fact]
    public async Task Times_come_from_the_injected_clock()
    {
        await Store.PutAsync(At("x"), Bytes("1"), TestContext.Current.CancellationToken);

        Assert.Equal(_time.GetUtcNow(), (await Store.FindAsync(At("x"), TestContext.Current.CancellationToken))!.LastModified);
    }

    [Fact]
    public async Task The_root_of_the_scheme_can_be_listed()
    {
        await Store.PutAsync("memory:///a/x", Bytes("1"), TestContext.Current.CancellationToken);
        var names = new List<FolderEntry>();

        await foreach (var entry in Store.ListFolderAsync("memory:///", TestContext.Current.CancellationToken))
        {
            names.Add(entry);
        }

        Assert.Equal([new FolderEntry("a", IsFolder: true)], names);
    }
}
