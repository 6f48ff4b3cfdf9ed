using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.FileSystem;

/// <summary>A file and the place in it up to which it has been read.</summary>
/// <param name="Location">Normalised; the split's id too.</param>
internal sealed record FileSplit(string Location, RecordPosition Position)
{
    private const byte Version = 1;

    /// <summary>Reads a split's state.</summary>
    public static FileSplit From(ReadOnlyMemory<byte> state)
    {
        using var reader = StateReader(state, "a split");
        return ReadFrom(reader);
    }

    /// <summary>Reads the state of an enumerator: the splits that are left, or null when files have not been listed yet.</summary>
    public static Queue<FileSplit>? QueueFrom(ReadOnlyMemory<byte> state)
    {
        if (state.IsEmpty)
        {
            return null;
        }

        using var reader = StateReader(state, "a file enumerator");
        var count = reader.ReadInt32();
        if (count < 0)
        {
            return null;
        }

        var splits = new Queue<FileSplit>(count);
        for (var i = 0; i < count; i++)
        {
            splits.Enqueue(ReadFrom(reader));
        }

        return splits;
    }

    /// <summary>Writes the state of an enumerator.</summary>
    public static ReadOnlyMemory<byte> ToState(IReadOnlyCollection<FileSplit>? splits) => Write(writer =>
    {
        writer.Write(splits?.Count ?? -1);
        foreach (var split in splits ?? [])
        {
            split.WriteTo(writer);
        }
    });

    /// <summary>The split as the runtime hands it around.</summary>
    public SourceSplit ToSplit() => new(Location, ToState());

    /// <summary>Writes the split's state.</summary>
    public ReadOnlyMemory<byte> ToState() => Write(WriteTo);

    private static FileSplit ReadFrom(BinaryReader reader) => new(reader.ReadString(), new RecordPosition(reader.ReadInt64(), reader.ReadInt64()));

    private static BinaryReader StateReader(ReadOnlyMemory<byte> state, string what)
    {
        var reader = new BinaryReader(new MemoryStream(state.ToArray()), Encoding.UTF8);
        var version = reader.ReadByte();
        return version == Version
            ? reader
            : throw new ArcticException(ErrorCodes.CheckpointDamaged, $"Cannot read the state of {what}: it has version {version}, and version {Version} was expected.");
    }

    private static ReadOnlyMemory<byte> Write(Action<BinaryWriter> write)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Version);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private void WriteTo(BinaryWriter writer)
    {
        writer.Write(Location);
        writer.Write(Position.Offset);
        writer.Write(Position.Line);
    }
}
