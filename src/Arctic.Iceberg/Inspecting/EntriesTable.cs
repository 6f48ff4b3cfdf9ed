using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec.Manifests;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary><c>entries</c> of the manifests of a snapshot, those of deleted files included; <c>all_entries</c> of every snapshot.</summary>
internal sealed class EntriesTable : MetadataTable
{
    private readonly InspectedManifests _manifests;
    private readonly FileRows _files;
    private readonly ReadableMetrics _metrics;

    private EntriesTable(InspectedManifests manifests, FileRows files, ReadableMetrics metrics)
        : base(new RowSchema(
            Required("status", DataTypes.Int),
            Optional("snapshot_id", DataTypes.BigInt),
            Optional("sequence_number", DataTypes.BigInt),
            Optional("file_sequence_number", DataTypes.BigInt),
            Required("data_file", StructOf(files.Fields)),
            metrics.Field)) =>
        (_manifests, _files, _metrics) = (manifests, files, metrics);

    /// <summary>The entries of these manifests.</summary>
    public static EntriesTable Of(InspectedManifests manifests) =>
        new(manifests, new FileRows(manifests.Table.Metadata), new ReadableMetrics(manifests.Table.Metadata.CurrentSchema));

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var manifest in _manifests.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var entry in _manifests.Table.ReadEntriesAsync(manifest, ManifestReadOptions.All, cancellationToken).ConfigureAwait(false))
            {
                var cells = rows.Next().Int((int)entry.Status).Long(entry.SnapshotId).Long(entry.SequenceNumber).Long(entry.FileSequenceNumber);
                var file = (RowColumnBuilder)cells.Take();
                _files.Write(new CellWriter(file.Children), entry.File);
                file.EndRow();
                _metrics.Write(cells, entry.File);
                yield return rows.End();
            }
        }
    }
}
