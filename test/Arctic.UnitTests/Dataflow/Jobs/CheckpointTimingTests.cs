using Arctic.Columnar;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.State;
using Arctic.UnitTests.Dataflow.Harness;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Dataflow.Jobs;

public sealed class CheckpointTimingTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryTable _table = new();

    [Fact]
    public async Task The_interval_triggers_checkpoints_and_makes_rows_visible()
    {
        var jobs = new TestJobs(time: _time);
        await using var job = await jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(), new TableSink(_table)), TestJobs.Options with { CheckpointInterval = TimeSpan.FromSeconds(10) });
        await WhenReadAsync(job);

        Assert.Empty(_table.Rows);
        _time.Advance(TimeSpan.FromSeconds(10));
        await job.Events.WhenAsync<JobEvent.CheckpointCommitted>(e => e.Checkpoint.Value == 1);
        Assert.Equal(30, _table.Rows.Count);

        _time.Advance(TimeSpan.FromSeconds(10));
        await job.Events.WhenAsync<JobEvent.CheckpointCommitted>(e => e.Checkpoint.Value == 2);
        Assert.Equal(1, _table.CommitCount);
    }

    [Fact]
    public async Task Old_checkpoints_go_and_two_stay()
    {
        var jobs = new TestJobs(time: _time);
        await using var job = await jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(), new TableSink(_table)));
        for (var i = 0; i < 5; i++)
        {
            await job.Job.TriggerCheckpointAsync(CancellationToken.None);
        }

        await job.Job.StopWithCheckpointAsync(CancellationToken.None);
        var names = await jobs.Store.ListFolderAsync("memory:///checkpoints/jobs/job", CancellationToken.None).Select(e => e.Name).ToListAsync();

        Assert.Equal(["checkpoint-5", "checkpoint-6", "finished-0", "incarnation-1", "state"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Rows_of_a_checkpoint_that_is_given_up_are_committed_with_the_next()
    {
        var jobs = new TestJobs(time: _time);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var graph = TestJobs.Graph(Unbounded(), new TableSink(_table), 1, () => new SlowSnapshot(first, blocked.Task));
        var options = TestJobs.Options with { CheckpointTimeout = TimeSpan.FromSeconds(5) };
        await using var job = await jobs.StartAsync(graph, options);
        await WhenReadAsync(job);

        var wanted = job.Job.TriggerCheckpointAsync(CancellationToken.None);
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(5));
        await job.Events.WhenAsync<JobEvent.CheckpointAbandoned>();
        blocked.TrySetResult();

        Assert.Equal(1, (await wanted.WaitAsync(TimeSpan.FromSeconds(30)))?.Value);
        Assert.Equal(30, _table.Rows.Count);
        Assert.Equal(1, job.Job.Metrics.CheckpointsAbandoned);
    }

    [Fact]
    public async Task State_of_a_checkpoint_that_is_given_up_goes_with_the_next_commit()
    {
        var jobs = new TestJobs(time: _time);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var graph = TestJobs.Graph(Unbounded(), new TableSink(_table), 1, () => new SlowSnapshot(first, blocked.Task));
        graph = graph with { Vertices = [graph.Vertices[0] with { Operators = [() => new TotalsOperator()] }, graph.Vertices[1]] };
        await using var job = await jobs.StartAsync(graph, TestJobs.Options with { CheckpointTimeout = TimeSpan.FromSeconds(5) });
        await WhenReadAsync(job);

        var wanted = job.Job.TriggerCheckpointAsync(CancellationToken.None);
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(5));
        await job.Events.WhenAsync<JobEvent.CheckpointAbandoned>();
        blocked.TrySetResult();
        await wanted.WaitAsync(TimeSpan.FromSeconds(30));
        await job.Job.StopWithCheckpointAsync(CancellationToken.None);
        var files = await jobs.Store.ListAsync("memory:///checkpoints/jobs/job/state", CancellationToken.None).Select(f => f.Location.Split("/state/")[1]).ToListAsync();

        Assert.Equal(["1-2/v0-s0", "1-3/v0-s0"], files.Order(StringComparer.Ordinal));
    }

    private static NumberSource Unbounded() => new() { Count = 30, BatchRows = 30, IsBounded = false };

    private static async Task WhenReadAsync(RunningJob job)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (job.Job.Metrics.Vertices[1].RowsOut < 30)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class SlowSnapshot(TaskCompletionSource begun, Task blocked) : StreamOperator
    {
        public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken) => Context.Output.EmitAsync(batch, cancellationToken);

        public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
        {
            begun.TrySetResult();
            await blocked.WaitAsync(cancellationToken);
        }
    }
}
