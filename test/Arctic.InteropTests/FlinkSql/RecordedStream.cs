using System.Text.Json;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>A recorded statement of the streaming themes: its sources and the changelog that it gave.</summary>
/// <param name="Statement">The statement and its options; the rows are the changelog, each with its kind before the values.</param>
/// <param name="Feeds">The sources by name.</param>
/// <param name="Final">The changelog applied as a multiset; null when the statement gives no rows.</param>
/// <param name="IsDefinition">Whether it gives no rows but must succeed.</param>
internal sealed record RecordedStream(RecordedStatement Statement, IReadOnlyList<RecordedFeed> Feeds, JsonElement? Final, bool IsDefinition)
{
    /// <summary>How a list of failures names the statement: the options and sources that tell equal statements apart stand before it.</summary>
    public string Key { get; private init; } = "";

    /// <summary>Whether the order of changes is open: those of several inputs go into one, or they are gathered before they are emitted.</summary>
    public bool IsOrderOpen => Statement.Options.ContainsKey("table.exec.mini-batch.enabled") || Statement.Sql.Contains(" UNION ", StringComparison.Ordinal);

    /// <summary>The statements of a theme, in order.</summary>
    public static IReadOnlyList<RecordedStream> Read(string folder, string theme)
    {
        var statements = RecordedStatement.Read(folder, theme);
        var records = File.ReadLines(Path.Combine(folder, theme + ".jsonl")).Select(l => JsonDocument.Parse(l).RootElement);
        var streams = statements.Zip(records, Make).ToList();
        var counts = new Dictionary<string, int>();
        return streams.Select(s =>
        {
            var number = counts[s.Statement.Sql] = counts.GetValueOrDefault(s.Statement.Sql) + 1;
            var key = s.Statement.Sql.ReplaceLineEndings(" ");
            return s with { Key = number == 1 ? key : $"[{number}] {key}" };
        }).ToList();
    }

    private static RecordedStream Make(RecordedStatement statement, JsonElement record)
    {
        List<string> input = record.TryGetProperty("input", out var lines) ? lines.EnumerateArray().Select(l => l.GetString()!).ToList() : []; // always text
        List<RecordedFeed> feeds = record.TryGetProperty("feeds", out var declared)
            ? declared.EnumerateObject().Select(f => RecordedFeed.Make(f.Name, f.Value.GetString()!, input)).ToList() // always text
            : [];
        return new RecordedStream(statement, feeds, record.TryGetProperty("final", out var final) ? final : null, record.TryGetProperty("ok", out _));
    }
}
