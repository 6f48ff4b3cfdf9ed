using System.Buffers.Binary;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;

namespace Arctic.Connectors.Lake;

/// <summary>A part of a lake table that one reader reads, with the position in it. As bytes it lives in checkpoints.</summary>
internal abstract record LakeSplit
{
    private const byte Version = 2;

    private LakeSplit()
    {
    }

    /// <summary>Unique within the source and the job's life.</summary>
    public abstract string Id { get; }

    /// <summary>The text of the partition: with the bucket, what order is kept by.</summary>
    public required string Partition { get; init; }

    /// <summary>The node of the split's rows.</summary>
    public required KeyBucket Bucket { get; init; }

    /// <summary>Where to go on.</summary>
    public SplitPosition Position { get; init; }

    /// <summary>Merged rows, or plain data files.</summary>
    public sealed record Rows(MergeSplit Files, string RowsId) : LakeSplit
    {
        /// <inheritdoc/>
        public override string Id => RowsId;
    }

    /// <summary>Changes of one commit.</summary>
    /// <param name="Files">What to read.</param>
    /// <param name="Filter">The node whose keys alone are wanted, where the files are of a coarser one.</param>
    public sealed record Changes(ChangelogSplit Files, KeyBucket? Filter) : LakeSplit
    {
        /// <inheritdoc/>
        public override string Id => Filter is { } filter ? $"{Files.Id}-{filter.Id}" : Files.Id;
    }

    /// <summary>The split as the runtime carries it.</summary>
    public SourceSplit ToSourceSplit() => new(Id, Write());

    /// <summary>The split and its position as bytes.</summary>
    public ReadOnlyMemory<byte> Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        Write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>The bytes of a split at another position: that lies behind the version at fixed places, so that a step costs a copy and nothing is written anew.</summary>
    /// <param name="state">What <see cref="Write()"/> returned.</param>
    /// <param name="position">Where to go on.</param>
    public static ReadOnlyMemory<byte> MoveTo(ReadOnlyMemory<byte> state, SplitPosition position)
    {
        var moved = state.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(moved.AsSpan(sizeof(byte)), position.File);
        BinaryPrimitives.WriteInt64LittleEndian(moved.AsSpan(sizeof(byte) + sizeof(int)), position.Row);
        return moved;
    }

    /// <summary>Writes the split without a version.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Position.File);
        writer.Write(Position.Row);
        writer.Write(this is Changes);
        writer.Write(Partition);
        writer.Write(Bucket.Id);
        if (this is Changes changes)
        {
            writer.Write(changes.Filter?.Id ?? 0);
            changes.Files.Write(writer);
        }
        else
        {
            var rows = (Rows)this;
            writer.Write(rows.RowsId);
            rows.Files.Write(writer);
        }
    }

    /// <summary>Reads what <see cref="Write()"/> wrote.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.CheckpointDamaged"/>.</exception>
    public static LakeSplit Read(ReadOnlyMemory<byte> state)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(state.ToArray(), writable: false));
            var version = reader.ReadByte();
            return version == Version ? Read(reader) : throw new FormatException($"Version {version} is not known.");
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or IOException)
        {
            throw new ArcticException(ErrorCodes.CheckpointDamaged, $"Cannot read the position of a lake split ({state.Length} bytes): {e.Message}", e);
        }
    }

    /// <summary>Reads a split without a version.</summary>
    public static LakeSplit Read(BinaryReader reader)
    {
        var position = new SplitPosition(reader.ReadInt32(), reader.ReadInt64());
        var isChanges = reader.ReadBoolean();
        var partition = reader.ReadString();
        var bucket = BucketOf(reader.ReadInt64());
        if (isChanges)
        {
            var filter = reader.ReadInt64();
            return new Changes(ChangelogSplit.Read(reader), filter == 0 ? null : BucketOf(filter)) { Partition = partition, Bucket = bucket, Position = position };
        }

        var id = reader.ReadString();
        return new Rows(MergeSplit.Read(reader), id) { Partition = partition, Bucket = bucket, Position = position };
    }

    private static KeyBucket BucketOf(long id) => KeyBucket.FindById(id) ?? throw new FormatException($"There is no bucket {id}.");
}
