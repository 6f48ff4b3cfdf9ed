using System.Runtime.CompilerServices;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary><c>metadata_log_entries</c>: the metadata files that the table remembers and the present one, each with the snapshot that was current then.</summary>
internal sealed class MetadataLogTable(IcebergTable table) : MetadataTable(Columns)
{
    private static readonly RowSchema Columns = new(
        Required("timestamp", Instant),
        Required("file", DataTypes.String),
        Optional("latest_snapshot_id", DataTypes.BigInt),
        Optional("latest_schema_id", DataTypes.Int),
        Optional("latest_sequence_number", DataTypes.BigInt));

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var metadata = table.Metadata;
        foreach (var entry in metadata.MetadataLog.Append(new MetadataLogEntry(metadata.LastUpdatedMs, table.MetadataLocation)))
        {
            var current = metadata.SnapshotLog.Where(e => e.TimestampMs <= entry.TimestampMs).Select(e => (long?)e.SnapshotId).LastOrDefault();
            var snapshot = current is { } id ? metadata.FindSnapshot(id) : null;
            rows.Next().Time(entry.TimestampMs).Text(entry.MetadataFile).Long(current).Int(snapshot?.SchemaId).Long(snapshot?.SequenceNumber);
            yield return rows.End();
        }
    }
}
