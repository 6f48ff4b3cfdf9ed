using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Runtime;

namespace Arctic.UnitTests.Dataflow.Runtime;

public sealed class SourceCoordinatorTests
{
    private readonly Listener _listener = new();
    private readonly Enumerator _enumerator = new();

    [Fact]
    public async Task A_reader_that_a_split_is_on_its_way_to_is_not_idle()
    {
        _enumerator.Splits.Enqueue(new SourceSplit("a", default));
        await using var coordinator = new SourceCoordinator(3, _enumerator, SplitAssignment.Eager, 1, _listener);
        coordinator.Start();
        await _enumerator.Assigned.Task.WaitAsync(TimeSpan.FromSeconds(30));

        // The reader looked around before the split was sent, and says so behind it.
        coordinator.ReportIdle(0, splitCount: 0);

        Assert.False(coordinator.IsFinished);
        Assert.Equal(["AddSplit"], Commands(coordinator, 0));
        coordinator.ReportIdle(0, splitCount: 1);
        Assert.True(coordinator.IsFinished);
        Assert.Equal(["Finish"], Commands(coordinator, 0));
        Assert.Equal([3], _listener.Ended);
    }

    [Fact]
    public async Task A_split_of_a_checkpoint_counts_as_one_that_was_sent()
    {
        await using var coordinator = new SourceCoordinator(0, _enumerator, SplitAssignment.OnDemand, 2, _listener);
        coordinator.Restore(1, new SourceSplit("restored", default));
        coordinator.Start();

        coordinator.ReportIdle(0, splitCount: 0);
        coordinator.ReportIdle(1, splitCount: 0);

        Assert.False(coordinator.IsFinished);
        coordinator.ReportIdle(1, splitCount: 1);
        await _listener.WhenEnded.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["Finish"], Commands(coordinator, 0));
        Assert.Equal(["AddSplit", "Finish"], Commands(coordinator, 1));
    }

    [Fact]
    public async Task A_split_on_demand_goes_to_the_reader_that_asked_and_makes_it_busy()
    {
        _enumerator.Splits.Enqueue(new SourceSplit("a", default));
        _enumerator.Splits.Enqueue(new SourceSplit("b", default));
        await using var coordinator = new SourceCoordinator(0, _enumerator, SplitAssignment.OnDemand, 2, _listener);
        coordinator.Start();

        coordinator.ReportIdle(1, splitCount: 0);
        coordinator.ReportIdle(1, splitCount: 0);
        Assert.Equal(["AddSplit"], Commands(coordinator, 1));

        coordinator.ReportIdle(1, splitCount: 1);
        coordinator.ReportIdle(0, splitCount: 0);
        Assert.False(coordinator.IsFinished);
        coordinator.ReportIdle(1, splitCount: 2);

        await _listener.WhenEnded.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["AddSplit", "Finish"], Commands(coordinator, 1));
        Assert.Equal(["Finish"], Commands(coordinator, 0));
    }

    private static List<string> Commands(SourceCoordinator coordinator, int subtask)
    {
        var commands = new List<string>();
        while (coordinator.CommandsOf(subtask).TryRead(out var command))
        {
            commands.Add(command.GetType().Name);
        }

        return commands;
    }

    // Gives its splits out and finds no more.
    private sealed class Enumerator : ISplitEnumerator
    {
        public Queue<SourceSplit> Splits { get; } = [];

        public TaskCompletionSource Assigned { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken) => ValueTask.FromResult(false);

        public SourceSplit? TryAssign(int subtask)
        {
            var split = Splits.TryDequeue(out var next) ? next : null;
            if (split is null)
            {
                Assigned.TrySetResult();
            }

            return split;
        }

        public ReadOnlyMemory<byte> SnapshotState() => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Listener : ITaskListener
    {
        public List<int> Ended { get; } = [];

        public TaskCompletionSource WhenEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask AcknowledgeAsync(SubtaskSnapshot snapshot, CancellationToken cancellationToken) => default;

        public void Fail(Exception error) => Assert.Fail(error.ToString());

        public void SourceEnded(int vertex)
        {
            Ended.Add(vertex);
            WhenEnded.SetResult();
        }
    }
}
