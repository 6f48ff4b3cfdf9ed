namespace Arctic.Connectors;

/// <summary>Spreads rows evenly over time; shared by the readers of one source, so that the rate is the source's. Thread-safe.</summary>
/// <param name="rowsPerSecond">Positive.</param>
/// <param name="time">The clock.</param>
internal sealed class RowRateLimiter(double rowsPerSecond, TimeProvider time)
{
    // Batches are released twenty times a second, unless that would be less than a row.
    private const int BatchesPerSecond = 20;
    private const int BatchRowsMax = 8192;

    // Time that a slow consumer left unused may be caught up with, but only so much of it.
    private static readonly TimeSpan Backlog = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _next;

    /// <summary>The rows of a batch that keep the rate smooth.</summary>
    public int BatchRows { get; } = (int)Math.Clamp(rowsPerSecond / BatchesPerSecond, 1, BatchRowsMax);

    /// <summary>Waits until so many rows may be released.</summary>
    public ValueTask WaitAsync(int rows, CancellationToken cancellationToken)
    {
        TimeSpan delay;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            _next = _next < now - Backlog ? now - Backlog : _next;
            delay = _next - now;
            _next += TimeSpan.FromSeconds(rows / rowsPerSecond);
        }

        return delay <= TimeSpan.Zero ? ValueTask.CompletedTask : new ValueTask(Task.Delay(delay, time, cancellationToken));
    }
}
