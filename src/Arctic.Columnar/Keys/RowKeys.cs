namespace Arctic.Columnar.Keys;

/// <summary>The keys of a batch's rows, end to end in one stretch of bytes. Filled anew each time an <see cref="RowKeyEncoder"/> is given it.</summary>
public sealed class RowKeys
{
    private int[] _offsets = [0];
    private byte[] _bytes = [];

    /// <summary>The number of keys.</summary>
    public int Count { get; private set; }

    /// <summary>Key i is <c>Bytes[Offsets[i]..Offsets[i + 1]]</c>; one entry more than there are keys.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, Count + 1);

    /// <summary>The bytes of all keys.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _offsets[Count]);

    /// <summary>One key.</summary>
    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_offsets[index], _offsets[index + 1] - _offsets[index]);

    /// <summary>Hashes every key with <see cref="KeyHash"/>.</summary>
    /// <param name="hashes">At least <see cref="Count"/> entries.</param>
    public void Hash(Span<ulong> hashes)
    {
        for (var i = 0; i < Count; i++)
        {
            hashes[i] = KeyHash.Hash(this[i]);
        }
    }

    // Turns lengths, one a key, into offsets and makes room.
    internal Span<byte> Resize(ReadOnlySpan<int> lengths)
    {
        Count = lengths.Length;
        if (_offsets.Length < Count + 1)
        {
            _offsets = new int[Count + 1];
        }

        var total = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            _offsets[i] = total;
            total = checked(total + lengths[i]);
        }

        _offsets[Count] = total;
        if (_bytes.Length < total)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(total);
        }

        return _bytes.AsSpan(0, total);
    }
}
