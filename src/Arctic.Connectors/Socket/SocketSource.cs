using System.Buffers.Binary;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.Socket;

/// <summary>
/// The lines that a server sends, read by one reader. Cannot be replayed: lines that were sent and not yet covered by a checkpoint when the job stops, and lines that the server sends
/// while nobody listens, are lost.
/// </summary>
internal sealed class SocketSource(RowSchema schema, SocketOptions options, RecordFormat format, Func<RecordDecoder> makeDecoder) : ISource
{
    private const byte Version = 1;

    public RowSchema Schema => schema;

    public bool IsBounded => false;

    public bool IsReplayable => false;

    public ChangelogMode ChangelogMode => format.HasKinds ? ChangelogMode.All : ChangelogMode.Insert;

    /// <summary>A split's state: how many lines were read, which only messages need.</summary>
    public static ReadOnlyMemory<byte> StateOf(long line)
    {
        var state = new byte[1 + sizeof(long)];
        state[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(1), line);
        return state;
    }

    /// <summary>The number of the next line.</summary>
    public static long LineOf(ReadOnlyMemory<byte> state) => BinaryPrimitives.ReadInt64LittleEndian(state.Span[1..]);

    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) =>
        new OnceEnumerator([new SourceSplit($"{options.Hostname}:{options.Port}", StateOf(1))], state);

    public ISourceReader CreateReader(SourceContext context) => new SocketReader(context, options, makeDecoder());
}
