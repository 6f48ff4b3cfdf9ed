using System.Collections.Concurrent;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.DataGen;

/// <summary>Makes batches of its splits in turn.</summary>
internal sealed class DataGenReader(RowSchema schema, IReadOnlyList<FieldGenerator> generators, long? rowCount, RowRateLimiter limiter) : ISourceReader
{
    // Splits may be added while a read waits for its time.
    private readonly ConcurrentQueue<DataGenSplit> _splits = [];

    public void AddSplit(SourceSplit split) => _splits.Enqueue(DataGenSplit.From(split.State));

    public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_splits.TryDequeue(out var split))
        {
            throw new InvalidOperationException("The reader has no split.");
        }

        var left = rowCount is { } total ? Math.Max(0, (total - split.NextRow + split.Count - 1) / split.Count) : long.MaxValue;
        var rows = (int)Math.Min(left, limiter.BatchRows);
        await limiter.WaitAsync(rows, cancellationToken).ConfigureAwait(false);
        var behind = split with { Next = split.Next + rows };
        var isFinished = rows == left;
        if (!isFinished)
        {
            _splits.Enqueue(behind);
        }

        return new SourceRead(split.ToSplit().Id, rows == 0 ? null : Generate(split, rows), behind.ToState(), isFinished);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ChangeBatch Generate(DataGenSplit split, int count)
    {
        var rows = new long[count];
        for (var i = 0; i < count; i++)
        {
            rows[i] = split.NextRow + ((long)i * split.Count);
        }

        var columns = new Column[generators.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = generators[i].Generate(rows);
        }

        return new ChangeBatch(schema, columns, count);
    }
}
