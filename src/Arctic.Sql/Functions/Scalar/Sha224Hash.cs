using System.Buffers.Binary;
using System.Numerics;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>SHA-224 (FIPS 180-4), which .NET lacks: SHA-256 from another start, cut to seven words.</summary>
internal static class Sha224Hash
{
    private const int BlockSize = 64;
    private const int LengthSize = sizeof(ulong);

    // Section 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes.
    private static ReadOnlySpan<uint> Constants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Writes the 28 bytes of the hash.</summary>
    /// <returns>28.</returns>
    public static int Compute(ReadOnlySpan<byte> source, Span<byte> target)
    {
        // Section 5.3.2.
        Span<uint> state = [0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4];
        var bitCount = (ulong)source.Length * 8;
        for (; source.Length >= BlockSize; source = source[BlockSize..])
        {
            Compress(source[..BlockSize], state);
        }

        // A one bit, zeros, and the length in bits at the end of a block.
        Span<byte> tail = stackalloc byte[BlockSize * 2];
        tail.Clear();
        source.CopyTo(tail);
        tail[source.Length] = 0x80;
        var tailSize = source.Length + 1 + LengthSize <= BlockSize ? BlockSize : BlockSize * 2;
        BinaryPrimitives.WriteUInt64BigEndian(tail[(tailSize - LengthSize)..], bitCount);
        for (var at = 0; at < tailSize; at += BlockSize)
        {
            Compress(tail.Slice(at, BlockSize), state);
        }

        const int Words = 7;
        for (var i = 0; i < Words; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target[(i * sizeof(uint))..], state[i]);
        }

        return Words * sizeof(uint);
    }

    // Section 6.2.2.
    private static void Compress(ReadOnlySpan<byte> block, Span<uint> state)
    {
        Span<uint> w = stackalloc uint[64];
        for (var i = 0; i < 16; i++)
        {
            w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(i * sizeof(uint))..]);
        }

        for (var i = 16; i < w.Length; i++)
        {
            var s0 = BitOperations.RotateRight(w[i - 15], 7) ^ BitOperations.RotateRight(w[i - 15], 18) ^ (w[i - 15] >> 3);
            var s1 = BitOperations.RotateRight(w[i - 2], 17) ^ BitOperations.RotateRight(w[i - 2], 19) ^ (w[i - 2] >> 10);
            w[i] = unchecked(w[i - 16] + s0 + w[i - 7] + s1);
        }

        Span<uint> v = stackalloc uint[8];
        state.CopyTo(v);
        for (var i = 0; i < w.Length; i++)
        {
            var s1 = BitOperations.RotateRight(v[4], 6) ^ BitOperations.RotateRight(v[4], 11) ^ BitOperations.RotateRight(v[4], 25);
            var chosen = (v[4] & v[5]) ^ (~v[4] & v[6]);
            var t1 = unchecked(v[7] + s1 + chosen + Constants[i] + w[i]);
            var s0 = BitOperations.RotateRight(v[0], 2) ^ BitOperations.RotateRight(v[0], 13) ^ BitOperations.RotateRight(v[0], 22);
            var majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v[..7].CopyTo(v[1..]);
            v[4] = unchecked(v[4] + t1);
            v[0] = unchecked(t1 + s0 + majority);
        }

        for (var i = 0; i < state.Length; i++)
        {
            state[i] = unchecked(state[i] + v[i]);
        }
    }
}
