using System.Buffers.Binary;
using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Avro;

/// <summary>Reads Avro values one after another from the bytes of a block. Every read is checked against the end; damage is <c>TABLE_CORRUPT</c>.</summary>
internal ref struct AvroDecoder(ReadOnlySpan<byte> bytes)
{
    private const int SkipDepthMax = 100;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>The bytes that are left.</summary>
    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>How far the decoder is.</summary>
    public readonly int Position => _position;

    public long ReadLong()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_position >= _bytes.Length)
            {
                throw Truncated();
            }

            var b = _bytes[_position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro number at byte {_position} of its block has more than 10 bytes.");
    }

    public int ReadInt()
    {
        var value = ReadLong();
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro int holds {value}, which does not fit.");
    }

    /// <summary>Passes over an int, a long, or the index of an enumeration.</summary>
    public void SkipNumber()
    {
        while (_position < _bytes.Length)
        {
            if (_bytes[_position++] < 0x80)
            {
                return;
            }
        }

        throw Truncated();
    }

    public bool ReadBoolean() => ReadFixed(1)[0] != 0;

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(ReadFixed(4));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(ReadFixed(8));

    /// <summary>The bytes themselves, not a copy.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadLong();
        return length >= 0 && length <= Remaining ? ReadFixed((int)length) : throw Truncated();
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    public ReadOnlySpan<byte> ReadFixed(int size)
    {
        if (size > Remaining)
        {
            throw Truncated();
        }

        var value = _bytes.Slice(_position, size);
        _position += size;
        return value;
    }

    /// <summary>Reads the number of items of an array's or map's next block; 0 ends the array.</summary>
    /// <remarks>Items take at least a byte here, so a count beyond the bytes that are left is damage and never an allocation.</remarks>
    public int ReadItemCount()
    {
        var count = ReadLong();
        if (count < 0)
        {
            _ = ReadLong();
            count = -count;
        }

        return count >= 0 && count <= Remaining
            ? (int)count
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro array claims {count} items where {Remaining} bytes are left.");
    }

    /// <summary>Skips one value.</summary>
    public void Skip(AvroSchema schema) => Skip(schema, 0);

    private void Skip(AvroSchema schema, int depth)
    {
        if (depth > SkipDepthMax)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Avro values are nested deeper than {SkipDepthMax}.");
        }

        switch (schema)
        {
            case AvroSchema.Primitive primitive:
                SkipPrimitive(primitive.Kind);
                break;
            case AvroSchema.Fixed f:
                ReadFixed(f.Size);
                break;
            case AvroSchema.Enum:
                ReadLong();
                break;
            case AvroSchema.Union union:
                Skip(ReadBranch(union), depth + 1);
                break;
            case AvroSchema.Record record:
                foreach (var field in record.FieldSpan)
                {
                    Skip(field.Type, depth + 1);
                }

                break;
            case AvroSchema.Array array:
                SkipItems(null, array.Items, depth);
                break;
            case AvroSchema.Map map:
                SkipItems(AvroSchemas.String, map.Values, depth);
                break;
        }
    }

    /// <summary>Reads which branch of a union follows.</summary>
    public AvroSchema ReadBranch(AvroSchema.Union union)
    {
        var index = ReadLong();
        return index >= 0 && index < union.Branches.Count
            ? union.Branches[(int)index]
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro union of {union.Branches.Count} branches names branch {index}.");
    }

    private void SkipItems(AvroSchema? key, AvroSchema value, int depth)
    {
        while (true)
        {
            var count = ReadLong();
            if (count == 0)
            {
                return;
            }

            if (count < 0)
            {
                // A negative count is followed by the block's size in bytes.
                var size = ReadLong();
                ReadFixed(size >= 0 && size <= Remaining ? (int)size : throw Truncated());
                continue;
            }

            if (count > Remaining)
            {
                throw Truncated();
            }

            for (; count > 0; count--)
            {
                if (key is not null)
                {
                    Skip(key, depth + 1);
                }

                Skip(value, depth + 1);
            }
        }
    }

    private void SkipPrimitive(AvroKind kind)
    {
        switch (kind)
        {
            case AvroKind.Null:
                break;
            case AvroKind.Boolean:
                ReadFixed(1);
                break;
            case AvroKind.Int or AvroKind.Long:
                ReadLong();
                break;
            case AvroKind.Float:
                ReadFixed(4);
                break;
            case AvroKind.Double:
                ReadFixed(8);
                break;
            default:
                ReadBytes();
                break;
        }
    }

    private readonly ArcticException Truncated() =>
        new(ErrorCodes.TableCorrupt, $"An Avro block of {_bytes.Length} bytes ends inside a value that begins near byte {_position}.");
}

/// <summary>Schemas that code names often.</summary>
internal static class AvroSchemas
{
    public static readonly AvroSchema Boolean = new AvroSchema.Primitive(AvroKind.Boolean);
    public static readonly AvroSchema Int = new AvroSchema.Primitive(AvroKind.Int);
    public static readonly AvroSchema Long = new AvroSchema.Primitive(AvroKind.Long);
    public static readonly AvroSchema Bytes = new AvroSchema.Primitive(AvroKind.Bytes);
    public static readonly AvroSchema String = new AvroSchema.Primitive(AvroKind.String);
}
