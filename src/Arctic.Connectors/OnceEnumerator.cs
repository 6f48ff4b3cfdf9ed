using System.Buffers.Binary;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors;

/// <summary>Hands out splits that are known from the start, in their order. The state is the number handed out.</summary>
internal sealed class OnceEnumerator : ISplitEnumerator
{
    private const byte Version = 1;

    private readonly Lock _lock = new();
    private readonly IReadOnlyList<SourceSplit> _splits;
    private int _assignedCount;

    /// <summary>Makes the enumerator.</summary>
    /// <param name="splits">The same splits at every start of the job.</param>
    /// <param name="state">Of a checkpoint; empty for a fresh start.</param>
    public OnceEnumerator(IReadOnlyList<SourceSplit> splits, ReadOnlyMemory<byte> state)
    {
        _splits = splits;
        _assignedCount = state.IsEmpty ? 0 : BinaryPrimitives.ReadInt32LittleEndian(state.Span[1..]);
    }

    public ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken) => new(false);

    public SourceSplit? TryAssign(int subtask)
    {
        lock (_lock)
        {
            return _assignedCount < _splits.Count ? _splits[_assignedCount++] : null;
        }
    }

    public ReadOnlyMemory<byte> SnapshotState()
    {
        var state = new byte[1 + sizeof(int)];
        state[0] = Version;
        lock (_lock)
        {
            BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(1), _assignedCount);
        }

        return state;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
