using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Sql.Binding;

namespace Arctic.UnitTests.Sql.Binding;

/// <summary>The names and types of Flink's results are ours too; values are checked where expressions are run.</summary>
public sealed class RecordedTypesTests
{
    [Theory]
    [InlineData("01-arith", 1.0)]
    [InlineData("02-cast", 0.998)] // PARSE_JSON is not there yet.
    public void Recorded_columns_are_ours(string theme, double shareMin)
    {
        var preferred = PreferredAnswers();
        var equal = 0;
        var differences = new List<string>();
        foreach (var statement in RecordedStatement.Load(theme).Where(s => s.Columns is not null && !preferred.Contains(s.Sql)))
        {
            var ours = Describe(statement.Sql);
            var recorded = string.Join(", ", statement.Columns!.Select(c => $"{c.Name} {c.Type}"));
            if (ours == recorded)
            {
                equal++;
            }
            else
            {
                differences.Add($"{statement.Sql}\n  recorded: {recorded}\n  ours: {ours}");
            }
        }

        Assert.True(equal >= shareMin * (equal + differences.Count), $"{equal} of {equal + differences.Count} are equal:\n{string.Join('\n', differences)}");
    }

    [Theory]
    [InlineData("01-arith")]
    [InlineData("02-cast")]
    public void What_validation_refuses_the_binder_refuses(string theme)
    {
        var preferred = PreferredAnswers();
        var accepted = RecordedStatement.Load(theme)
            .Where(s => s.Error is { } error && error.StartsWith("ValidationException", StringComparison.Ordinal) && !preferred.Contains(s.Sql))
            .Where(s => !Describe(s.Sql).StartsWith("error", StringComparison.Ordinal))
            .Select(s => $"{s.Sql}\n  recorded: {s.Error}\n  ours: {Describe(s.Sql)}")
            .ToList();

        Assert.True(accepted.Count == 0, $"{accepted.Count} are accepted:\n{string.Join('\n', accepted)}");
    }

    private static string Describe(string sql)
    {
        try
        {
            return string.Join(", ", Binder.BindExpressionQuery(sql).Schema.Fields.Select(f => $"{f.Name} {f.Type}"));
        }
        catch (ArcticException e)
        {
            return e.ToUserText();
        }
    }

    // Statements whose answer differs on purpose (exceptions.jsonl).
    private static HashSet<string> PreferredAnswers()
    {
        var path = Golden.Find("flink-sql/exceptions.jsonl");
        return path is null ? [] : File.ReadLines(path).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("sql").GetString()!).ToHashSet(StringComparer.Ordinal);
    }
}
