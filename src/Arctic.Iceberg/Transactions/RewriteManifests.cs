using System.Globalization;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Writes the manifests of a snapshot anew, each of the target size (<c>commit.manifest.target-size-bytes</c>) with the files of few partitions, so that planning
/// reads few of them. No file is added or removed; where nothing would change there is no commit. Manifests that others add meanwhile stay as they are.
/// </summary>
public sealed class RewriteManifests : SnapshotStep
{
    private const long TargetBytesDefault = 8 * 1024 * 1024;

    // In the summary: what a later rewrite may take for done.
    private const string TargetKey = "manifests-target-size-bytes";
    private long? _targetBytes;
    private Rewritten? _rewritten;

    internal RewriteManifests(Transaction transaction)
        : base(transaction, ManifestMerging.Never)
    {
    }

    private protected override string Operation => "replace";

    private protected override bool MayStartBranch => false;

    /// <summary>Another size than the table's property says.</summary>
    public RewriteManifests TargetSize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        _targetBytes = bytes;
        return this;
    }

    /// <summary>Rewrites the manifests of another branch than <c>main</c>.</summary>
    public RewriteManifests ToBranch(string branch)
    {
        SetBranch(branch);
        return this;
    }

    /// <summary>Sets a property of the snapshot's summary.</summary>
    public RewriteManifests Set(string key, string value)
    {
        SetProperty(key, value);
        return this;
    }

    internal override async ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var metadata = attempt.Metadata;
        metadata.RequireRef(Branch, attempt.Table.Identifier.ToString());
        if ((metadata.FindSnapshot(Branch) ?? metadata.CurrentSnapshot) is not { } parent)
        {
            return;
        }

        var store = attempt.Table.Store;
        var manifests = await ManifestListReader.ReadAsync(store, parent, cancellationToken).ConfigureAwait(false);
        var paths = manifests.Select(m => m.Path).ToHashSet();

        // What an earlier attempt wrote is as good as long as all that it replaces is still there.
        if (_rewritten is null || _rewritten.FormatVersion != metadata.FormatVersion || !_rewritten.Sources.IsSubsetOf(paths))
        {
            _rewritten = await RewriteAsync(store, metadata, manifests, cancellationToken).ConfigureAwait(false);
        }

        if (_rewritten.Sources.Count > 0)
        {
            await base.ApplyAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    private protected override async ValueTask<List<ManifestFile>> BuildManifestsAsync(
        IObjectStore store, TableMetadata metadata, Snapshot? parent, SnapshotSummaryBuilder summary, CancellationToken cancellationToken)
    {
        var rewritten = _rewritten!; // ApplyAsync has made it, or does not get here
        var kept = new List<ManifestFile>();
        foreach (var manifest in await ManifestListReader.ReadAsync(store, parent!, cancellationToken).ConfigureAwait(false))
        {
            if (!rewritten.Sources.Contains(manifest.Path) && manifest.HasLiveFiles)
            {
                kept.Add(await CountedAsync(store, metadata, manifest, cancellationToken).ConfigureAwait(false));
            }
        }

        SetProperty(TargetKey, Text(TargetBytesOf(metadata)));
        SetProperty("manifests-created", Text(rewritten.Manifests.Count));
        SetProperty("manifests-kept", Text(kept.Count));
        SetProperty("manifests-replaced", Text(rewritten.Sources.Count));
        SetProperty("entries-processed", Text(rewritten.Entries));
        List<ManifestFile> all = [.. rewritten.Manifests, .. kept];
        return [.. all.Where(m => m.Content == ManifestContent.Data), .. all.Where(m => m.Content == ManifestContent.Deletes)];
    }

    private async ValueTask<Rewritten> RewriteAsync(IObjectStore store, TableMetadata metadata, IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        var target = TargetBytesOf(metadata);
        var result = new Rewritten(metadata.FormatVersion, [], []);
        foreach (var group in manifests.GroupBy(m => (m.Content, m.SpecId), (_, some) => some.ToArray()))
        {
            if (IsWell(metadata, group, target))
            {
                continue;
            }

            var clustering = new ManifestClustering(store, metadata, Folder, group, target);
            result.Manifests.AddRange(await clustering.WriteAsync(cancellationToken).ConfigureAwait(false));
            result.Sources.UnionWith(group.Select(m => m.Path));
            result.Entries += clustering.Entries;
        }

        return result;
    }

    private long TargetBytesOf(TableMetadata metadata) => _targetBytes ?? TableProperties.ReadLong(metadata.Properties, TableProperties.ManifestTargetSize, TargetBytesDefault);

    /// <summary>Whether a rewrite of manifests would better nothing: no traces of deleted files, none too large or far too small, each with partitions of its own.</summary>
    private static bool IsWell(TableMetadata metadata, ManifestFile[] group, long target)
    {
        if (!Array.TrueForAll(group, m => m.DeletedFilesCount == 0))
        {
            return false;
        }

        // What an earlier rewrite has made, and nothing has come to since, is as good as it gets: a partition may need several manifests, and one file more than the target.
        var maker = group[0].AddedSnapshotId;
        if (Array.TrueForAll(group, m => m.AddedSnapshotId == maker && m.AddedFilesCount == 0)
            && (metadata.FindSnapshot(maker) is not { } snapshot || snapshot.Summary.GetValueOrDefault(TargetKey) == Text(target)))
        {
            return true;
        }

        var needed = (group.Sum(m => m.Length) + target - 1) / target;
        return Array.TrueForAll(group, m => m.Length <= target)
            && group.Length <= 2 * needed
            && (group.Length == 1 || (metadata.FindSpec(group[0].SpecId) is { } spec && !ManifestOverlap.IsAny(group, metadata.PartitionTypeOf(spec))));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Rewritten(int FormatVersion, HashSet<string> Sources, List<ManifestFile> Manifests)
    {
        public long Entries { get; set; }
    }
}
