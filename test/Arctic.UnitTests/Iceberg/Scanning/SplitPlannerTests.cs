using Arctic.Columnar.Errors;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Scanning;

public sealed class SplitPlannerTests
{
    private const long Megabyte = 1L << 20;

    [Fact]
    public void Parts_of_a_file_cover_every_row_group_once_whatever_its_offsets_are()
    {
        const int seed = 71;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var size = random.NextInt64(1, 1000);
            var offsets = Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.NextInt64(0, size + 50)).ToArray();
            if (random.Next(3) > 0)
            {
                Array.Sort(offsets);
            }

            var target = random.NextInt64(1, 400);
            var parts = SplitPlanner.Split(Task(size, offsets), target).ToArray();

            for (long offset = 0; offset < size + 60; offset++)
            {
                Assert.True(parts.Count(p => p.Range is not { } range || range.Contains(offset)) == 1, $"seed {seed}, round {round}, offset {offset}");
            }

            if (offsets.SequenceEqual(offsets.Order()) && offsets[^1] < size)
            {
                Assert.Equal(size, parts.Sum(p => p.Length));
            }
        }
    }

    [Fact]
    public void A_file_is_cut_before_the_row_group_that_would_pass_the_target()
    {
        var parts = SplitPlanner.Split(Task(100, 4, 30, 60, 90), 60);

        Assert.Equal([new ByteRange(0, 60), new ByteRange(60, long.MaxValue)], parts.Select(p => p.Range!.Value));
    }

    [Fact]
    public async Task Groups_hold_every_part_and_none_but_a_single_one_is_above_the_target()
    {
        var random = new Random(5);
        var options = new SplitOptions { TargetBytes = 32 * Megabyte, Lookback = 3, OpenFileBytes = 4 * Megabyte };
        var tasks = Enumerable.Range(0, 200).Select(i => Task(random.NextInt64(1, i % 10 == 0 ? 100 * Megabyte : 10 * Megabyte), 4) with { SequenceNumber = i }).ToList();

        var groups = await SplitPlanner.GroupAsync(tasks.ToAsyncEnumerable(), options, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(tasks.Select(t => t.SequenceNumber), groups.SelectMany(g => g.Tasks).Select(t => t.SequenceNumber).Order());
        Assert.All(groups, g => Assert.True(g.Weight <= options.TargetBytes || g.Tasks.Count == 1));
        Assert.All(groups, g => Assert.Equal(g.Tasks.Sum(t => Math.Max(t.File.FileSizeBytes, options.OpenFileBytes)), g.Weight));
        Assert.InRange(groups.Count, 1, 2 * tasks.Sum(t => SplitPlanner.WeightOf(t, options)) / options.TargetBytes);
    }

    [Fact]
    public void Deletes_weigh_their_bytes_and_their_opening()
    {
        var options = new SplitOptions { OpenFileBytes = 100 };
        var vector = TableFixture.Vector("dv.puffin", "f");

        Assert.Equal(1000 + 40, SplitPlanner.WeightOf(Task(1000, 4) with { Deletes = [new DeleteFile(vector, 1)] }, options));
        Assert.Equal(200, SplitPlanner.WeightOf(Task(10, 4) with { Deletes = [new DeleteFile(vector, 1)] }, options));
    }

    [Fact]
    public void Properties_of_the_table_set_the_options()
    {
        var options = SplitOptions.Of(new Dictionary<string, string> { ["read.split.target-size"] = "1000", ["read.split.open-file-cost"] = "10" });

        Assert.Equal(new SplitOptions { TargetBytes = 1000, OpenFileBytes = 10 }, options);
        var error = Assert.Throws<ArcticException>(() => SplitOptions.Of(new Dictionary<string, string> { ["read.split.target-size"] = "0" }));
        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains("'read.split.target-size'", error.Message, StringComparison.Ordinal);
    }

    private static FileScanTask Task(long size, params long[] offsets)
    {
        var file = new DataFile { FilePath = "memory:///f", Format = FileFormat.Parquet, SpecId = 0, RecordCount = 1, FileSizeBytes = size, SplitOffsets = offsets };
        return new FileScanTask(file, 1, PartitionSpec.Unpartitioned, []);
    }
}
