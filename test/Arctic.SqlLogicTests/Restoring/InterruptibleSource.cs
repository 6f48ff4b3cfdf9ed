using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.SqlLogicTests.Restoring;

/// <summary>A source that gives its rows one at a time, with a position behind each, and holds where an interruption wants it.</summary>
/// <param name="source">The source.</param>
/// <param name="interruption">Where the job is killed; null when it runs to its end.</param>
internal sealed class InterruptibleSource(ISource source, Interruption? interruption) : ISource
{
    private readonly Lock _lock = new();
    private Interruption.Readers? _readers;

    public RowSchema Schema => source.Schema;

    public bool IsBounded => source.IsBounded;

    public bool IsReplayable => source.IsReplayable;

    public SplitAssignment Assignment => source.Assignment;

    public ChangelogMode ChangelogMode => source.ChangelogMode;

    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) =>
        new Enumerator(source.CreateEnumerator(context, state), ReadersOf(context), source.Assignment);

    public ISourceReader CreateReader(SourceContext context) => new InterruptibleReader(source.CreateReader(context), context.Subtask, ReadersOf(context), source.Assignment);

    private Interruption.Readers? ReadersOf(SourceContext context)
    {
        lock (_lock)
        {
            return _readers ??= interruption?.AddSource(context.Parallelism);
        }
    }

    private sealed class Enumerator(ISplitEnumerator splits, Interruption.Readers? readers, SplitAssignment assignment) : ISplitEnumerator
    {
        private readonly HashSet<int> _busy = [];
        private volatile bool _isDiscoveryOver;

        public async ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken)
        {
            var isMore = await splits.DiscoverAsync(cancellationToken).ConfigureAwait(false);
            _isDiscoveryOver = !isMore;
            return isMore;
        }

        public SourceSplit? TryAssign(int subtask)
        {
            if (splits.TryAssign(subtask) is { } split)
            {
                _busy.Add(subtask);
                return split with { State = RowPosition.AtStartOf(split).ToState() };
            }

            // Idle readers are asked again when nothing more will be found. Of eager splits busy readers are asked too: those say themselves when they have come to the end.
            if (_isDiscoveryOver && !(assignment == SplitAssignment.Eager && _busy.Contains(subtask)))
            {
                readers?.SetIdle(subtask);
            }

            return null;
        }

        public ReadOnlyMemory<byte> SnapshotState() => splits.SnapshotState();

        public int? FindReader(SourceSplit split) => splits.FindReader(split with { State = RowPosition.Of(split).State });

        public ValueTask DisposeAsync() => splits.DisposeAsync();
    }
}
