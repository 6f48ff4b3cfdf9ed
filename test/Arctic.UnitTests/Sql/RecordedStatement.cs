using System.Text.Json;

namespace Arctic.UnitTests.Sql;

/// <summary>One statement with the answer that Flink gave (golden/flink-sql/README.md).</summary>
internal sealed record RecordedStatement(string Sql, JsonElement Record)
{
    /// <summary>The error; null when the statement succeeded.</summary>
    public string? Error => Record.TryGetProperty("error", out var error) ? error.GetString() : null;

    /// <summary>Whether Flink's parser refused it.</summary>
    public bool IsSyntaxError => Error is { } error && (error.StartsWith("SqlParserException", StringComparison.Ordinal) || error.StartsWith("SqlParserEOFException", StringComparison.Ordinal));

    /// <summary>Names and types of the result; null without a result.</summary>
    public IReadOnlyList<(string Name, string Type)>? Columns =>
        Record.TryGetProperty("columns", out var columns) ? columns.EnumerateArray().Select(c => (c[0].GetString()!, c[1].GetString()!)).ToList() : null;

    /// <summary>Whether it was run in streaming mode.</summary>
    public bool IsStreaming => Record.TryGetProperty("mode", out var mode) && mode.GetString() == "streaming";

    /// <summary>The records of a theme, in order; skips the test when this machine has none.</summary>
    public static IReadOnlyList<RecordedStatement> Load(string theme)
    {
        var path = Golden.Find($"flink-sql/{theme}.jsonl");
        Assert.SkipWhen(path is null, "No recorded answers here: set ARCTIC_GOLDEN.");
        return File.ReadLines(path!).Select(line => JsonDocument.Parse(line).RootElement).Select(r => new RecordedStatement(r.GetProperty("sql").GetString()!, r)).ToList();
    }
}
