using Arctic.Columnar.Errors;
using Arctic.Connectors.Lake;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;

namespace Arctic.UnitTests.Connectors.Lake;

public class LakeSplitEnumeratorTests
{
    [Fact]
    public async Task A_bounded_read_hands_every_split_out_once_and_ends()
    {
        var planner = new ScriptedPlanner(new LakePlan([Rows("a", 4), Rows("b", 5), Rows("c", 6)], 3));
        await using var enumerator = new LakeSplitEnumerator(planner, isStreaming: false, parallelism: 2, default);

        var more = await enumerator.DiscoverAsync(default);
        var ids = new[] { enumerator.TryAssign(0), enumerator.TryAssign(1), enumerator.TryAssign(1), enumerator.TryAssign(0) }.Select(s => s?.Id);

        Assert.False(more);
        Assert.Equal(["a", "b", "c", null], ids);
        Assert.False(await enumerator.DiscoverAsync(default));
    }

    [Fact]
    public async Task Splits_of_one_bucket_go_to_one_reader_in_order()
    {
        var planner = new ScriptedPlanner(
            new LakePlan([Rows("base-4", 4), Rows("base-5", 5), Changes(1, 4), Changes(1, 5)], 1),
            new LakePlan([Changes(2, 5), Changes(2, 4)], 2));
        await using var enumerator = new LakeSplitEnumerator(planner, isStreaming: true, parallelism: 2, default);

        await enumerator.DiscoverAsync(default);
        await enumerator.DiscoverAsync(default);

        Assert.Equal(["base-4", "change-1-4", "change-2-4"], Drain(enumerator, 0));
        Assert.Equal(["base-5", "change-1-5", "change-2-5"], Drain(enumerator, 1));
    }

    [Fact]
    public async Task A_coarser_bucket_is_copied_to_every_owner_who_reads_only_its_keys()
    {
        var planner = new ScriptedPlanner(new LakePlan([Changes(1, 4), Changes(1, 5), Changes(1, 6), Changes(1, 7)], 1), new LakePlan([Changes(2, 3)], 2));
        await using var enumerator = new LakeSplitEnumerator(planner, isStreaming: true, parallelism: 1, default);

        await enumerator.DiscoverAsync(default);
        Drain(enumerator, 0);
        await enumerator.DiscoverAsync(default);
        var first = LakeSplit.Read(enumerator.TryAssign(0)!.State);
        var second = LakeSplit.Read(enumerator.TryAssign(0)!.State);

        // (1,1) is the union of (3,1) and (3,3).
        Assert.Equal(new KeyBucket(3, 1), Assert.IsType<LakeSplit.Changes>(first).Filter);
        Assert.Equal(new KeyBucket(3, 3), Assert.IsType<LakeSplit.Changes>(second).Filter);
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task State_holds_what_was_not_handed_out_and_where_discovery_stood()
    {
        var planner = new ScriptedPlanner(new LakePlan([Changes(7, 4), Changes(7, 5)], 7));
        await using var first = new LakeSplitEnumerator(planner, isStreaming: true, parallelism: 1, default);
        await first.DiscoverAsync(default);
        var handedOut = first.TryAssign(0)!.Id;

        var resumed = new ScriptedPlanner(new LakePlan([], 0), new LakePlan([Changes(8, 4)], 8));
        await using var second = new LakeSplitEnumerator(resumed, isStreaming: true, parallelism: 1, first.SnapshotState());
        await second.DiscoverAsync(default);

        Assert.Equal("change-7-4", handedOut);
        Assert.Equal(["change-7-5", "change-8-4"], Drain(second, 0));
        Assert.Equal([7L], resumed.AskedAfter);
    }

    [Fact]
    public void A_moved_split_is_the_one_written_at_that_position()
    {
        var position = new SplitPosition(3, 5_000_000_000);
        foreach (var split in new[] { Rows("rows", 4), Changes(7, 5) })
        {
            var moved = LakeSplit.MoveTo(split.Write(), position);

            Assert.Equal((split with { Position = position }).Write().ToArray(), moved.ToArray());
            Assert.Equal((position, split.Id), (LakeSplit.Read(moved).Position, LakeSplit.Read(moved).Id));
        }
    }

    [Fact]
    public void A_damaged_state_is_refused()
    {
        var error = Assert.Throws<ArcticException>(() => new LakeSplitEnumerator(new ScriptedPlanner(), true, 1, new byte[] { 1, 2 }));

        Assert.Equal(ErrorCodes.CheckpointDamaged, error.Code);
    }

    [Fact]
    public async Task A_signal_ends_a_wait_and_one_given_before_is_not_missed()
    {
        var signals = new CommitSignals();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var seen = signals.CountOf("t");
        var wait = signals.WaitAsync("t", seen, TimeSpan.FromSeconds(10), time, default).AsTask();

        Assert.False(wait.IsCompleted);
        signals.Publish("t");
        await wait;
        await signals.WaitAsync("t", seen, TimeSpan.FromSeconds(10), time, default);

        var second = signals.WaitAsync("t", signals.CountOf("t"), TimeSpan.FromSeconds(10), time, default).AsTask();
        time.Advance(TimeSpan.FromSeconds(10));
        await second;
    }

    private static List<string> Drain(LakeSplitEnumerator enumerator, int subtask)
    {
        var ids = new List<string>();
        while (enumerator.TryAssign(subtask) is { } split)
        {
            ids.Add(split.Id);
        }

        return ids;
    }

    private static LakeSplit Rows(string id, long bucket) =>
        new LakeSplit.Rows(new MergeSplit(id, "", KeyBucket.FindById(bucket)!.Value, [], []), id) { Partition = "", Bucket = KeyBucket.FindById(bucket)!.Value };

    private static LakeSplit Changes(long sequence, long bucket)
    {
        var node = KeyBucket.FindById(bucket)!.Value;
        var file = new DataFile { FilePath = "f", Format = FileFormat.Parquet, SpecId = 0, RecordCount = 1, FileSizeBytes = 1 };
        return new LakeSplit.Changes(new ChangelogSplit($"change-{sequence}-{bucket}", sequence, "", node, [file], []), null) { Partition = "", Bucket = node };
    }

    private sealed class ScriptedPlanner(params LakePlan[] plans) : ILakePlanner
    {
        private int _next = 1;

        public List<long> AskedAfter { get; } = [];

        public ValueTask<LakePlan> PlanInitialAsync(CancellationToken cancellationToken) => ValueTask.FromResult(plans[0]);

        public ValueTask<LakePlan?> WaitForChangesAsync(long sequence, CancellationToken cancellationToken)
        {
            AskedAfter.Add(sequence);
            return ValueTask.FromResult<LakePlan?>(plans[_next++]);
        }
    }
}
