using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary><c>manifests</c> of a snapshot, and <c>all_manifests</c>: those of every snapshot, once for each that names them.</summary>
internal sealed class ManifestsTable : MetadataTable
{
    private static readonly Field[] Common =
    [
        Required("content", DataTypes.Int),
        Required("path", DataTypes.String),
        Required("length", DataTypes.BigInt),
        Optional("partition_spec_id", DataTypes.Int),
        Optional("added_snapshot_id", DataTypes.BigInt),
        Optional("added_data_files_count", DataTypes.Int),
        Optional("existing_data_files_count", DataTypes.Int),
        Optional("deleted_data_files_count", DataTypes.Int),
        Optional("added_delete_files_count", DataTypes.Int),
        Optional("existing_delete_files_count", DataTypes.Int),
        Optional("deleted_delete_files_count", DataTypes.Int),
        Optional("partition_summaries", ListOf(StructOf(
        [
            Required("contains_null", DataTypes.Boolean),
            Optional("contains_nan", DataTypes.Boolean),
            Optional("lower_bound", DataTypes.String),
            Optional("upper_bound", DataTypes.String),
        ]))),
    ];

    private readonly IcebergTable _table;
    private readonly IReadOnlyList<Snapshot> _snapshots;
    private readonly bool _tellsSnapshot;

    private ManifestsTable(IcebergTable table, IReadOnlyList<Snapshot> snapshots, bool tellsSnapshot)
        : base(new RowSchema([.. Common, .. tellsSnapshot ? [Required("reference_snapshot_id", DataTypes.BigInt)] : Array.Empty<Field>(), Optional("key_metadata", DataTypes.Bytes)])) =>
        (_table, _snapshots, _tellsSnapshot) = (table, snapshots, tellsSnapshot);

    /// <summary>Those of one snapshot; none without one.</summary>
    public static ManifestsTable Of(IcebergTable table, Snapshot? snapshot) => new(table, snapshot is null ? [] : [snapshot], false);

    /// <summary>Those of every snapshot.</summary>
    public static ManifestsTable All(IcebergTable table) => new(table, table.Metadata.Snapshots, true);

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var snapshot in _snapshots)
        {
            foreach (var manifest in await _table.ReadManifestsAsync(snapshot, cancellationToken).ConfigureAwait(false))
            {
                var cells = rows.Next();
                Write(cells, manifest);
                if (_tellsSnapshot)
                {
                    cells.Long(snapshot.SnapshotId);
                }

                cells.Bytes(manifest.KeyMetadata);
                yield return rows.End();
            }
        }
    }

    private void Write(CellWriter cells, ManifestFile manifest)
    {
        var isData = manifest.Content == ManifestContent.Data;
        cells.Int((int)manifest.Content).Text(manifest.Path).Long(manifest.Length).Int(manifest.SpecId).Long(manifest.AddedSnapshotId)
            .Int(isData ? manifest.AddedFilesCount : 0)
            .Int(isData ? manifest.ExistingFilesCount : 0)
            .Int(isData ? manifest.DeletedFilesCount : 0)
            .Int(isData ? 0 : manifest.AddedFilesCount)
            .Int(isData ? 0 : manifest.ExistingFilesCount)
            .Int(isData ? 0 : manifest.DeletedFilesCount);
        WriteSummaries((ListColumnBuilder)cells.Take(), manifest);
    }

    private void WriteSummaries(ListColumnBuilder column, ManifestFile manifest)
    {
        if (manifest.Partitions is not { } summaries || _table.Metadata.FindSpec(manifest.SpecId) is not { } spec)
        {
            column.AppendNull();
            return;
        }

        var type = _table.Metadata.PartitionTypeOf(spec);
        var element = (RowColumnBuilder)column.Elements;
        for (var i = 0; i < summaries.Count && i < spec.Fields.Count; i++)
        {
            var source = _table.Metadata.SourceTypeOf(spec.Fields[i]);
            string? TextOf(byte[]? bound) => bound is not null && BoundCodec.Decode(type.Fields[i].Type, bound) is { } value ? PartitionPath.TextOf(spec.Fields[i].Transform, source, value) : null;
            new CellWriter(element.Children).Flag(summaries[i].ContainsNull).Flag(summaries[i].ContainsNan).Text(TextOf(summaries[i].LowerBound)).Text(TextOf(summaries[i].UpperBound));
            element.EndRow();
        }

        column.EndList();
    }
}
