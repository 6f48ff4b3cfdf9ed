using Arctic.Iceberg.Puffin;

namespace Arctic.Iceberg.Scanning;

/// <summary>The deleted positions of one data file by all its delete files.</summary>
/// <param name="parts">The positions of each delete file; they may overlap.</param>
internal sealed class PositionDeletes(IReadOnlyList<PositionBitmap> parts)
{
    /// <summary>Adds all deleted positions to a set.</summary>
    public void AddTo(PositionBitmap positions)
    {
        foreach (var part in parts)
        {
            positions.UnionWith(part);
        }
    }

    /// <summary>At least the number of deleted positions.</summary>
    public long CardinalityMax => parts.Sum(p => p.Cardinality);

    /// <summary>Marks the deleted rows among those that begin at <paramref name="firstRow"/>.</summary>
    /// <returns>Whether any was marked.</returns>
    public bool Mark(long firstRow, Span<bool> deleted)
    {
        var isAny = false;
        foreach (var part in parts)
        {
            isAny |= part.Mark(firstRow, deleted);
        }

        return isAny;
    }
}
