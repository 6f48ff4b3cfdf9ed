using System.Runtime.CompilerServices;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;

namespace Arctic.Iceberg.Inspecting;

/// <summary>Looks into a table: its snapshots, references, manifests and files as plain records.</summary>
internal static class TableInspector
{
    /// <summary>All snapshots, oldest first.</summary>
    public static IReadOnlyList<SnapshotInfo> ListSnapshots(TableMetadata metadata) =>
        metadata.Snapshots.Select(s => new SnapshotInfo(
            s.SnapshotId,
            s.ParentSnapshotId,
            s.SequenceNumber,
            DateTimeOffset.FromUnixTimeMilliseconds(s.TimestampMs),
            s.Operation,
            metadata.Refs.Where(r => r.Value.SnapshotId == s.SnapshotId).Select(r => r.Key).Order(StringComparer.Ordinal).ToList(),
            s.ManifestList,
            s.Summary)).ToList();

    /// <summary>When each snapshot became the current one, oldest first.</summary>
    public static IReadOnlyList<HistoryInfo> ListHistory(TableMetadata metadata)
    {
        var ancestors = metadata.AncestorsOf(metadata.CurrentSnapshotId).Select(s => s.SnapshotId).ToHashSet();
        return metadata.SnapshotLog.Select(e => new HistoryInfo(
            DateTimeOffset.FromUnixTimeMilliseconds(e.TimestampMs), e.SnapshotId, metadata.FindSnapshot(e.SnapshotId)?.ParentSnapshotId, ancestors.Contains(e.SnapshotId))).ToList();
    }

    /// <summary>The manifests of a snapshot, in the order of its list.</summary>
    public static ValueTask<IReadOnlyList<ManifestFile>> ListManifestsAsync(IcebergTable table, Snapshot snapshot, CancellationToken cancellationToken) =>
        table.ReadManifestsAsync(snapshot, cancellationToken);

    /// <summary>The data and delete files that make up a snapshot.</summary>
    public static async IAsyncEnumerable<TableFileInfo> ListFilesAsync(IcebergTable table, Snapshot snapshot, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new ManifestReadOptions { LiveOnly = true };
        foreach (var manifest in await table.ReadManifestsAsync(snapshot, cancellationToken).ConfigureAwait(false))
        {
            await foreach (var entry in table.ReadEntriesAsync(manifest, options, cancellationToken).ConfigureAwait(false))
            {
                yield return new TableFileInfo(entry.File, entry.SnapshotId, entry.SequenceNumber, manifest.Path);
            }
        }
    }
}

/// <summary>A snapshot as a user looks at it.</summary>
/// <param name="References">The branches and tags that name it, in ordinal order.</param>
internal sealed record SnapshotInfo(
    long SnapshotId,
    long? ParentSnapshotId,
    long SequenceNumber,
    DateTimeOffset Time,
    string? Operation,
    IReadOnlyList<string> References,
    string? ManifestList,
    IReadOnlyDictionary<string, string> Summary);

/// <summary>A line of the table's history.</summary>
/// <param name="IsAncestor">Whether the current snapshot descends from it: false after a rollback.</param>
internal sealed record HistoryInfo(DateTimeOffset MadeCurrent, long SnapshotId, long? ParentSnapshotId, bool IsAncestor);

/// <summary>A live file as a user looks at it.</summary>
/// <param name="SnapshotId">The snapshot that added it.</param>
/// <param name="SequenceNumber">Its data sequence number.</param>
/// <param name="Manifest">The manifest that lists it.</param>
internal sealed record TableFileInfo(DataFile File, long? SnapshotId, long? SequenceNumber, string Manifest);
