using System.CommandLine;
using System.Globalization;
using Arctic.Cli.Output;
using Arctic.Columnar.Errors;

namespace Arctic.Cli.Commands;

/// <summary>The commands of <c>arctic table</c> that look after a table of a warehouse: each calls the procedure of SQL that does it.</summary>
internal static class TableCareCommands
{
    /// <summary><c>arctic table optimize</c>.</summary>
    public static Command CreateOptimize() => Create("optimize", "Fold the changes of a primary-key table into its base store.", "optimize", []);

    /// <summary><c>arctic table expire</c>.</summary>
    public static Command CreateExpire()
    {
        var olderThan = OlderThan("Only snapshots made before this time, and change files as old; by default what the table's properties say.");
        var retainLast = WholeNumber.Option("--retain-last", "The snapshots that stay whatever their age.", "N", 1, "a number of 1 at least");
        return Create("expire", "Forget old snapshots of a table, and delete the files that only they used.", "expire_snapshots", [olderThan, retainLast], parsed =>
        [
            ("older_than", parsed.GetValue(olderThan) is { } time ? CatalogScript.Quote(time) : null),
            ("retain_last", parsed.GetValue(retainLast)?.ToString(CultureInfo.InvariantCulture)),
        ]);
    }

    /// <summary><c>arctic table orphans</c>.</summary>
    public static Command CreateOrphans()
    {
        var olderThan = OlderThan("Only files last changed before this time; by default three days ago.");
        var dryRun = new Option<bool>("--dry-run") { Description = "List the files instead of deleting them." };
        return Create("orphans", "Delete files in a table's folder that nothing leads to.", "remove_orphans", [olderThan, dryRun], parsed =>
        [
            ("older_than", parsed.GetValue(olderThan) is { } time ? CatalogScript.Quote(time) : null),
            ("dry_run", parsed.GetValue(dryRun) ? "TRUE" : null),
        ]);
    }

    private static Option<string?> OlderThan(string description) => new("--older-than") { Description = description + " As '2026-01-31 12:00:00', UTC.", HelpName = "TIME" };

    private static Command Create(string name, string description, string procedure, IReadOnlyList<Option> options, Func<ParseResult, IReadOnlyList<(string Name, string? Value)>>? argumentsOf = null)
    {
        var table = new Argument<string>("table") { Description = "The table, as database.table." };
        var warehouse = new Option<string>("--warehouse", "-w") { Description = "The folder or URI of the warehouse.", HelpName = "FOLDER", Required = true };
        var command = new Command(name, description) { table, warehouse };
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction((parsed, _) => CommandHost.RunAsync(
            isVerbose: false, host => CallAsync(host, name, procedure, parsed.GetValue(table)!, parsed.GetValue(warehouse)!, argumentsOf?.Invoke(parsed) ?? [])));
        return command;
    }

    private static async Task<int> CallAsync(CommandHost host, string command, string procedure, string table, string warehouse, IReadOnlyList<(string Name, string? Value)> arguments)
    {
        if (table.Split('.') is not [{ Length: > 0 }, { Length: > 0 }])
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot {command} '{table}': the table is named as database.table.");
        }

        await using var session = host.CreateSession(new Dictionary<string, string>());
        try
        {
            await CatalogScript.OpenWarehouseAsync(session, warehouse, host.Stopping);
            var given = arguments.Where(a => a.Value is not null).Select(a => $", {a.Name} => {a.Value}");
            await using var result = await session.ExecuteAsync($"CALL sys.{procedure}(table => {CatalogScript.Quote($"{CatalogScript.Name}.{table}")}{string.Concat(given)})", host.Stopping);
            await foreach (var batch in result.ReadAsync(host.Stopping))
            {
                foreach (var (_, cells) in RowText.Of(batch, TimeZoneInfo.Utc))
                {
                    host.Output.WriteLine(cells[0]);
                }
            }
        }
        catch (ArcticException e)
        {
            // The user wrote no SQL: its places mean nothing here.
            var said = CatalogScript.InUsersWords(e, warehouse);
            throw new ArcticException(said.Code, said.Message, e) { Hint = said.Hint };
        }

        return ExitCodes.Success;
    }
}
