using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Spec;

/// <summary>Every table that other engines wrote: its metadata, manifest lists and manifests are read.</summary>
public sealed class GoldenTableTests
{
    // Snapshot ids above the greatest 64-bit signed number.
    private static readonly string[] Refused = ["duckdb_v2_eq_cross_partition"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_golden_metadata_file_is_read_and_written_without_a_loss()
    {
        var root = Golden.Find(".");
        Assert.SkipWhen(root is null, "The golden tables are not on this machine.");
        var (read, refused) = (0, new List<string>());

        foreach (var path in Directory.EnumerateFiles(root, "*.metadata.json", SearchOption.AllDirectories).Where(p => !p.Contains("/_format/", StringComparison.Ordinal)))
        {
            TableMetadata metadata;
            try
            {
                metadata = TableMetadataReader.Read(await File.ReadAllBytesAsync(path, Token), path);
            }
            catch (ArcticException e)
            {
                refused.Add($"{path}: {e.Code.Name} {e.Message}");
                continue;
            }

            var written = TableMetadataWriter.Write(metadata);
            var again = TableMetadataReader.Read(written, path);
            Assert.Equal(System.Text.Encoding.UTF8.GetString(written.Span), System.Text.Encoding.UTF8.GetString(TableMetadataWriter.Write(again).Span));
            Assert.Equal(metadata.Snapshots.Select(s => s.SnapshotId), again.Snapshots.Select(s => s.SnapshotId));
            read++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{read} metadata files are read, {refused.Count} refused: {string.Join("\n", refused)}");
        Assert.True(read > 1000, $"{read} files");
        Assert.All(refused, r => Assert.Contains(Refused, name => r.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_snapshot_of_every_golden_table_lists_its_files()
    {
        var root = Golden.Find(".");
        Assert.SkipWhen(root is null, "The golden tables are not on this machine.");
        var store = new LocalObjectStore();
        var (tables, snapshots, entries) = (0, 0, 0);
        var failures = new List<string>();

        foreach (var folder in TableFolders(root))
        {
            try
            {
                var table = await TableFolder.LoadMovedTableAsync(store, folder, Token);
                tables++;
                foreach (var snapshot in table.Metadata.Snapshots)
                {
                    // Expired snapshots' lists may be gone; the current one's may not.
                    if (snapshot.SnapshotId != table.Metadata.CurrentSnapshotId && snapshot.ManifestList is { } list && await table.Store.FindAsync(list, Token) is null)
                    {
                        continue;
                    }

                    snapshots++;
                    foreach (var manifest in await table.ReadManifestsAsync(snapshot, Token))
                    {
                        var (files, rows) = (0, 0L);
                        await foreach (var entry in table.ReadEntriesAsync(manifest, ManifestReadOptions.All, Token))
                        {
                            entries++;
                            files += entry.Status == EntryStatus.Added ? 1 : 0;
                            rows += entry.Status == EntryStatus.Added ? entry.File.RecordCount : 0;
                            Assert.NotNull(entry.SequenceNumber);
                            DecodeBounds(table.Metadata.SchemaOf(snapshot), entry.File);
                        }

                        Assert.True(manifest.AddedFilesCount is null || manifest.AddedFilesCount == files, $"{folder}: {manifest.Path}");
                        Assert.True(manifest.AddedRowsCount is null || manifest.AddedRowsCount == rows, $"{folder}: {manifest.Path}");
                    }
                }
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                failures.Add($"{folder}: {e.Message}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{tables} tables, {snapshots} snapshots, {entries} entries; not read:\n{string.Join("\n", failures)}");
        Assert.True(tables > 300, $"{tables} tables");
        Assert.All(failures, f => Assert.Contains(Refused, name => f.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_manifest_list_files_of_the_format_are_read()
    {
        var folder = Golden.Find("_format/manifests");
        Assert.SkipWhen(folder is null, "The golden files are not on this machine.");
        var store = new LocalObjectStore();

        foreach (var path in Directory.EnumerateFiles(folder, "manifest-list-v2-*.avro"))
        {
            Assert.NotEmpty(await ManifestListReader.ReadListAsync(store, path, Token));
        }

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await ManifestListReader.ReadListAsync(store, Path.Combine(folder, "manifest-list-v3-encrypted.avro"), Token));
        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
    }

    private static IEnumerable<string> TableFolders(string root) =>
        Directory.EnumerateFiles(root, "*.metadata.json", SearchOption.AllDirectories)
            .Where(p => !p.Contains("/_format/", StringComparison.Ordinal))
            .Select(p => Path.GetDirectoryName(Path.GetDirectoryName(p))!)
            .Distinct();

    private static void DecodeBounds(Schema schema, DataFile file)
    {
        foreach (var bounds in new[] { file.LowerBounds, file.UpperBounds })
        {
            for (var i = 0; i < (bounds?.Count ?? 0); i++)
            {
                if (schema.FindField(bounds!.Ids[i]) is { } field)
                {
                    BoundCodec.Decode(field.Type, bounds.Values[i].Span);
                }
            }
        }
    }
}
