using System.Reflection;
using Arctic.Cli.Output;
using Arctic.Columnar.Errors;

namespace Arctic.Cli.Quickstart;

/// <summary>The scenes of the quick start (spec of the original's, steps 1 to 4), in order.</summary>
internal sealed class QuickstartPlay
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CommandHost _host;
    private readonly string _warehouse;
    private readonly bool _isOwnFolder;

    public QuickstartPlay(CommandHost host, string? warehouse)
    {
        _host = host;
        _isOwnFolder = warehouse is null;
        _warehouse = Path.GetFullPath(warehouse ?? Path.Combine(Path.GetTempPath(), "arctic-quickstart"));
    }

    private string Table => Path.Combine(_warehouse, "test_db", "test_table");

    private string Changes => Path.Combine(_warehouse, "test_db", "test_table_change_");

    // Lies in the table's folder, so that it goes with the table: one that somebody makes there later does not have it.
    private string Marker => Path.Combine(Table, ".arctic-quickstart");

    /// <summary>Plays everything; the exit status.</summary>
    public async Task<int> RunAsync()
    {
        ClearWarehouse();
        await using var feed = new ChangeFeed();
        var script = ReadSample("quickstart.sql")
            .Replace("'9999'", $"'{feed.Port}'", StringComparison.Ordinal)
            .Replace("'quickstart-warehouse'", $"'{_warehouse.Replace("'", "''", StringComparison.Ordinal)}'", StringComparison.Ordinal);
        script = string.Join('\n', script.Split('\n').SkipWhile(l => l.StartsWith("--", StringComparison.Ordinal)));
        Say($"The script (changes come from a socket on port {feed.Port} that this command serves):\n");
        Say(Indent(script));

        await using var session = _host.CreateSession(new Dictionary<string, string>());
        await using var live = await StartAsync(session, script);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_host.Stopping);
        var view = new LiveView(_host, session, live);
        var viewing = view.RunAsync(stop.Token);

        var sent = 0;
        foreach (var (title, file) in new[] { ("The first half", "changes-1.txt"), ("The second half", "changes-2.txt") })
        {
            var lines = ReadSample(file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            sent += lines.Length;
            Say($"\n{title} of the changes is sent:\n");
            Say(Indent(string.Join('\n', lines)));
            Say("\nand arrives in the streaming SELECT when its checkpoint is committed:\n");
            await feed.SendAsync(lines, stop.Token);
            await WaitAsync(view.WaitForAsync(sent), viewing, session);
            Say("\nThe merged table, read in batch:\n");
            await PrintAsync(session, "SELECT id, name FROM lake.test_db.test_table ORDER BY id");
        }

        await session.StopJobsAsync(CancellationToken.None);
        await stop.CancelAsync();
        await viewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await OptimizeAsync(session);
        SayFarewell();
        return ExitCodes.Success;
    }

    // Everything but the last statement gives no rows; the last one is the streaming SELECT.
    private async Task<QueryResult> StartAsync(Session session, string text)
    {
        var script = session.ParseScript(text, "quickstart");
        foreach (var statement in script.Statements.SkipLast(1))
        {
            await using var _ = await session.ExecuteAsync(statement, _host.Stopping);
            MarkTable();
        }

        return await session.ExecuteAsync(script.Statements[^1], _host.Stopping);
    }

    private async Task WaitAsync(Task arrival, Task viewing, Session session)
    {
        var jobs = session.WaitForJobsAsync(_host.Stopping);
        var first = await Task.WhenAny(arrival, viewing, jobs, Task.Delay(Patience, TimeProvider.System, _host.Stopping));
        if (first != arrival)
        {
            // A failed query or job says what is wrong; a stop is a cancellation.
            await first;
            _host.Stopping.ThrowIfCancellationRequested();
            throw new ArcticException(ErrorCodes.Internal, $"The changes did not arrive within {Patience.TotalSeconds} s.");
        }
    }

    private async Task OptimizeAsync(Session session)
    {
        Say("\nSelf-optimizing folds the changes into the base store, a plain Iceberg table that any engine reads:\n");
        Say("    CALL sys.optimize('lake.test_db.test_table');\n");
        await PrintAsync(session, "CALL sys.optimize('lake.test_db.test_table')");
        Say("\nThe base store alone:\n");
        await PrintAsync(session, "SELECT id, name, op_time FROM lake.test_db.`test_table.base` ORDER BY id");
    }

    private void SayFarewell() => Say(
        $"""

        The table lies in {Table} (its changes beside it, in test_table_change_).

        Try next:
          1. Read it again:       ./arctic sql -e "CREATE CATALOG lake WITH ('type'='arctic','warehouse'='{_warehouse}'); SELECT * FROM lake.test_db.test_table"
          2. Feed it by hand:     start 'nc -lk 9999' in another terminal, run ./arctic sql -f samples/quickstart/quickstart.sql and paste lines of samples/quickstart/changes-1.txt into nc
          3. Follow its changes:  the same as 1 with SELECT * FROM lake.test_db.test_table /*+ OPTIONS('streaming'='true') */ (Ctrl-C ends it)

        """);

    private async Task PrintAsync(Session session, string statement)
    {
        await using var result = await session.ExecuteAsync(statement, _host.Stopping);
        var printer = ResultPrinters.Create("table", result, session, _host.Output, clock: null);
        printer.Begin();
        await foreach (var batch in result.ReadAsync(_host.Stopping))
        {
            printer.Write(batch);
        }

        printer.End(isInterrupted: false);
    }

    private void Say(string text)
    {
        _host.Output.WriteLine(text);
        _host.Output.Flush();
    }

    private void MarkTable()
    {
        if (Directory.Exists(Table) && !File.Exists(Marker))
        {
            File.WriteAllText(Marker, "The next quick start with this warehouse removes the table.\n");
        }
    }

    // Only what a quick start made is removed: its table, and the checkpoints of its job. The changes go first: the marker stands for both.
    private void ClearWarehouse()
    {
        if (!_isOwnFolder && !File.Exists(Marker) && (Directory.Exists(Table) || Directory.Exists(Changes)))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Cannot play in '{_warehouse}': it has a table 'test_db.test_table' already, and no quick start made it.") { Hint = "Give another folder with --warehouse; nothing was changed." };
        }

        var jobs = Path.Combine(_warehouse, ".arctic", "jobs");
        string[] folders = [.. Directory.Exists(jobs) ? Directory.GetDirectories(jobs, "quickstart%23*") : [], Changes, Table];
        try
        {
            foreach (var folder in folders.Where(Directory.Exists))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArcticException(ErrorCodes.StorageRefused, $"Cannot remove what an earlier quick start left in '{_warehouse}': {e.Message}", e) { Hint = "Give another folder with --warehouse." };
        }
    }

    private static string ReadSample(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"quickstart/{name}")
            ?? throw new System.Diagnostics.UnreachableException($"The sample '{name}' is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string Indent(string text) => string.Join('\n', text.TrimEnd().Split('\n').Select(l => l.Length == 0 ? l : "    " + l));
}
