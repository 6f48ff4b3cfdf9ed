using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Arctic.Workloads.Crash;

/// <summary>The command line as a process of its own, running a script; killed when it is disposed.</summary>
internal sealed partial class ArcticProcess : IAsyncDisposable
{
    /// <summary>SIGINT.</summary>
    public const int Interrupt = 2;

    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private ArcticProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>What it has written to stderr so far; all of it once it has ended.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>arctic sql -v -f SCRIPT</c>, as built beside the project that runs.</summary>
    public static ArcticProcess Start(string script)
    {
        var start = new ProcessStartInfo("dotnet", [FindCommand(), "sql", "-v", "-f", script]) { RedirectStandardError = true, RedirectStandardOutput = true };
        return new ArcticProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL: nothing of the process runs any more.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} could not be sent: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken);
            return _process.ExitCode;
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The command does not end:\n{Errors}", e);
        }
    }

    /// <summary>Waits until something can be seen on disk; looks every few milliseconds.</summary>
    /// <exception cref="InvalidOperationException">The process has ended before.</exception>
    public async Task WaitUntilAsync(Func<bool> isThere, CancellationToken cancellationToken)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!isThere())
        {
            if (HasExited)
            {
                throw new InvalidOperationException($"The command ended too soon:\n{Errors}");
            }

            await look.WaitForNextTickAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    // Both projects build into bin/CONFIGURATION/FRAMEWORK below their folder, and so does the command line that they refer to.
    private static string FindCommand()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Arctic.slnx")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The program does not run below the repository's root.");
        }

        var below = Path.GetRelativePath(root, AppContext.BaseDirectory).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        var command = Path.Combine([root, "src", "Arctic.Cli", .. below.Skip(2), "Arctic.Cli.dll"]);
        return File.Exists(command) ? command : throw new FileNotFoundException($"The command line is not built: '{command}' is not there.");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
