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
if (parsed.Errors.Count > 0)
{
    // What was not understood says more than what is missing because of it.
    foreach (var error in parsed.Errors.OrderByDescending(e => e.Message.StartsWith("Unrecognized", StringComparison.Ordinal)))
    {
        Console.Error.WriteLine($"arctic: {error.Message}");
    }

    Console.Error.WriteLine("Try 'arctic --help'.");
    return ExitCodes.Usage;
}

return await parsed.InvokeAsync();
