using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>What is deleted of one data file: positions, and keys that any of several sets has.</summary>
/// <param name="positions">Null when there are none.</param>
/// <param name="keys">Every set that applies.</param>
internal sealed class FileDeletes(PositionDeletes? positions, IReadOnlyList<KeySet> keys)
{
    /// <summary>Columns that deciding needs, whoever else wants them.</summary>
    public IEnumerable<NestedField> Columns => keys.SelectMany(k => k.Columns).Select(c => c.Top);

    /// <summary>Marks the deleted rows of a batch.</summary>
    /// <returns>Whether any was marked.</returns>
    public bool Mark(FileBatch batch, TaskColumns columns, long sequenceNumber, Span<bool> deleted)
    {
        var isAny = positions?.Mark(batch.FirstRow, deleted) ?? false;
        foreach (var set in keys)
        {
            var key = set.Columns.Select(c => c.Extract(columns.Of(c.Top, batch))).ToArray();
            isAny |= set.Deletes.Mark(key, sequenceNumber, deleted);
        }

        return isAny;
    }
}
