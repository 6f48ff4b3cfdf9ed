using System.CommandLine;
using Arctic.Columnar.Errors;

namespace Arctic.Cli;

/// <summary>What is said of a command line that is not understood.</summary>
internal static class UsageErrors
{
    /// <summary>Prints the errors to stderr; the exit status.</summary>
    public static int Print(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.FirstOrDefault() is { } word)
        {
            var names = command.Subcommands.Select(c => c.Name).ToList();
            Console.Error.WriteLine($"arctic: There is no command '{word}'. {NameSuggestion.For(word, names) ?? $"Commands: {string.Join(", ", names)}."}");
        }
        else
        {
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine($"arctic: {error.Message}");
            }
        }

        Console.Error.WriteLine($"Try '{PathOf(parsed.CommandResult)} --help'.");
        return ExitCodes.Usage;
    }

    private static string PathOf(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "arctic";
}
