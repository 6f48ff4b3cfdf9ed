using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.UnitTests.Dataflow.Harness;

/// <summary>
/// A replayable source of the numbers from 0 to <see cref="Count"/> - 1, cut into splits that are discovered one by one; the value of a row is its id modulo <see cref="Keys"/>.
/// </summary>
internal sealed class NumberSource : ISource
{
    public RowSchema Schema => Numbers.Schema;

    public required long Count { get; init; }

    public int Splits { get; init; } = 1;

    public int BatchRows { get; init; } = 100;

    public long Keys { get; init; } = 10;

    public bool IsBounded { get; init; } = true;

    public bool IsReplayable => true;

    public SplitAssignment Assignment { get; init; } = SplitAssignment.OnDemand;

    /// <summary>Awaited before the batch that starts with the given id is handed over.</summary>
    public Func<long, CancellationToken, ValueTask>? Before { get; init; }

    /// <summary>Counts the batches' leases; null for memory of the garbage collector.</summary>
    public LeaseCounter? Leases { get; init; }

    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => new Enumerator(this, state.IsEmpty ? 0 : Numbers.FromBytes(state)[0]);

    public ISourceReader CreateReader(SourceContext context) => new Reader(this);

    private sealed class Enumerator(NumberSource source, long next) : ISplitEnumerator
    {
        private readonly Lock _lock = new();
        private long _next = next;
        private long _known = next;

        public async ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            bool isMore;
            lock (_lock)
            {
                _known = Math.Min(_known + 1, source.Splits);
                isMore = _known < source.Splits;
            }

            if (!isMore && !source.IsBounded)
            {
                lock (_lock)
                {
                    if (_next == _known)
                    {
                        isMore = true;
                    }
                }

                if (isMore)
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }

                return true;
            }

            return isMore;
        }

        public SourceSplit? TryAssign(int subtask)
        {
            lock (_lock)
            {
                if (_next == _known)
                {
                    return null;
                }

                var split = _next++;
                return new SourceSplit($"split-{split}", Numbers.ToBytes(split * source.Count / source.Splits, (split + 1) * source.Count / source.Splits));
            }
        }

        public ReadOnlyMemory<byte> SnapshotState()
        {
            lock (_lock)
            {
                return Numbers.ToBytes(_next);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Reader(NumberSource source) : ISourceReader
    {
        private readonly Queue<(string Id, long At, long End)> _open = new();
        private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void AddSplit(SourceSplit split)
        {
            var state = Numbers.FromBytes(split.State);
            lock (_open)
            {
                _open.Enqueue((split.Id, state[0], state[1]));
            }

            _added.TrySetResult();
        }

        public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                (string Id, long At, long End) split;
                lock (_open)
                {
                    split = _open.FirstOrDefault(s => source.IsBounded || s.At < s.End);
                }

                if (split.Id is not null)
                {
                    return await ReadAsync(split, cancellationToken);
                }

                await _added.Task.WaitAsync(cancellationToken);
                _added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async ValueTask<SourceRead> ReadAsync((string Id, long At, long End) split, CancellationToken cancellationToken)
        {
            if (source.Before is { } before)
            {
                await before(split.At, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            var end = Math.Min(split.End, split.At + source.BatchRows);
            var rows = new List<(long, long)>();
            for (var id = split.At; id < end; id++)
            {
                rows.Add((id, id % source.Keys));
            }

            // Splits take turns, as partitions of a log do.
            var isFinished = source.IsBounded && end == split.End;
            lock (_open)
            {
                var rest = _open.Where(s => s.Id != split.Id).ToList();
                _open.Clear();
                rest.ForEach(_open.Enqueue);
                if (!isFinished)
                {
                    _open.Enqueue((split.Id, end, split.End));
                }
            }

            var batch = rows.Count == 0 ? null : Numbers.Batch(rows, source.Leases?.Take());
            return new SourceRead(split.Id, batch, Numbers.ToBytes(end, split.End), isFinished);
        }
    }
}
