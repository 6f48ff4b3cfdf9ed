using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.UnitTests.Dataflow.Harness;

namespace Arctic.UnitTests.Dataflow.Runtime;

public sealed class JobDisposalTests
{
    private readonly TestJobs _jobs = new();
    private readonly List<string> _disposed = [];

    [Fact]
    public async Task What_cannot_be_closed_holds_nothing_else_up_and_is_told()
    {
        var source = new BreakingSource(new NumberSource { Count = 10 }, _disposed);
        var graph = TestJobs.Graph(source, new Sink(_disposed), 1, () => new Operator(_disposed), () => new Operator(_disposed));
        await using var job = await _jobs.StartAsync(graph, recovery: JobRecovery.None);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => job.Job.Completion.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Equal("enumerator cannot be closed", error.Message);
        Assert.Equal(["enumerator", "operator", "operator", "reader", "writer"], _disposed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_closed_does_not_stand_in_for_what_went_wrong_before()
    {
        var source = new BreakingSource(new NumberSource { Count = 10 }, _disposed);
        var graph = TestJobs.Graph(source, new Sink(_disposed), 1, () => new Operator(_disposed) { Failure = new ArcticException(ErrorCodes.EvaluationFailed, "the cause") });
        await using var job = await _jobs.StartAsync(graph, recovery: JobRecovery.None);

        var error = await Assert.ThrowsAsync<ArcticException>(() => job.Job.Completion.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.EndsWith("the cause", error.Message, StringComparison.Ordinal);
        Assert.Equal(["enumerator", "operator", "reader", "writer"], _disposed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("operator", new[] { "enumerator", "operator", "writer" })]
    [InlineData("reader", new[] { "enumerator" })]
    public async Task What_was_made_before_a_part_that_cannot_be_made_is_closed(string part, string[] closed)
    {
        var cause = new ArcticException(ErrorCodes.InvalidOption, $"no {part}");
        var source = new BreakingSource(new NumberSource { Count = 10 }, _disposed) { Failure = part == "reader" ? cause : null };
        var made = 0;
        var graph = TestJobs.Graph(source, new Sink(_disposed), 1, () => new Operator(_disposed), () => part == "operator" && made++ == 0 ? throw cause : new Operator(_disposed));
        await using var job = await _jobs.StartAsync(graph, recovery: JobRecovery.None);

        var error = await Assert.ThrowsAsync<ArcticException>(() => job.Job.Completion.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Equal(cause.Message, error.Message);
        Assert.Equal(closed, _disposed.Where(d => part == "reader" || d != "reader").Order(StringComparer.Ordinal));
        Assert.Equal(_jobs.Slots.Count, _jobs.Slots.FreeCount);
    }

    private static ValueTask Break(List<string> disposed, string part)
    {
        disposed.Add(part);
        throw new InvalidOperationException($"{part} cannot be closed");
    }

    private sealed class BreakingSource(ISource inner, List<string> disposed) : ISource
    {
        public RowSchema Schema => inner.Schema;

        public bool IsBounded => inner.IsBounded;

        public bool IsReplayable => inner.IsReplayable;

        public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => new Enumerator(inner.CreateEnumerator(context, state), disposed);

        public Exception? Failure { get; init; }

        public ISourceReader CreateReader(SourceContext context) => Failure is null ? new Reader(inner.CreateReader(context), disposed) : throw Failure;
    }

    private sealed class Enumerator(ISplitEnumerator inner, List<string> disposed) : ISplitEnumerator
    {
        public ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken) => inner.DiscoverAsync(cancellationToken);

        public SourceSplit? TryAssign(int subtask) => inner.TryAssign(subtask);

        public ReadOnlyMemory<byte> SnapshotState() => inner.SnapshotState();

        public ValueTask DisposeAsync() => Break(disposed, "enumerator");
    }

    private sealed class Reader(ISourceReader inner, List<string> disposed) : ISourceReader
    {
        public void AddSplit(SourceSplit split) => inner.AddSplit(split);

        public ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken) => inner.ReadAsync(cancellationToken);

        public ValueTask DisposeAsync() => Break(disposed, "reader");
    }

    private sealed class Operator(List<string> disposed) : StreamOperator
    {
        public Exception? Failure { get; init; }

        public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
        {
            if (Failure is null)
            {
                return Context.Output.EmitAsync(batch, cancellationToken);
            }

            batch.Dispose();
            throw Failure;
        }

        public override ValueTask DisposeAsync() => Break(disposed, "operator");
    }

    private sealed class Sink(List<string> disposed) : ISink
    {
        public RowSchema Schema => Numbers.Schema;

        public IRowPartitioner? Partitioner => null;

        public int? Parallelism => 1;

        public ISinkWriter CreateWriter(SinkContext context) => new Writer(disposed);

        public ICommitter? CreateCommitter(SinkContext context) => null;
    }

    private sealed class Writer(List<string> disposed) : ISinkWriter
    {
        public ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            batch.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => ValueTask.FromResult<Committable?>(null);

        public ValueTask DisposeAsync() => Break(disposed, "writer");
    }
}
