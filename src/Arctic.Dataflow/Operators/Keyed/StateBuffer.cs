using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Arctic.Columnar.Errors;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>Collects state for a checkpoint, little-endian.</summary>
internal sealed class StateBuffer
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What has been written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>Empties the buffer.</summary>
    public void Clear() => _bytes.ResetWrittenCount();

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value) => _bytes.Write([value]);

    /// <summary>Writes a 32-bit integer.</summary>
    public void WriteInt32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), value);
        _bytes.Advance(sizeof(int));
    }

    /// <summary>Writes a 64-bit integer.</summary>
    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(sizeof(long)), value);
        _bytes.Advance(sizeof(long));
    }

    /// <summary>Writes bytes with their length.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteInt32(value.Length);
        _bytes.Write(value);
    }

    /// <summary>Writes a struct as it lies in memory; .NET's platforms are little-endian.</summary>
    public void WriteStruct<T>(in T value)
        where T : unmanaged => _bytes.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}

/// <summary>Reads back what a <see cref="StateBuffer"/> took.</summary>
internal ref struct StateBytes(ReadOnlySpan<byte> bytes, string name)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Whether everything has been read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Reads the version byte that every part starts with.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.CheckpointDamaged"/>: it is another version.</exception>
    public void ReadVersion(byte expected)
    {
        var found = ReadByte();
        if (found != expected)
        {
            throw new ArcticException(ErrorCodes.CheckpointDamaged, $"The state of '{name}' has version {found}; this release reads version {expected}.");
        }
    }

    /// <summary>Reads one byte.</summary>
    public byte ReadByte() => Take(1)[0];

    /// <summary>Reads a 32-bit integer.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    /// <summary>Reads a 64-bit integer.</summary>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>Reads bytes with their length.</summary>
    public ReadOnlySpan<byte> ReadBytes() => Take(ReadInt32());

    /// <summary>Reads a struct.</summary>
    public unsafe T ReadStruct<T>()
        where T : unmanaged => MemoryMarshal.Read<T>(Take(sizeof(T)));

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            throw new ArcticException(ErrorCodes.CheckpointDamaged, $"The state of '{name}' ends too early: {count} bytes are wanted and {_rest.Length} are left.");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
