using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Arctic.Columnar.Randomness;

/// <summary>
/// Numbers from the system's entropy. A seeded generator has too few seeds for names that must be unique among all processes for ever: two with one seed would write over each
/// other's files. Thread-safe.
/// </summary>
internal sealed class EntropyRandom() : Random(0)
{
    /// <summary>A generator for one user: entropy stays entropy, and of a seeded one comes another that can be replayed.</summary>
    public static Random Fork(Random source) => source is EntropyRandom ? source : new Random(source.Next());

    public override void NextBytes(byte[] buffer) => RandomNumberGenerator.Fill(buffer);

    public override void NextBytes(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);

    public override int Next() => Next(int.MaxValue);

    public override int Next(int maxValue) => Next(0, maxValue);

    public override int Next(int minValue, int maxValue) => minValue == maxValue ? minValue : RandomNumberGenerator.GetInt32(minValue, maxValue);

    public override long NextInt64() => NextInt64(0, long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);

        // Of 128 random bits the remainder is as good as uniform.
        var range = (ulong)(maxValue - minValue);
        return range == 0 ? minValue : minValue + (long)(ulong)(NextUInt128() % range);
    }

    public override double NextDouble() => Sample();

    protected override double Sample() => (double)(ulong)(NextUInt128() >> 75) / (1UL << 53);

    private static UInt128 NextUInt128()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }
}
