using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Arctic.Columnar;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>Nexmark queries over recorded events: what is left of our changelog is what Flink 2.3.0 was left with, in batch and in streaming.</summary>
public sealed partial class NexmarkGoldenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nexmark").FullName;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var query in (string[])["q0", "q1", "q2", "q3", "q4", "q5", "q7", "q8", "q9", "q11", "q14", "q15", "q16", "q17", "q18", "q19", "q20", "q21", "q22"])
            {
                cases.Add(query, "batch");
                cases.Add(query, "streaming");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Query_gives_the_recorded_rows(string query, string mode)
    {
        if (Golden.Find("nexmark") is not { } folder)
        {
            Assert.Skip("The recorded events are not on this machine.");
            return;
        }

        var events = Path.Combine(_folder, "events.jsonl");
        await File.WriteAllLinesAsync(events, ReadLines(Path.Combine(folder, "events.jsonl.gz")), TestContext.Current.CancellationToken);
        var options = new Dictionary<string, string> { ["execution.runtime-mode"] = mode, ["execution.checkpointing.interval"] = "0 ms", ["parallelism.default"] = "2" };
        await using var session = new SessionBuilder { Options = options, Random = new Random(1) }.Build();
        foreach (var table in NexmarkQueries.Tables(events))
        {
            await using var created = await session.ExecuteAsync(table, TestContext.Current.CancellationToken);
        }

        var counts = new Dictionary<string, int>();
        await using var result = await session.ExecuteAsync(NexmarkQueries.TextOf(query), TestContext.Current.CancellationToken);
        await foreach (var batch in result.ReadAsync(TestContext.Current.CancellationToken))
        {
            for (var i = 0; i < batch.RowCount; i++)
            {
                var row = batch.Selection is { } selection ? selection.Span[i] : i;
                Count(counts, string.Join('|', batch.Columns.Select(c => RecordedValue.Format(c, row))), batch.KindAt(row).IsAddition() ? 1 : -1);
            }
        }

        foreach (var line in ReadLines(Path.Combine(folder, query + ".jsonl.gz")))
        {
            using var recorded = JsonDocument.Parse(line);
            Count(counts, string.Join('|', recorded.RootElement.EnumerateObject().Select(p => TextOf(p.Value))), -1);
        }

        Assert.True(counts.Count == 0, $"{query} in {mode}: {counts.Count} rows differ, such as\n{string.Join("\n", counts.Take(6).Select(c => $"{(c.Value > 0 ? "too many" : "missing")}: {c.Key}"))}");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Count(Dictionary<string, int> counts, string row, int change)
    {
        var count = counts.GetValueOrDefault(row) + change;
        if (count == 0)
        {
            counts.Remove(row);
        }
        else
        {
            counts[row] = count;
        }
    }

    // Times are recorded with six digits of a second or none.
    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Fraction().Replace(value.GetString()!, m => m.Value.TrimEnd('0').TrimEnd('.')) // a string, as tested
        : value.GetRawText();

    private static IEnumerable<string> ReadLines(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    [GeneratedRegex(@"(?<=^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+$")]
    private static partial Regex Fraction();
}
