using System.Globalization;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>Puts change files together to changelog splits, in the order in which they must be read. Pure.</summary>
internal static class ChangelogPlanner
{
    /// <summary>Makes the splits of change files: by commit, then partition, bucket and writer.</summary>
    public static List<ChangelogSplit> Plan(IEnumerable<StoreFile> changes) =>
        changes
            .DistinctBy(f => f.File.FilePath)
            .GroupBy(f => (f.Transaction, f.Partition, f.Bucket, f.Writer))
            .OrderBy(g => g.Key.Transaction).ThenBy(g => g.Key.Partition, StringComparer.Ordinal).ThenBy(g => g.Key.Bucket.Id).ThenBy(g => g.Key.Writer, StringComparer.Ordinal)
            .Select(g => new ChangelogSplit(
                string.Create(CultureInfo.InvariantCulture, $"change-{g.Key.Transaction}-{g.Key.Partition}-{g.Key.Bucket.Id}-{g.Key.Writer}"),
                g.Key.Transaction,
                g.Key.Partition,
                g.Key.Bucket,
                InOffsetOrder(g.Where(f => f.Type != StoreFileType.EqualityDelete)),
                InOffsetOrder(g.Where(f => f.Type == StoreFileType.EqualityDelete))))
            .ToList();

    /// <summary>The changes that a first read after the base rows must show: buckets that have deletes alone, with no row that these could end, are left out.</summary>
    public static IEnumerable<StoreFile> SelectInitial(IReadOnlyList<StoreFile> baseFiles, IReadOnlyList<StoreFile> unmerged)
    {
        var data = baseFiles.Concat(unmerged.Where(f => f.Type != StoreFileType.EqualityDelete)).ToLookup(f => f.Partition, f => f.Bucket);
        return unmerged.Where(f => data[f.Partition].Any(b => b.Overlaps(f.Bucket)));
    }

    // A writer that rolls names its files in the order of their rows, so the counter at the end of the name orders them.
    private static DataFile[] InOffsetOrder(IEnumerable<StoreFile> files) =>
        files.Select(f => f.File).OrderBy(f => f.FilePath, StringComparer.Ordinal).ToArray();
}
