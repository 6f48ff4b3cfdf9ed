using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.UnitTests.Dataflow.Harness;

namespace Arctic.UnitTests.Dataflow.Jobs;

public sealed class ResultSinkTests
{
    private readonly TestJobs _jobs = new();
    private readonly LeaseCounter _leases = new();

    [Fact]
    public async Task All_rows_come_out_and_nothing_is_written()
    {
        var sink = new ResultSink(Numbers.Schema);
        await using var job = await StartAsync(new NumberSource { Count = 500, BatchRows = 9, Leases = _leases }, sink);

        var ids = new List<long>();
        await foreach (var batch in sink.ReadAsync(job.Job, CancellationToken.None))
        {
            ids.AddRange(Numbers.Rows(batch).Select(r => r.Id));
        }

        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), ids);
        Assert.Equal(JobStatus.Finished, job.Job.Status);
        Assert.Equal(0, _leases.Held);
        Assert.Empty(await _jobs.Store.ListAsync("memory:///checkpoints", CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task Leaving_early_cancels_the_job_and_gives_its_batches_back()
    {
        var sink = new ResultSink(Numbers.Schema);
        await using var job = await StartAsync(new NumberSource { Count = 100_000, BatchRows = 1, Leases = _leases }, sink);

        await foreach (var batch in sink.ReadAsync(job.Job, CancellationToken.None))
        {
            Assert.True(batch.RowCount > 0);
            break;
        }

        Assert.Equal(JobStatus.Cancelled, job.Job.Status);
        Assert.Equal(0, _leases.Held);
        Assert.Equal(_jobs.Slots.Count, _jobs.Slots.FreeCount);
    }

    [Fact]
    public async Task A_result_that_nobody_reads_can_be_cancelled_when_its_source_has_ended()
    {
        // The job is waiting for its tasks to deliver what is in flight; when exactly the cancellation comes is left to chance, so it comes often.
        for (var i = 0; i < 50; i++)
        {
            var isLast = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var source = new NumberSource { Count = 8, BatchRows = 1, Leases = _leases, Before = (id, _) => Signal(isLast, id == 7) };
            await using var job = await StartAsync(source, new ResultSink(Numbers.Schema, queueBatchesMax: 1), TestJobs.Options with { ExchangeBatchRowsTarget = 1 });
            await isLast.Task.WaitAsync(TimeSpan.FromSeconds(10));
            await Task.Yield();

            await job.Job.CancelAsync().WaitAsync(TimeSpan.FromSeconds(10));

            Assert.Equal(JobStatus.Cancelled, job.Job.Status);
        }
    }

    [Fact]
    public async Task Leaving_early_ends_a_job_whose_sources_have_ended_and_whose_writer_waits()
    {
        // The sort sends everything at its end: the sink's queue is full while no source is left.
        var sink = new ResultSink(Numbers.Schema);
        await using var job = await StartSortAsync(sink, batches: 20);

        await using (var reader = sink.ReadAsync(job.Job, CancellationToken.None).GetAsyncEnumerator())
        {
            Assert.True(await reader.MoveNextAsync());
            await reader.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(JobStatus.Cancelled, job.Job.Status);
        Assert.Equal(_jobs.Slots.Count, _jobs.Slots.FreeCount);
    }

    [Fact]
    public async Task An_error_at_the_end_of_the_input_is_never_lost()
    {
        // One vertex: when it fails, every task has ended already, and only the message is left to tell of it.
        for (var i = 0; i < 50; i++)
        {
            var sink = new ResultSink(Numbers.Schema);
            var graph = new JobGraph
            {
                Vertices = [new JobVertex { Name = "All", Parallelism = 1, Source = new NumberSource { Count = 0 }, Operators = [() => new FailingAtEnd()], Sink = sink, SinkId = "job/sink" }],
                Edges = [],
            };
            await using var job = await _jobs.StartAsync(graph, recovery: JobRecovery.None);

            await Assert.ThrowsAsync<ArcticException>(() => job.Job.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public async Task A_slow_reader_holds_the_source_back()
    {
        var sink = new ResultSink(Numbers.Schema, queueBatchesMax: 2);
        var options = TestJobs.Options with { ExchangeQueueBatchesMax = 2, ExchangeBatchRowsTarget = 10 };
        await using var job = await StartAsync(new NumberSource { Count = 100_000, BatchRows = 10, Leases = _leases }, sink, options);

        await foreach (var batch in sink.ReadAsync(job.Job, CancellationToken.None))
        {
            // In the queue of the exchange, in that of the sink, one in each hand, and the reader's.
            Assert.True(_leases.Held <= 8, $"{_leases.Held} batches are held.");
            if (Numbers.Rows(batch)[0].Id > 5000)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task A_row_that_enters_an_idle_pipeline_comes_out_without_another_one_behind_it()
    {
        // The exchange would wait for 4096 rows or five minutes if it did not see that no more input is at hand.
        var sink = new ResultSink(Numbers.Schema);
        var options = TestJobs.Options with { ExchangeFlushInterval = TimeSpan.FromMinutes(5) };
        await using var job = await StartAsync(new NumberSource { Count = 1, IsBounded = false }, sink, options);

        await using var reader = sink.ReadAsync(job.Job, CancellationToken.None).GetAsyncEnumerator();

        Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal([(0L, 0L)], Numbers.Rows(reader.Current));
    }

    [Fact]
    public async Task The_error_of_a_failing_job_comes_behind_its_rows()
    {
        var sink = new ResultSink(Numbers.Schema);
        var source = new NumberSource
        {
            Count = 20,
            BatchRows = 10,
            Before = (id, _) => id == 10 ? throw new ArcticException(ErrorCodes.InvalidInput, "Line 11 is bad.") : ValueTask.CompletedTask,
        };
        await using var job = await StartAsync(source, sink, TestJobs.Options with { ExchangeBatchRowsTarget = 1 });
        var rows = 0;

        var error = await Assert.ThrowsAsync<ArcticException>(async () =>
        {
            await foreach (var batch in sink.ReadAsync(job.Job, CancellationToken.None))
            {
                rows += batch.RowCount;
            }
        });

        Assert.Equal("Task 'Numbers' (1/1) failed: Line 11 is bad.", error.Message);
        Assert.True(rows is 0 or 10);
    }

    private static ValueTask Signal(TaskCompletionSource signal, bool isTime)
    {
        if (isTime)
        {
            signal.TrySetResult();
        }

        return ValueTask.CompletedTask;
    }

    private Task<RunningJob> StartSortAsync(ResultSink sink, int batches)
    {
        var source = new NumberSource { Count = batches * 8192, BatchRows = 8192 };
        return _jobs.StartAsync(TestJobs.Graph(source, sink, 1, () => new SortOperator(Numbers.Schema, [new SortColumn(0, true, true)], null)), recovery: JobRecovery.None);
    }

    private Task<RunningJob> StartAsync(NumberSource source, ResultSink sink, JobOptions? options = null)
    {
        JobGraph graph = TestJobs.Graph(source, sink);
        return _jobs.StartAsync(graph, options, recovery: JobRecovery.None);
    }

    private sealed class FailingAtEnd : StreamOperator
    {
        public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
        {
            batch.Dispose();
            return ValueTask.CompletedTask;
        }

        public override ValueTask FinishInputAsync(int input, CancellationToken cancellationToken) => throw new ArcticException(ErrorCodes.EvaluationFailed, "The last row is bad.");
    }
}
