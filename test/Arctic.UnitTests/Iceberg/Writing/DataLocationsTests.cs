using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.UnitTests.Iceberg.Evolution;

namespace Arctic.UnitTests.Iceberg.Writing;

public sealed class DataLocationsTests
{
    private static readonly Guid Operation = Guid.Parse("e2f1d65b-bb67-42ce-89bf-6115290648c8");

    private static readonly Schema Columns = new(0, [new NestedField(1, "id", IcebergTypes.Int, false), new NestedField(2, "p", IcebergTypes.String, false)]);

    private static readonly PartitionSpec ByP = new(0, [new PartitionField(2, 1000, "p", new Transform.Identity())]);

    [Fact]
    public async Task Files_go_to_the_folder_of_their_partition_under_names_that_count()
    {
        var locations = await LocationsAsync(ByP);

        Assert.Equal($"memory:///w/db/t/data/p=b+c/00007-7-{Operation}-00001.parquet", locations.Next(new PartitionTuple("b c")));
        Assert.Equal($"memory:///w/db/t/data/p=null/00007-7-{Operation}-00002.puffin", locations.Next(new PartitionTuple((object?)null), "puffin"));
        Assert.Equal($"s3://elsewhere/x/00007-7-{Operation}-00001.parquet", (await LocationsAsync(PartitionSpec.Unpartitioned, ("write.data.path", "s3://elsewhere/x"))).Next(PartitionTuple.Empty));
    }

    // The hashes are those of files that Spark wrote (golden table 'paths').
    [Theory]
    [InlineData("a", "00000-2-e2f1d65b-bb67-42ce-89bf-6115290648c8-0-00001.parquet", "0100/0100/1011/00100110", "p=a")]
    [InlineData("b c", "00000-2-e2f1d65b-bb67-42ce-89bf-6115290648c8-0-00002.parquet", "1111/1101/0010/10111001", "p=b+c")]
    public async Task Hashed_locations_are_those_of_the_original(string value, string name, string hash, string folder)
    {
        var outside = await LocationsAsync(ByP, ("write.object-storage.enabled", "true"), ("write.data.path", "file:/golden/ice/elsewhere/paths"));
        var inside = await LocationsAsync(ByP, ("write.object-storage.enabled", "true"));

        Assert.Equal($"file:/golden/ice/elsewhere/paths/{hash}/db/t/{folder}/{name}", outside.Of(new PartitionTuple(value), name));
        Assert.Equal($"memory:///w/db/t/data/{hash}/{folder}/{name}", inside.Of(new PartitionTuple(value), name));
    }

    [Fact]
    public async Task Hashed_locations_without_partitions_put_the_hash_before_the_name()
    {
        var locations = await LocationsAsync(ByP, ("write.object-storage.enabled", "true"), ("write.object-storage.partitioned-paths", "false"));

        Assert.Matches("^memory:///w/db/t/data/[01]{4}/[01]{4}/[01]{4}/[01]{8}-f\\.parquet$", locations.Of(new PartitionTuple("a"), "f.parquet"));
    }

    private static async Task<DataLocations> LocationsAsync(PartitionSpec spec, params (string, string)[] properties) =>
        new((await EvolutionTables.CreateAsync(Columns, spec, 2, properties)).Metadata, Operation, 7);
}
