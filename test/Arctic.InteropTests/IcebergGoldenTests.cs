using System.Text.Json;
using System.Text.Json.Nodes;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.InteropTests.Mixed;
using Arctic.Storage.ObjectStores;

namespace Arctic.InteropTests;

/// <summary>Tables that other implementations wrote are read with the rows that they have. What cannot be read yet stands, with its reason, in <c>Iceberg/golden-exceptions.txt</c>.</summary>
public sealed class IcebergGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Tables_of_other_implementations_are_read_right()
    {
        if (Golden.Find("index.json") is not { } index || Golden.Find("engines/index.json") is not { } engines)
        {
            Assert.Skip("The golden tables are not here; see CONTRIBUTING.md.");
            return;
        }

        var exceptions = ReadExceptions();
        var problems = new List<string>();
        int tables = 0, equal = 0;
        foreach (var (name, rows, folder) in Cases(index, "").Concat(Cases(engines, "engines/")))
        {
            tables++;
            var problem = await ProblemOfAsync(folder, rows);
            if (problem is null)
            {
                equal++;
            }

            if (problem is null == exceptions.ContainsKey(name))
            {
                problems.Add(problem is null ? $"{name}: is listed as an exception, but equal; take it out of the list." : $"{name}: {problem}");
            }
        }

        var line = $"iceberg golden: {tables} tables, {equal} equal, {exceptions.Count} listed exceptions";
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private static IEnumerable<(string Name, long Rows, string Folder)> Cases(string index, string prefix)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(index));
        foreach (var item in json.RootElement.EnumerateArray())
        {
            var name = item.GetProperty("name").GetString()!;
            yield return (prefix + name, item.GetProperty("rows").GetInt64(), Path.Combine(Path.GetDirectoryName(index)!, name));
        }
    }

    private static async Task<string?> ProblemOfAsync(string folder, long expectedCount)
    {
        try
        {
            var rows = await ReadAsync(folder);
            if (rows.Count != expectedCount)
            {
                return $"{rows.Count} rows instead of {expectedCount}";
            }

            var expected = Path.Combine(folder, "rows.jsonl");
            return File.Exists(expected) ? DifferenceOf(GoldenRows.ReadLines(expected).Order(StringComparer.Ordinal).ToList(), rows.Order(StringComparer.Ordinal).ToList()) : null;
        }
        catch (ArcticException e)
        {
            return $"{e.Code.Name}: {e.Message}";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One table's bug must not hide the others.
            return e.ToString();
        }
    }

    private static string? DifferenceOf(List<string> expected, List<string> found) =>
        Enumerable.Range(0, expected.Count).Where(i => expected[i] != found[i]).Select(i => $"expected {expected[i]}\n    found {found[i]}").FirstOrDefault();

    private static async Task<List<string>> ReadAsync(string folder)
    {
        var table = await OpenAsync(folder);
        var scan = new TableScan(table.Store, table.Metadata);

        // Spark leaves columns of type unknown out of its rows.
        scan = scan.Select(scan.Schema.Fields.Where(f => f.Type is not IcebergType.Unknown).ToArray());
        var rows = new List<string>();
        await foreach (var batch in scan.ReadAsync(TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                rows.AddRange(GoldenRows.Of(batch).Select(r => WithUuids(r, scan.Schema)));
            }
        }

        return rows;
    }

    private static ValueTask<IcebergTable> OpenAsync(string folder)
    {
        // The engines' tables lie in 'table/'; files that they keep outside of it lie beside it.
        var root = Path.Combine(folder, "table");
        if (!Directory.Exists(root))
        {
            return TableFolder.LoadMovedTableAsync(new LocalObjectStore(), folder, TestContext.Current.CancellationToken);
        }

        var name = Path.GetFileName(folder).Split('.')[0];
        IObjectStore store = new LocalObjectStore();
        store = new RelocatingObjectStore(store, $"file:/golden/ice/raw/{name}", Path.Combine(folder, "raw"));
        store = new RelocatingObjectStore(store, $"file:/golden/ice/elsewhere/{name}", Path.Combine(folder, "elsewhere"));
        store = new RelocatingObjectStore(store, $"file:/golden/ice/py/raw_{name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..]}", Path.Combine(folder, "raw"));
        return TableFolder.LoadMovedTableAsync(store, root, TestContext.Current.CancellationToken);
    }

    // A uuid is sixteen bytes in SQL; the golden rows print it as such.
    private static string WithUuids(string row, Schema schema)
    {
        if (!schema.Fields.Any(f => f.Type is IcebergType.Uuid))
        {
            return row;
        }

        var json = JsonNode.Parse(row)!.AsObject();
        foreach (var field in schema.Fields.Where(f => f.Type is IcebergType.Uuid))
        {
            json[field.Name] = json[field.Name]?.GetValue<string>() is { } hex ? new Guid(Convert.FromHexString(hex["hex:".Length..]), bigEndian: true).ToString() : null;
        }

        return json.ToJsonString();
    }

    private static Dictionary<string, string> ReadExceptions() =>
        File.ReadLines(Path.Combine(Repository.Root, "test", "Arctic.InteropTests", "Iceberg", "golden-exceptions.txt"))
            .Where(l => l.Length > 0 && !l.StartsWith('#'))
            .Select(l => l.Split(": ", 2))
            .ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
}
