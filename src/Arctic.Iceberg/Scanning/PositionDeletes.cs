namespace Arctic.Iceberg.Scanning;

/// <summary>The deleted positions of one data file, ascending.</summary>
internal sealed class PositionDeletes
{
    private readonly long[] _positions;

    /// <summary>Takes the positions of several delete files together.</summary>
    public PositionDeletes(IReadOnlyList<long[]> parts)
    {
        if (parts.Count == 1 && IsAscending(parts[0]))
        {
            _positions = parts[0];
            return;
        }

        var all = parts.SelectMany(p => p).ToArray();
        Array.Sort(all);
        _positions = all;
    }

    /// <summary>Marks the deleted rows among those that begin at <paramref name="firstRow"/>.</summary>
    /// <returns>Whether any was marked.</returns>
    public bool Mark(long firstRow, Span<bool> deleted)
    {
        var index = Array.BinarySearch(_positions, firstRow);
        index = index >= 0 ? index : ~index;

        // A repeated position may have been found in its middle.
        while (index > 0 && _positions[index - 1] >= firstRow)
        {
            index--;
        }

        var marked = false;
        for (; index < _positions.Length && _positions[index] - firstRow < deleted.Length; index++)
        {
            deleted[(int)(_positions[index] - firstRow)] = true;
            marked = true;
        }

        return marked;
    }

    private static bool IsAscending(long[] positions)
    {
        for (var i = 1; i < positions.Length; i++)
        {
            if (positions[i] < positions[i - 1])
            {
                return false;
            }
        }

        return true;
    }
}
