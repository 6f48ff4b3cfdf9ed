using System.Buffers.Binary;
using Arctic.Dataflow.Connectors;

namespace Arctic.SqlLogicTests.Restoring;

/// <summary>A position between two rows.</summary>
/// <param name="State">A position of the source, between two of its batches.</param>
/// <param name="RowCount">The rows behind it that have been given.</param>
internal readonly record struct RowPosition(ReadOnlyMemory<byte> State, int RowCount)
{
    public static RowPosition AtStartOf(SourceSplit split) => new(split.State, 0);

    public static RowPosition Of(SourceSplit split) => new(split.State[sizeof(int)..], BinaryPrimitives.ReadInt32LittleEndian(split.State.Span));

    public byte[] ToState()
    {
        var state = new byte[sizeof(int) + State.Length];
        BinaryPrimitives.WriteInt32LittleEndian(state, RowCount);
        State.CopyTo(state.AsMemory(sizeof(int)));
        return state;
    }
}
