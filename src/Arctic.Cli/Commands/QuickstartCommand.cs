using System.CommandLine;
using Arctic.Cli.Quickstart;

namespace Arctic.Cli.Commands;

/// <summary><c>arctic quickstart</c>: the original's quick start, played by itself on real parts.</summary>
internal static class QuickstartCommand
{
    public static Command Create()
    {
        var folder = new Option<string?>("--warehouse") { Description = "Where the table is made; a folder of the system's temporary files by default. What an earlier quick start left there is removed; a table test_db.test_table that is not of a quick start is refused.", HelpName = "FOLDER" };
        var command = new Command("quickstart", "Watch changes from a socket become an Iceberg table with a primary key.") { folder };
        command.SetAction((parsed, _) => CommandHost.RunAsync(isVerbose: false, host => new QuickstartPlay(host, parsed.GetValue(folder)).RunAsync()));
        return command;
    }
}
