using System.Runtime.CompilerServices;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary><c>snapshots</c>: every snapshot that the table keeps, oldest first.</summary>
internal sealed class SnapshotsTable(TableMetadata metadata) : MetadataTable(Columns)
{
    private static readonly RowSchema Columns = new(
        Required("committed_at", Instant),
        Required("snapshot_id", DataTypes.BigInt),
        Optional("parent_id", DataTypes.BigInt),
        Optional("operation", DataTypes.String),
        Optional("manifest_list", DataTypes.String),
        Optional("summary", new DataType.Map(DataTypes.String.AsNotNull(), DataTypes.String.AsNotNull())));

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var snapshot in metadata.Snapshots)
        {
            rows.Next()
                .Time(snapshot.TimestampMs)
                .Long(snapshot.SnapshotId)
                .Long(snapshot.ParentSnapshotId)
                .Text(snapshot.Operation)
                .Text(snapshot.ManifestList)
                .Map(snapshot.Summary.Where(p => p.Key != "operation"));
            yield return rows.End();
        }
    }
}
