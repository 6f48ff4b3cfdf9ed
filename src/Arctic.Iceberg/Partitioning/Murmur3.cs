using System.Buffers.Binary;
using System.Numerics;

namespace Arctic.Iceberg.Partitioning;

/// <summary>32-bit Murmur3 (x86) with seed 0: the hash of the bucket transform (Iceberg spec, appendix B).</summary>
internal static class Murmur3
{
    private const uint C1 = 0xcc9e2d51;
    private const uint C2 = 0x1b873593;

    /// <summary>The hash of a value's eight little-endian bytes: how int, long, date, time and timestamps hash alike.</summary>
    public static int Hash(long value)
    {
        var hash = Mix(0, (uint)value);
        hash = Mix(hash, (uint)(value >> 32));
        return Finish(hash, sizeof(long));
    }

    /// <summary>The hash of bytes.</summary>
    public static int Hash(ReadOnlySpan<byte> bytes)
    {
        uint hash = 0;
        var rest = bytes;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt32LittleEndian(rest));
        }

        uint tail = 0;
        for (var i = rest.Length - 1; i >= 0; i--)
        {
            tail = (tail << 8) | rest[i];
        }

        hash ^= Scramble(tail);
        return Finish(hash, bytes.Length);
    }

    private static uint Mix(uint hash, uint block) => (BitOperations.RotateLeft(hash ^ Scramble(block), 13) * 5) + 0xe6546b64;

    private static uint Scramble(uint block) => BitOperations.RotateLeft(block * C1, 15) * C2;

    private static int Finish(uint hash, int length)
    {
        hash ^= (uint)length;
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return (int)(hash ^ (hash >> 16));
    }
}
