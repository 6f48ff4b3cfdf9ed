using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;
using Arctic.SqlLogicTests.Files;
using Arctic.SqlLogicTests.Restoring;

namespace Arctic.SqlLogicTests.Running;

/// <summary>One run of a case file: a session, a warehouse, and the records one after another.</summary>
internal sealed class CaseRun : IAsyncDisposable
{
    private readonly SltFile _file;
    private readonly RunMode _mode;
    private readonly string _dataFolder;
    private readonly string _warehouse;
    private readonly CollectConnector _collected = new();
    private readonly Session _session;
    private readonly InterruptedStatements _interrupted;
    private bool _isSetOpen;

    public CaseRun(SltFile file, RunMode mode, string dataFolder, string warehouse = "memory:///warehouse")
    {
        (_file, _mode, _dataFolder, _warehouse) = (file, mode, dataFolder, warehouse);
        Interruption? next = null;
        _session = new SessionBuilder
        {
            Options = new Dictionary<string, string>
            {
                ["execution.runtime-mode"] = mode == RunMode.Batch ? "batch" : "streaming",
                ["execution.checkpointing.dir"] = "memory:///checkpoints",
                ["execution.checkpointing.interval"] = "0 ms",
                ["parallelism.default"] = mode == RunMode.Parallel ? "3" : "1",
                ["restart-strategy.type"] = "none",
                ["table.dml-sync"] = "true",
            },
            Random = new Random(1),
            Connectors = [_collected],
            PrintOutput = TextWriter.Null,
            SourceDecorator = mode == RunMode.Restore ? source => new InterruptibleSource(source, next) : null,
        }.Build();
        _interrupted = new InterruptedStatements(_session, _collected, interruption => next = interruption);
    }

    /// <summary>The jobs that were killed and went on.</summary>
    public int InterruptionCount => _interrupted.InterruptionCount;

    /// <summary>Runs the records of this mode.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var record in _file.Records.Where(r => r.Modes.Contains(_mode)))
        {
            await CheckAsync(record, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private async Task CheckAsync(SltRecord record, CancellationToken cancellationToken)
    {
        ResultRows rows;
        try
        {
            rows = await ExecuteAsync(record, cancellationToken).ConfigureAwait(false);
            _ = rows.Rows;
        }
        catch (ArcticException error) when (record is SltRecord.Fails fails)
        {
            if (!fails.Pattern.IsMatch(error.ToUserText()))
            {
                throw Failure(record, $"expected an error like\n  {fails.Pattern}\ngot\n  {error.ToUserText()}");
            }

            return;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw error is ArcticException arctic ? Failure(record, arctic.ToUserText()) : Failure(record, $"failed: {error.Message}", error);
        }

        switch (record)
        {
            case SltRecord.Fails fails:
                throw Failure(record, $"expected an error like\n  {fails.Pattern}\nbut it succeeded{Listed(rows.Rows)}");
            case SltRecord.Gives gives when FindDifference(gives, rows.Rows) is { } difference:
                throw Failure(record, difference);
        }
    }

    private async Task<ResultRows> ExecuteAsync(SltRecord record, CancellationToken cancellationToken)
    {
        var sql = record.Sql.Replace("${warehouse}", _warehouse, StringComparison.Ordinal).Replace("${data}", _dataFolder, StringComparison.Ordinal);
        var statement = _session.ParseScript(sql, $"{_file.Name}:{record.Line}").Statements.Single();
        _isSetOpen = statement.Syntax switch
        {
            Statement.BeginStatementSet => true,
            Statement.EndStatementSet => false,
            _ => _isSetOpen,
        };
        _collected.Zone = _session.TimeZone;
        if (_mode == RunMode.Restore && record is not SltRecord.Fails && !_isSetOpen)
        {
            switch (statement.Syntax)
            {
                case Statement.Select:
                    return await _interrupted.SelectAsync(statement, cancellationToken).ConfigureAwait(false);
                case Statement.Insert or Statement.StatementSet:
                    await _interrupted.InsertAsync(statement, cancellationToken).ConfigureAwait(false);
                    return new ResultRows();
            }
        }

        var rows = new ResultRows();
        await using var result = await _session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
        await foreach (var batch in result.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                foreach (var (kind, text) in ResultRows.TextOf(batch, _session.TimeZone))
                {
                    rows.Add(kind, text);
                }
            }
        }

        return rows;
    }

    private string? FindDifference(SltRecord.Gives record, IReadOnlyList<string> rows)
    {
        // The lines of a long text count as rows; blank ones are left out, as they would end the expected rows.
        var got = rows.SelectMany(r => r.Split('\n')).Select(r => r.TrimEnd()).Where(r => r.Length > 0).ToList();
        var expected = record.Rows;
        var isEqual = record.Match switch
        {
            RowMatch.Contains => ContainsInOrder(got, expected),
            RowMatch.Ordered when _mode == RunMode.Batch => got.SequenceEqual(expected),
            _ => got.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal)),
        };
        return isEqual ? null : $"expected{(record.Match == RowMatch.Contains ? " these lines among others" : "")}{Listed(expected)}\ngot{Listed(got)}";
    }

    private static bool ContainsInOrder(List<string> lines, IReadOnlyList<string> expected)
    {
        var found = 0;
        foreach (var line in lines)
        {
            found += found < expected.Count && line.Contains(expected[found].Trim(), StringComparison.Ordinal) ? 1 : 0;
        }

        return found == expected.Count;
    }

    private SltFailureException Failure(SltRecord record, string what, Exception? cause = null) => new($"{_file.Name}.slt:{record.Line} ({_mode}):\n  {record.Sql.ReplaceLineEndings("\n  ")}\n{what}", cause);

    private static string Listed(IReadOnlyList<string> rows) => rows.Count == 0 ? "\n  no rows" : string.Concat(rows.Select(r => "\n  " + r));
}

/// <summary>A record that did something else than its file says.</summary>
internal sealed class SltFailureException(string message, Exception? cause) : Exception(message, cause);
