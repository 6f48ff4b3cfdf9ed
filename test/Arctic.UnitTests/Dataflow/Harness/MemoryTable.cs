using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.UnitTests.Dataflow.Harness;

/// <summary>A table in memory whose commits are atomic and whose answers can be lost. It outlives the jobs that write it, as a table does.</summary>
internal sealed class MemoryTable
{
    private readonly Lock _lock = new();
    private readonly List<(long Id, long Value)> _rows = [];
    private readonly Dictionary<string, CommittedMark> _marks = [];

    /// <summary>Asked before each commit: null for none, true to fail after the effect, false to fail before it.</summary>
    public Func<CheckpointId, bool?>? Fault { get; set; }

    /// <summary>Awaited before each commit.</summary>
    public Func<CheckpointId, ValueTask>? Before { get; set; }

    public int CommitCount => Commits.Count;

    /// <summary>Every commit that took place.</summary>
    public List<(Incarnation Incarnation, CheckpointId Checkpoint, List<(long Id, long Value)> Rows)> Commits { get; } = [];

    public List<(long Id, long Value)> Rows
    {
        get
        {
            lock (_lock)
            {
                return [.. _rows];
            }
        }
    }

    public CommittedMark? FindMark(string sinkId)
    {
        lock (_lock)
        {
            return _marks.TryGetValue(sinkId, out var mark) ? mark : null;
        }
    }

    public CommittedMark Fence(string sinkId, Incarnation incarnation)
    {
        lock (_lock)
        {
            var mark = _marks.TryGetValue(sinkId, out var found) ? found : new CommittedMark(incarnation, new CheckpointId(0));
            if (mark.Incarnation.CompareTo(incarnation) > 0)
            {
                throw new ArcticException(ErrorCodes.JobFenced, $"Injected table: incarnation {mark.Incarnation.Value} has committed.");
            }

            return _marks[sinkId] = mark with { Incarnation = incarnation };
        }
    }

    public void Commit(string sinkId, Incarnation incarnation, CheckpointId checkpoint, IEnumerable<(long Id, long Value)> rows)
    {
        var fault = Fault?.Invoke(checkpoint);
        if (fault == false)
        {
            throw new ArcticException(ErrorCodes.StorageFailed, "Injected: the commit did not happen.");
        }

        lock (_lock)
        {
            switch (CommitProtocol.Decide(_marks.TryGetValue(sinkId, out var mark) ? mark : null, incarnation, checkpoint))
            {
                case CommitDecision.Commit:
                    Commits.Add((incarnation, checkpoint, rows.ToList()));
                    _rows.AddRange(Commits[^1].Rows);
                    _marks[sinkId] = new CommittedMark(incarnation, checkpoint);
                    break;
                case CommitDecision.Fenced(var by):
                    throw new ArcticException(ErrorCodes.JobFenced, $"Injected table: incarnation {by.Value} has committed.");
            }
        }

        if (fault == true)
        {
            throw new ArcticException(ErrorCodes.CommitOutcomeUnknown, "Injected: the answer to the commit was lost.");
        }
    }
}

/// <summary>Writes to a <see cref="MemoryTable"/>, exactly once.</summary>
internal sealed class TableSink(MemoryTable table) : ISink
{
    public RowSchema Schema => Numbers.Schema;

    public IRowPartitioner? Partitioner => null;

    public int? Parallelism => null;

    public ISinkWriter CreateWriter(SinkContext context) => new Writer();

    public ICommitter? CreateCommitter(SinkContext context) => new Committer(table, context);

    private sealed class Writer : ISinkWriter
    {
        private readonly List<long> _written = [];

        public ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            using (batch)
            {
                foreach (var (id, value) in Numbers.Rows(batch))
                {
                    _written.Add(id);
                    _written.Add(value);
                }
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
        {
            var committable = _written.Count == 0 ? null : new Committable(Numbers.ToBytes(_written.ToArray()));
            _written.Clear();
            return ValueTask.FromResult(committable);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Committer(MemoryTable table, SinkContext context) : ICommitter
    {
        public ValueTask<CommittedMark?> FindCommittedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(table.FindMark(context.SinkId));

        public ValueTask<CommittedMark> FenceAsync(CancellationToken cancellationToken) => ValueTask.FromResult(table.Fence(context.SinkId, context.Incarnation));

        public async ValueTask CommitAsync(CheckpointId checkpoint, IReadOnlyList<Committable> committables, CancellationToken cancellationToken)
        {
            if (table.Before is { } before)
            {
                await before(checkpoint).AsTask().WaitAsync(cancellationToken);
            }

            var rows = committables.SelectMany(c => Numbers.FromBytes(c.Content).Chunk(2)).Select(r => (r[0], r[1]));
            table.Commit(context.SinkId, context.Incarnation, checkpoint, rows);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
