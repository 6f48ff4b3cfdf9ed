using Arctic.Iceberg;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>Lists the live files of a store.</summary>
internal static class StoreFiles
{
    /// <summary>The live data files of a store at its current snapshot; nothing before the first.</summary>
    /// <param name="predicate">Rules files out: of a base store by partition and bounds, of a change store by partition alone.</param>
    public static ValueTask<List<StoreFile>> ReadAsync(IcebergTable store, StoreKind kind, ScanPredicate predicate, CancellationToken cancellationToken) =>
        store.Metadata.CurrentSnapshot is { } snapshot ? ReadAsync(store, kind, snapshot, predicate, cancellationToken) : ValueTask.FromResult(new List<StoreFile>());

    /// <summary>The live data files of a store at a snapshot.</summary>
    public static async ValueTask<List<StoreFile>> ReadAsync(IcebergTable store, StoreKind kind, Snapshot snapshot, ScanPredicate predicate, CancellationToken cancellationToken)
    {
        var metadata = store.Metadata;
        var manifests = await store.ReadManifestsAsync(snapshot, cancellationToken).ConfigureAwait(false);

        var pruning = kind == StoreKind.Base ? predicate : ScanPredicate.True.Instance;
        var planner = new ScanPlanner(store.Store, metadata, metadata.CurrentSchema, pruning, metricFieldIds: []);
        var plan = await planner.PlanAsync(manifests, static _ => true, cancellationToken).ConfigureAwait(false);
        return Describe(plan.Tasks, metadata, kind, kind == StoreKind.Change ? predicate : ScanPredicate.True.Instance);
    }

    /// <summary>Planned files with what their names say.</summary>
    /// <param name="partitionPredicate">Rules files out by their partition.</param>
    public static List<StoreFile> Describe(IReadOnlyList<FileScanTask> tasks, TableMetadata metadata, StoreKind kind, ScanPredicate partitionPredicate)
    {
        var projected = new Dictionary<int, ScanPredicate>();
        var files = new List<StoreFile>(tasks.Count);
        foreach (var task in tasks)
        {
            if (!projected.TryGetValue(task.Spec.SpecId, out var predicate))
            {
                projected.Add(task.Spec.SpecId, predicate = PartitionProjection.Project(partitionPredicate, task.Spec, metadata.CurrentSchema));
            }

            if (predicate is ScanPredicate.True || MightMatch(predicate, task))
            {
                var partition = PartitionPath.Of(task.Spec, metadata.CurrentSchema, task.File.Partition);
                files.Add(StoreFile.Of(task.File, task.SequenceNumber, kind, partition) with { PositionDeletes = task.Deletes.Select(d => d.File).ToArray() });
            }
        }

        return files;
    }

    private static bool MightMatch(ScanPredicate predicate, FileScanTask task) => PredicateEvaluator.MightMatch(predicate, id =>
    {
        for (var i = 0; i < task.Spec.Fields.Count; i++)
        {
            if (task.Spec.Fields[i].FieldId == id)
            {
                return ColumnRange.Of(task.File.Partition[i]);
            }
        }

        return ColumnRange.Unknown;
    });
}
