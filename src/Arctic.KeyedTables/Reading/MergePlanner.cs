using System.Globalization;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>Puts live files together to merge-on-read tasks (spec/arctic.md, A.8.1). Pure: facts in, plan out.</summary>
internal static class MergePlanner
{
    /// <summary>The change files that are not merged into the base store yet.</summary>
    /// <param name="changes">All live files of the change store.</param>
    /// <param name="marker">The sequence that each partition is merged up to; partitions without one are not merged at all.</param>
    public static List<StoreFile> SelectUnmerged(IEnumerable<StoreFile> changes, IReadOnlyDictionary<string, long> marker) =>
        changes.Where(f => !marker.TryGetValue(f.Partition, out var merged) || f.DataSequence > merged).ToList();

    /// <summary>Makes the tasks: one a partition and bucket that has data files, or several when these are large. Buckets with deletes alone have none.</summary>
    /// <param name="baseFiles">Live data files of the base store.</param>
    /// <param name="unmerged">What <see cref="SelectUnmerged"/> gave.</param>
    /// <param name="sizeTarget">The bytes of data files above which a task is split.</param>
    /// <param name="openFileCost">The least that a file counts.</param>
    public static List<MergeSplit> Plan(IReadOnlyList<StoreFile> baseFiles, IReadOnlyList<StoreFile> unmerged, long sizeTarget, long openFileCost)
    {
        var splits = new List<MergeSplit>();
        var deletes = unmerged.Where(f => f.Type == StoreFileType.EqualityDelete).ToLookup(f => f.Partition);
        var data = baseFiles.Concat(unmerged.Where(f => f.Type != StoreFileType.EqualityDelete))
            .DistinctBy(f => f.File.FilePath)
            .GroupBy(f => (f.Partition, f.Bucket))
            .OrderBy(g => g.Key.Partition, StringComparer.Ordinal).ThenBy(g => g.Key.Bucket.Id);
        foreach (var node in data)
        {
            // A delete of a node above or below acts here too: writers of different masks share a partition.
            var nodeDeletes = deletes[node.Key.Partition]
                .Where(d => d.Bucket.Overlaps(node.Key.Bucket))
                .DistinctBy(d => d.File.FilePath)
                .Select(d => new DeleteFileReference(d.File, d.Transaction))
                .ToArray();
            var files = node
                .OrderBy(f => f.Type != StoreFileType.Base).ThenBy(f => f.Transaction).ThenBy(f => f.File.FilePath, StringComparer.Ordinal)
                .Select(f => new MergeDataFile(f.File, f.DataSequence, f.Type == StoreFileType.Base, f.Transaction, f.PositionDeletes));
            foreach (var pack in Pack(files, sizeTarget, openFileCost))
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"merge-{splits.Count}");
                splits.Add(new MergeSplit(id, node.Key.Partition, node.Key.Bucket, pack, nodeDeletes));
            }
        }

        return splits;
    }

    private static IEnumerable<IReadOnlyList<MergeDataFile>> Pack(IEnumerable<MergeDataFile> files, long sizeTarget, long openFileCost)
    {
        var pack = new List<MergeDataFile>();
        var cost = 0L;
        foreach (var file in files)
        {
            var fileCost = Math.Max(file.File.FileSizeBytes, openFileCost);
            if (pack.Count > 0 && cost + fileCost > sizeTarget)
            {
                yield return pack;
                (pack, cost) = ([], 0);
            }

            pack.Add(file);
            cost += fileCost;
        }

        if (pack.Count > 0)
        {
            yield return pack;
        }
    }
}
