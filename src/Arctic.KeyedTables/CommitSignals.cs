namespace Arctic.KeyedTables;

/// <summary>
/// Tells readers and self-optimizing of this process at once that a writer of this process has committed, so that they need not wait for their next look at the catalog. Only a hint: who
/// misses a signal finds the commit by looking. Thread-safe; one instance a catalog.
/// </summary>
internal sealed class CommitSignals
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Signal> _signals = new(StringComparer.Ordinal);

    /// <summary>A table has a new commit; called by the one who committed, with the table's name.</summary>
    public event Action<string>? Published;

    /// <summary>How many commits of a table were signalled so far; what <see cref="WaitAsync"/> compares with.</summary>
    public long CountOf(string table)
    {
        lock (_lock)
        {
            return SignalOf(table).Count;
        }
    }

    /// <summary>Wakes those who wait for a table.</summary>
    public void Publish(string table)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            var signal = SignalOf(table);
            signal.Count++;
            (done, signal.Next) = (signal.Next, NewSource());
        }

        done.SetResult();
        Published?.Invoke(table);
    }

    /// <summary>Waits until more commits than <paramref name="count"/> were signalled, or for so long at most.</summary>
    public async ValueTask WaitAsync(string table, long count, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        Task next;
        lock (_lock)
        {
            var signal = SignalOf(table);
            if (signal.Count > count)
            {
                return;
            }

            next = signal.Next.Task;
        }

        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(next, Task.Delay(timeout, time, wait.Token)).ConfigureAwait(false);
        await wait.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Signal SignalOf(string table)
    {
        if (!_signals.TryGetValue(table, out var signal))
        {
            _signals.Add(table, signal = new Signal());
        }

        return signal;
    }

    private sealed class Signal
    {
        public long Count { get; set; }

        public TaskCompletionSource Next { get; set; } = NewSource();
    }
}
