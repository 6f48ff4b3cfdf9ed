namespace Arctic.KeyedTables.Writing;

/// <summary>Groups routed rows by file slot: a stable counting sort over arrays that are kept from batch to batch. Not thread-safe.</summary>
internal sealed class SlotGroups
{
    private readonly List<int> _touched = [];
    private int[] _counts = [];
    private int[] _rows = [];
    private long[] _offsets = [];

    /// <summary>The slots that have rows, in the order of their first row; valid until the next <see cref="Group"/>, as is all else.</summary>
    public IReadOnlyList<int> Slots => _touched;

    /// <summary>Groups rows.</summary>
    /// <param name="rows">The column row of each routed row.</param>
    /// <param name="slots">Its slot.</param>
    /// <param name="offsets">Its offset; empty when rows have none.</param>
    public void Group(ReadOnlySpan<int> rows, ReadOnlySpan<int> slots, ReadOnlySpan<long> offsets)
    {
        foreach (var slot in _touched)
        {
            _counts[slot] = 0;
        }

        _touched.Clear();
        if (_rows.Length < rows.Length)
        {
            (_rows, _offsets) = (new int[rows.Length], new long[rows.Length]);
        }

        Count(slots);
        var end = 0;
        foreach (var slot in _touched)
        {
            // From here on the count of a slot is the place of its next row; after the loop below, the end of its rows.
            (_counts[slot], end) = (end, end + _counts[slot]);
        }

        for (var i = 0; i < rows.Length; i++)
        {
            var place = _counts[slots[i]]++;
            _rows[place] = rows[i];
            if (!offsets.IsEmpty)
            {
                _offsets[place] = offsets[i];
            }
        }
    }

    /// <summary>The column rows of the n-th touched slot, in their order.</summary>
    public ReadOnlySpan<int> RowsOf(int index) => _rows.AsSpan(StartOf(index), _counts[_touched[index]] - StartOf(index));

    /// <summary>The offsets of the n-th touched slot's rows.</summary>
    public ReadOnlySpan<long> OffsetsOf(int index) => _offsets.AsSpan(StartOf(index), _counts[_touched[index]] - StartOf(index));

    private int StartOf(int index) => index == 0 ? 0 : _counts[_touched[index - 1]];

    private void Count(ReadOnlySpan<int> slots)
    {
        foreach (var slot in slots)
        {
            if (slot >= _counts.Length)
            {
                Array.Resize(ref _counts, Math.Max(slot + 1, 2 * _counts.Length));
            }

            if (_counts[slot]++ == 0)
            {
                _touched.Add(slot);
            }
        }
    }
}
