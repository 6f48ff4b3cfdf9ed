using System.CommandLine;
using System.Diagnostics;
using Arctic.Cli.Output;
using Arctic.Columnar.Errors;
using Arctic.Tables;

namespace Arctic.Cli.Commands;

/// <summary>What all looks into a table share: which table, which store of it, how it is printed; and running them.</summary>
internal sealed class LookOptions
{
    private readonly Argument<string> _table = new("table") { Description = "A table's folder or metadata file, wherever it was moved to; or database.table with --warehouse; or catalog.database.table with --init." };
    private readonly Option<string?> _warehouse = new("--warehouse", "-w") { Description = "The folder or URI of the warehouse in which the table is named.", HelpName = "FOLDER" };
    private readonly Option<string?> _init = new("--init", "-i") { Description = "Run the statements of this file first; they may create the catalog.", HelpName = "FILE" };
    private readonly Option<string> _store = new("--store") { Description = "Of a table with a primary key, look at one store as it is: base or change.", HelpName = "base|change" };
    private readonly Option<string> _output = new("--output") { Description = "How rows are printed to stdout: table, json (one object a line) or csv.", DefaultValueFactory = _ => "table" };

    public LookOptions()
    {
        _store.AcceptOnlyFromAmong("base", "change");
        _output.AcceptOnlyFromAmong("table", "json", "csv");
    }

    public Command AddTo(Command command)
    {
        command.Add(_table);
        command.Add(_warehouse);
        command.Add(_init);
        command.Add(_store);
        command.Add(_output);
        return command;
    }

    public TableStore StoreOf(ParseResult parsed) => parsed.GetValue(_store) switch { "base" => TableStore.Base, "change" => TableStore.Change, _ => TableStore.All };

    public bool IsTable(ParseResult parsed) => parsed.GetValue(_output) == "table";

    /// <summary>Opens the table, and prints what the look gives.</summary>
    public Task<int> RunAsync(ParseResult parsed, Func<Session, OpenedTable, CommandHost, ValueTask<QueryResult>> look) => CommandHost.RunAsync(isVerbose: false, async host =>
    {
        await using var session = host.CreateSession(new Dictionary<string, string>());
        try
        {
            var table = await session.TableOpener.OpenAsync(await NameAsync(parsed, session, host), host.Stopping);
            await using var result = await look(session, table, host);
            await ResultPrinters.PrintAsync(result, ResultPrinters.Create(parsed.GetValue(_output)!, result, session, host.Output, Stopwatch.StartNew()), host.Output, host.Stopping);
        }
        catch (ArcticException e) when (parsed.GetValue(_warehouse) is not null)
        {
            throw CatalogScript.InUsersWords(e, parsed.GetValue(_warehouse)!);
        }

        return ExitCodes.Success;
    });

    private async Task<string> NameAsync(ParseResult parsed, Session session, CommandHost host)
    {
        if (parsed.GetValue(_init) is { } init)
        {
            await new ScriptRunner(session, host, "table").RunAsync([session.ParseScript(SqlCommand.ReadFile(init), SqlCommand.NameOf(init))]);
        }

        var name = parsed.GetValue(_table)!;
        if (parsed.GetValue(_warehouse) is not { } warehouse)
        {
            return name;
        }

        if (name.Contains('/', StringComparison.Ordinal) || name.EndsWith(".metadata.json", StringComparison.Ordinal))
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"'{name}' is a table's folder, and --warehouse {warehouse} says where a table is found by its name: only one of them can be meant.")
            {
                Hint = "Leave --warehouse out, or name the table as database.table.",
            };
        }

        await CatalogScript.OpenWarehouseAsync(session, warehouse, host.Stopping);
        return name.Split('.') is [{ Length: > 0 }, { Length: > 0 }, ..]
            ? $"{CatalogScript.Name}.{name}"
            : throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot find '{name}' in the warehouse '{warehouse}': the table is named as database.table.");
    }
}
