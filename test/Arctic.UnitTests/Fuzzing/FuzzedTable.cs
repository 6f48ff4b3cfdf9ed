using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Fuzzing;

/// <summary>A table in memory of which one file at a time is damaged; the whole table is read each time.</summary>
internal sealed class FuzzedTable
{
    private const string Folder = "memory:///t";

    private readonly string _name;
    private readonly Dictionary<string, byte[]> _files;
    private readonly Dictionary<string, AvroContainer> _containers = [];

    private FuzzedTable(string name, Dictionary<string, byte[]> files) => (_name, _files) = (name, files);

    /// <summary>Loads a golden table.</summary>
    public static async Task<FuzzedTable> LoadAsync(string folder)
    {
        var root = Directory.Exists(Path.Combine(folder, "table")) ? Path.Combine(folder, "table") : folder;
        var files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f)[0] != '.')
            .ToDictionary(f => Path.GetRelativePath(root, f).Replace('\\', '/'), File.ReadAllBytes);
        var table = new FuzzedTable(Path.GetFileName(folder), files);
        foreach (var (path, content) in files.Where(f => f.Key.EndsWith(".avro", StringComparison.Ordinal)))
        {
            table._containers.Add(path, await AvroContainer.ReadAsync(content));
        }

        // What is fuzzed is readable to begin with: else every iteration would stop at the same error.
        await table.ReadAsync(null, null);
        return table;
    }

    /// <summary>The table with one of its files damaged; null when it has none of that ending.</summary>
    public FuzzInput? Damage(Random random, string ending)
    {
        var paths = _files.Keys.Where(p => p.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        if (paths.Count == 0)
        {
            return null;
        }

        var path = paths[random.Next(paths.Count)];
        var content = DamagedOf(path, random);
        return new FuzzInput($"{_name}/{path}", content, () => ReadAsync(path, content));
    }

    private byte[] DamagedOf(string path, Random random)
    {
        var mutator = new Mutator(random);
        var content = _files[path];
        return path switch
        {
            _ when _containers.TryGetValue(path, out var container) && random.Next(8) > 0 => container.Damaged(random, mutator),
            _ when path.EndsWith(".metadata.json", StringComparison.Ordinal) && random.Next(8) > 0 => mutator.Json(content),

            // Footers are a small part of a file, and most of what can go wrong.
            _ when path.EndsWith(".parquet", StringComparison.Ordinal) && random.Next(4) > 0 => mutator.Bytes(content, FooterStartOf(content), content.Length),
            _ => mutator.Bytes(content),
        };
    }

    private static int FooterStartOf(byte[] content) => Math.Max(0, content.Length - 8 - BitConverter.ToInt32(content, content.Length - 8));

    private async Task ReadAsync(string? damagedPath, byte[]? damaged)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        foreach (var (path, content) in _files)
        {
            await store.PutAsync($"{Folder}/{path}", path == damagedPath ? damaged : content, default);
        }

        var table = await TableFolder.LoadMovedTableAsync(store, Folder, default);
        var scan = new TableScan(table.Store, table.Metadata);
        scan = scan.Select(scan.Schema.Fields.Where(f => f.Type is not (IcebergType.Unknown or IcebergType.Variant)).ToArray());
        await foreach (var batch in scan.ReadAsync(default))
        {
            batch.Dispose();
        }
    }
}
