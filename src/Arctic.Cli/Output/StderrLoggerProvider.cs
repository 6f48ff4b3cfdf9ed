using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Arctic.Cli.Output;

/// <summary>Writes one line an event to stderr: time, level, text. Coloured when stderr is a terminal and <c>NO_COLOR</c> is not set.</summary>
internal sealed class StderrLoggerProvider(TimeProvider time, LogLevel level, bool isColoured) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new StderrLogger(time, level, isColoured);

    public void Dispose()
    {
    }

    private sealed class StderrLogger(TimeProvider time, LogLevel minimum, bool isColoured) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var word = logLevel switch { LogLevel.Warning => "warn", LogLevel.Information => "info", LogLevel.Critical => "fatal", _ => logLevel.ToString().ToLowerInvariant() };
            var color = logLevel >= LogLevel.Error ? "\e[31m" : logLevel == LogLevel.Warning ? "\e[33m" : "\e[2m";
            var stamp = time.GetLocalNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            var text = $"{stamp} {word}: {formatter(state, exception)}" + (exception is null || logLevel < LogLevel.Error ? "" : $" ({exception.GetType().Name}: {exception.Message})");
            Console.Error.WriteLine(isColoured ? $"{color}{text}\e[0m" : text);
        }
    }
}
