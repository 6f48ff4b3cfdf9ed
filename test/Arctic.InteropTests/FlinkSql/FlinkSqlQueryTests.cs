using System.Text.Json;
using System.Text.RegularExpressions;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>
/// Queries of Flink 2.3.0's recorded answers, over its csv tables: names, types, nullability and rows of ours must equal them, or fail where they failed; in
/// order where ORDER BY asks for one. What does not is listed in <c>expected-failures/flink-sql.txt</c>, which may only shrink.
/// </summary>
public sealed partial class FlinkSqlQueryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("06-query")]
    [InlineData("06b-correlated-values")]
    [InlineData("11-runtime")]
    [InlineData("12-runtime2")]
    public async Task Queries_give_the_recorded_answers(string theme)
    {
        var folder = Golden.Find("flink-sql");
        if (folder is null)
        {
            Assert.Skip("The recorded answers are not on this machine.");
        }

        var scratch = Directory.CreateTempSubdirectory("arctic-flink-sql");
        try
        {
            await using var session = new SessionBuilder
            {
                Options = new Dictionary<string, string> { ["execution.runtime-mode"] = "batch", ["parallelism.default"] = "1" },
                Random = new Random(1),
            }.Build();
            var outcomes = new List<RecordedOutcome>();
            foreach (var statement in RecordedStatement.Read(folder, theme))
            {
                var sql = statement.Sql.Replace("DATA/", Path.Combine(folder, "data") + "/", StringComparison.Ordinal).Replace("TMP/", scratch.FullName + "/", StringComparison.Ordinal);
                outcomes.Add(new RecordedOutcome(statement.Key, await FindDifferenceAsync(session, sql, statement)));
            }

            ExpectedFailures.Check(theme, outcomes, output);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // Null when the answers are equal.
    private static async Task<string?> FindDifferenceAsync(Session session, string sql, RecordedStatement statement)
    {
        try
        {
            await ExecuteAsync(session, $"SET 'table.local-time-zone' = '{statement.Options.GetValueOrDefault("table.local-time-zone", "UTC")}'");
            await using var result = await session.ExecuteAsync(sql, TestContext.Current.CancellationToken);
            var rows = new List<RecordedRow>();
            await foreach (var batch in result.ReadAsync(TestContext.Current.CancellationToken))
            {
                rows.AddRange(RecordedRow.Of(batch));
            }

            return statement switch
            {
                { IsStatement: true } => null,
                { Rows: { } recorded } => FindDifference(statement, recorded, result.Schema) ?? FindDifference(recorded, rows, TopOrder().IsMatch(sql)),
                _ => $"an error was expected, the answer was {result.Schema}: {string.Join(" ", rows)}",
            };
        }
        catch (ArcticException e)
        {
            return statement is { IsStatement: false, Rows: null } ? null : $"error {e.Message}";
        }
    }

    private static async Task ExecuteAsync(Session session, string sql)
    {
        await using var result = await session.ExecuteAsync(sql, TestContext.Current.CancellationToken);
    }

    private static string? FindDifference(RecordedStatement statement, JsonElement rows, RowSchema schema)
    {
        // Where Flink failed and we do not, only our rows are known.
        if (statement is not { Names: { } names, Types: { } types })
        {
            return null;
        }

        if (!names.SequenceEqual(schema.Fields.Select(f => f.Name)))
        {
            return $"columns {string.Join(", ", schema.Fields.Select(f => f.Name))}, expected {string.Join(", ", names)}";
        }

        for (var i = 0; i < schema.Count; i++)
        {
            // A column in which our answer is NULL where Flink made a value up is nullable.
            var column = i;
            var isOurNull = types[i] == schema[i].Type.AsNotNull().ToString() && rows.EnumerateArray().Any(r => r[column].ValueKind == JsonValueKind.Null);
            if (types[i] != schema[i].Type.ToString() && !isOurNull)
            {
                return $"column {i + 1} has the type {schema[i].Type}, expected {types[i]}";
            }
        }

        return null;
    }

    private static string? FindDifference(JsonElement recorded, List<RecordedRow> rows, bool isOrdered)
    {
        var left = rows.ToList();
        var place = 0;
        foreach (var expected in recorded.EnumerateArray())
        {
            var index = isOrdered ? (place < rows.Count && rows[place].Equals(expected) ? 0 : -1) : left.FindIndex(r => r.Equals(expected));
            if (index < 0)
            {
                return $"no row {expected}{(isOrdered ? $" at place {place + 1}" : "")} in {string.Join(" ", rows)}";
            }

            left.RemoveAt(index);
            place++;
        }

        return left.Count == 0 ? null : $"rows that were not expected: {string.Join(" ", left)}";
    }

    [GeneratedRegex(@"ORDER\s+BY[^)]*(\([^)]*\)[^)]*)*$", RegexOptions.IgnoreCase)]
    private static partial Regex TopOrder();
}

/// <summary>A row of ours with the batch that holds it.</summary>
internal sealed class RecordedRow(IReadOnlyList<Columnar.Columns.Column> columns, int row)
{
    /// <summary>The rows of a batch, which may be disposed afterwards.</summary>
    public static IEnumerable<RecordedRow> Of(ChangeBatch batch)
    {
        var dense = batch.Columns.Select(c => Columnar.Columns.ColumnGather.Gather(c, batch.Selection is { } selection ? selection.Span : Enumerable.Range(0, batch.ColumnLength).ToArray())).ToList();
        return Enumerable.Range(0, batch.RowCount).Select(i => new RecordedRow(dense, i)).ToList();
    }

    /// <summary>Whether the recorded values are these.</summary>
    public bool Equals(JsonElement recorded) => recorded.GetArrayLength() == columns.Count && columns.Select((c, i) => RecordedValue.Equals(recorded[i], c, row)).All(e => e);

    public override string ToString() => $"[{string.Join(", ", columns.Select(c => RecordedValue.Format(c, row)))}]";
}
