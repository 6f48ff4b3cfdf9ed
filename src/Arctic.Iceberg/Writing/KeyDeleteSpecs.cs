using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Which partition specs deletes by key are written under. A delete reaches the data of its own spec and partition, so it is written once for each spec that data is of; where a key does not
/// tell the partition, or data has none, once for the whole table, under a spec without partitions.
/// </summary>
internal static class KeyDeleteSpecs
{
    /// <summary>Looks at the data of the table's version; a spec without partitions is added to the table when it is needed and missing.</summary>
    public static async ValueTask<IReadOnlyList<PartitionSpec>> ChooseAsync(IcebergTable table, IReadOnlyCollection<int> keyIds, CancellationToken cancellationToken)
    {
        var metadata = table.Metadata;
        var manifests = metadata.CurrentSnapshot is { } snapshot ? await table.ReadManifestsAsync(snapshot, cancellationToken).ConfigureAwait(false) : [];

        // What others write meanwhile is most likely of the default spec.
        var specs = LiveSpecsOf(manifests).Append(metadata.DefaultSpecId).Distinct().Select(id => metadata.FindSpec(id)!).ToArray(); // manifests are read by their specs
        return Array.TrueForAll(specs, s => TellsPartition(s, keyIds)) ? specs : [await FindOrAddUnpartitionedAsync(table, cancellationToken).ConfigureAwait(false)];
    }

    /// <summary>The specs of live data.</summary>
    public static IEnumerable<int> LiveSpecsOf(IEnumerable<ManifestFile> manifests) =>
        manifests.Where(m => m is { Content: ManifestContent.Data, HasLiveFiles: true }).Select(m => m.SpecId).Distinct();

    private static bool TellsPartition(PartitionSpec spec, IReadOnlyCollection<int> keyIds) =>
        !spec.IsUnpartitioned && spec.Fields.All(f => f.Transform is Transform.Void || (f.SourceIds.Count == 1 && f.Transform is not Transform.Unknown && keyIds.Contains(f.SourceId)));

    // A spec of void fields alone counts as one without partitions, but not with every reader.
    private static async ValueTask<PartitionSpec> FindOrAddUnpartitionedAsync(IcebergTable table, CancellationToken cancellationToken)
    {
        if (Find(table.Metadata) is { } known)
        {
            return known;
        }

        var transaction = table.NewTransaction();
        transaction.AddUnpartitionedSpec();
        return Find((await transaction.CommitAsync(cancellationToken).ConfigureAwait(false)).Metadata)!; // just added
    }

    private static PartitionSpec? Find(TableMetadata metadata) => metadata.PartitionSpecs.FirstOrDefault(s => s.Fields.Count == 0);
}
