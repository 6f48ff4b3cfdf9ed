using System.Buffers.Binary;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.State;

namespace Arctic.UnitTests.Dataflow.Harness;

/// <summary>Rows of two numbers, an id and a value, as the runtime's tests send them.</summary>
internal static class Numbers
{
    public static readonly RowSchema Schema = new(new Field("id", DataTypes.BigInt.AsNotNull()), new Field("value", DataTypes.BigInt.AsNotNull()));

    public static ChangeBatch Batch(IReadOnlyList<(long Id, long Value)> rows, MemoryLease? lease = null) => new(
        Schema,
        [
            new FixedColumn<long>(DataTypes.BigInt.AsNotNull(), rows.Select(r => r.Id).ToArray()),
            new FixedColumn<long>(DataTypes.BigInt.AsNotNull(), rows.Select(r => r.Value).ToArray()),
        ],
        rows.Count,
        lease: lease);

    public static List<(long Id, long Value)> Rows(ChangeBatch batch)
    {
        using var compact = batch.Compact();
        var ids = ((FixedColumn<long>)compact.Columns[0]).Values;
        var values = ((FixedColumn<long>)compact.Columns[1]).Values;
        var rows = new List<(long, long)>(ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            rows.Add((ids[i], values[i]));
        }

        return rows;
    }

    public static byte[] ToBytes(params ReadOnlySpan<long> numbers)
    {
        var bytes = new byte[1 + (8 * numbers.Length)];
        bytes[0] = 1;
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1 + (8 * i)), numbers[i]);
        }

        return bytes;
    }

    public static long[] FromBytes(ReadOnlyMemory<byte> bytes)
    {
        Assert.Equal(1, bytes.Span[0]);
        var numbers = new long[(bytes.Length - 1) / 8];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[(1 + (8 * i))..]);
        }

        return numbers;
    }
}

/// <summary>Spreads rows by their value, through the key groups that state is kept by.</summary>
internal sealed class ValuePartitioner(int maxParallelism = 128) : IRowPartitioner
{
    public string Description => "hash[value]";

    public static int KeyGroupOf(long value, int maxParallelism = 128) => (int)((uint)(value * 2654435761L >> 16) % maxParallelism);

    public void Partition(ChangeBatch batch, int parallelism, Span<int> targets)
    {
        var values = ((FixedColumn<long>)batch.Columns[1]).Values;
        for (var i = 0; i < targets.Length; i++)
        {
            var row = batch.Selection is { } selection ? selection.Span[i] : i;
            targets[i] = KeyGroupRange.SubtaskOf(KeyGroupOf(values[row], maxParallelism), parallelism, maxParallelism);
        }
    }
}

/// <summary>Counts the leases that it gave out and that nobody has given back.</summary>
internal sealed class LeaseCounter
{
    private int _held;

    public int Held => Volatile.Read(ref _held);

    public MemoryLease Take()
    {
        Interlocked.Increment(ref _held);
        return MemoryLease.Of(new Owner(this));
    }

    private sealed class Owner(LeaseCounter counter) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref counter._held);
    }
}
