using Arctic.Columnar.Errors;
using Arctic.Dataflow.Jobs;
using Arctic.UnitTests.Dataflow.Harness;

namespace Arctic.UnitTests.Dataflow.Jobs;

public sealed class LocalJobTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_bounded_job_commits_every_row_once_and_leaves_no_checkpoint(int parallelism)
    {
        var jobs = new TestJobs();
        var table = new MemoryTable();
        var source = new NumberSource { Count = 1000, Splits = 7, BatchRows = 13 };

        await using var job = await jobs.StartAsync(TestJobs.TotalsGraph(source, new TableSink(table), parallelism));
        await job.FinishAsync();

        Assert.Equal(TotalsOperator.ExpectedOutput(1000, 10), table.Rows.Order());
        Assert.Equal(["finished-1", "incarnation-1"], (await FilesAsync(jobs)).Order(StringComparer.Ordinal));
        Assert.Equal(1000, job.Job.Metrics.Vertices[0].RowsIn);
        Assert.Equal(1010, job.Job.Metrics.Vertices[1].RowsOut);
        Assert.Equal(16, jobs.Slots.FreeCount);
    }

    [Fact]
    public async Task A_finished_job_runs_anew()
    {
        var jobs = new TestJobs();
        var table = new MemoryTable();
        var graph = TestJobs.TotalsGraph(new NumberSource { Count = 50 }, new TableSink(table));

        await using (var first = await jobs.StartAsync(graph))
        {
            await first.FinishAsync();
        }

        await using var second = await jobs.StartAsync(graph);
        await second.FinishAsync();

        Assert.Equal(2 * 60, table.Rows.Count);
        Assert.Equal(2, second.Job.Incarnation.Value);
    }

    [Fact]
    public async Task A_stopped_job_goes_on_from_its_checkpoint()
    {
        var jobs = new TestJobs();
        var table = new MemoryTable();
        var firstHalf = new TaskCompletionSource();
        var source = new NumberSource
        {
            Count = 200,
            BatchRows = 10,
            Before = async (id, cancellationToken) =>
            {
                if (id == 100)
                {
                    firstHalf.TrySetResult();
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
            },
        };

        await using (var first = await jobs.StartAsync(TestJobs.TotalsGraph(source, new TableSink(table))))
        {
            await firstHalf.Task.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.NotNull(await first.Job.StopWithCheckpointAsync(CancellationToken.None));
            Assert.Equal(JobStatus.Stopped, first.Job.Status);
            Assert.Equal(100, table.Rows.Count);
        }

        await using var second = await jobs.StartAsync(TestJobs.TotalsGraph(new NumberSource { Count = 200, BatchRows = 10 }, new TableSink(table)));
        await second.FinishAsync();

        Assert.Equal(TotalsOperator.ExpectedOutput(200, 10), table.Rows.Order());
    }

    [Fact]
    public async Task A_job_that_finds_too_few_slots_says_how_many_there_are()
    {
        var jobs = new TestJobs(slots: 2);
        var graph = TestJobs.TotalsGraph(new NumberSource { Count = 1 }, new TableSink(new MemoryTable()), parallelism: 3);

        var error = await Assert.ThrowsAsync<ArcticException>(() => jobs.StartAsync(graph));

        Assert.Equal(ErrorCodes.NoSlots, error.Code);
        Assert.Equal("Job 'job' needs 3 task slots (one for each subtask of its widest step), but only 2 of 2 are free.", error.Message);
        Assert.Equal(2, jobs.Slots.FreeCount);
    }

    private static async Task<List<string>> FilesAsync(TestJobs jobs)
    {
        var names = new List<string>();
        await foreach (var file in jobs.Store.ListAsync("memory:///checkpoints/jobs/job", CancellationToken.None))
        {
            names.Add(file.Location[(file.Location.LastIndexOf("/job/", StringComparison.Ordinal) + 5)..]);
        }

        return names;
    }
}
