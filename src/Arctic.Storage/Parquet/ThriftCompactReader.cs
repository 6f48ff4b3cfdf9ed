using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Parquet;

/// <summary>
/// Reads Thrift's compact protocol from a span. Every length is checked against the bytes that are left and nesting is bounded, so that
/// a hostile footer costs no more memory or stack than its own size.
/// </summary>
internal ref struct ThriftCompactReader(ReadOnlySpan<byte> bytes)
{
    private const int DepthMax = 64;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;

    /// <summary>The offset of the next byte.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the header of a struct's next field; false at its end.</summary>
    /// <param name="id">In: the id of the field before, 0 at the start. Out: the field's id.</param>
    /// <param name="type">The field's type.</param>
    public bool TryReadField(ref int id, out ThriftType type)
    {
        var header = ReadByte();
        type = (ThriftType)(header & 0xF);
        if (header == 0)
        {
            return false;
        }

        var delta = header >> 4;
        id = delta == 0 ? (short)ReadZigZag() : id + delta;
        return true;
    }

    /// <summary>A truth value, which the field's type itself carries.</summary>
    public static bool ReadBool(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Corrupt($"a field of type {type} stands where a truth value is expected"),
    };

    /// <summary>A 32-bit integer (also for i16).</summary>
    public int ReadInt(ThriftType type)
    {
        var value = type == ThriftType.Byte ? (sbyte)ReadByte() : ReadLong(type);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Corrupt($"the number {value} stands where one of 32 bits is expected");
    }

    /// <summary>A 64-bit integer (also for i16 and i32).</summary>
    public long ReadLong(ThriftType type)
    {
        Expect(type is ThriftType.I16 or ThriftType.I32 or ThriftType.I64, type, "an integer");
        return ReadZigZag();
    }

    /// <summary>Bytes; a view of the input.</summary>
    public ReadOnlySpan<byte> ReadBinary(ThriftType type)
    {
        Expect(type == ThriftType.Binary, type, "a string");
        return Take(ReadLength());
    }

    /// <summary>Text in UTF-8.</summary>
    public string ReadString(ThriftType type) => Encoding.UTF8.GetString(ReadBinary(type));

    /// <summary>The header of a list (or set).</summary>
    public int ReadList(ThriftType type, out ThriftType elementType)
    {
        Expect(type is ThriftType.List or ThriftType.Set, type, "a list");
        var header = ReadByte();
        elementType = (ThriftType)(header & 0xF);
        var count = header >> 4;
        if (count == 15)
        {
            count = (int)Math.Min(ReadVarint(), int.MaxValue);
        }

        // Every element takes at least a byte.
        return count <= _bytes.Length - Position ? count : throw Corrupt($"a list claims {count} elements where {_bytes.Length - Position} bytes are left");
    }

    /// <summary>A list of truth values, which take a byte each there. Writers differ in what they write for false: 0, or the type's own 2.</summary>
    public void ReadBools(ThriftType type, List<bool> values)
    {
        var count = ReadList(type, out var elementType);
        Expect(count == 0 || elementType is ThriftType.True or ThriftType.False, elementType, "a truth value");
        for (var i = 0; i < count; i++)
        {
            values.Add(ReadByte() == 1);
        }
    }

    /// <summary>Enters a struct; leave it with <see cref="ExitStruct"/>.</summary>
    public void EnterStruct(ThriftType type)
    {
        Expect(type == ThriftType.Struct, type, "a struct");
        if (++_depth > DepthMax)
        {
            throw Corrupt($"structs nest deeper than {DepthMax}");
        }
    }

    /// <summary>Leaves a struct whose end has been read.</summary>
    public void ExitStruct() => _depth--;

    /// <summary>Skips a field's value.</summary>
    public void Skip(ThriftType type) => Skip(type, isElement: false);

    private void Skip(ThriftType type, bool isElement)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                // A truth value is in its field's header; in a list it takes a byte.
                Take(isElement ? 1 : 0);
                break;
            case ThriftType.Byte:
                Take(1);
                break;
            case ThriftType.I16 or ThriftType.I32 or ThriftType.I64:
                ReadVarint();
                break;
            case ThriftType.Double:
                Take(8);
                break;
            case ThriftType.Binary:
                Take(ReadLength());
                break;
            case ThriftType.List or ThriftType.Set:
                SkipList(type);
                break;
            case ThriftType.Map:
                SkipMap();
                break;
            case ThriftType.Struct:
                EnterStruct(type);
                for (var id = 0; TryReadField(ref id, out var fieldType);)
                {
                    Skip(fieldType, isElement: false);
                }

                ExitStruct();
                break;
            default:
                throw Corrupt($"the type {(int)type} is none of Thrift's");
        }
    }

    private void SkipList(ThriftType type)
    {
        EnterNesting();
        var count = ReadList(type, out var elementType);
        for (var i = 0; i < count; i++)
        {
            Skip(elementType, isElement: true);
        }

        _depth--;
    }

    private void SkipMap()
    {
        EnterNesting();
        var count = ReadLength();
        var types = count == 0 ? 0 : ReadByte();
        for (var i = 0; i < count; i++)
        {
            Skip((ThriftType)(types >> 4), isElement: true);
            Skip((ThriftType)(types & 0xF), isElement: true);
        }

        _depth--;
    }

    private void EnterNesting() => EnterStruct(ThriftType.Struct);

    private int ReadLength()
    {
        var length = ReadVarint();
        return length <= (ulong)(_bytes.Length - Position) ? (int)length : throw Corrupt($"a length of {length} passes the end of the metadata");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw Corrupt("it ends in the middle of a value");
        }

        var result = _bytes.Slice(Position, count);
        Position += count;
        return result;
    }

    private byte ReadByte() => Take(1)[0];

    private long ReadZigZag()
    {
        var value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong ReadVarint()
    {
        ulong result = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = ReadByte();
            result |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return result;
            }
        }

        throw Corrupt("an integer is longer than ten bytes");
    }

    private static void Expect(bool isExpected, ThriftType found, string expected)
    {
        if (!isExpected)
        {
            throw Corrupt($"a field of type {found} stands where {expected} is expected");
        }
    }

    private static ArcticException Corrupt(string what) => new(ErrorCodes.TableCorrupt, $"Cannot read Parquet metadata: {what}.");
}

/// <summary>The types of Thrift's compact protocol.</summary>
internal enum ThriftType
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}
