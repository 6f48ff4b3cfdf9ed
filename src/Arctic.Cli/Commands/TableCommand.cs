using System.CommandLine;
using Arctic.Cli.Output;
using Arctic.Columnar.Errors;

namespace Arctic.Cli.Commands;

/// <summary><c>arctic table</c>: looks into tables and after them.</summary>
internal static class TableCommand
{
    public static Command Create() => new("table", "Look into tables and after them.")
    {
        TableLookCommands.CreateRead(),
        TableLookCommands.CreateSchema(),
        TableLookCommands.CreateListing("snapshots", "List the snapshots of a table: when each was made, and what it did."),
        TableLookCommands.CreateListing("files", "List the data and delete files that make up a snapshot, with their metrics."),
        TableLookCommands.CreateListing("manifests", "List the manifests of a snapshot."),
        TableLookCommands.CreateListing("partitions", "List the partitions of a snapshot with their rows and files."),
        TableLookCommands.CreateListing("history", "List which snapshot was current from when on."),
        TableLookCommands.CreateListing("refs", "List the branches and tags of a table."),
        CreateOptimize(),
    };

    private static Command CreateOptimize()
    {
        var table = new Argument<string>("table") { Description = "The table, as database.table." };
        var warehouse = new Option<string>("--warehouse", "-w") { Description = "The folder or URI of the warehouse.", HelpName = "FOLDER", Required = true };
        var optimize = new Command("optimize", "Fold the changes of a primary-key table into its base store.") { table, warehouse };
        optimize.SetAction((parsed, _) => CommandHost.RunAsync(isVerbose: false, host => OptimizeAsync(host, parsed.GetValue(table)!, parsed.GetValue(warehouse)!)));
        return optimize;
    }

    private static async Task<int> OptimizeAsync(CommandHost host, string table, string warehouse)
    {
        if (table.Split('.') is not [{ Length: > 0 }, { Length: > 0 }])
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot optimize '{table}': the table is named as database.table.");
        }

        await using var session = host.CreateSession(new Dictionary<string, string>());
        try
        {
            await CatalogScript.OpenWarehouseAsync(session, warehouse, host.Stopping);
            await using var result = await session.ExecuteAsync($"CALL sys.optimize({CatalogScript.Quote($"{CatalogScript.Name}.{table}")})", host.Stopping);
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
