using System.Runtime.InteropServices;
using Arctic.Cli.Output;
using Arctic.Columnar.Errors;
using Microsoft.Extensions.Logging;

namespace Arctic.Cli;

/// <summary>
/// What every command runs in: stdout, the log on stderr, and the signals. The first SIGINT or SIGTERM asks the command to stop, with a final checkpoint of its jobs; the second one ends the process.
/// </summary>
internal sealed class CommandHost : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly ILoggerFactory _loggers;
    private int _signal;

    private CommandHost(bool isVerbose)
    {
        IsColoured = !Console.IsErrorRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Output = new StandardOutput(Console.OpenStandardOutput());
        _loggers = new LoggerFactory([new StderrLoggerProvider(TimeProvider.System, isVerbose ? LogLevel.Information : LogLevel.Warning, IsColoured)]);
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    /// <summary>Cancelled when a signal asks the command to stop.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>The exit status of a stopped command; 0 when no signal came.</summary>
    public int SignalExitCode => Volatile.Read(ref _signal) switch { 0 => 0, (int)PosixSignal.SIGTERM => ExitCodes.Terminated, _ => ExitCodes.Interrupted };

    /// <summary>Stdout.</summary>
    public StandardOutput Output { get; }

    /// <summary>Whether stderr may be coloured.</summary>
    public bool IsColoured { get; }

    /// <summary>Runs a command's body and turns what comes of it into an exit status.</summary>
    public static async Task<int> RunAsync(bool isVerbose, Func<CommandHost, Task<int>> body)
    {
        using var host = new CommandHost(isVerbose);
        try
        {
            var code = await body(host);
            host.Output.Flush();
            return host.SignalExitCode != 0 ? host.SignalExitCode : code;
        }
        catch (Exception e) when (e is BrokenPipeException || (host.Output.IsBroken && IsOfBrokenPipe(e)))
        {
            return ExitCodes.Success;
        }
        catch (ArcticException e)
        {
            host.Output.Dispose();
            host.WriteError(e);
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (host.Stopping.IsCancellationRequested)
        {
            host.Output.Dispose();
            return host.SignalExitCode;
        }
        finally
        {
            host.Output.Dispose();
        }
    }

    /// <summary>A session that logs to stderr and whose <c>print</c> connector writes to stdout.</summary>
    public Session CreateSession(IReadOnlyDictionary<string, string> options) =>
        new SessionBuilder { Options = options, LoggerFactory = _loggers, PrintOutput = new PrintWriter(Output) }.Build();

    /// <summary>Tells of an error on stderr.</summary>
    public void WriteError(ArcticException error) => Console.Error.WriteLine(IsColoured ? $"\e[31m{error.ToUserText()}\e[0m" : error.ToUserText());

    /// <summary>Tells of something on stderr.</summary>
    public void WriteNotice(string text) => Console.Error.WriteLine(text);

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _loggers.Dispose();
        _stop.Dispose();
    }

    // The print connector meets the broken pipe inside a job, whose error wraps it.
    private static bool IsOfBrokenPipe(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is BrokenPipeException)
            {
                return true;
            }
        }

        return false;
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.CompareExchange(ref _signal, (int)context.Signal, 0) != 0)
        {
            // The second signal: the default action, at once.
            return;
        }

        context.Cancel = true;
        WriteNotice("arctic: stopping; jobs take a final checkpoint (once more to end at once)");
        _stop.Cancel();
    }
}
