using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>What is deleted of one data file: positions, and keys that any of several sets has.</summary>
/// <param name="positions">Null when there are none.</param>
/// <param name="keys">Every set that applies.</param>
/// <param name="encoder">Of whoever reads the file.</param>
internal sealed class FileDeletes(PositionDeletes? positions, IReadOnlyList<KeySet> keys, EqualityKeys encoder)
{
    // A list of all positions is a shortcut, not worth much memory.
    private const long PositionsListedMax = 1 << 20;

    private bool HasKeys => keys.Count > 0;

    private long PositionCountMax => positions?.CardinalityMax ?? 0;

    /// <summary>Columns that deciding needs, whoever else wants them.</summary>
    public IEnumerable<NestedField> Columns => keys.SelectMany(k => k.Columns).Select(c => c.Top);

    /// <summary>The rows that one of two states deletes and the other does not.</summary>
    /// <returns>Ascending; null when deletes by value can be of any row, or when the positions are too many to be listed.</returns>
    public static long[]? FindDifference(FileDeletes before, FileDeletes after)
    {
        if (before.HasKeys || after.HasKeys || before.PositionCountMax + after.PositionCountMax > PositionsListedMax)
        {
            return null;
        }

        var (old, young) = (before.Positions(), after.Positions());
        return old.Except(young).Concat(young.Except(old)).Order().ToArray();
    }

    /// <summary>Marks the deleted rows of a batch.</summary>
    /// <returns>Whether any was marked.</returns>
    public bool Mark(FileBatch batch, TaskColumns columns, long sequenceNumber, Span<bool> deleted)
    {
        var isAny = positions?.Mark(batch.FirstRow, deleted) ?? false;
        foreach (var set in keys)
        {
            var key = set.Columns.Select(c => c.Extract(columns.Of(c.Top, batch))).ToArray();
            encoder.Encode(key, deleted.Length);
            isAny |= set.Deletes.Mark(encoder, sequenceNumber, deleted);
        }

        return isAny;
    }

    private long[] Positions()
    {
        var all = new PositionBitmap();
        positions?.AddTo(all);
        return all.ToArray();
    }
}
