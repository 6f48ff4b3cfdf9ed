using System.Buffers.Binary;
using System.IO.Hashing;

namespace Arctic.Iceberg.Puffin;

/// <summary>The content of a blob of type <c>deletion-vector-v1</c> (Puffin spec): length, magic, bitmaps, checksum.</summary>
internal static class DeletionVectorBlob
{
    private const int LengthBytes = 4;
    private const int ChecksumBytes = 4;

    private static ReadOnlySpan<byte> Magic => [0xD1, 0xD3, 0x39, 0x64];

    /// <summary>The blob of a set of positions.</summary>
    public static ReadOnlyMemory<byte> Encode(PositionBitmap positions)
    {
        using var target = new MemoryStream();
        Span<byte> number = stackalloc byte[4];
        target.Write(number);
        target.Write(Magic);
        RoaringFormat.Write(positions, target);
        var length = checked((int)target.Length - LengthBytes);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(target.GetBuffer().AsSpan(LengthBytes, length)));
        target.Write(number);
        BinaryPrimitives.WriteInt32BigEndian(target.GetBuffer(), length);
        return target.GetBuffer().AsMemory(0, (int)target.Length);
    }

    /// <summary>The positions of a blob.</summary>
    /// <exception cref="InvalidDataException">The blob is damaged; the message says how.</exception>
    public static PositionBitmap Decode(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < LengthBytes + Magic.Length + ChecksumBytes)
        {
            throw new InvalidDataException($"it has only {blob.Length} bytes");
        }

        var content = blob[LengthBytes..^ChecksumBytes];
        if (BinaryPrimitives.ReadInt32BigEndian(blob) != content.Length || !content.StartsWith(Magic))
        {
            throw new InvalidDataException("its length or magic is wrong");
        }

        return Crc32.HashToUInt32(content) == BinaryPrimitives.ReadUInt32BigEndian(blob[^ChecksumBytes..])
            ? RoaringFormat.Read(content[Magic.Length..])
            : throw new InvalidDataException("its checksum is wrong");
    }
}
