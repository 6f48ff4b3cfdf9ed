using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.UnitTests.KeyedTables;

public class PlannerTests
{
    [Fact]
    public void Deletes_of_ancestors_and_descendants_belong_to_a_task_and_others_do_not()
    {
        var change = Change("5-I-0-00000-0-1-00001.parquet", 1) // (3,1)
            .Append(Changes("3-ED-0-00000-0-1-00002.parquet", 2)) // (1,1): above
            .Append(Changes("9-ED-0-00000-0-1-00003.parquet", 3)) // (7,1): below
            .Append(Changes("13-ED-0-00000-0-1-00004.parquet", 3)) // (7,5): below
            .Append(Changes("4-ED-0-00000-0-1-00005.parquet", 3)) // (3,0): beside
            .ToList();

        var split = Assert.Single(Plan([], change));

        Assert.Equal(["3-ED-0-00000-0-1-00002.parquet", "9-ED-0-00000-0-1-00003.parquet", "13-ED-0-00000-0-1-00004.parquet"], split.Deletes.Select(d => d.File.FilePath));
        Assert.Equal([2L, 3, 3], split.Deletes.Select(d => d.Transaction));
    }

    [Fact]
    public void Deletes_act_within_their_partition()
    {
        var change = Change("4-I-0-00000-0-1-00001.parquet", 1, "d=1").Append(Changes("4-ED-0-00000-0-1-00002.parquet", 2, "d=2")).ToList();

        Assert.Empty(Assert.Single(Plan([], change)).Deletes);
    }

    [Fact]
    public void A_large_bucket_is_split_and_every_part_keeps_all_deletes()
    {
        var files = Enumerable.Range(1, 5).SelectMany(i => Change($"4-I-0-00000-0-1-{i:D5}.parquet", i)).Append(Changes("4-ED-0-00000-0-1-00009.parquet", 9)).ToList();

        var splits = MergePlanner.Plan([], files, sizeTarget: 250, openFileCost: 1);

        Assert.Equal([2, 2, 1], splits.Select(s => s.Data.Count));
        Assert.All(splits, s => Assert.Single(s.Deletes));
    }

    [Fact]
    public void Merged_files_are_left_out_by_partition()
    {
        var files = Change("4-I-0-00000-0-1-00001.parquet", 1, "d=1").Append(Changes("4-I-0-00000-0-1-00002.parquet", 2, "d=1")).Append(Changes("4-I-0-00000-0-1-00003.parquet", 1, "d=2")).ToList();

        var unmerged = MergePlanner.SelectUnmerged(files, new Dictionary<string, long> { ["d=1"] = 1 });

        Assert.Equal([2L, 1], unmerged.Select(f => f.DataSequence));
    }

    [Fact]
    public void A_split_survives_being_written()
    {
        var position = File("x-deletes.parquet") with { Content = FileContent.PositionDeletes, ReferencedDataFile = "y" };
        var baseFile = StoreFile.Of(File("4-B-3-00000-0-1-00001.parquet"), 1, StoreKind.Base, "") with { PositionDeletes = [position] };
        var splits = MergePlanner.Plan([baseFile], Change("4-ED-0-00000-0-1-00005.parquet", 7).ToList(), 1 << 20, 1);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);

        splits[0].Write(writer);
        stream.Position = 0;
        var read = MergeSplit.Read(new BinaryReader(stream));

        Assert.Equal((splits[0].Id, splits[0].Bucket), (read.Id, read.Bucket));
        Assert.Equal((true, 3L, 1L), (read.Data[0].IsBase, read.Data[0].Transaction, read.Data[0].DataSequence));
        Assert.Equal("y", read.Data[0].PositionDeletes[0].ReferencedDataFile);
        Assert.Equal(7, read.Deletes[0].Transaction);
    }

    [Fact]
    public void Changelog_splits_are_ordered_by_commit_and_keep_writers_apart()
    {
        var files = Change("4-I-0-00000-1-8-00001.parquet", 2)
            .Append(Changes("4-I-0-00000-0-7-00002.parquet", 1))
            .Append(Changes("4-ED-0-00000-0-7-00001.parquet", 1))
            .Append(Changes("4-I-0-00000-0-7-00003.parquet", 1))
            .Append(Changes("4-I-0-00000-0-9-00001.parquet", 2));

        var splits = ChangelogPlanner.Plan(files);

        Assert.Equal([(1L, 2, 1), (2, 1, 0), (2, 1, 0)], splits.Select(s => (s.Sequence, s.Inserts.Count, s.Deletes.Count)));
        Assert.Equal(["4-I-0-00000-0-7-00002.parquet", "4-I-0-00000-0-7-00003.parquet"], splits[0].Inserts.Select(f => f.FilePath));
        Assert.Equal(splits.Count, splits.Select(s => s.Id).Distinct().Count());
    }

    [Fact]
    public void A_first_read_leaves_out_buckets_with_deletes_alone()
    {
        var unmerged = Change("4-ED-0-00000-0-7-00001.parquet", 1).Append(Changes("5-ED-0-00000-0-7-00002.parquet", 1)).Append(Changes("9-I-0-00000-0-7-00003.parquet", 1)).ToList();

        Assert.Equal(["5-ED-0-00000-0-7-00002.parquet", "9-I-0-00000-0-7-00003.parquet"], ChangelogPlanner.SelectInitial([], unmerged).Select(f => f.File.FilePath));
    }

    private static List<MergeSplit> Plan(IReadOnlyList<StoreFile> baseFiles, IReadOnlyList<StoreFile> changes) => MergePlanner.Plan(baseFiles, changes, 1 << 20, 1);

    private static IEnumerable<StoreFile> Change(string name, long sequence, string partition = "") => [Changes(name, sequence, partition)];

    private static StoreFile Changes(string name, long sequence, string partition = "") => StoreFile.Of(File(name), sequence, StoreKind.Change, partition);

    private static DataFile File(string name) => new() { FilePath = name, Format = FileFormat.Parquet, SpecId = 0, RecordCount = 1, FileSizeBytes = 100 };
}
