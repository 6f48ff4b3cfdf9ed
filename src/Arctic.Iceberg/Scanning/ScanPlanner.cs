using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Chooses the files of manifests that may hold rows of a scan.</summary>
/// <param name="store">Holds the manifests.</param>
/// <param name="metadata">The table.</param>
/// <param name="schema">The columns that the predicate is on.</param>
/// <param name="predicate">What rows fulfil.</param>
/// <param name="metricFieldIds">Columns whose metrics to read beside the predicate's; null for all.</param>
internal sealed class ScanPlanner(IObjectStore store, TableMetadata metadata, Schema schema, ScanPredicate predicate, IReadOnlyCollection<int>? metricFieldIds)
{
    private readonly Dictionary<int, SpecPredicate> _specs = [];
    private int _filesPruned;

    /// <summary>Plans the live entries that <paramref name="isWanted"/> keeps.</summary>
    public async ValueTask<ScanPlan> PlanAsync(IReadOnlyList<ManifestFile> manifests, Func<ManifestEntry, bool> isWanted, CancellationToken cancellationToken)
    {
        var deletes = await ReadDeletesAsync(manifests, cancellationToken).ConfigureAwait(false);
        var options = OptionsFor(predicate.FieldIds);
        var tasks = new List<FileScanTask>();
        var dataManifests = manifests.Where(m => m.Content == ManifestContent.Data).ToArray();
        var read = 0;
        foreach (var manifest in dataManifests)
        {
            if (!manifest.HasLiveFiles || !MightMatch(manifest))
            {
                continue;
            }

            read++;
            await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, options, cancellationToken).ConfigureAwait(false))
            {
                if (!isWanted(entry))
                {
                    continue;
                }

                if (!MightMatch(entry.File))
                {
                    _filesPruned++;
                    continue;
                }

                var sequence = entry.SequenceNumber ?? 0;
                tasks.Add(new FileScanTask(entry.File, sequence, SpecOf(entry.File.SpecId).Spec, deletes.Find(entry.File, sequence)) { FileSequenceNumber = entry.FileSequenceNumber });
            }
        }

        return new ScanPlan(tasks, dataManifests.Length, read, _filesPruned);
    }

    private async ValueTask<DeleteIndex> ReadDeletesAsync(IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        // The bounds of the path tell of which data file a position delete file is.
        var options = new ManifestReadOptions { LiveOnly = true, MetricFieldIds = new HashSet<int> { PositionDeleteWriter.FilePathId } };
        var deletes = new List<DeleteFile>();
        foreach (var manifest in manifests)
        {
            if (manifest.Content != ManifestContent.Deletes || !manifest.HasLiveFiles || !MightMatch(manifest))
            {
                continue;
            }

            await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, options, cancellationToken).ConfigureAwait(false))
            {
                deletes.Add(new DeleteFile(entry.File, entry.SequenceNumber ?? 0));
            }
        }

        return new DeleteIndex(deletes, metadata.PartitionSpecs);
    }

    private ManifestReadOptions OptionsFor(IEnumerable<int> predicateFieldIds)
    {
        if (metricFieldIds is null)
        {
            return new ManifestReadOptions { LiveOnly = true };
        }

        var ids = predicateFieldIds.Concat(metricFieldIds).ToHashSet();
        return new ManifestReadOptions { LiveOnly = true, WithMetrics = ids.Count > 0, MetricFieldIds = ids };
    }

    private bool MightMatch(ManifestFile manifest)
    {
        var spec = SpecOf(manifest.SpecId);
        return manifest.Partitions is not { } summaries || summaries.Count != spec.Type.Fields.Count || PredicateEvaluator.MightMatch(
            spec.Predicate, id => spec.IndexOf(id) is >= 0 and var i ? ColumnRanges.OfSummary(summaries[i], spec.Type.Fields[i].Type) : ColumnRange.Unknown);
    }

    private bool MightMatch(DataFile file)
    {
        if (predicate is ScanPredicate.True)
        {
            return true;
        }

        var spec = SpecOf(file.SpecId);
        return PredicateEvaluator.MightMatch(spec.Predicate, id => spec.IndexOf(id) is >= 0 and var i && i < file.Partition.Count ? ColumnRange.Of(file.Partition[i]) : ColumnRange.Unknown)
            && PredicateEvaluator.MightMatch(predicate, id => schema.FindField(id) is { } field ? ColumnRanges.OfFile(file, id, field.Type) : ColumnRange.Unknown);
    }

    private SpecPredicate SpecOf(int specId)
    {
        if (!_specs.TryGetValue(specId, out var known))
        {
            var spec = metadata.FindSpec(specId)
                ?? throw new ArcticException(ErrorCodes.TableCorrupt, $"A manifest of table '{metadata.Location}' is of partition spec {specId}, which the table does not have.");
            _specs.Add(specId, known = new SpecPredicate(spec, metadata.PartitionTypeOf(spec), PartitionProjection.Project(predicate, spec, schema)));
        }

        return known;
    }

    private sealed record SpecPredicate(PartitionSpec Spec, IcebergType.Struct Type, ScanPredicate Predicate)
    {
        public int IndexOf(int fieldId)
        {
            for (var i = 0; i < Spec.Fields.Count; i++)
            {
                if (Spec.Fields[i].FieldId == fieldId)
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
