using System.Collections.Concurrent;
using System.Text.Json;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.SqlLogicTests.Running;

namespace Arctic.SqlLogicTests.Restoring;

/// <summary>The connector <c>collect</c>: keeps what was committed, in memory, exactly once. What jobs write whose rows a test wants to see across a restart.</summary>
internal sealed class CollectConnector : ISinkConnector
{
    private readonly ConcurrentDictionary<string, Table> _tables = new();

    /// <summary>The zone in which TIMESTAMP_LTZ is written.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    public string Name => "collect";

    public ISink CreateSink(TableConnectorContext context) => new Sink(this, context.Schema, _tables.GetOrAdd(context.Name, _ => new Table()));

    /// <summary>The rows that are committed to a table, by its full name.</summary>
    public ResultRows RowsOf(string table) => _tables.GetOrAdd(table, _ => new Table()).Rows;

    private sealed class Table
    {
        public ResultRows Rows { get; } = new();

        public CommittedMark? Mark { get; set; }
    }

    private sealed class Sink(CollectConnector connector, RowSchema schema, Table table) : ISink
    {
        public RowSchema Schema => schema;

        public IRowPartitioner? Partitioner => null;

        public int? Parallelism => null;

        public ISinkWriter CreateWriter(SinkContext context) => new Writer(connector);

        public ICommitter CreateCommitter(SinkContext context) => new Committer(table, context.Incarnation);
    }

    private sealed class Writer(CollectConnector connector) : ISinkWriter
    {
        private readonly List<string> _changes = [];

        public ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            using (batch)
            {
                _changes.AddRange(ResultRows.TextOf(batch, connector.Zone).Select(r => (char)('0' + (int)r.Kind) + r.Text));
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
        {
            var committable = _changes.Count == 0 ? null : new Committable(JsonSerializer.SerializeToUtf8Bytes(_changes));
            _changes.Clear();
            return ValueTask.FromResult(committable);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Committer(Table table, Incarnation incarnation) : ICommitter
    {
        public ValueTask<CommittedMark?> FindCommittedAsync(CancellationToken cancellationToken)
        {
            lock (table)
            {
                return ValueTask.FromResult(table.Mark);
            }
        }

        public ValueTask<CommittedMark> FenceAsync(CancellationToken cancellationToken)
        {
            lock (table)
            {
                var mark = new CommittedMark(Claim(), table.Mark?.Checkpoint ?? default);
                table.Mark = mark;
                return ValueTask.FromResult(mark);
            }
        }

        public ValueTask CommitAsync(CheckpointId checkpoint, IReadOnlyList<Committable> committables, CancellationToken cancellationToken)
        {
            lock (table)
            {
                Claim();
                if (table.Mark is { } mark && mark.Checkpoint.Value >= checkpoint.Value)
                {
                    return ValueTask.CompletedTask;
                }

                foreach (var change in committables.SelectMany(c => JsonSerializer.Deserialize<List<string>>(c.Content.Span) ?? []))
                {
                    table.Rows.Add((RowKind)(change[0] - '0'), change[1..]);
                }

                table.Mark = new CommittedMark(incarnation, checkpoint);
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Incarnation Claim() => table.Mark is { } mark && mark.Incarnation.Value > incarnation.Value
            ? throw new ArcticException(ErrorCodes.JobFenced, $"Run {incarnation.Value} cannot commit: run {mark.Incarnation.Value} has.")
            : incarnation;
    }
}
