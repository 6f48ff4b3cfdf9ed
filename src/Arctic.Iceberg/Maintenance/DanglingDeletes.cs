using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Transactions;

namespace Arctic.Iceberg.Maintenance;

/// <summary>
/// Removes delete files that no data file of a branch is old enough for, or whose only data file is gone: what rewriting data files leaves behind. Holds
/// one number a partition, and the names of data files that deletes are for alone.
/// </summary>
internal sealed class DanglingDeletes(IcebergTable table, string branch = SnapshotRef.MainBranch)
{
    private static readonly ManifestReadOptions WithPaths = new() { LiveOnly = true, MetricFieldIds = DeleteScope.PathFieldIds };
    private static readonly ManifestReadOptions WithoutMetrics = new() { LiveOnly = true, WithMetrics = false };
    private readonly Dictionary<(int SpecId, PartitionTuple Partition), long> _oldest = [];
    private readonly HashSet<string> _targets = new(StringComparer.Ordinal);
    private long _oldestOfAll = long.MaxValue;

    /// <summary>Finds and removes them in one commit; in none where there are none.</summary>
    /// <returns>The table, and how many delete files were removed.</returns>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>UNKNOWN_NAME</c>: there is no such branch.</exception>
    /// <exception cref="CommitConflictException">The branch went back meanwhile: what dangled may be needed again. Nothing took place.</exception>
    public async ValueTask<(IcebergTable Table, int Removed)> RunAsync(CancellationToken cancellationToken)
    {
        var current = await table.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
        current.Metadata.RequireRef(branch, current.Identifier.ToString());
        if ((current.Metadata.FindSnapshot(branch) ?? current.Metadata.CurrentSnapshot) is not { } snapshot)
        {
            return (current, 0);
        }

        var manifests = await current.ReadManifestsAsync(snapshot, cancellationToken).ConfigureAwait(false);
        await FindTargetsAsync(current, manifests, cancellationToken).ConfigureAwait(false);
        await ReadDataAsync(current, manifests, cancellationToken).ConfigureAwait(false);
        var transaction = current.NewTransaction().ToBranch(branch);
        var step = transaction.Rewrite().ValidateFrom(snapshot.SnapshotId);
        var removed = 0;
        await foreach (var entry in DeletesAsync(current, manifests, cancellationToken).ConfigureAwait(false))
        {
            if (IsDangling(entry, current.Metadata))
            {
                step.Remove(entry.File);
                removed++;
            }
        }

        return removed == 0 ? (current, 0) : (await transaction.CommitAsync(cancellationToken).ConfigureAwait(false), removed);
    }

    private async ValueTask FindTargetsAsync(IcebergTable current, IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        await foreach (var entry in DeletesAsync(current, manifests, cancellationToken).ConfigureAwait(false))
        {
            if (TargetOf(entry) is { } target)
            {
                _targets.Add(target);
            }
        }
    }

    // Afterwards only the targets are left that are no live data file.
    private async ValueTask ReadDataAsync(IcebergTable current, IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        foreach (var manifest in manifests.Where(m => m.Content == ManifestContent.Data && m.HasLiveFiles))
        {
            await foreach (var entry in current.ReadEntriesAsync(manifest, WithoutMetrics, cancellationToken).ConfigureAwait(false))
            {
                var key = (entry.File.SpecId, entry.File.Partition);
                var sequence = entry.SequenceNumber ?? 0;
                _oldest[key] = Math.Min(_oldest.GetValueOrDefault(key, long.MaxValue), sequence);
                _oldestOfAll = Math.Min(_oldestOfAll, sequence);
                _targets.Remove(DeleteIndex.PathKey(entry.File.FilePath));
            }
        }
    }

    private bool IsDangling(ManifestEntry entry, TableMetadata metadata)
    {
        if (TargetOf(entry) is { } target && _targets.Contains(target))
        {
            return true;
        }

        // Deletes by value apply to what is older, deletes by position also to what is as old.
        var isByValue = entry.File.Content == FileContent.EqualityDeletes;
        var oldest = DeleteScope.IsGlobal(entry.File, metadata.FindSpec(entry.File.SpecId)) ? _oldestOfAll : _oldest.GetValueOrDefault((entry.File.SpecId, entry.File.Partition), long.MaxValue);
        return isByValue ? oldest >= entry.SequenceNumber : oldest > entry.SequenceNumber;
    }

    private static string? TargetOf(ManifestEntry entry) =>
        entry.File.Content == FileContent.PositionDeletes && DeleteScope.OnlyTargetOf(entry.File) is { } path ? DeleteIndex.PathKey(path) : null;

    private static async IAsyncEnumerable<ManifestEntry> DeletesAsync(
        IcebergTable current, IReadOnlyList<ManifestFile> manifests, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var manifest in manifests.Where(m => m.Content == ManifestContent.Deletes && m.HasLiveFiles))
        {
            await foreach (var entry in current.ReadEntriesAsync(manifest, WithPaths, cancellationToken).ConfigureAwait(false))
            {
                yield return entry;
            }
        }
    }
}
