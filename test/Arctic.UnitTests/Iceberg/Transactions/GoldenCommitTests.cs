using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Transactions;

/// <summary>Tables of other engines take our commits: their manifests are carried, merged and filtered without losing a file, a number or a row id.</summary>
public sealed class GoldenCommitTests
{
    private static readonly string[] Refused = ["duckdb_v2_eq_cross_partition"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_golden_table_keeps_its_files_over_our_commits()
    {
        var root = Golden.Find(".");
        Assert.SkipWhen(root is null, "The golden tables are not on this machine.");
        var tables = 0;
        var failures = new List<string>();
        foreach (var folder in new[] { root, Path.Combine(root, "engines") }.SelectMany(Directory.EnumerateDirectories))
        {
            var table = Directory.Exists(Path.Combine(folder, "table", "metadata")) ? Path.Combine(folder, "table") : folder;
            if (!Directory.Exists(Path.Combine(table, "metadata")) || Refused.Any(folder.EndsWith))
            {
                continue;
            }

            try
            {
                await CommitToCopyAsync(table);
                tables++;
            }
            catch (Exception e)
            {
                failures.Add($"{folder}: {e.Message}");
            }
        }

        Assert.Empty(failures);
        Assert.True(tables > 150, $"{tables} tables");
    }

    private static async Task CommitToCopyAsync(string folder)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "metadata"), "*", SearchOption.AllDirectories))
        {
            await store.PutAsync("memory:///w/t/" + Path.GetRelativePath(folder, file), await File.ReadAllBytesAsync(file, Token), Token);
        }

        var catalog = new FileSystemCatalog("copy", "memory:///w", store, new CommitEnvironment(TimeProvider.System, new Random(1)));
        var table = await catalog.LoadTableAsync(TableIdentifier.Parse("t"), Token);
        if (table.Metadata.DefaultSpec.Fields.Any(f => f.Transform is Transform.Unknown))
        {
            return;
        }

        var before = await EntriesAsync(table);

        // One append as configured, one that merges all manifests, and the removal of a file.
        table = await CommitAsync(table, t => t.Append().Add(NewFile(table, "one")));
        table = await CommitAsync(table, t => t.UpdateProperties().Set("commit.manifest.min-count-to-merge", "2"));
        table = await CommitAsync(table, t => t.Append().Add(NewFile(table, "two")));

        var after = await EntriesAsync(await catalog.LoadTableAsync(TableIdentifier.Parse("t"), Token));
        Assert.Equal(before.Count + 2, after.Count);
        foreach (var (key, entry) in before)
        {
            AssertCarried(entry, after[key], table.Metadata.FormatVersion);
        }

        Assert.Equal(after.Values.Where(e => e.File.Content == FileContent.Data).Sum(e => e.File.RecordCount).ToString(), TotalOf(table, "total-records", after));
        if (before.Values.FirstOrDefault(e => e.File.Content == FileContent.Data) is { } victim)
        {
            table = await CommitAsync(table, t => t.Delete().Remove(victim.File));
            var left = await EntriesAsync(table);
            Assert.DoesNotContain(FileKey.Of(victim.File), left.Keys);
            Assert.All(after.Where(e => e.Value.File.Content == FileContent.Data && e.Key != FileKey.Of(victim.File)), e => Assert.Contains(e.Key, left.Keys));
        }
    }

    private static void AssertCarried(ManifestEntry expected, ManifestEntry found, int formatVersion)
    {
        Assert.Equal(expected.SequenceNumber, found.SequenceNumber);
        Assert.Equal(expected.SnapshotId, found.SnapshotId);
        Assert.Equal(expected.File.Partition, found.File.Partition);
        Assert.Equal(expected.File.RecordCount, found.File.RecordCount);
        Assert.Equal(expected.File.SpecId, found.File.SpecId);
        Assert.Equal(expected.File.EqualityIds, found.File.EqualityIds);
        Assert.Equal(expected.File.LowerBounds?.Count, found.File.LowerBounds?.Count);
        if (formatVersion == 3 && expected.File.FirstRowId is not null)
        {
            Assert.Equal(expected.File.FirstRowId, found.File.FirstRowId);
        }
    }

    // A summary without totals before has none after: then there is nothing to compare.
    private static string TotalOf(IcebergTable table, string key, Dictionary<FileKey, ManifestEntry> entries) =>
        table.Metadata.CurrentSnapshot!.Summary.GetValueOrDefault(key) ?? entries.Values.Where(e => e.File.Content == FileContent.Data).Sum(e => e.File.RecordCount).ToString();

    private static DataFile NewFile(IcebergTable table, string name) => new()
    {
        FilePath = table.Metadata.Location + "/data/" + name,
        Format = FileFormat.Parquet,
        SpecId = table.Metadata.DefaultSpecId,
        Partition = new PartitionTuple(new object?[table.Metadata.DefaultSpec.Fields.Count]),
        RecordCount = 1,
        FileSizeBytes = 100,
    };

    private static async Task<Dictionary<FileKey, ManifestEntry>> EntriesAsync(IcebergTable table)
    {
        var entries = new Dictionary<FileKey, ManifestEntry>();
        foreach (var entry in await TableFixture.EntriesAsync(table))
        {
            entries.Add(FileKey.Of(entry.File), entry);
        }

        return entries;
    }

    private static async Task<IcebergTable> CommitAsync(IcebergTable table, Action<Transaction> steps)
    {
        var transaction = table.NewTransaction();
        steps(transaction);
        return await transaction.CommitAsync(Token);
    }
}
