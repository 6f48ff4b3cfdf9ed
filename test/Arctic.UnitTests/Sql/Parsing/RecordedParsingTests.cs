using Arctic.Columnar.Errors;
using Arctic.Sql.Parsing;

namespace Arctic.UnitTests.Sql.Parsing;

/// <summary>What Flink's parser takes and refuses, ours does too.</summary>
public sealed class RecordedParsingTests
{
    // Flink's parser refuses these; ours takes them, and they are refused later or harmless.
    private static readonly HashSet<string> Taken = new(StringComparer.Ordinal)
    {
        "SELECT CAST(X'01' AS BLOB)", // The binder refuses the type, with a suggestion.
        "CREATE TABLE ty6 (a INTERVAL DAY TO SECOND(3)) WITH ('connector'='datagen')", // Refused when the table is defined.
        "DESCRIBE FUNCTION EXTENDED UPPER", // UPPER is no keyword of ours.
    };

    // Flink takes these; ours does not yet. This list may only shrink.
    private static readonly string[] NotYet = [" TABLESAMPLE ", " MATCH_RECOGNIZE "];

    [Theory]
    [InlineData("01-arith")]
    [InlineData("02-cast")]
    [InlineData("03-string")]
    [InlineData("04-datetime")]
    [InlineData("05-math-coll")]
    [InlineData("06-query")]
    [InlineData("07-stream")]
    [InlineData("08-window")]
    [InlineData("09-parser")]
    [InlineData("10-ddl")]
    [InlineData("11-runtime")]
    [InlineData("12-runtime2")]
    [InlineData("13-stream2")]
    public void Recorded_statements_parse_or_are_refused_as_recorded(string theme)
    {
        var differences = new List<string>();
        foreach (var statement in RecordedStatement.Load(theme))
        {
            var refusal = FindRefusal(statement.Sql);
            var isDifferent = refusal is null
                ? statement.IsSyntaxError && !Taken.Contains(statement.Sql)
                : statement.Error is null && !NotYet.Any(n => statement.Sql.Contains(n, StringComparison.Ordinal));
            if (isDifferent)
            {
                differences.Add($"{statement.Sql}\n  recorded: {statement.Error ?? "ok"}\n  ours: {refusal ?? "ok"}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences)}");
    }

    private static string? FindRefusal(string sql)
    {
        try
        {
            _ = SqlParser.Parse(sql);
            return null;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.SyntaxError || e.Code == ErrorCodes.Unsupported)
        {
            return e.ToUserText();
        }
    }
}
