using Arctic.Storage.Formats;
using Microsoft.Extensions.Logging;

namespace Arctic.Connectors;

/// <summary>Counts the lines that a reader skips, and logs the first few of every stretch with their numbers.</summary>
internal sealed class SkippedLines(ILogger logger, string name)
{
    /// <summary>The lines skipped since the reader was made.</summary>
    public long Total { get; private set; }

    public void Add(DecodedRecords decoded)
    {
        if (decoded.SkippedCount > 0)
        {
            Total += decoded.SkippedCount;
            Log.LinesSkipped(logger, name, decoded.SkippedCount, Total, string.Join(' ', decoded.SkippedReasons));
        }
    }
}
