using System.CommandLine;

namespace Arctic.Cli.Commands;

/// <summary><c>arctic table</c>: looks after tables.</summary>
internal static class TableCommand
{
    public static Command Create()
    {
        var table = new Argument<string>("table") { Description = "The table, as database.table." };
        var warehouse = new Option<string>("--warehouse", "-w") { Description = "The folder or URI of the warehouse.", HelpName = "FOLDER", Required = true };
        var optimize = new Command("optimize", "Fold the changes of a primary-key table into its base store.") { table, warehouse };
        optimize.SetAction((parsed, _) => CommandHost.RunAsync(isVerbose: false, host => OptimizeAsync(host, parsed.GetValue(table)!, parsed.GetValue(warehouse)!)));
        return new Command("table", "Look after tables.") { optimize };
    }

    private static async Task<int> OptimizeAsync(CommandHost host, string table, string warehouse)
    {
        await using var session = host.CreateSession(new Dictionary<string, string>());
        var runner = new ScriptRunner(session, host, "table");
        return await runner.RunAsync([session.ParseScript($"CREATE CATALOG lake WITH ('type'='arctic','warehouse'={Quote(warehouse)}); CALL sys.optimize({Quote("lake." + table)})", "optimize")]);
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
