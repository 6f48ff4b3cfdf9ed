using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arctic.Columnar.Keys;

/// <summary>
/// A fast 64-bit hash of key bytes for tables in memory: multiplications of 64 by 64 bits whose halves are folded together (the scheme of
/// wyhash). Not stable over releases and not for files or for spreading rows over buckets.
/// </summary>
public static class KeyHash
{
    private const ulong Secret0 = 0xA0761D6478BD642F;
    private const ulong Secret1 = 0xE7037ED1A0B428DB;
    private const ulong Secret2 = 0x8EBC6AF09C88C6E3;

    /// <summary>The hash of any bytes.</summary>
    public static ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = Secret0 ^ (ulong)key.Length;
        while (key.Length > 16)
        {
            hash = Fold(Read64(key) ^ Secret1, Read64(key[8..]) ^ hash);
            key = key[16..];
        }

        var (low, high) = ReadTail(key);
        return Fold(Fold(low ^ Secret1, high ^ hash), Secret2);
    }

    // Up to 16 bytes, each in one of two words.
    private static (ulong Low, ulong High) ReadTail(ReadOnlySpan<byte> tail)
    {
        if (tail.Length >= 8)
        {
            return (Read64(tail), Read64(tail[^8..]));
        }

        if (tail.Length >= 4)
        {
            return (Read32(tail), Read32(tail[^4..]));
        }

        return tail.IsEmpty ? (0UL, 0UL) : (tail[0] | ((ulong)tail[tail.Length >> 1] << 8) | ((ulong)tail[^1] << 16), 0UL);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }

    private static ulong Read64(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ulong>(bytes);

    private static ulong Read32(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<uint>(bytes);
}
