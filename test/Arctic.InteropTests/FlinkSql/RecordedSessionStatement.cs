using System.Text.Json;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>A statement that was recorded as one of a session, with what it gave.</summary>
/// <param name="Key">How the list of expected failures names it: the statement, with its number when it was run before.</param>
/// <param name="Sql">As it was run, <c>TMP</c> and <c>DATA</c> included.</param>
/// <param name="IsStreaming">Whether the session's runtime mode was streaming.</param>
/// <param name="Options">Session options in force.</param>
/// <param name="Columns">Names and types of the result; null when it gave no rows.</param>
/// <param name="Rows">The rows; null when it gave none.</param>
/// <param name="Error">The error; null when it succeeded.</param>
internal sealed record RecordedSessionStatement(
    string Key, string Sql, bool IsStreaming, IReadOnlyDictionary<string, string> Options, IReadOnlyList<(string Name, string Type)>? Columns, JsonElement? Rows, string? Error)
{
    // Of the Java method that recorded the answers, which runs no statements of the client and the gateway.
    private static readonly string[] ApiErrors = ["Unsupported SQL query! executeSql()", "doesn't support ExecutableOperation", "does not support ExecutableOperation", "listProcedures is not implemented"];

    /// <summary>Whether the answer is one of SQL; false when it says what the recording program cannot do.</summary>
    public bool IsAnswer => !ApiErrors.Any(e => Error?.Contains(e, StringComparison.Ordinal) == true);

    /// <summary>The statements of a theme, in their order.</summary>
    public static IReadOnlyList<RecordedSessionStatement> Read(string folder, string theme)
    {
        var runs = new Dictionary<string, int>();
        return File.ReadLines(Path.Combine(folder, theme + ".jsonl")).Select(l => Make(JsonDocument.Parse(l).RootElement, runs)).ToList();
    }

    private static RecordedSessionStatement Make(JsonElement record, Dictionary<string, int> runs)
    {
        var sql = TextOf(record, "sql")!; // always there
        var run = runs[sql] = runs.GetValueOrDefault(sql) + 1;
        return new RecordedSessionStatement(
            run == 1 ? sql : $"[{run}] {sql}",
            sql,
            TextOf(record, "mode") == "streaming",
            record.TryGetProperty("set", out var set) ? set.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "") : [],
            record.TryGetProperty("columns", out var columns) ? columns.EnumerateArray().Select(c => (c[0].GetString()!, c[1].GetString()!)).ToList() : null, // always text
            record.TryGetProperty("rows", out var rows) ? rows : null,
            TextOf(record, "error"));
    }

    private static string? TextOf(JsonElement record, string property) => record.TryGetProperty(property, out var value) ? value.GetString() : null;
}
