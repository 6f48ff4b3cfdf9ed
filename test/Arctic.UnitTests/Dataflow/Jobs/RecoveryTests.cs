using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.UnitTests.Dataflow.Harness;

namespace Arctic.UnitTests.Dataflow.Jobs;

public sealed class RecoveryTests
{
    private readonly TestJobs _jobs = new();
    private readonly MemoryTable _table = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_commit_is_replayed_once(bool hasTakenPlace)
    {
        var faults = 1;
        _table.Fault = _ => Interlocked.Exchange(ref faults, 0) == 1 ? hasTakenPlace : null;

        await using var job = await _jobs.StartAsync(TestJobs.TotalsGraph(new NumberSource { Count = 100 }, new TableSink(_table)));
        await job.FinishAsync();

        Assert.Equal(TotalsOperator.ExpectedOutput(100, 10), _table.Rows.Order());
        Assert.Equal(1, job.Job.Metrics.Restarts);
        Assert.Equal(2, job.Job.Incarnation.Value);
    }

    [Fact]
    public async Task A_kill_between_checkpoint_and_commit_loses_and_repeats_nothing()
    {
        _table.Before = _ => new ValueTask(Task.Delay(Timeout.Infinite));
        await using (var killed = await _jobs.StartAsync(TestJobs.TotalsGraph(new NumberSource { Count = 100 }, new TableSink(_table))))
        {
            await killed.Events.WhenAsync<JobEvent.CheckpointDurable>();
        }

        Assert.Empty(_table.Rows);
        _table.Before = null;

        await using var next = await _jobs.StartAsync(TestJobs.TotalsGraph(new NumberSource { Count = 100 }, new TableSink(_table)));
        await next.FinishAsync();

        Assert.Equal(TotalsOperator.ExpectedOutput(100, 10), _table.Rows.Order());
        Assert.Equal(0, next.Job.Metrics.Vertices[0].RowsIn);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public async Task State_and_splits_move_to_another_parallelism(int before, int after)
    {
        await using (var first = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(200), new TableSink(_table), before)))
        {
            await StopWhenReadAsync(first, 200);
        }

        var rest = new NumberSource { Count = 400, Splits = 8, BatchRows = 7, Keys = 20 };
        await using var second = await _jobs.StartAsync(TestJobs.TotalsGraph(rest, new TableSink(_table), after));
        await second.FinishAsync();

