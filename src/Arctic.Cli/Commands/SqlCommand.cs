using System.CommandLine;
using Arctic.Cli.Output;
using Arctic.Columnar.Errors;

namespace Arctic.Cli.Commands;

/// <summary><c>arctic sql</c>: runs statements from files and the command line, one after the other.</summary>
internal static class SqlCommand
{
    public static Command Create()
    {
        var file = new Option<string?>("--file", "-f") { Description = "Run the statements of this file.", HelpName = "FILE" };
        var execute = new Option<string?>("--execute", "-e") { Description = "Run these statements (after those of --file).", HelpName = "STATEMENTS" };
        var init = new Option<string?>("--init", "-i") { Description = "Run the statements of this file first.", HelpName = "FILE" };
        var output = new Option<string>("--output") { Description = "How rows are printed to stdout: table, json (one object a line) or csv.", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json", "csv");
        var set = new Option<string[]>("--set") { Description = "Set an option, as SET does. May be given several times.", HelpName = "key=value", AllowMultipleArgumentsPerToken = false };
        var conf = new Option<string?>("--conf") { Description = "Read options from this file: 'key: value' or 'key = value' lines.", HelpName = "FILE" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Log what jobs do to stderr." };
        var command = new Command("sql", "Run Flink-style SQL. Rows go to stdout, everything else to stderr; the command ends when all its jobs have ended.")
        {
            file, execute, init, output, set, conf, verbose,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new SqlRequest
            {
                File = parsed.GetValue(file),
                Statements = parsed.GetValue(execute),
                InitFile = parsed.GetValue(init),
                Output = parsed.GetValue(output) ?? "table",
                Settings = parsed.GetValue(set) ?? [],
                ConfigurationFile = parsed.GetValue(conf),
                IsVerbose = parsed.GetValue(verbose),
            }));
        return command;
    }

    private static async Task<int> RunAsync(SqlRequest request)
    {
        if (request.File is null && request.Statements is null)
        {
            Console.Error.WriteLine("arctic: give statements with -e or a file with -f. Try 'arctic sql --help'.");
            return ExitCodes.Usage;
        }

        return await CommandHost.RunAsync(
            request.IsVerbose,
            async host =>
            {
                var options = ReadOptions(request);
                await using var session = host.CreateSession(options);
                var runner = new ScriptRunner(session, host, request.Output);
                // Everything is read and parsed before anything runs, so that a slip in the last line leaves nothing half-done.
                var scripts = ReadScripts(request).Select(s => session.ParseScript(s.Text, s.Name)).ToList();
                return await runner.RunAsync(scripts);
            });
    }

    private static Dictionary<string, string> ReadOptions(SqlRequest request)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.ConfigurationFile is { } path)
        {
            foreach (var (line, number) in ReadFile(path).Split('\n').Select((l, i) => (l.Trim(), i + 1)))
            {
                if (line.Length > 0 && line[0] != '#')
                {
                    var (key, value) = SplitPair(line, line.IndexOfAny([':', '=']), $"line {number} of '{path}'");
                    options[key] = value;
                }
            }
        }

        foreach (var setting in request.Settings)
        {
            var (key, value) = SplitPair(setting, setting.IndexOf('=', StringComparison.Ordinal), $"--set {setting}");
            options[key] = value;
        }

        return options;
    }

    private static (string Key, string Value) SplitPair(string text, int at, string where) =>
        at > 0
            ? (text[..at].Trim().Trim('\'', '"'), text[(at + 1)..].Trim().Trim('\'', '"'))
            : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read {where}: a key, '=' and a value are expected.");

    private static IEnumerable<(string Name, string Text)> ReadScripts(SqlRequest request)
    {
        if (request.InitFile is { } init)
        {
            yield return (NameOf(init), ReadFile(init));
        }

        if (request.File is { } file)
        {
            yield return (NameOf(file), ReadFile(file));
        }

        if (request.Statements is { } statements)
        {
            // Jobs are found again by name: another text must not find this one's.
            yield return ($"command-line-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(statements)))[..8]}", statements);
        }
    }

    /// <summary>What a script is called by its path; <c>-</c> is stdin.</summary>
    public static string NameOf(string path) => path == "-" ? "stdin" : Path.GetFullPath(path);

    /// <summary>The text of a script.</summary>
    /// <exception cref="ArcticException"><c>OBJECT_NOT_FOUND</c>.</exception>
    public static string ReadFile(string path)
    {
        try
        {
            return path == "-" ? Console.In.ReadToEnd() : File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArcticException(ErrorCodes.ObjectNotFound, $"Cannot read '{path}': {e.Message}", e);
        }
    }

    private sealed record SqlRequest
    {
        public required string? File { get; init; }

        public required string? Statements { get; init; }

        public required string? InitFile { get; init; }

        public required string Output { get; init; }

        public required string[] Settings { get; init; }

        public required string? ConfigurationFile { get; init; }

        public required bool IsVerbose { get; init; }
    }
}
