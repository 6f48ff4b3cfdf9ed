namespace Arctic.Storage.Formats;

/// <summary>The text of one column's cells, back to back. Buffers are kept when it is cleared.</summary>
internal sealed class CellBuffer
{
    private byte[] _bytes = new byte[4096];
    private int[] _ends = new int[256];
    private int _used;

    /// <summary>The finished cells.</summary>
    public int Count { get; private set; }

    /// <summary>The text of a cell.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            return _bytes.AsSpan(start, _ends[index] - start);
        }
    }

    /// <summary>Forgets all cells.</summary>
    public void Clear() => (_used, Count) = (0, 0);

    /// <summary>Room for at least so many bytes of the cell under way.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_bytes.Length - _used < size)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)_used + size)));
        }

        return _bytes.AsSpan(_used);
    }

    /// <summary>Keeps bytes that were written to what <see cref="Reserve"/> gave.</summary>
    public void Advance(int count) => _used += count;

    /// <summary>Appends to the cell under way.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        _used += text.Length;
    }

    /// <summary>Appends to the cell under way.</summary>
    public void Append(byte character)
    {
        Reserve(1)[0] = character;
        _used++;
    }

    /// <summary>Ends the cell under way.</summary>
    public void EndCell()
    {
        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, Count * 2);
        }

        _ends[Count++] = _used;
    }
}
