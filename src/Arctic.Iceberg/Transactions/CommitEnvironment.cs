using Arctic.Columnar.Randomness;

namespace Arctic.Iceberg.Transactions;

/// <summary>What commits take from outside, so that a run can be replayed: the clock, and a source of random numbers.</summary>
/// <param name="time">Gives timestamps and waits between attempts.</param>
/// <param name="random">Gives snapshot ids, uuids and jitter. Used under a lock.</param>
public sealed class CommitEnvironment(TimeProvider time, Random random)
{
    private readonly Lock _lock = new();

    /// <summary>The system's clock, and random numbers that no other process gets.</summary>
    public static CommitEnvironment CreateDefault() => new(TimeProvider.System, new EntropyRandom());

    /// <summary>Gives timestamps, and waits between attempts.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>Now, in milliseconds since 1970.</summary>
    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A random version 4 UUID.</summary>
    public Guid NewUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (_lock)
        {
            random.NextBytes(bytes);
        }

        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>A random positive snapshot id.</summary>
    public long NewSnapshotId()
    {
        lock (_lock)
        {
            return random.NextInt64(1, long.MaxValue);
        }
    }

    /// <summary>A generator of its own for a file writer, seeded from this one.</summary>
    internal Random NewRandom()
    {
        lock (_lock)
        {
            return EntropyRandom.Fork(random);
        }
    }

    /// <summary>A number in [0, 1).</summary>
    internal double NextDouble()
    {
        lock (_lock)
        {
            return random.NextDouble();
        }
    }
}
