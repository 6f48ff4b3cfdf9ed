using System.Text.Json;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>
/// Statements of Flink 2.3.0's recorded sessions, run one after another in a session of ours: each must be accepted or refused as it was there, and give the recorded columns and rows.
/// What does not is listed in <c>expected-failures/flink-sql.txt</c>, which may only shrink.
/// </summary>
public class FlinkSqlSessionTests(ITestOutputHelper output)
{
    private static readonly TimeSpan StatementTimeMax = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("09-parser")]
    [InlineData("10-ddl")]
    public async Task Statements_of_a_session_give_the_recorded_answers(string theme)
    {
        var folder = Golden.Find("flink-sql");
        if (folder is null)
        {
            Assert.Skip("The recorded answers are not on this machine.");
        }

        var statements = RecordedSessionStatement.Read(folder, theme).Where(s => s.IsAnswer).ToList();
        var outcomes = new List<RecordedOutcome>();
        var scratch = Directory.CreateTempSubdirectory("arctic-flink-");
        try
        {
            // The recorded session was a new one where the mode changed.
            foreach (var session in statements.GroupBy(s => s.IsStreaming))
            {
                await using var replay = new Replay(session.Key, scratch.FullName, Path.Combine(folder, "data"));
                foreach (var statement in session)
                {
                    outcomes.Add(new RecordedOutcome(statement.Key, await replay.FindDifferenceAsync(statement, TestContext.Current.CancellationToken)));
                }
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }

        ExpectedFailures.Check(theme, outcomes, output);
    }

    // A session of ours that runs what another one ran.
    private sealed class Replay(bool isStreaming, string scratchFolder, string dataFolder) : IAsyncDisposable
    {
        private readonly Session _session = new SessionBuilder
        {
            Options = new Dictionary<string, string>
            {
                ["execution.runtime-mode"] = isStreaming ? "streaming" : "batch",
                ["execution.checkpointing.dir"] = "memory:///checkpoints",
                ["restart-strategy.type"] = "none",
                ["table.dml-sync"] = "true",
            },
            PrintOutput = TextWriter.Null,
        }.Build();

        private IReadOnlyDictionary<string, string> _options = new Dictionary<string, string>();

        public async ValueTask DisposeAsync() => await _session.DisposeAsync();

        // Null when the answers are equal.
        public async Task<string?> FindDifferenceAsync(RecordedSessionStatement statement, CancellationToken cancellationToken)
        {
            await ApplyAsync(statement.Options, cancellationToken);
            var sql = statement.Sql.Replace("'TMP/", $"'{scratchFolder}/", StringComparison.Ordinal).Replace("'DATA/", $"'{dataFolder}/", StringComparison.Ordinal);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(StatementTimeMax);
            try
            {
                await using var result = await _session.ExecuteAsync(sql, limit.Token);
                var batches = new List<ChangeBatch>();
                await foreach (var batch in result.ReadAsync(limit.Token))
                {
                    batches.Add(batch.Retain());
                }

                return statement.Error is not null ? $"an error was expected: {statement.Error.ReplaceLineEndings(" ")}" : FindDifference(statement, result, batches);
            }
            catch (ArcticException e)
            {
                return statement.Error is not null || IsParsedOnly(statement, sql, e) ? null : $"error {e.Message.ReplaceLineEndings(" ")}";
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return "it does not end";
            }
        }

        // What nothing of ours can execute (functions of Java, modules, models) is understood all the same.
        private static bool IsParsedOnly(RecordedSessionStatement statement, string sql, ArcticException error) =>
            error.Code == ErrorCodes.Unsupported && statement.Rows is null && SqlParser.Parse(sql) is Statement.NotExecuted;

        private static string? FindDifference(RecordedSessionStatement statement, QueryResult result, List<ChangeBatch> batches)
        {
            // Plans are ours.
            if (statement.Columns is null || statement.Rows is null || statement.Sql.StartsWith("EXPLAIN", StringComparison.Ordinal))
            {
                return null;
            }

            var columns = result.Schema.Fields.Select(f => (f.Name, Type: f.Type.ToString())).ToList();
            if (!columns.SequenceEqual(statement.Columns))
            {
                return $"columns {string.Join(", ", columns)}, expected {string.Join(", ", statement.Columns)}";
            }

            return statement.Sql.Contains("CURRENT_TIMESTAMP", StringComparison.Ordinal) ? null : FindDifference(statement.Rows.Value, batches);
        }

        private static string? FindDifference(JsonElement recorded, List<ChangeBatch> batches)
        {
            var rows = batches.SelectMany(b => Enumerable.Range(0, b.RowCount).Select(i => (Batch: b, Row: b.Selection is { } selection ? selection.Span[i] : i))).ToList();
            var missing = recorded.EnumerateArray().Where(expected => !TryTake(rows, expected)).Select(r => r.ToString()).ToList();
            return missing.Count == 0 && rows.Count == 0
                ? null
                : $"missing {string.Join("; ", missing)}, too many {string.Join("; ", rows.Select(r => string.Join(", ", r.Batch.Columns.Select(c => RecordedValue.Format(c, r.Row)))))}".ReplaceLineEndings("\\n");
        }

        // Takes out a row that equals the expected one.
        private static bool TryTake(List<(ChangeBatch Batch, int Row)> rows, JsonElement expected)
        {
            var index = rows.FindIndex(r => r.Batch.Columns.Select((c, i) => RecordedValue.Equals(expected[i], c, r.Row)).All(same => same));
            if (index < 0)
            {
                return false;
            }

            rows.RemoveAt(index);
            return true;
        }

        private async Task ApplyAsync(IReadOnlyDictionary<string, string> options, CancellationToken cancellationToken)
        {
            foreach (var key in _options.Keys.Where(k => !options.ContainsKey(k)))
            {
                await using var reset = await _session.ExecuteAsync($"RESET '{key}'", cancellationToken);
            }

            foreach (var (key, value) in options.Where(o => _options.GetValueOrDefault(o.Key) != o.Value))
            {
                await using var set = await _session.ExecuteAsync($"SET '{key}' = '{value}'", cancellationToken);
            }

            _options = options;
        }
    }
}
