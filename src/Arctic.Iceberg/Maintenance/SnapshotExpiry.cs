using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Maintenance;

/// <summary>Which snapshots of a table expire.</summary>
public sealed record SnapshotExpiryOptions
{
    /// <summary>By age; null for the table's <c>history.expire.max-snapshot-age-ms</c> (5 days).</summary>
    public DateTimeOffset? OlderThan { get; init; }

    /// <summary>So many of each branch stay whatever their age; null for <c>history.expire.min-snapshots-to-keep</c> (1).</summary>
    public int? RetainLast { get; init; }

    /// <summary>These expire whatever their age.</summary>
    public IReadOnlyCollection<long> SnapshotIds { get; init; } = [];

    /// <summary>Of <c>main</c>, the newest snapshot of which this is true stays with all that came after it; null for none.</summary>
    internal Func<Snapshot, bool>? IsNeeded { get; init; }

    /// <summary>The files that are held in memory at once; more of them cost another pass over the kept manifests.</summary>
    public int FilesAtOnce { get; init; } = 500_000;

    /// <summary>Checks that each value makes sense. A time in the future is no mistake: then only <see cref="RetainLast"/>, branches and tags keep snapshots.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    internal SnapshotExpiryOptions Check()
    {
        const string Doing = "expire snapshots";
        MaintenanceOption.Require(RetainLast is null or > 0, Doing, nameof(RetainLast), RetainLast, "must be more than 0: what is current always stays");
        MaintenanceOption.Require(FilesAtOnce > 0, Doing, nameof(FilesAtOnce), FilesAtOnce, "must be more than 0");
        return this;
    }
}

/// <summary>What an expiry did.</summary>
/// <param name="Table">Without the snapshots.</param>
/// <param name="Expired">The snapshots that are forgotten.</param>
/// <param name="Files">Data and delete files, manifests, manifest lists and statistics that only they used.</param>
public sealed record SnapshotExpiryResult(IcebergTable Table, IReadOnlyList<long> Expired, RemovalReport Files)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Table.Identifier}: {Expired.Count} snapshots expired, {Files}");
}

/// <summary>
/// Forgets snapshots and then deletes the files that no kept snapshot can reach. The commit comes first: whoever stops in between leaves files that nobody names,
/// which the removal of orphans finds, and never a snapshot without its files.
/// </summary>
internal sealed class SnapshotExpiry(IcebergTable table, SnapshotExpiryOptions options)
{
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the snapshots are forgotten; no file was deleted.</exception>
    public async ValueTask<SnapshotExpiryResult> RunAsync(CancellationToken cancellationToken)
    {
        options.Check();
        var transaction = table.NewTransaction();
        var step = transaction.ExpireSnapshots();
        foreach (var id in options.SnapshotIds)
        {
            step.Expire(id);
        }

        if (options.IsNeeded is { } isNeeded)
        {
            step.KeepBackTo(isNeeded);
        }

        if (options.OlderThan is { } time)
        {
            step.OlderThan(time);
        }

        if (options.RetainLast is { } count)
        {
            step.RetainLast(count);
        }

        var after = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        var kept = after.Metadata.Snapshots.Select(s => s.SnapshotId).ToHashSet();
        var before = step.Before ?? after.Metadata;
        var expired = before.Snapshots.Where(s => !kept.Contains(s.SnapshotId)).ToArray();
        var removal = new FileRemoval(after.Store);
        if (expired.Length > 0)
        {
            await RemoveFilesAsync(before, after, expired, removal, cancellationToken).ConfigureAwait(false);
        }

        return new SnapshotExpiryResult(after, expired.Select(s => s.SnapshotId).ToArray(), removal.Report);
    }

    private async ValueTask RemoveFilesAsync(TableMetadata before, IcebergTable after, Snapshot[] expired, FileRemoval removal, CancellationToken cancellationToken)
    {
        var files = new ReachableFiles(after.Store, before);
        var kept = await files.ReadManifestsAsync(after.Metadata.Snapshots, IfMissing.Fail, cancellationToken).ConfigureAwait(false);
        var dead = (await files.ReadManifestsAsync(expired, IfMissing.Skip, cancellationToken).ConfigureAwait(false)).Where(m => !kept.ContainsKey(m.Key)).Select(m => m.Value).ToArray();

        // What leads to files goes after them, so that an expiry that stops halfway has lost no trace of what it left.
        await RemoveContentAsync(files, dead, kept.Values, removal, cancellationToken).ConfigureAwait(false);
        await removal.DeleteAsync(dead.Select(m => m.Path), cancellationToken).ConfigureAwait(false);
        await removal.DeleteAsync(Without(expired.Select(s => s.ManifestList), after.Metadata.Snapshots.Select(s => s.ManifestList)), cancellationToken).ConfigureAwait(false);
        await removal.DeleteAsync(Without(StatisticsOf(before), StatisticsOf(after.Metadata)), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask RemoveContentAsync(ReachableFiles files, ManifestFile[] dead, IReadOnlyCollection<ManifestFile> kept, FileRemoval removal, CancellationToken cancellationToken)
    {
        var candidates = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var path in files.ReadFilesAsync(dead, IfMissing.Skip, cancellationToken).ConfigureAwait(false))
        {
            candidates.TryAdd(DeleteIndex.PathKey(path), path);
            if (candidates.Count >= options.FilesAtOnce)
            {
                await RemoveUnreachableAsync(files, candidates, kept, removal, cancellationToken).ConfigureAwait(false);
            }
        }

        await RemoveUnreachableAsync(files, candidates, kept, removal, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask RemoveUnreachableAsync(
        ReachableFiles files, Dictionary<string, string> candidates, IReadOnlyCollection<ManifestFile> kept, FileRemoval removal, CancellationToken cancellationToken)
    {
        if (candidates.Count > 0)
        {
            await foreach (var path in files.ReadFilesAsync(kept, IfMissing.Fail, cancellationToken).ConfigureAwait(false))
            {
                candidates.Remove(DeleteIndex.PathKey(path));
            }
        }

        await removal.DeleteAsync(candidates.Values, cancellationToken).ConfigureAwait(false);
        candidates.Clear();
    }

    private static IEnumerable<string> StatisticsOf(TableMetadata metadata) =>
        metadata.Statistics.Select(s => s.StatisticsPath).Concat(metadata.PartitionStatistics.Select(s => s.StatisticsPath));

    private static IEnumerable<string> Without(IEnumerable<string?> gone, IEnumerable<string?> kept) => gone.OfType<string>().Distinct().Except(kept.OfType<string>());
}
