using System.IO.Hashing;
using System.Numerics;

namespace Arctic.KeyedTables.Keys;

/// <summary>
/// A set of encoded keys, each with a 0-based ordinal in the order of first sight: open addressing over one stretch of bytes, so that keys cost neither an object nor a
/// pointer. Equal bytes are equal keys; nothing rests on the hash. Not thread-safe.
/// </summary>
internal sealed class KeyTable
{
    private const int EntriesMin = 16;

    private int[] _slots = new int[2 * EntriesMin];
    private ulong[] _hashes = new ulong[EntriesMin];
    private int[] _ends = new int[EntriesMin];
    private byte[] _bytes = new byte[256];

    /// <summary>The number of different keys; ordinals are below it.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes that the table holds, about.</summary>
    public long SizeBytes => _bytes.Length + 12L * _hashes.Length + 4L * _slots.Length;

    /// <summary>The key of an ordinal; valid until the next key is added.</summary>
    public ReadOnlySpan<byte> this[int ordinal]
    {
        get
        {
            var start = ordinal == 0 ? 0 : _ends[ordinal - 1];
            return _bytes.AsSpan(start, _ends[ordinal] - start);
        }
    }

    /// <summary>The ordinal of a key, which is added when it is new: then the ordinal is the old <see cref="Count"/>.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> key)
    {
        var hash = XxHash3.HashToUInt64(key);
        var slot = FindSlot(key, hash);
        if (_slots[slot] != 0)
        {
            return _slots[slot] - 1;
        }

        if (2 * (Count + 1) > _slots.Length)
        {
            Grow();
            slot = FindSlot(key, hash);
        }

        Append(key, hash);
        _slots[slot] = Count;
        return Count - 1;
    }

    /// <summary>The ordinal of a key; -1 when it is not in the table.</summary>
    public int Find(ReadOnlySpan<byte> key) => Count == 0 ? -1 : _slots[FindSlot(key, XxHash3.HashToUInt64(key))] - 1;

    /// <summary>Forgets all keys and keeps the memory.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    private int FindSlot(ReadOnlySpan<byte> key, ulong hash)
    {
        var mask = _slots.Length - 1;
        var slot = (int)hash & mask;
        while (true)
        {
            var entry = _slots[slot] - 1;
            if (entry < 0 || (_hashes[entry] == hash && this[entry].SequenceEqual(key)))
            {
                return slot;
            }

            slot = (slot + 1) & mask;
        }
    }

    private void Append(ReadOnlySpan<byte> key, ulong hash)
    {
        if (Count == _hashes.Length)
        {
            Array.Resize(ref _hashes, 2 * Count);
            Array.Resize(ref _ends, 2 * Count);
        }

        var start = Count == 0 ? 0 : _ends[Count - 1];
        var end = checked(start + key.Length);
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)BitOperations.RoundUpToPowerOf2((uint)end))));
        }

        key.CopyTo(_bytes.AsSpan(start));
        (_hashes[Count], _ends[Count]) = (hash, end);
        Count++;
    }

    private void Grow()
    {
        _slots = new int[2 * _slots.Length];
        var mask = _slots.Length - 1;
        for (var entry = 0; entry < Count; entry++)
        {
            var slot = (int)_hashes[entry] & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = entry + 1;
        }
    }
}
