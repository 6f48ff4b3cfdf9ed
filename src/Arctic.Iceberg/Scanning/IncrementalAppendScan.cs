using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Plans the data files that appends between two snapshots added: what a streaming read takes next.</summary>
internal static class IncrementalAppendScan
{
    /// <summary>The snapshots after one up to another, oldest first.</summary>
    /// <param name="metadata">The table.</param>
    /// <param name="fromSnapshotId">Left out; null begins with the first snapshot.</param>
    /// <param name="toSnapshotId">Included.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: the older snapshot is not an ancestor of the newer one, or has expired.</exception>
    public static IReadOnlyList<Snapshot> SnapshotsBetween(TableMetadata metadata, long? fromSnapshotId, long toSnapshotId)
    {
        var between = metadata.AncestorsOf(toSnapshotId).TakeWhile(s => s.SnapshotId != fromSnapshotId).Reverse().ToList();
        if (fromSnapshotId is { } from && (between.Count == 0 ? from != toSnapshotId : between[0].ParentSnapshotId != from))
        {
            throw new ArcticException(
                ErrorCodes.UnknownName,
                $"Cannot read table '{metadata.Location}' on from snapshot {from}: it is no ancestor of snapshot {toSnapshotId}; it may have expired or been rolled back. Start anew from a full scan.");
        }

        return between;
    }

    /// <summary>The files that one append added, without deletes; empty for every other operation.</summary>
    /// <param name="store">Holds the manifests.</param>
    /// <param name="metadata">The table.</param>
    /// <param name="snapshot">One commit.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static ValueTask<IReadOnlyList<FileScanTask>> PlanAsync(IObjectStore store, TableMetadata metadata, Snapshot snapshot, CancellationToken cancellationToken) =>
        snapshot.Operation is null or "append"
            ? PlanAsync(store, metadata, snapshot, ScanPredicate.True.Instance, metadata.SchemaOf(snapshot), cancellationToken)
            : ValueTask.FromResult<IReadOnlyList<FileScanTask>>([]);

    /// <summary>The files that a commit added and that may have wanted rows, without deletes.</summary>
    public static async ValueTask<IReadOnlyList<FileScanTask>> PlanAsync(
        IObjectStore store, TableMetadata metadata, Snapshot snapshot, ScanPredicate predicate, Schema schema, CancellationToken cancellationToken)
    {
        var manifests = await ManifestListReader.ReadAsync(store, snapshot, cancellationToken).ConfigureAwait(false);
        var added = manifests.Where(m => m.Content == ManifestContent.Data && m.HasAddedFiles && m.AddedSnapshotId == snapshot.SnapshotId).ToArray();
        var planner = new ScanPlanner(store, metadata, schema, predicate, metricFieldIds: []);
        var plan = await planner.PlanAsync(added, e => e.Status == EntryStatus.Added && e.SnapshotId == snapshot.SnapshotId, cancellationToken).ConfigureAwait(false);
        return plan.Tasks;
    }
}
