using Arctic.Columnar.Errors;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.InteropTests;

/// <summary>Tables that other implementations wrote are read with the rows that they have. What cannot be read yet stands, with its reason, in <c>Iceberg/golden-exceptions.txt</c>.</summary>
public sealed class IcebergGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Tables_of_other_implementations_are_read_right()
    {
        if (GoldenIcebergTable.FindAll() is not { } tables)
        {
            Assert.Skip("The golden tables are not here; see CONTRIBUTING.md.");
            return;
        }

        var exceptions = GoldenIcebergTable.ReadExceptions();
        var hashes = GoldenIcebergTable.ReadHashes();
        var problems = new List<string>();
        var equal = 0;
        foreach (var table in tables)
        {
            var problem = await ProblemOfAsync(table, hashes);
            if (problem is null)
            {
                equal++;
            }

            if (problem is null == exceptions.ContainsKey(table.Name))
            {
                problems.Add(problem is null ? $"{table.Name}: is listed as an exception, but equal; take it out of the list." : $"{table.Name}: {problem}");
            }
        }

        var line = $"iceberg golden: {tables.Count} tables, {equal} equal, {exceptions.Count} listed exceptions";
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private static async Task<string?> ProblemOfAsync(GoldenIcebergTable golden, Dictionary<string, string> hashes)
    {
        try
        {
            var table = await golden.OpenAsync();
            var scan = new TableScan(table.Store, table.Metadata);

            // Spark leaves columns of type unknown out of its rows.
            var rows = await GoldenIcebergTable.ReadAsync(scan.Select(scan.Schema.Fields.Where(f => f.Type is not IcebergType.Unknown).ToArray()));
            if (rows.Count != golden.RowCount)
            {
                return $"{rows.Count} rows instead of {golden.RowCount}";
            }

            return golden.RowsFile is { } file ? DifferenceOf(GoldenIcebergTable.ReadLines(file), rows)
                : GoldenIcebergTable.HashOf(rows) is var hash && hash == hashes.GetValueOrDefault(golden.Name) ? null
                : $"rows of the hash {hash} instead of {hashes.GetValueOrDefault(golden.Name)}:\n    {string.Join("\n    ", rows.Take(20))}";
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
}
