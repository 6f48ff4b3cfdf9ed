using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Transactions;

/// <summary>Whether a commit merges small manifests into larger ones.</summary>
internal enum ManifestMerging
{
    /// <summary>As <c>commit.manifest-merge.enabled</c>, <c>commit.manifest.min-count-to-merge</c> and <c>commit.manifest.target-size-bytes</c> say.</summary>
    AsConfigured,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>Merges manifests of one partition spec and content into manifests of the target size. Results are kept over attempts.</summary>
internal sealed class ManifestMerger(ManifestFolder folder, long snapshotId)
{
    private readonly Dictionary<string, ManifestFile> _merged = [];

    /// <summary>Merges what should be merged.</summary>
    /// <param name="manifests">Newest first.</param>
    public async ValueTask<List<ManifestFile>> MergeAsync(IObjectStore store, TableMetadata metadata, IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        var result = new List<ManifestFile>();
        if (manifests.Count == 0 || !TableProperties.ReadFlag(metadata.Properties, TableProperties.ManifestMergeEnabled, true))
        {
            result.AddRange(manifests);
            return result;
        }

        var target = TableProperties.ReadLong(metadata.Properties, TableProperties.ManifestTargetSize, 8 * 1024 * 1024);
        var minCount = TableProperties.ReadInt(metadata.Properties, TableProperties.ManifestMinMergeCount, 100);
        foreach (var group in manifests.GroupBy(m => m.SpecId).OrderByDescending(g => g.Key))
        {
            foreach (var bin in PackFromEnd(group.ToList(), target))
            {
                // The bin with the newest manifest waits until it is worth the work.
                if (bin.Count == 1 || (bin.Contains(manifests[0]) && bin.Count < minCount))
                {
                    result.AddRange(bin);
                }
                else
                {
                    result.Add(await MergeBinAsync(store, metadata, bin, cancellationToken).ConfigureAwait(false));
                }
            }
        }

        return result;
    }

    /// <summary>Cuts the list into runs of at most the target size; the first run, with the newest manifests, takes what is left.</summary>
    internal static List<List<ManifestFile>> PackFromEnd(IReadOnlyList<ManifestFile> manifests, long target)
    {
        var bins = new List<List<ManifestFile>>();
        var bin = new List<ManifestFile>();
        long size = 0;
        for (var i = manifests.Count - 1; i >= 0; i--)
        {
            if (bin.Count > 0 && size + manifests[i].Length > target)
            {
                bins.Insert(0, bin);
                (bin, size) = ([], 0);
            }

            bin.Insert(0, manifests[i]);
            size += manifests[i].Length;
        }

        bins.Insert(0, bin);
        return bins;
    }

    private async ValueTask<ManifestFile> MergeBinAsync(IObjectStore store, TableMetadata metadata, List<ManifestFile> bin, CancellationToken cancellationToken)
    {
        var key = string.Join('\n', bin.Select(m => m.Path));
        if (_merged.TryGetValue(key, out var known))
        {
            return known;
        }

        var spec = metadata.FindSpec(bin[0].SpecId)!;
        var writer = await folder.CreateManifestAsync(store, metadata, spec, bin[0].Content, cancellationToken).ConfigureAwait(false);
        await using var _ = writer.ConfigureAwait(false);
        foreach (var manifest in bin)
        {
            await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, ManifestReadOptions.All, cancellationToken).ConfigureAwait(false))
            {
                Carry(writer, entry);
            }
        }

        return _merged[key] = await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    // What this commit added or deleted stays so; what older ones deleted is forgotten, what they added is kept.
    private void Carry(ManifestWriter writer, ManifestEntry entry)
    {
        if (entry.Status == EntryStatus.Deleted)
        {
            if (entry.SnapshotId == snapshotId)
            {
                writer.AddDeleted(entry);
            }
        }
        else if (entry.Status == EntryStatus.Added && entry.SnapshotId == snapshotId)
        {
            writer.Add(entry);
        }
        else
        {
            writer.AddExisting(entry);
        }
    }
}
