using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary>
/// <c>partitions</c> of a snapshot with their files and rows, in the order in which the manifests name them. Partitions of two specs that have the same values are one.
/// Deleted rows are counted beside the rows, not taken off.
/// </summary>
internal sealed class PartitionsTable : MetadataTable
{
    private readonly InspectedManifests _manifests;
    private readonly IcebergType.Struct _partition;

    private PartitionsTable(InspectedManifests manifests, IcebergType.Struct partition)
        : base(new RowSchema(
        [
            .. partition.Fields.Count > 0 ? [Required("partition", TypeMapping.ToDataType(partition)), Required("spec_id", DataTypes.Int)] : Array.Empty<Field>(),
            Required("record_count", DataTypes.BigInt),
            Required("file_count", DataTypes.Int),
            Required("total_data_file_size_in_bytes", DataTypes.BigInt),
            Required("position_delete_record_count", DataTypes.BigInt),
            Required("position_delete_file_count", DataTypes.Int),
            Required("equality_delete_record_count", DataTypes.BigInt),
            Required("equality_delete_file_count", DataTypes.Int),
            Optional("last_updated_at", Instant),
            Optional("last_updated_snapshot_id", DataTypes.BigInt),
        ])) =>
        (_manifests, _partition) = (manifests, partition);

    /// <summary>The partitions of the files of these manifests.</summary>
    public static PartitionsTable Of(InspectedManifests manifests) => new(manifests, PartitionValues.TypeOf(manifests.Table.Metadata));

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (partition, totals) in await CountAsync(cancellationToken).ConfigureAwait(false))
        {
            var cells = rows.Next();
            if (_partition.Fields.Count > 0)
            {
                PartitionValues.Append((RowColumnBuilder)cells.Take(), _partition, partition);
                cells.Int(totals.SpecId);
            }

            cells.Long(totals.Rows).Int(totals.Files).Long(totals.Bytes)
                .Long(totals.PositionDeletes).Int(totals.PositionDeleteFiles).Long(totals.EqualityDeletes).Int(totals.EqualityDeleteFiles)
                .Time(totals.LastUpdatedMs).Long(totals.LastSnapshotId);
            yield return rows.End();
        }
    }

    private async ValueTask<Dictionary<PartitionTuple, Totals>> CountAsync(CancellationToken cancellationToken)
    {
        var metadata = _manifests.Table.Metadata;
        var partitions = new Dictionary<PartitionTuple, Totals>();
        var options = new ManifestReadOptions { LiveOnly = true, WithMetrics = false };
        var snapshots = metadata.Snapshots.ToDictionary(s => s.SnapshotId);
        await foreach (var manifest in _manifests.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var spec = metadata.FindSpec(manifest.SpecId) ?? PartitionSpec.Unpartitioned;
            await foreach (var entry in _manifests.Table.ReadEntriesAsync(manifest, options, cancellationToken).ConfigureAwait(false))
            {
                var key = PartitionValues.Unify(_partition, spec, entry.File.Partition);
                if (!partitions.TryGetValue(key, out var totals))
                {
                    partitions.Add(key, totals = new Totals());
                }

                totals.Add(entry.File, entry.SnapshotId is { } id ? snapshots.GetValueOrDefault(id) : null);
            }
        }

        return partitions;
    }

    private sealed class Totals
    {
        private Snapshot? _last;

        public int SpecId { get; private set; }

        public long Rows { get; private set; }

        public int Files { get; private set; }

        public long Bytes { get; private set; }

        public long PositionDeletes { get; private set; }

        public int PositionDeleteFiles { get; private set; }

        public long EqualityDeletes { get; private set; }

        public int EqualityDeleteFiles { get; private set; }

        public long? LastUpdatedMs => _last?.TimestampMs;

        public long? LastSnapshotId => _last?.SnapshotId;

        public void Add(DataFile file, Snapshot? snapshot)
        {
            SpecId = file.SpecId;

            // Commits of one millisecond are told apart by their sequence numbers.
            if (snapshot is not null && (_last is null || (snapshot.TimestampMs, snapshot.SequenceNumber).CompareTo((_last.TimestampMs, _last.SequenceNumber)) > 0))
            {
                _last = snapshot;
            }

            switch (file.Content)
            {
                case FileContent.Data:
                    (Rows, Files, Bytes) = (Rows + file.RecordCount, Files + 1, Bytes + file.FileSizeBytes);
                    break;
                case FileContent.PositionDeletes:
                    (PositionDeletes, PositionDeleteFiles) = (PositionDeletes + file.RecordCount, PositionDeleteFiles + 1);
                    break;
                default:
                    (EqualityDeletes, EqualityDeleteFiles) = (EqualityDeletes + file.RecordCount, EqualityDeleteFiles + 1);
                    break;
            }
        }
    }
}
