using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Arctic.Columnar;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.InteropTests.Mixed;
using Arctic.Storage.ObjectStores;

namespace Arctic.InteropTests;

/// <summary>A table that another implementation wrote, with what is expected of it.</summary>
/// <param name="Name">With the folder in front: <c>engines/types.1</c>.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="RowCount">The rows that it has.</param>
internal sealed record GoldenIcebergTable(string Name, string Folder, long RowCount)
{
    /// <summary>The rows, one JSON object a line; null when only their number is known.</summary>
    public string? RowsFile => FindFile("rows.jsonl");

    /// <summary>Rows of another question about the table; null when there is none.</summary>
    public string? ExtraFile => FindFile("extra.jsonl");

    /// <summary>What the case shows, and what question <see cref="ExtraFile"/> answers.</summary>
    public string Case => FindFile("case.txt") is { } file ? File.ReadAllText(file) : "";

    /// <summary>All tables; null when they are not here.</summary>
    public static IReadOnlyList<GoldenIcebergTable>? FindAll() => Golden.Find("index.json") is { } index && Golden.Find("engines/index.json") is { } engines
        ? [.. Cases(index, ""), .. Cases(engines, "engines/")]
        : null;

    /// <summary>The tables that are not read, by name, with the reason.</summary>
    public static Dictionary<string, string> ReadExceptions() => ReadList("golden-exceptions.txt");

    /// <summary>Hashes of the rows of tables without a file of rows, by name; once found right by others.</summary>
    public static Dictionary<string, string> ReadHashes() => ReadList("golden-rows.txt").ToDictionary(p => p.Key, p => p.Value.Split(' ')[0], StringComparer.Ordinal);

    /// <summary>Opens the table where it lies now.</summary>
    public ValueTask<IcebergTable> OpenAsync()
    {
        // The engines' tables lie in 'table/'; files that they keep outside of it lie beside it.
        var root = Path.Combine(Folder, "table");
        if (!Directory.Exists(root))
        {
            return TableFolder.LoadMovedTableAsync(new LocalObjectStore(), Folder, TestContext.Current.CancellationToken);
        }

        var name = Path.GetFileName(Folder).Split('.')[0];
        IObjectStore store = new LocalObjectStore();
        store = new RelocatingObjectStore(store, $"file:/golden/ice/raw/{name}", Path.Combine(Folder, "raw"));
        store = new RelocatingObjectStore(store, $"file:/golden/ice/elsewhere/{name}", Path.Combine(Folder, "elsewhere"));
        store = new RelocatingObjectStore(store, $"file:/golden/ice/py/raw_{name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..]}", Path.Combine(Folder, "raw"));
        return TableFolder.LoadMovedTableAsync(store, root, TestContext.Current.CancellationToken);
    }

    /// <summary>All rows of a scan as the golden files print them, sorted.</summary>
    public static async Task<List<string>> ReadAsync(TableScan scan)
    {
        var rows = await ReadAsync(scan.ReadAsync(TestContext.Current.CancellationToken), scan.Columns);
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    /// <summary>All rows of batches in their order.</summary>
    /// <param name="columns">Tell which are uuids.</param>
    /// <param name="withKind">Whether each row begins with what it does.</param>
    public static async Task<List<string>> ReadAsync(IAsyncEnumerable<ChangeBatch> batches, IReadOnlyList<NestedField> columns, bool withKind = false)
    {
        var rows = new List<string>();
        await foreach (var batch in batches)
        {
            using (batch)
            {
                rows.AddRange(GoldenRows.Of(batch, withKind).Select(r => WithUuids(r, columns)));
            }
        }

        return rows;
    }

    /// <summary>The lines of a golden file, sorted.</summary>
    public static List<string> ReadLines(string path) => GoldenRows.ReadLines(path).Order(StringComparer.Ordinal).ToList();

    /// <summary>A short hash of sorted rows.</summary>
    public static string HashOf(IEnumerable<string> rows) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows))))[..16];

    private static Dictionary<string, string> ReadList(string file) =>
        File.ReadLines(Path.Combine(Repository.Root, "test", "Arctic.InteropTests", "Iceberg", file))
            .Where(l => l.Length > 0 && !l.StartsWith('#'))
            .Select(l => l.Split(": ", 2))
            .ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);

    private static IEnumerable<GoldenIcebergTable> Cases(string index, string prefix)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(index));
        foreach (var item in json.RootElement.EnumerateArray())
        {
            var name = item.GetProperty("name").GetString()!;
            yield return new(prefix + name, Path.Combine(Path.GetDirectoryName(index)!, name), item.GetProperty("rows").GetInt64());
        }
    }

    // A uuid is sixteen bytes in SQL; the golden rows print it as such.
    private static string WithUuids(string row, IReadOnlyList<NestedField> columns)
    {
        if (!columns.Any(f => f.Type is IcebergType.Uuid))
        {
            return row;
        }

        var json = JsonNode.Parse(row)!.AsObject();
        foreach (var field in columns.Where(f => f.Type is IcebergType.Uuid))
        {
            json[field.Name] = json[field.Name]?.GetValue<string>() is { } hex ? new Guid(Convert.FromHexString(hex["hex:".Length..]), bigEndian: true).ToString() : null;
        }

        return json.ToJsonString();
    }

    private string? FindFile(string name) => Path.Combine(Folder, name) is var path && File.Exists(path) ? path : null;
}
