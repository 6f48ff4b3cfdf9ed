using System.Text.Json;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>A recorded statement and the answer that ours must equal.</summary>
/// <param name="Sql">As it was run.</param>
/// <param name="Options">Session options in force.</param>
/// <param name="Types">The types of the result's columns; null when they are not known.</param>
/// <param name="Rows">The rows; null when the statement must fail, or gives none.</param>
internal sealed record RecordedStatement(string Sql, IReadOnlyDictionary<string, string> Options, IReadOnlyList<string>? Types, JsonElement? Rows)
{
    /// <summary>The names of the result's columns; null when they are not known.</summary>
    public IReadOnlyList<string>? Names { get; private init; }

    /// <summary>Whether it gives no rows, and must not fail: DDL or INSERT.</summary>
    public bool IsStatement { get; private init; }

    /// <summary>The statement and the options that matter to it: how a list of failures names it.</summary>
    public string Key => Options.TryGetValue("table.local-time-zone", out var zone) ? $"[{zone}] {Sql}" : Sql;

    /// <summary>The statements of a theme, with the answers that we deliberately give otherwise in the place of Flink's.</summary>
    public static IReadOnlyList<RecordedStatement> Read(string folder, string theme)
    {
        var ours = File.ReadLines(Path.Combine(folder, "exceptions.jsonl"))
            .Select(l => JsonDocument.Parse(l).RootElement)
            .Where(e => e.GetProperty("theme").GetString() == theme)
            .ToDictionary(e => KeyOf(e), e => e.GetProperty("ours"));
        return File.ReadLines(Path.Combine(folder, theme + ".jsonl")).Select(l => Make(JsonDocument.Parse(l).RootElement, ours)).ToList();
    }

    private static RecordedStatement Make(JsonElement record, Dictionary<string, JsonElement> ours)
    {
        var hasColumns = record.TryGetProperty("columns", out var columns);
        var types = hasColumns ? columns.EnumerateArray().Select(c => c[1].GetString()!).ToList() : null; // always text
        JsonElement? rows = record.TryGetProperty("rows", out var recorded) ? recorded : null;
        if (ours.TryGetValue(KeyOf(record), out var other))
        {
            rows = other.TryGetProperty("rows", out var replaced) ? replaced : null;
        }

        return new RecordedStatement(SqlOf(record), OptionsOf(record), types, rows)
        {
            Names = hasColumns ? columns.EnumerateArray().Select(c => c[0].GetString()!).ToList() : null, // as above
            IsStatement = record.TryGetProperty("ok", out _),
        };
    }

    private static string SqlOf(JsonElement record) => record.GetProperty("sql").GetString()!; // always there

    private static string KeyOf(JsonElement record) => SqlOf(record) + "|" + string.Join(",", OptionsOf(record).OrderBy(o => o.Key).Select(o => $"{o.Key}={o.Value}"));

    private static Dictionary<string, string> OptionsOf(JsonElement record) =>
        record.TryGetProperty("set", out var set) && set.ValueKind == JsonValueKind.Object
            ? set.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "")
            : [];
}
