using System.CommandLine;
using Arctic.Cli;
using Arctic.Cli.Commands;

if (args is ["--version"])
{
    Console.Out.WriteLine(ProductVersion.Text);
    return ExitCodes.Success;
}

var root = new RootCommand($"Arctic for .NET: Iceberg tables with primary keys, change streams and Flink-style SQL.\n\n{ExitCodes.Help}")
{
    SqlCommand.Create(),
    QuickstartCommand.Create(),
    TableCommand.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0 || UsageErrors.FindUnknownOption(parsed) is not null)
{
    return UsageErrors.Print(parsed);
}

return await parsed.InvokeAsync();
