using System.Globalization;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Counts what a commit adds and removes, and carries the totals on from the parent's summary.</summary>
internal sealed class SnapshotSummaryBuilder
{
    private readonly HashSet<(int, PartitionTuple)> _partitions = [];
    private readonly Side _added = new();
    private readonly Side _removed = new();

    public void Added(DataFile file) => Count(_added, file);

    public void Removed(DataFile file) => Count(_removed, file);

    /// <summary>The summary of the new snapshot.</summary>
    /// <param name="extra">The caller's properties; they may not replace what is counted here.</param>
    public Dictionary<string, string> Build(string operation, Snapshot? parent, IReadOnlyDictionary<string, string> extra)
    {
        var summary = new Dictionary<string, string>(StringComparer.Ordinal) { ["operation"] = operation };
        foreach (var (key, value) in extra)
        {
            summary.TryAdd(key, value);
        }

        Set(summary, "added-data-files", _added.DataFiles);
        Set(summary, "deleted-data-files", _removed.DataFiles);
        Set(summary, "added-records", _added.Records);
        Set(summary, "deleted-records", _removed.Records);
        Set(summary, "added-files-size", _added.Bytes);
        Set(summary, "removed-files-size", _removed.Bytes);
        SetDeletes(summary, "added-", _added);
        SetDeletes(summary, "removed-", _removed);
        summary["changed-partition-count"] = Text(_partitions.Count);
        SetTotal(summary, parent, "total-records", _added.Records, _removed.Records);
        SetTotal(summary, parent, "total-files-size", _added.Bytes, _removed.Bytes);
        SetTotal(summary, parent, "total-data-files", _added.DataFiles, _removed.DataFiles);
        SetTotal(summary, parent, "total-delete-files", _added.DeleteFiles, _removed.DeleteFiles);
        SetTotal(summary, parent, "total-position-deletes", _added.PositionDeletes, _removed.PositionDeletes);
        SetTotal(summary, parent, "total-equality-deletes", _added.EqualityDeletes, _removed.EqualityDeletes);
        return summary;
    }

    private void Count(Side side, DataFile file)
    {
        _partitions.Add((file.SpecId, file.Partition));

        // Of a deletion vector only its blob counts: one Puffin file holds many.
        side.Bytes += file.ContentSizeBytes ?? file.FileSizeBytes;
        switch (file.Content)
        {
            case FileContent.Data:
                side.DataFiles++;
                side.Records += file.RecordCount;
                break;
            case FileContent.PositionDeletes:
                side.DeleteFiles++;
                side.PositionDeletes += file.RecordCount;
                side.PositionDeleteFiles += file.IsDeletionVector ? 0 : 1;
                side.DeletionVectors += file.IsDeletionVector ? 1 : 0;
                break;
            default:
                side.DeleteFiles++;
                side.EqualityDeletes += file.RecordCount;
                side.EqualityDeleteFiles++;
                break;
        }
    }

    private static void SetDeletes(Dictionary<string, string> summary, string prefix, Side side)
    {
        Set(summary, prefix + "delete-files", side.DeleteFiles);
        Set(summary, prefix + "position-delete-files", side.PositionDeleteFiles);
        Set(summary, prefix + "equality-delete-files", side.EqualityDeleteFiles);
        Set(summary, prefix + "dvs", side.DeletionVectors);
        Set(summary, prefix + "position-deletes", side.PositionDeletes);
        Set(summary, prefix + "equality-deletes", side.EqualityDeletes);
    }

    private static void Set(Dictionary<string, string> summary, string key, long value)
    {
        summary.Remove(key);
        if (value > 0)
        {
            summary[key] = Text(value);
        }
    }

    // A parent that does not say makes the total unknown: none is better than a wrong one.
    private static void SetTotal(Dictionary<string, string> summary, Snapshot? parent, string key, long added, long removed)
    {
        summary.Remove(key);
        var before = parent is null ? 0
            : parent.Summary.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var total) ? total
            : -1;
        if (before >= 0 && before + added - removed >= 0)
        {
            summary[key] = Text(before + added - removed);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Side
    {
        public long DataFiles;
        public long DeleteFiles;
        public long Records;
        public long Bytes;
        public long PositionDeleteFiles;
        public long EqualityDeleteFiles;
        public long DeletionVectors;
        public long PositionDeletes;
        public long EqualityDeletes;
    }
}