        Assert.Equal(TotalsOperator.ExpectedOutput(400, 20), _table.Rows.Order());
    }

    [Fact]
    public async Task A_changed_plan_is_refused_with_the_difference()
    {
        await using (var first = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(50), new TableSink(_table))))
        {
            await StopWhenReadAsync(first, 50);
        }

        var graph = TestJobs.TotalsGraph(Unbounded(50), new TableSink(_table));
        var changed = graph with { Vertices = [graph.Vertices[0] with { Name = "Other numbers" }, graph.Vertices[1]] };
        await using var second = await _jobs.StartAsync(changed);
        var error = await Assert.ThrowsAsync<ArcticException>(() => second.Job.Completion);

        Assert.Equal(ErrorCodes.PlanChanged, error.Code);
        Assert.Equal(
            "Job 'job' cannot go on from checkpoint 1, which belongs to another plan (- then, + now):\n  - 0: Numbers <- []\n  + 0: Other numbers <- []", error.Message);
    }

    [Fact]
    public async Task A_damaged_newest_checkpoint_is_passed_over_while_nobody_holds_its_rows()
    {
        await using (var first = await _jobs.StartAsync(TestJobs.TotalsGraph(Gated(out var gate, 100, 50), new TableSink(_table))))
        {
            await gate.Reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await first.Job.TriggerCheckpointAsync(CancellationToken.None);
            _table.Before = _ => new ValueTask(Task.Delay(Timeout.Infinite));
            gate.Open.TrySetResult();
            await WaitForRowsAsync(first, 100);
            _ = first.Job.TriggerCheckpointAsync(CancellationToken.None);
            await first.Events.WhenAsync<JobEvent.CheckpointDurable>(e => e.Checkpoint.Value == 2);
        }

        _table.Before = null;
        await _jobs.Store.PutAsync("memory:///checkpoints/jobs/job/checkpoint-2", Encoding.UTF8.GetBytes("arctic-checkpoint 1 00\n{}"), CancellationToken.None);

        await using var second = await _jobs.StartAsync(TestJobs.TotalsGraph(new NumberSource { Count = 100, BatchRows = 50 }, new TableSink(_table)));
        await second.FinishAsync();

        Assert.Equal(1, (await second.Events.WhenAsync<JobEvent.Restored>()).Checkpoint?.Value);
        Assert.Equal(TotalsOperator.ExpectedOutput(100, 10), _table.Rows.Order());
    }

    [Fact]
    public async Task A_damaged_checkpoint_whose_rows_are_committed_stops_the_job_and_both_are_named()
    {
        await using (var first = await _jobs.StartAsync(TestJobs.TotalsGraph(Gated(out var gate, 100, 50), new TableSink(_table))))
        {
            await gate.Reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await first.Job.TriggerCheckpointAsync(CancellationToken.None);
            gate.Open.TrySetResult();
            await WaitForRowsAsync(first, 100);
            await first.Job.StopWithCheckpointAsync(CancellationToken.None);
        }

        var location = "memory:///checkpoints/jobs/job/checkpoint-2";
        await _jobs.Store.PutAsync(location, Encoding.UTF8.GetBytes("arctic-checkpoint 1 00\n{}"), CancellationToken.None);

        await using var second = await _jobs.StartAsync(TestJobs.TotalsGraph(new NumberSource { Count = 100, BatchRows = 50 }, new TableSink(_table)));
        var error = await Assert.ThrowsAsync<ArcticException>(() => second.Job.Completion);

        Assert.Equal(ErrorCodes.CheckpointDamaged, error.Code);
        Assert.Equal(
            $"Job 'job' cannot go on: sink 'job/sink' holds the rows of checkpoint 2, which cannot be read (Checkpoint '{location}' cannot be read: its checksum does not match.); "
            + "the newest readable checkpoint is 1, and going back to it would repeat rows.",
            error.Message);
    }

    [Fact]
    public async Task A_damaged_state_file_damages_its_checkpoint()
    {
        await using (var first = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table))))
        {
            await StopWhenReadAsync(first, 100);
        }

        await foreach (var file in _jobs.Store.ListAsync("memory:///checkpoints/jobs/job/state", CancellationToken.None))
        {
            await _jobs.Store.PutAsync(file.Location, new byte[file.Size], CancellationToken.None);
        }

        await using var second = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table)));
        var error = await Assert.ThrowsAsync<ArcticException>(() => second.Job.Completion);

        Assert.Equal(ErrorCodes.CheckpointDamaged, error.Code);
        Assert.Contains("its size or checksum is not the one in the checkpoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_runs_the_newer_goes_on_and_the_older_stops()
    {
        await using var older = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table)));
        await WaitForRowsAsync(older, 100);
        await using var newer = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table)));
        await WaitForRowsAsync(newer, 100);

        await older.Job.TriggerCheckpointAsync(CancellationToken.None);
        var error = await Assert.ThrowsAsync<ArcticException>(() => older.Job.Completion);
        await newer.Job.TriggerCheckpointAsync(CancellationToken.None);

        Assert.Equal(ErrorCodes.JobFenced, error.Code);
        Assert.Equal("Job 'job' (incarnation 1) stops: incarnation 2 of the same job has started and goes on in its place.", error.Message);
        Assert.Equal(JobStatus.Running, newer.Job.Status);
        Assert.Equal(100, _table.Rows.Count);
    }

    [Theory]
    [InlineData(false, "Task 'Totals' (1/1) failed: Cannot cast 'x' to INT.")]
    [InlineData(true, "Cannot cast 'x' to INT.")]
    public async Task An_error_of_the_user_ends_the_job_at_once_and_names_its_place_or_the_task(bool isPlaced, string message)
    {
        var failure = new ArcticException(ErrorCodes.EvaluationFailed, "Cannot cast 'x' to INT.") { Hint = "Use TRY_CAST.", Position = isPlaced ? new SourcePosition(3, 7) : null };
        var graph = TestJobs.Graph(new NumberSource { Count = 10 }, new TableSink(_table), 1, () => new FailingOperator(() => failure));

        await using var job = await _jobs.StartAsync(graph);
        var error = await Assert.ThrowsAsync<ArcticException>(() => job.Job.Completion);

        Assert.Equal(message, error.Message);
        Assert.Equal((ErrorCodes.EvaluationFailed, failure.Hint, failure.Position), (error.Code, error.Hint, error.Position));
        Assert.Equal(0, job.Job.Metrics.Restarts);
        Assert.Equal(JobStatus.Failed, job.Job.Status);
        Assert.Equal(_jobs.Slots.Count, _jobs.Slots.FreeCount);
    }

    [Fact]
    public async Task A_transient_error_is_tried_as_often_as_the_options_say()
    {
        var tries = 0;
        var graph = TestJobs.Graph(new NumberSource { Count = 10 }, new TableSink(_table), 1, () => new FailingOperator(() =>
        {
            tries++;
            return new ArcticException(ErrorCodes.ConnectionFailed, "The server hung up.");
        }));

        await using var job = await _jobs.StartAsync(graph, TestJobs.Options with { RestartAttempts = 2 });
        var error = await Assert.ThrowsAsync<ArcticException>(() => job.Job.Completion);

        Assert.Equal(ErrorCodes.ConnectionFailed, error.Code);
        Assert.Equal(3, tries);
    }

    [Theory]
    [InlineData(typeof(TimeoutException), "CONNECTION_FAILED")]
    [InlineData(typeof(System.Net.Sockets.SocketException), "CONNECTION_FAILED")]
    [InlineData(typeof(System.Net.Http.HttpRequestException), "CONNECTION_FAILED")]
    [InlineData(typeof(IOException), "STORAGE_FAILED")]
    public async Task An_error_of_the_outside_world_that_a_library_throws_is_transient(Type type, string code)
    {
        var tries = 0;
        var graph = TestJobs.Graph(new NumberSource { Count = 10 }, new TableSink(_table), 1, () => new FailingOperator(() =>
        {
            tries++;
            return (Exception)Activator.CreateInstance(type)!;
        }));

        await using var job = await _jobs.StartAsync(graph, TestJobs.Options with { RestartAttempts = 1 });
        var error = await Assert.ThrowsAsync<ArcticException>(() => job.Job.Completion);

        Assert.Equal(code, error.Code.Name);
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task State_that_a_dead_run_left_goes_after_the_first_commit_of_the_next()
    {
        await using (var first = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table))))
        {
            await StopWhenReadAsync(first, 100);
        }

        // As if it had died between its state and its checkpoint.
        var kept = await StateFilesAsync();
        Assert.NotEmpty(kept);
        await _jobs.Store.PutAsync("memory:///checkpoints/jobs/job/state/1-7/v1-s0", new byte[10], CancellationToken.None);

        await using var second = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table)));
        await second.Job.TriggerCheckpointAsync(CancellationToken.None);
        await second.Job.StopWithCheckpointAsync(CancellationToken.None);

        // Checkpoints 2 and 3 are there, and name one file each.
        Assert.Equal(["2-1/v1-s0", "2-2/v1-s0"], await StateFilesAsync());
    }

    [Fact]
    public async Task State_of_an_older_run_stays_while_a_checkpoint_names_it()
    {
        List<string> kept;
        await using (var first = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table))))
        {
            await StopWhenReadAsync(first, 100);
            kept = await StateFilesAsync();
        }

        await _jobs.Store.PutAsync("memory:///checkpoints/jobs/job/state/1-7/v1-s0", new byte[10], CancellationToken.None);
        await using var second = await _jobs.StartAsync(TestJobs.TotalsGraph(Unbounded(100), new TableSink(_table)));
        await second.Job.StopWithCheckpointAsync(CancellationToken.None);

        Assert.Equal([.. kept, "2-1/v1-s0"], await StateFilesAsync());
    }

    [Fact]
    public async Task An_input_that_ended_before_the_restore_is_not_ended_again()
    {
        JobGraph GraphOf(ISource second) => new()
        {
            Vertices =
            [
                new JobVertex { Name = "Short", Parallelism = 1, Source = new NumberSource { Count = 30 }, Operators = [() => new TotalsAt(0)] },
                new JobVertex { Name = "Long", Parallelism = 1, Source = second },
                new JobVertex { Name = "Both", Parallelism = 2, Operators = [() => new PassOn()], Sink = new TableSink(_table), SinkId = "job/sink" },
            ],
            Edges = [new JobEdge(0, 2, 0, new ExchangeKind.Rebalance()), new JobEdge(1, 2, 1, new ExchangeKind.Rebalance())],
        };

        await using (var first = await _jobs.StartAsync(GraphOf(Gated(out var gate, 40, 20))))
        {
            await gate.Reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await TotalsAt.WhenEnded.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await first.Job.StopWithCheckpointAsync(CancellationToken.None);
        }

        await using var second = await _jobs.StartAsync(GraphOf(new NumberSource { Count = 40, BatchRows = 20 }));
        await second.FinishAsync();

        var expected = Enumerable.Range(0, 30).Concat(Enumerable.Range(0, 40)).Select(i => (long)i).Append(-30).Order();
        Assert.Equal(expected, _table.Rows.Select(r => r.Id).Order());
    }

    private static NumberSource Unbounded(long count) => new() { Count = count, Splits = 4, BatchRows = 7, Keys = 20, IsBounded = false, Assignment = SplitAssignment.Eager };

    private static NumberSource Gated(out Gate gate, long count, int batchRows)
    {
        var made = gate = new Gate();
        return new NumberSource
        {
            Count = count,
            BatchRows = batchRows,
            Before = async (id, cancellationToken) =>
            {
                if (id == batchRows)
                {
                    made.Reached.TrySetResult();
                    await made.Open.Task.WaitAsync(cancellationToken);
                }
            },
            IsBounded = false,
        };
    }

    private async Task<List<string>> StateFilesAsync() =>
        (await _jobs.Store.ListAsync("memory:///checkpoints/jobs/job/state", CancellationToken.None).Select(f => f.Location.Split("/state/")[1]).ToListAsync()).Order(StringComparer.Ordinal).ToList();

    private static async Task StopWhenReadAsync(RunningJob job, long rows)
    {
        await WaitForRowsAsync(job, rows);
        Assert.NotNull(await job.Job.StopWithCheckpointAsync(CancellationToken.None));
    }

    private static async Task WaitForRowsAsync(RunningJob job, long rows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (job.Job.Metrics.Vertices[0].RowsIn < rows)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Gate
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class FailingOperator(Func<Exception> fail) : StreamOperator
    {
        public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
        {
            batch.Dispose();
            throw fail();
        }
    }

    private sealed class PassOn : StreamOperator
    {
        public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken) => Context.Output.EmitAsync(batch, cancellationToken);
    }

    // Sends (-count, 0) at the end of its input; keeps its count in plain state.
    private sealed class TotalsAt(long start) : StreamOperator
    {
        public static readonly TaskCompletionSource WhenEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _count = start;

        public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
        {
            _count += batch.RowCount;
            return Context.Output.EmitAsync(batch, cancellationToken);
        }

        public override async ValueTask FinishInputAsync(int input, CancellationToken cancellationToken)
        {
            await Context.Output.EmitAsync(Numbers.Batch([(-_count, 0)]), cancellationToken);
            WhenEnded.TrySetResult();
        }

        public override ValueTask SnapshotStateAsync(Arctic.Dataflow.State.IStateWriter writer, CancellationToken cancellationToken) =>
            writer.WriteAsync("count", Numbers.ToBytes(_count), cancellationToken);
    }
}
