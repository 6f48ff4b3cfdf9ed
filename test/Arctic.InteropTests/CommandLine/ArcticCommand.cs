using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Arctic.InteropTests.CommandLine;

/// <summary>The command line as its users have it: a process of its own, with its streams and its exit status.</summary>
internal static class ArcticCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The program that was built beside these tests.</summary>
    public static string Program { get; } = FindProgram();

    /// <summary>Runs to the end.</summary>
    public static Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(arguments, input: null);

    /// <summary>Runs to the end with a text on stdin.</summary>
    public static async Task<CommandResult> RunAsync(string[] arguments, string? input)
    {
        await using var command = Start(arguments);
        if (input is not null)
        {
            await command.Process.StandardInput.WriteAsync(input);
        }

        command.Process.StandardInput.Close();
        var output = command.Process.StandardOutput.ReadToEndAsync();
        return await command.EndAsync(output);
    }

    /// <summary>Starts a process that is still to be signalled, or whose output is read line by line.</summary>
    public static RunningCommand Start(params string[] arguments) => new(StartInfo("dotnet", [Program, .. arguments]));

    /// <summary>Runs a command line of the shell, in which <c>$ARCTIC</c> starts the program.</summary>
    public static async Task<CommandResult> RunShellAsync(string commandLine)
    {
        var start = StartInfo("/bin/bash", ["-c", commandLine]);
        start.Environment["ARCTIC"] = $"dotnet {Program}";
        await using var command = new RunningCommand(start);
        command.Process.StandardInput.Close();
        return await command.EndAsync(command.Process.StandardOutput.ReadToEndAsync());
    }

    /// <summary>A token that gives up on a process that hangs.</summary>
    public static CancellationToken GiveUp() => new CancellationTokenSource(Patience).Token;

    private static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments) => new(file, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        StandardOutputEncoding = Encoding.UTF8,
        StandardErrorEncoding = Encoding.UTF8,
    };

    private static string FindProgram()
    {
        // …/bin/<configuration>/<framework>/
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(Repository.Root, "src", "Arctic.Cli", "bin", folder.Parent!.Name, folder.Name, "Arctic.Cli.dll");
    }
}

/// <summary>What a process left.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>A process that runs; disposing it ends it.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private readonly StringBuilder _errors = new();
    private readonly Task _readingErrors;

    public RunningCommand(ProcessStartInfo start)
    {
        Process = Process.Start(start)!;
        _readingErrors = ReadErrorsAsync();
    }

    public Process Process { get; }

    /// <summary>Sends SIGINT or SIGTERM by name.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, Process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits for the end.</summary>
    public async Task<CommandResult> EndAsync(Task<string> output)
    {
        var giveUp = ArcticCommand.GiveUp();
        var text = await output.WaitAsync(giveUp);
        await Process.WaitForExitAsync(giveUp);
        await _readingErrors.WaitAsync(giveUp);
        return new CommandResult(Process.ExitCode, text, _errors.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            await Process.WaitForExitAsync();
        }

        Process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        while (await Process.StandardError.ReadLineAsync() is { } line)
        {
            _errors.Append(line).Append('\n');
        }
    }
}
