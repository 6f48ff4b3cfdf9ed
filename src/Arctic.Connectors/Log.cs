using Microsoft.Extensions.Logging;

namespace Arctic.Connectors;

/// <summary>What connectors log.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "{Name}: skipped {Count} bad lines, {Total} so far. First of them: {Reasons}")]
    public static partial void LinesSkipped(ILogger logger, string name, int count, long total, string reasons);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Information, Message = "{Name}: connected to {Address}")]
    public static partial void SocketConnected(ILogger logger, string name, string address);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Warning, Message = "{Name}: the connection to {Address} ended ({Reason}) with {PendingBytes} bytes of an unfinished line, which are dropped; connecting again in {DelayMillis} ms. Lines sent meanwhile are lost: a socket cannot be replayed.")]
    public static partial void SocketDropped(ILogger logger, string name, string address, string reason, int pendingBytes, double delayMillis);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Warning, Message = "{Name}: cannot connect to {Address} again ({Reason}); next try in {DelayMillis} ms")]
    public static partial void SocketRetried(ILogger logger, string name, string address, string reason, double delayMillis);
}
