using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Scanning;

/// <summary>Manifests and delete files spell the path of one data file differently; tables lie elsewhere than they say.</summary>
public sealed class PathSpellingTests
{
    [Theory]
    [InlineData("file:///w/t/data/a", "file:/w/t/data/a")]
    [InlineData("/w/t/data/a", "file:///w/t/data/a")]
    [InlineData("/w/t/data/a", "hdfs://localhost:20500/w/t/data/a")]
    [InlineData("hdfs://nn1/w/t/data/a", "hdfs://nn2:8020/w/t/data/a")]
    [InlineData("s3://bucket/t/data/a", "s3a://bucket/t/data/a")]
    public void A_delete_is_found_however_it_spells_its_data_file(string inManifest, string inDelete)
    {
        var data = TableFixture.File("a") with { FilePath = inManifest };
        var other = TableFixture.File("b") with { FilePath = inManifest + "2" };
        var deletes = new DeleteIndex([new DeleteFile(TableFixture.PositionDeletes("d", inDelete), 2)], [PartitionSpec.Unpartitioned]);

        Assert.Single(deletes.Find(data, 1));
        Assert.Empty(deletes.Find(other, 1));
    }

    [Theory]
    [InlineData("hdfs://localhost:20500/warehouse/t", "/warehouse/t/data/a")]
    [InlineData("hdfs://localhost:20500/warehouse/t", "hdfs://localhost:20500/warehouse/t/data/a")]
    [InlineData("/warehouse/t", "hdfs://localhost:20500/warehouse/t/data/a")]
    [InlineData("file:///warehouse/t", "file:/warehouse/t/data/a")]
    [InlineData("file:/warehouse/t/", "file:///warehouse/t//data/a")]
    [InlineData("s3://bucket/warehouse/t", "s3a://bucket/warehouse/t/data/a")]
    [InlineData("s3a://bucket/warehouse/t", "s3://bucket/warehouse/t/data/a")]
    public async Task A_moved_table_opens_its_files_however_they_are_spelled(string recorded, string file)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync("memory:///copy/t/data/a", new byte[] { 1 }, default);
        var moved = new RelocatingObjectStore(store, recorded, "memory:///copy/t");

        Assert.Equal("memory:///copy/t/data/a", moved.Resolve(file));
        Assert.NotNull(await moved.FindAsync(file, default));

        // Files outside of the recorded folder stay where they are, also beside one whose name begins alike.
        Assert.Equal("memory:///copy/t2/data/a", moved.Resolve("memory:///copy/t2/data/a"));
        Assert.Equal(recorded.TrimEnd('/') + "2/a", moved.Resolve(recorded.TrimEnd('/') + "2/a"));
    }
}
