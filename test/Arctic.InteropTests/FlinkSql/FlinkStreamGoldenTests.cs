using System.Text.Json;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>
/// The streaming statements of Flink 2.3.0's recorded answers, run in streaming over the recorded feeds: column names and types, and the changelog applied as a multiset, must equal
/// the recorded ones, and where one source defines the order of changes the changelog itself. What does not is listed in <c>expected-failures/flink-stream.txt</c>, which may only
/// shrink; lines with <c>order</c> are statements of which only the order differs, those with <c>chance</c> are not run: which of several sources comes first decides their answer.
/// </summary>
public class FlinkStreamGoldenTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("07-stream")]
    [InlineData("08-window")]
    [InlineData("13-stream2")]
    public async Task Streaming_statements_give_the_recorded_changes(string theme)
    {
        var folder = Golden.Find("flink-sql");
        if (folder is null)
        {
            Assert.Skip("The recorded answers are not on this machine.");
        }

        var statements = RecordedStream.Read(folder, theme);
        var expected = ReadExpectedFailures(theme);
        var failures = new Dictionary<string, string>();
        var tables = new List<string>();
        foreach (var statement in statements.Where(s => !expected.Contains("chance " + s.Key)))
        {
            if (await FindDifferenceAsync(statement, tables, folder, TestContext.Current.CancellationToken) is { } reason)
            {
                failures.Add((reason.StartsWith("order ", StringComparison.Ordinal) ? "order " : "") + statement.Key, reason);
            }
        }

        output.WriteLine($"flink-sql {theme}: {statements.Count} cases, {statements.Count - failures.Count} equal");
        var unexpected = failures.Where(f => !expected.Contains(f.Key)).Select(f => $"{theme} {f.Key}\n    {f.Value}").ToList();
        var repaired = expected.Except(failures.Keys).Where(e => !e.StartsWith("chance ", StringComparison.Ordinal)).ToList();
        Assert.True(unexpected.Count == 0, $"{unexpected.Count} statements differ:\n{string.Join("\n", unexpected)}");
        Assert.True(repaired.Count == 0, $"Equal now, take them off the list of expected failures:\n{string.Join("\n", repaired)}");
    }

    private static HashSet<string> ReadExpectedFailures(string theme) =>
        File.ReadLines(Path.Combine(Repository.Root, "test", "Arctic.InteropTests", "expected-failures", "flink-stream.txt"))
            .Where(l => l.StartsWith(theme + " ", StringComparison.Ordinal))
            .Select(l => l[(theme.Length + 1)..])
            .ToHashSet();

    // Null when the answers are equal.
    private static async Task<string?> FindDifferenceAsync(RecordedStream stream, List<string> tables, string folder, CancellationToken cancellationToken)
    {
        var options = new Dictionary<string, string>(stream.Statement.Options)
        {
            ["execution.runtime-mode"] = "streaming",
            ["execution.checkpointing.interval"] = "0 ms",
            ["parallelism.default"] = "1",
        };
        var sql = stream.Statement.Sql.Replace("DATA/", Path.Combine(folder, "data") + "/", StringComparison.Ordinal);
        var mustFail = stream is { IsDefinition: false, Statement.Rows: null };
        RowSchema schema;
        var changes = new List<Change>();
        var connector = new FeedConnector(stream.Feeds.ToDictionary(f => f.Name));
        try
        {
            await using var session = new SessionBuilder { Options = options, Random = new Random(1), Connectors = [connector] }.Build();
            foreach (var definition in tables.Concat(stream.Feeds.Select(f => $"CREATE TABLE {f.Name} ({f.Columns}) WITH ('connector' = 'feed', 'feed' = '{f.Name}')")))
            {
                await using var created = await session.ExecuteAsync(definition, cancellationToken);
            }

            await using var result = await session.ExecuteAsync(sql, cancellationToken);
            schema = result.Schema;
            await foreach (var batch in result.ReadAsync(cancellationToken))
            {
                changes.AddRange(Change.Of(batch));
            }
        }
        catch (ArcticException error)
        {
            return mustFail ? null : $"error {error.Message}";
        }

        if (stream.IsDefinition)
        {
            tables.Add(sql);
            return null;
        }

        return mustFail ? "an error was expected"
            : FindDifference(stream.Statement.Types, schema) ?? FindDifference(stream, changes, connector.ReaderCount == 1);
    }

    private static string? FindDifference(IReadOnlyList<string>? recordedTypes, RowSchema schema)
    {
        var recorded = string.Join(", ", recordedTypes?.Select(t => t.Replace(" *ROWTIME*", "", StringComparison.Ordinal).Replace(" *PROCTIME*", "", StringComparison.Ordinal)) ?? []);
        var ours = string.Join(", ", schema.Fields.Select(f => f.Type));
        return recordedTypes is null || recorded == ours ? null : $"types {ours}, expected {recorded}";
    }

    private static string? FindDifference(RecordedStream stream, List<Change> changes, bool isReadOnce)
    {
        var left = new List<Change>();
        foreach (var change in changes)
        {
            if (change.IsAddition)
            {
                left.Add(change);
            }
            else if (left.FindIndex(c => c.Text == change.Text) is var found and >= 0)
            {
                left.RemoveAt(found);
            }
            else
            {
                return $"takes back {change.Text}, which is not there";
            }
        }

        if (stream.Final is not { } final)
        {
            return "is no query";
        }

        var recorded = final.EnumerateArray().ToList();
        var unmatched = new List<Change>(left);
        foreach (var row in recorded)
        {
            if (unmatched.FindIndex(c => c.Equals(row, 0)) is var found and >= 0)
            {
                unmatched.RemoveAt(found);
            }
            else
            {
                return $"final rows {string.Join(" ", left.Select(c => c.Text))}, expected {string.Join(" ", recorded)}";
            }
        }

        if (unmatched.Count > 0)
        {
            return $"{unmatched.Count} rows too many: {string.Join(" ", unmatched.Select(c => c.Text))}";
        }

        var expected = stream.Statement.Rows!.Value.EnumerateArray().ToList(); // a statement with rows
        var isSame = expected.Count == changes.Count && expected.Zip(changes).All(p => p.First[0].GetString() == p.Second.Kind && p.Second.Equals(p.First, 1));
        return isSame || !isReadOnce || stream.IsOrderOpen ? null
            : $"order of changes {string.Join(" ", changes.Select(c => c.Kind + c.Text))}, expected {string.Join(" ", expected)}";
    }

    /// <summary>One row of a changelog.</summary>
    private sealed class Change(RowKind kind, IReadOnlyList<Column> columns, int row)
    {
        public string Kind { get; } = kind switch { RowKind.Insert => "+I", RowKind.UpdateBefore => "-U", RowKind.UpdateAfter => "+U", _ => "-D" };

        public bool IsAddition { get; } = kind is RowKind.Insert or RowKind.UpdateAfter;

        public string Text { get; } = $"[{string.Join(", ", columns.Select(c => ValueText.FormatForDisplay(c, row, TimeZoneInfo.Utc)))}]";

        public static IEnumerable<Change> Of(ChangeBatch batch)
        {
            using var copy = batch.Gather(Enumerable.Range(0, batch.RowCount).Select(i => batch.Selection is { } selection ? selection.Span[i] : i).ToArray());
            return Enumerable.Range(0, copy.RowCount).Select(i => new Change(copy.KindAt(i), copy.Columns, i)).ToList();
        }

        public bool Equals(JsonElement recorded, int skip) =>
            recorded.ValueKind == JsonValueKind.Array && recorded.GetArrayLength() == columns.Count + skip
            && columns.Select((c, i) => RecordedValue.Equals(recorded[i + skip], c, row)).All(e => e);
    }
}
