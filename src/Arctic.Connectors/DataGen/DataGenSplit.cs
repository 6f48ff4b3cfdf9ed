using System.Buffers.Binary;
using System.Globalization;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.DataGen;

/// <summary>The rows whose number leaves a remainder: row k of the split is row <c>Index + k * Count</c> of the table.</summary>
/// <param name="Index">0-based.</param>
/// <param name="Count">The number of splits.</param>
/// <param name="Next">The rows of the split that have been made.</param>
internal sealed record DataGenSplit(int Index, int Count, long Next)
{
    private const byte Version = 1;
    private const int StateSize = 1 + sizeof(int) + sizeof(int) + sizeof(long);

    /// <summary>The table's number of the split's next row.</summary>
    public long NextRow => Index + (Next * Count);

    public static DataGenSplit From(ReadOnlyMemory<byte> state) => new(
        BinaryPrimitives.ReadInt32LittleEndian(state.Span[1..]),
        BinaryPrimitives.ReadInt32LittleEndian(state.Span[5..]),
        BinaryPrimitives.ReadInt64LittleEndian(state.Span[9..]));

    public SourceSplit ToSplit() => new(Index.ToString(CultureInfo.InvariantCulture), ToState());

    public ReadOnlyMemory<byte> ToState()
    {
        var state = new byte[StateSize];
        state[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(1), Index);
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(5), Count);
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(9), Next);
        return state;
    }
}
