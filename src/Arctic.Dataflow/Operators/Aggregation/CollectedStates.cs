using System.Buffers.Binary;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>COLLECT: how often each value is there, as a multiset: entries of value and count.</summary>
/// <param name="fixedSize">Where the bytes of varying length begin in a value's row.</param>
internal sealed class CountedValues(int fixedSize) : ValueState
{
    private readonly Dictionary<byte[], int> _counts = new(ByteComparer.Instance);
    private long _bytes = Overhead;

    public override long BytesUsed => _bytes;

    public override byte[]? Result => Lists.Encode(_counts.Select(e => Entry(e.Key, e.Value)));

    public override void Add(ReadOnlySpan<byte> value) => Add(value, 1);

    public override void Remove(ReadOnlySpan<byte> value)
    {
        var key = value.ToArray();
        if (!_counts.TryGetValue(key, out var count))
        {
            return;
        }

        if (count > 1)
        {
            _counts[key] = count - 1;
            return;
        }

        _counts.Remove(key);
        _bytes -= Overhead + key.Length;
    }

    public override void Save(StateBuffer target)
    {
        target.WriteInt32(_counts.Count);
        foreach (var (value, count) in _counts)
        {
            target.WriteInt32(count);
            target.WriteBytes(value);
        }
    }

    public override void Load(ref StateBytes source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var count = source.ReadInt32();
            Add(source.ReadBytes(), count);
        }
    }

    private void Add(ReadOnlySpan<byte> value, int added)
    {
        var key = value.ToArray();
        if (_counts.TryGetValue(key, out var count))
        {
            _counts[key] = count + added;
            return;
        }

        _counts.Add(key, added);
        _bytes += Overhead + key.Length;
    }

    // A row of the value and the count: the count stands behind the value's fixed part. Neither is NULL.
    private byte[] Entry(byte[] value, int count)
    {
        var entry = new byte[value.Length + sizeof(int)];
        value.AsSpan(0, fixedSize).CopyTo(entry);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(fixedSize), count);
        value.AsSpan(fixedSize).CopyTo(entry.AsSpan(fixedSize + sizeof(int)));
        return entry;
    }

    private sealed class ByteComparer : IEqualityComparer<byte[]>
    {
        public static readonly ByteComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] value)
        {
            var hash = default(HashCode);
            hash.AddBytes(value);
            return hash.ToHashCode();
        }
    }
}

/// <summary>ARRAY_AGG with ORDER BY: each value stands behind its key of the order, which compares byte by byte. Equal keys keep the order of arrival.</summary>
internal sealed class OrderedValues : ValueListState
{
    /// <summary>A value with its key before it.</summary>
    public static byte[] WithKey(byte[] key, ReadOnlySpan<byte> value)
    {
        var joined = new byte[sizeof(int) + key.Length + value.Length];
        BinaryPrimitives.WriteInt32LittleEndian(joined, key.Length);
        key.CopyTo(joined, sizeof(int));
        value.CopyTo(joined.AsSpan(sizeof(int) + key.Length));
        return joined;
    }

    protected override byte[]? Compute(List<byte[]> values) => values.Count == 0 ? null : Lists.Encode(
        values.Order(Comparer<byte[]>.Create((x, y) => KeyOf(x).SequenceCompareTo(KeyOf(y)))).Select(v => v[(sizeof(int) + KeyOf(v).Length)..]));

    private static ReadOnlySpan<byte> KeyOf(byte[] joined) => joined.AsSpan(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(joined));
}

/// <summary>Lists as columns encode them.</summary>
internal static class Lists
{
    /// <summary>A list without entries.</summary>
    public static readonly byte[] Empty = Encode([]);

    /// <summary>A row of one column that holds a list of these entries.</summary>
    public static byte[] Encode(IEnumerable<byte[]> entries)
    {
        var all = entries.ToList();
        var length = all.Sum(v => v.Length + sizeof(int));
        var result = new byte[1 + sizeof(int) + length];
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(1), length);
        var at = 1 + sizeof(int);
        foreach (var entry in all)
        {
            BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(at), entry.Length);
            entry.CopyTo(result, at + sizeof(int));
            at += sizeof(int) + entry.Length;
        }

        return result;
    }
}
