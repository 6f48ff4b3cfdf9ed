using System.CommandLine;
using System.CommandLine.Parsing;
using Arctic.Columnar.Errors;

namespace Arctic.Cli;

/// <summary>What is said of a command line that is not understood.</summary>
internal static class UsageErrors
{
    /// <summary>Prints the errors to stderr; the exit status.</summary>
    public static int Print(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.FirstOrDefault() is { } word && word[..1] != "-")
        {
            var names = command.Subcommands.Select(c => c.Name).ToList();
            Console.Error.WriteLine($"arctic: There is no command '{word}'. {NameSuggestion.For(word, names) ?? $"Commands: {string.Join(", ", names)}."}");
        }
        else if (FindUnknownOption(parsed) is { } option)
        {
            var names = OptionsOf(parsed.CommandResult).Select(o => o.Name).ToList();
            Console.Error.WriteLine($"arctic: There is no option '{option}'. {NameSuggestion.For(option, names.Where(n => option.Length > 2)) ?? $"Options: {string.Join(", ", names)}."}");
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

    /// <summary>A word that looks like an option and is none of the command's; null when there is none. Behind <c>--</c> there are no options.</summary>
    public static string? FindUnknownOption(ParseResult parsed)
    {
        if (parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash))
        {
            return null;
        }

        // A misspelt option may have been taken for the argument of the command.
        var arguments = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value);
        return parsed.UnmatchedTokens.Concat(arguments).FirstOrDefault(w => w.Length > 1 && w[0] == '-')?.Split('=')[0];
    }

    private static IEnumerable<Option> OptionsOf(SymbolResult? result) =>
        result is System.CommandLine.Parsing.CommandResult command ? command.Command.Options.Concat(OptionsOf(command.Parent)) : [];

    private static string PathOf(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "arctic";
}
