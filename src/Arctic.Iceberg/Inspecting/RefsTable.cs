using System.Runtime.CompilerServices;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary><c>refs</c>: branches and tags, by name.</summary>
internal sealed class RefsTable(TableMetadata metadata) : MetadataTable(Columns)
{
    private static readonly RowSchema Columns = new(
        Required("name", DataTypes.String),
        Required("type", DataTypes.String),
        Required("snapshot_id", DataTypes.BigInt),
        Optional("max_reference_age_in_ms", DataTypes.BigInt),
        Optional("min_snapshots_to_keep", DataTypes.Int),
        Optional("max_snapshot_age_in_ms", DataTypes.BigInt));

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var (name, reference) in metadata.Refs.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            rows.Next()
                .Text(name)
                .Text(reference.Type == SnapshotRefType.Branch ? "BRANCH" : "TAG")
                .Long(reference.SnapshotId)
                .Long(reference.MaxRefAgeMs)
                .Int(reference.MinSnapshotsToKeep)
                .Long(reference.MaxSnapshotAgeMs);
            yield return rows.End();
        }
    }
}
