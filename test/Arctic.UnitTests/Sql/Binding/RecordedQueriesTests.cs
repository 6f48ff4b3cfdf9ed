using Arctic.Columnar.Errors;
using Arctic.Sql.Parsing;

namespace Arctic.UnitTests.Sql.Binding;

/// <summary>The recorded queries over tables: names and types of their results.</summary>
public sealed class RecordedQueriesTests
{
    // What is not supported yet may only become less.
    private const int EqualMin = 125;

    [Fact]
    public async Task Recorded_columns_are_ours()
    {
        var bench = new SqlBench();
        var equal = 0;
        var refused = 0;
        var differences = new List<string>();
        foreach (var statement in RecordedStatement.Load("06-query"))
        {
            var ours = await DescribeAsync(bench, statement.Sql);
            var recorded = statement.Columns is null ? "" : string.Join(", ", statement.Columns.Select(c => $"{c.Name} {c.Type}"));
            if (statement.Columns is null)
            {
                continue;
            }

            if (ours == recorded)
            {
                equal++;
            }
            else if (ours.StartsWith("error UNSUPPORTED", StringComparison.Ordinal) || ours.Contains("No match found for function signature", StringComparison.Ordinal))
            {
                refused++;
            }
            else
            {
                differences.Add($"{statement.Sql}\n  recorded: {recorded}\n  ours: {ours}");
            }
        }

        Assert.True(differences.Count == 0 && equal >= EqualMin, $"{equal} are equal, {refused} not supported yet, {differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    private static async Task<string> DescribeAsync(SqlBench bench, string sql)
    {
        try
        {
            var plan = await bench.ExecuteAsync(SqlParser.Parse(sql));
            return plan is null ? "" : string.Join(", ", plan.Schema.Fields.Select(f => $"{f.Name} {f.Type}"));
        }
        catch (ArcticException e)
        {
            return e.ToUserText();
        }
    }
}
