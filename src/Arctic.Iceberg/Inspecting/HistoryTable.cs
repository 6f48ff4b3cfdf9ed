using System.Runtime.CompilerServices;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary><c>history</c>: when each snapshot became the current one, oldest first.</summary>
internal sealed class HistoryTable(TableMetadata metadata) : MetadataTable(Columns)
{
    private static readonly RowSchema Columns = new(
        Required("made_current_at", Instant),
        Required("snapshot_id", DataTypes.BigInt),
        Optional("parent_id", DataTypes.BigInt),
        Required("is_current_ancestor", DataTypes.Boolean));

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var ancestors = metadata.AncestorsOf(metadata.CurrentSnapshotId).Select(s => s.SnapshotId).ToHashSet();
        foreach (var entry in metadata.SnapshotLog)
        {
            rows.Next()
                .Time(entry.TimestampMs)
                .Long(entry.SnapshotId)
                .Long(metadata.FindSnapshot(entry.SnapshotId)?.ParentSnapshotId)
                .Flag(ancestors.Contains(entry.SnapshotId));
            yield return rows.End();
        }
    }
}
