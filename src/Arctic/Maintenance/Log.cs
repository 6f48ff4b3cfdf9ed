using Microsoft.Extensions.Logging;

namespace Arctic.Maintenance;

/// <summary>What maintenance logs.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Information, "{Outcome}")]
    public static partial void Optimized(ILogger logger, string outcome);

    [LoggerMessage(4002, LogLevel.Warning, "Table '{Table}' could not be optimized; it is looked at again later. Its rows are as they were.")]
    public static partial void OptimizingFailed(ILogger logger, Exception error, string table);
}
