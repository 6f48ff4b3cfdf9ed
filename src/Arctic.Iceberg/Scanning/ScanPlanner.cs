using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Chooses the files of manifests that may hold rows of a scan. Several manifests are read at once; files come in the order of the manifests.</summary>
/// <param name="store">Holds the manifests.</param>
/// <param name="metadata">The table.</param>
/// <param name="schema">The columns that the predicate is on.</param>
/// <param name="predicate">What rows fulfil.</param>
/// <param name="metricFieldIds">Columns whose metrics to read beside the predicate's; null for all.</param>
internal sealed class ScanPlanner(IObjectStore store, TableMetadata metadata, Schema schema, ScanPredicate predicate, IReadOnlyCollection<int>? metricFieldIds)
{
    /// <summary>The manifests that are read at once. Reading waits for a remote store more than for the processor.</summary>
    public int ManifestsAtOnce { get; init; } = Math.Clamp(2 * Environment.ProcessorCount, 4, 32);

    /// <summary>Plans the live entries that <paramref name="isWanted"/> keeps.</summary>
    public async ValueTask<ScanPlan> PlanAsync(IReadOnlyList<ManifestFile> manifests, Func<ManifestEntry, bool> isWanted, CancellationToken cancellationToken)
    {
        var tasks = new List<FileScanTask>();
        var counts = new PlanCounts();
        await foreach (var task in StreamAsync(manifests, isWanted, counts, cancellationToken).ConfigureAwait(false))
        {
            tasks.Add(task);
        }

        return new ScanPlan(tasks, counts.ManifestsTotal, counts.ManifestsRead, counts.FilesPruned);
    }

    /// <summary>Streams the live entries that <paramref name="isWanted"/> keeps: the first comes when the delete files and one manifest are known, and manifests ahead of the consumer are few.</summary>
    /// <param name="manifests">Of the snapshot.</param>
    /// <param name="isWanted">Called for several manifests at once.</param>
    /// <param name="counts">Counts what is left out.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerable<FileScanTask> StreamAsync(
        IReadOnlyList<ManifestFile> manifests, Func<ManifestEntry, bool> isWanted, PlanCounts counts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var specs = manifests.Where(m => m.HasLiveFiles).Select(m => m.SpecId).Distinct().ToFrozenDictionary(id => id, id => SpecPredicate.Of(metadata, id, predicate, schema));
        var deletes = await ReadDeletesAsync(manifests, specs, cancellationToken).ConfigureAwait(false);
        var options = OptionsFor(predicate.FieldIds);
        var chosen = manifests.Where(m => m.Content == ManifestContent.Data && m.HasLiveFiles && specs[m.SpecId].MightMatch(m)).ToArray();
        counts.ManifestsTotal += manifests.Count(m => m.Content == ManifestContent.Data);
        counts.ManifestsRead += chosen.Length;
        var plans = ReadAhead.RunAsync(chosen, (m, token) => PlanManifestAsync(m, specs[m.SpecId], options, deletes, isWanted, token), ManifestsAtOnce, cancellationToken);
        await foreach (var (tasks, pruned) in plans.ConfigureAwait(false))
        {
            counts.FilesPruned += pruned;
            foreach (var task in tasks)
            {
                yield return task;
            }
        }
    }

    private async Task<(List<FileScanTask> Tasks, int FilesPruned)> PlanManifestAsync(
        ManifestFile manifest, SpecPredicate spec, ManifestReadOptions options, DeleteIndex deletes, Func<ManifestEntry, bool> isWanted, CancellationToken cancellationToken)
    {
        var tasks = new List<FileScanTask>();
        var pruned = 0;
        await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, options, cancellationToken).ConfigureAwait(false))
        {
            if (!isWanted(entry))
            {
                continue;
            }

            if (!MightMatch(entry.File, spec))
            {
                pruned++;
                continue;
            }

            var sequence = entry.SequenceNumber ?? 0;
            tasks.Add(new FileScanTask(entry.File, sequence, spec.Spec, deletes.Find(entry.File, sequence)) { FileSequenceNumber = entry.FileSequenceNumber });
        }

        return (tasks, pruned);
    }

    private async ValueTask<DeleteIndex> ReadDeletesAsync(IReadOnlyList<ManifestFile> manifests, FrozenDictionary<int, SpecPredicate> specs, CancellationToken cancellationToken)
    {
        // The bounds of the path tell of which data file a position delete file is.
        var options = new ManifestReadOptions { LiveOnly = true, MetricFieldIds = new HashSet<int> { PositionDeleteWriter.FilePathId } };
        var chosen = manifests.Where(m => m.Content == ManifestContent.Deletes && m.HasLiveFiles && specs[m.SpecId].MightMatch(m)).ToArray();
        var deletes = new List<DeleteFile>();
        var read = ReadAhead.RunAsync(chosen, (m, token) => ManifestReader.ReadAllAsync(store, m, metadata, options, token).AsTask(), ManifestsAtOnce, cancellationToken);
        await foreach (var entries in read.ConfigureAwait(false))
        {
            deletes.AddRange(entries.Select(e => new DeleteFile(e.File, e.SequenceNumber ?? 0)));
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

    private bool MightMatch(DataFile file, SpecPredicate spec) =>
        predicate is ScanPredicate.True
        || (spec.MightMatch(file.Partition) && PredicateEvaluator.MightMatch(predicate, id => schema.FindField(id) is { } field ? ColumnRanges.OfFile(file, id, field.Type) : ColumnRange.Unknown));
}

/// <summary>What planning looked at and left out; complete when the last file has come.</summary>
internal sealed class PlanCounts
{
    /// <summary>Data manifests of the snapshot.</summary>
    public int ManifestsTotal { get; set; }

    /// <summary>Those that the predicate did not rule out.</summary>
    public int ManifestsRead { get; set; }

    /// <summary>Files of read manifests that partition or bounds ruled out.</summary>
    public int FilesPruned { get; set; }
}
