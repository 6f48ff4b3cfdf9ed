using System.Buffers.Binary;
using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.Values;

/// <summary>Batches that are there already, perhaps in several splits; a position is the number of batches read. The caller keeps the batches until the job has ended.</summary>
/// <param name="schema">Of every batch.</param>
/// <param name="splits">The batches of each split, in order.</param>
/// <param name="changelogMode">The kinds that they hold.</param>
internal sealed class ValuesSource(RowSchema schema, IReadOnlyList<IReadOnlyList<ChangeBatch>> splits, ChangelogMode changelogMode) : ISource
{
    private const byte Version = 1;

    public RowSchema Schema => schema;

    public bool IsBounded => true;

    public bool IsReplayable => true;

    public ChangelogMode ChangelogMode => changelogMode;

    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) =>
        new OnceEnumerator(splits.Select((_, i) => new SourceSplit(i.ToString(CultureInfo.InvariantCulture), StateOf(i, 0))).ToList(), state);

    public ISourceReader CreateReader(SourceContext context) => new Reader(splits);

    private static ReadOnlyMemory<byte> StateOf(int split, int next)
    {
        var state = new byte[1 + sizeof(int) + sizeof(int)];
        state[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(1), split);
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(5), next);
        return state;
    }

    private sealed class Reader(IReadOnlyList<IReadOnlyList<ChangeBatch>> splits) : ISourceReader
    {
        private readonly Queue<(SourceSplit Split, int Index, int Next)> _splits = [];

        public void AddSplit(SourceSplit split) => _splits.Enqueue((
            split,
            BinaryPrimitives.ReadInt32LittleEndian(split.State.Span[1..]),
            BinaryPrimitives.ReadInt32LittleEndian(split.State.Span[5..])));

        public ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (split, index, next) = _splits.Dequeue();
            if (next == splits[index].Count)
            {
                return new(new SourceRead(split.Id, null, StateOf(index, next), IsSplitFinished: true));
            }

            _splits.Enqueue((split, index, next + 1));
            return new(new SourceRead(split.Id, splits[index][next].Retain(), StateOf(index, next + 1), IsSplitFinished: false));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
