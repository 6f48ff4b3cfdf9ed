using System.Runtime.CompilerServices;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Inspecting;

/// <summary>The manifests that a metadata table tells of: those of one snapshot, or of all that the table keeps.</summary>
/// <param name="table">The table.</param>
/// <param name="snapshot">Null for every snapshot; each manifest comes once then.</param>
/// <param name="hasNone">Whether there are none, because the table has no snapshot.</param>
internal sealed class InspectedManifests(IcebergTable table, Snapshot? snapshot, bool hasNone)
{
    /// <summary>The manifests of the present state, or of a snapshot.</summary>
    public static InspectedManifests Of(IcebergTable table, Snapshot? snapshot) => new(table, snapshot, snapshot is null);

    /// <summary>The manifests of all snapshots.</summary>
    public static InspectedManifests All(IcebergTable table) => new(table, null, false);

    /// <summary>The table that they belong to.</summary>
    public IcebergTable Table => table;

    /// <summary>Reads manifest lists one after another.</summary>
    public async IAsyncEnumerable<ManifestFile> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        IEnumerable<Snapshot> snapshots = hasNone ? [] : snapshot is null ? table.Metadata.Snapshots : [snapshot];
        foreach (var one in snapshots)
        {
            foreach (var manifest in await table.ReadManifestsAsync(one, cancellationToken).ConfigureAwait(false))
            {
                if (seen.Add(manifest.Path))
                {
                    yield return manifest;
                }
            }
        }
    }
}
