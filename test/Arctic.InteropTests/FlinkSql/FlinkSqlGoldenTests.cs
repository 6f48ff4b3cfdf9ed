using System.Text.Json;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding;
using Arctic.Sql.Logical;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>
/// Constant statements of Flink 2.3.0's recorded answers: type, nullability and value of ours must equal them, or fail where they failed.
/// What does not is listed in <c>expected-failures/flink-sql.txt</c>, which may only shrink.
/// </summary>
public class FlinkSqlGoldenTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("01-arith")]
    [InlineData("02-cast")]
    [InlineData("03-string")]
    [InlineData("04-datetime")]
    [InlineData("05-math-coll")]
    public void Constant_statements_give_the_recorded_answers(string theme)
    {
        var folder = Golden.Find("flink-sql");
        if (folder is null)
        {
            Assert.Skip("The recorded answers are not on this machine.");
        }

        ExpectedFailures.Check(theme, RecordedStatement.Read(folder, theme).Select(s => new RecordedOutcome(s.Key, FindDifference(s))).ToList(), output);
    }

    // Null when the answers are equal.
    private static string? FindDifference(RecordedStatement statement)
    {
        var zone = statement.Options.TryGetValue("table.local-time-zone", out var id) ? TimeZoneInfo.FindSystemTimeZoneById(id) : TimeZoneInfo.Utc;
        var settings = new EvaluationSettings { TimeZone = zone, Random = new Random(1) };
        List<(DataType Type, Column Value)> results = [];
        try
        {
            var plan = Binder.BindExpressionQuery(statement.Sql, settings);
            if (plan is not LogicalPlan.Project { Input: LogicalPlan.Values } project)
            {
                return "no plan of constants";
            }

            foreach (var expression in project.Expressions)
            {
                results.Add((expression.Type, ConstantFolder.Evaluate(ConstantFolder.Fold(expression, settings), settings)));
            }
        }
        catch (ArcticException e)
        {
            return statement.Rows is null ? null : $"error {e.Message}";
        }

        if (statement.Rows is not { } rows)
        {
            return $"an error was expected, the answer was {string.Join(", ", results.Select(r => $"{r.Type} {RecordedValue.Format(r.Value, 0)}"))}";
        }

        return results.Select((r, i) => FindDifference(statement.Types?[i], rows[0][i], r.Type, r.Value)).FirstOrDefault(d => d is not null);
    }

    private static string? FindDifference(string? recordedType, JsonElement recorded, DataType type, Column value)
    {
        // A column in which our answer is NULL where Flink made a value up is nullable.
        var isOurNull = recorded.ValueKind == JsonValueKind.Null && recordedType == type.AsNotNull().ToString();
        if (recordedType is not null && recordedType != type.ToString() && !isOurNull)
        {
            return $"type {type}, expected {recordedType}";
        }

        return RecordedValue.Equals(recorded, value, 0) ? null : $"value {RecordedValue.Format(value, 0)}, expected {recorded}";
    }
}
