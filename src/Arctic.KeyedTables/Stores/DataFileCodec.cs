using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables.Stores;

/// <summary>Data files as bytes, for committables and splits: little-endian, starting with a version byte. What metadata a manifest needs is all there.</summary>
internal static class DataFileCodec
{
    private const byte Version = 1;

    /// <summary>Writes files.</summary>
    public static byte[] Write(IReadOnlyCollection<DataFile> files)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        writer.Write7BitEncodedInt(files.Count);
        foreach (var file in files)
        {
            Write(writer, file);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="Write(IReadOnlyCollection{DataFile})"/> wrote.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.CheckpointDamaged"/>.</exception>
    public static List<DataFile> Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(content.ToArray(), writable: false));
            var version = reader.ReadByte();
            if (version != Version)
            {
                throw new ArcticException(ErrorCodes.CheckpointDamaged, $"Cannot read a list of data files of version {version}; this release knows version {Version}.");
            }

            var files = new List<DataFile>();
            for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
            {
                files.Add(ReadFile(reader));
            }

            return files;
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or IOException)
        {
            throw new ArcticException(ErrorCodes.CheckpointDamaged, $"Cannot read a list of data files of {content.Length} bytes: {e.Message}", e);
        }
    }

    /// <summary>Writes one file.</summary>
    public static void Write(BinaryWriter writer, DataFile file)
    {
        writer.Write((byte)file.Content);
        writer.Write(file.FilePath);
        writer.Write((byte)file.Format);
        writer.Write(file.SpecId);
        WriteTuple(writer, file.Partition);
        writer.Write(file.RecordCount);
        writer.Write(file.FileSizeBytes);
        WriteMap(writer, file.ColumnSizes, static (w, v) => w.Write(v));
        WriteMap(writer, file.ValueCounts, static (w, v) => w.Write(v));
        WriteMap(writer, file.NullValueCounts, static (w, v) => w.Write(v));
        WriteMap(writer, file.NanValueCounts, static (w, v) => w.Write(v));
        WriteMap(writer, file.LowerBounds, static (w, v) => WriteBytes(w, v.Span));
        WriteMap(writer, file.UpperBounds, static (w, v) => WriteBytes(w, v.Span));
        WriteOptional(writer, file.KeyMetadata, static (w, v) => WriteBytes(w, v));
        WriteOptional(writer, file.SplitOffsets, static (w, v) => WriteArray(w, v, static (w, x) => w.Write(x)));
        WriteOptional(writer, file.EqualityIds, static (w, v) => WriteArray(w, v, static (w, x) => w.Write(x)));
        WriteOptional(writer, file.ReferencedDataFile, static (w, v) => w.Write(v));
        WriteNumber(writer, file.SortOrderId);
        WriteNumber(writer, file.FirstRowId);
        WriteNumber(writer, file.ContentOffset);
        WriteNumber(writer, file.ContentSizeBytes);
    }

    /// <summary>Reads one file.</summary>
    public static DataFile ReadFile(BinaryReader reader) => new()
    {
        // Initialisers run in the order in which they stand, which is that of the bytes.
        Content = (FileContent)reader.ReadByte(),
        FilePath = reader.ReadString(),
        Format = (FileFormat)reader.ReadByte(),
        SpecId = reader.ReadInt32(),
        Partition = ReadTuple(reader),
        RecordCount = reader.ReadInt64(),
        FileSizeBytes = reader.ReadInt64(),
        ColumnSizes = ReadMap(reader, static r => r.ReadInt64()),
        ValueCounts = ReadMap(reader, static r => r.ReadInt64()),
        NullValueCounts = ReadMap(reader, static r => r.ReadInt64()),
        NanValueCounts = ReadMap(reader, static r => r.ReadInt64()),
        LowerBounds = ReadMap(reader, static r => (ReadOnlyMemory<byte>)ReadBytes(r)),
        UpperBounds = ReadMap(reader, static r => (ReadOnlyMemory<byte>)ReadBytes(r)),
        KeyMetadata = ReadOptional(reader, ReadBytes),
        SplitOffsets = ReadOptional(reader, static r => ReadArray(r, static r => r.ReadInt64())),
        EqualityIds = ReadOptional(reader, static r => ReadArray(r, static r => r.ReadInt32())),
        ReferencedDataFile = ReadOptional(reader, static r => r.ReadString()),
        SortOrderId = (int?)ReadNumber(reader),
        FirstRowId = ReadNumber(reader),
        ContentOffset = ReadNumber(reader),
        ContentSizeBytes = ReadNumber(reader),
    };

    private static void WriteTuple(BinaryWriter writer, PartitionTuple tuple)
    {
        writer.Write7BitEncodedInt(tuple.Count);
        for (var i = 0; i < tuple.Count; i++)
        {
            WriteValue(writer, tuple[i]);
        }
    }

    private static PartitionTuple ReadTuple(BinaryReader reader)
    {
        var values = new object?[reader.Read7BitEncodedInt()];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ReadValue(reader);
        }

        return values.Length == 0 ? PartitionTuple.Empty : new PartitionTuple(values);
    }

    private static void WriteValue(BinaryWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.Write((byte)0);
                break;
            case bool v:
                writer.Write((byte)1);
                writer.Write(v);
                break;
            case int v:
                writer.Write((byte)2);
                writer.Write(v);
                break;
            case long v:
                writer.Write((byte)3);
                writer.Write(v);
                break;
            case float v:
                writer.Write((byte)4);
                writer.Write(v);
                break;
            case double v:
                writer.Write((byte)5);
                writer.Write(v);
                break;
            case Int128 v:
                writer.Write((byte)6);
                writer.Write((ulong)(v >> 64));
                writer.Write((ulong)v);
                break;
            case string v:
                writer.Write((byte)7);
                writer.Write(v);
                break;
            case byte[] v:
                writer.Write((byte)8);
                WriteBytes(writer, v);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"A partition value of type {value.GetType()}");
        }
    }

    private static object? ReadValue(BinaryReader reader) => reader.ReadByte() switch
    {
        0 => null,
        1 => reader.ReadBoolean(),
        2 => reader.ReadInt32(),
        3 => reader.ReadInt64(),
        4 => reader.ReadSingle(),
        5 => reader.ReadDouble(),
        6 => new Int128(reader.ReadUInt64(), reader.ReadUInt64()),
        7 => reader.ReadString(),
        8 => ReadBytes(reader),
        var tag => throw new FormatException($"Unknown tag {tag} of a partition value."),
    };

    private static void WriteMap<T>(BinaryWriter writer, FieldIdMap<T>? map, Action<BinaryWriter, T> write)
    {
        writer.Write7BitEncodedInt(map is null ? 0 : map.Count + 1);
        for (var i = 0; map is not null && i < map.Count; i++)
        {
            writer.Write(map.Ids[i]);
            write(writer, map.Values[i]);
        }
    }

    private static FieldIdMap<T>? ReadMap<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        var count = reader.Read7BitEncodedInt() - 1;
        if (count < 0)
        {
            return null;
        }

        var (ids, values) = (new int[count], new T[count]);
        for (var i = 0; i < count; i++)
        {
            ids[i] = reader.ReadInt32();
            values[i] = read(reader);
        }

        return new FieldIdMap<T>(ids, values);
    }

    private static void WriteOptional<T>(BinaryWriter writer, T? value, Action<BinaryWriter, T> write)
        where T : class
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            write(writer, value);
        }
    }

    private static T? ReadOptional<T>(BinaryReader reader, Func<BinaryReader, T> read)
        where T : class => reader.ReadBoolean() ? read(reader) : null;

    private static void WriteNumber(BinaryWriter writer, long? value)
    {
        writer.Write(value is not null);
        if (value is { } number)
        {
            writer.Write(number);
        }
    }

    private static long? ReadNumber(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadInt64() : null;

    private static void WriteArray<T>(BinaryWriter writer, T[] values, Action<BinaryWriter, T> write)
    {
        writer.Write7BitEncodedInt(values.Length);
        foreach (var value in values)
        {
            write(writer, value);
        }
    }

    private static T[] ReadArray<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        var values = new T[reader.Read7BitEncodedInt()];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read(reader);
        }

        return values;
    }

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        var length = reader.Read7BitEncodedInt();
        var bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException("The bytes end too early.");
    }
}
