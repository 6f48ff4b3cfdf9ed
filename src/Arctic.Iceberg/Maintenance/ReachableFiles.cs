using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Maintenance;

/// <summary>Walks the files that snapshots lead to. Manifests are kept by name; the files that they list only pass by, however many.</summary>
internal sealed class ReachableFiles(IObjectStore store, TableMetadata metadata)
{
    private static readonly ManifestReadOptions LiveFiles = new() { LiveOnly = true, WithMetrics = false };

    /// <summary>The manifests of snapshots, each once, by the key of their location.</summary>
    public async ValueTask<Dictionary<string, ManifestFile>> ReadManifestsAsync(IEnumerable<Snapshot> snapshots, IfMissing ifMissing, CancellationToken cancellationToken)
    {
        var manifests = new Dictionary<string, ManifestFile>(StringComparer.Ordinal);
        foreach (var snapshot in snapshots)
        {
            try
            {
                foreach (var manifest in await ManifestListReader.ReadAsync(store, snapshot, cancellationToken).ConfigureAwait(false))
                {
                    // Partition ranges would take most of the memory, and are not looked at.
                    manifests.TryAdd(DeleteIndex.PathKey(manifest.Path), manifest with { Partitions = null });
                }
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound && ifMissing == IfMissing.Skip)
            {
                // Another expiry was here before us.
            }
        }

        return manifests;
    }

    /// <summary>The locations of all live files of manifests, as recorded; a file comes as often as it is listed.</summary>
    public async IAsyncEnumerable<string> ReadFilesAsync(IEnumerable<ManifestFile> manifests, IfMissing ifMissing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var manifest in manifests.Where(m => m.HasLiveFiles))
        {
            var entries = ManifestReader.ReadAsync(store, manifest, metadata, LiveFiles, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using var _ = entries.ConfigureAwait(false);
            while (await MoveNextAsync(entries, ifMissing).ConfigureAwait(false))
            {
                yield return entries.Current.File.FilePath;
            }
        }
    }

    /// <summary>All that a table of this metadata needs beside manifests and the files that they list.</summary>
    /// <param name="metadataLocation">Where the metadata was read from.</param>
    public IEnumerable<string> MetadataFiles(string metadataLocation) =>
    [
        metadataLocation,
        .. metadata.MetadataLog.Select(e => e.MetadataFile),
        .. metadata.Snapshots.Select(s => s.ManifestList).OfType<string>(),
        .. metadata.Statistics.Select(s => s.StatisticsPath),
        .. metadata.PartitionStatistics.Select(s => s.StatisticsPath),
    ];

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ManifestEntry> entries, IfMissing ifMissing)
    {
        try
        {
            return await entries.MoveNextAsync().ConfigureAwait(false);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound && ifMissing == IfMissing.Skip)
        {
            return false;
        }
    }
}

/// <summary>What a walk does where a metadata file does not exist.</summary>
internal enum IfMissing
{
    /// <summary>The table is damaged, and nothing may be concluded.</summary>
    Fail,

    /// <summary>What is being removed may be gone already.</summary>
    Skip,
}
