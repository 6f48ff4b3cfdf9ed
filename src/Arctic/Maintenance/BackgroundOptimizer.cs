using Arctic.Catalog;
using Arctic.KeyedTables.Optimizing;
using Microsoft.Extensions.Logging;

namespace Arctic.Maintenance;

/// <summary>
/// Optimizes the keyed tables that a session writes, by itself: a table with a new commit is looked at after the interval, and its changes are folded into the base store when they are due. One table at a
/// time, beside the jobs, which an error here never disturbs: the table is looked at again after the interval. What it knows is lost with the session, and the next commit tells it anew.
/// </summary>
internal sealed class BackgroundOptimizer(TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // A timer waits no longer than some weeks; after it the times are looked at again.
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();

    // The tables that have changes, and when they are looked at; as many as the session has written.
    private readonly Dictionary<WrittenTable, DateTimeOffset> _looks = [];
    private TaskCompletionSource _earlier = NewSource();
    private Task _running = Task.CompletedTask;
    private bool _isStarted;

    /// <summary>Looks after the tables of a catalog from now on.</summary>
    /// <param name="interval">Between a commit and the look at its table, and between two looks; zero or less: not at all.</param>
    public void Watch(LakeCatalog catalog, TimeSpan interval)
    {
        if (interval > TimeSpan.Zero)
        {
            catalog.Tables.Signals.Published += name => Plan(new WrittenTable(catalog, name, interval), time.GetUtcNow() + interval);
        }
    }

    /// <summary>Stops; a fold that has not committed by now never does.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task running;
        lock (_lock)
        {
            running = _running;
        }

        await running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A look that is planned already is moved to an earlier time, never to a later one: a table that is written all the time would never be looked at else.
    private void Plan(WrittenTable table, DateTimeOffset at)
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested || (_looks.TryGetValue(table, out var planned) && planned <= at))
            {
                return;
            }

            _looks[table] = at;
            _earlier.TrySetResult();
            if (!_isStarted)
            {
                (_isStarted, _running) = (true, Task.Run(RunAsync));
            }
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await LookAsync(await WaitForNextAsync().ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    // Takes the table that is next out of the list, when its time has come.
    private async Task<WrittenTable> WaitForNextAsync()
    {
        while (true)
        {
            Task earlier;
            TimeSpan? wait = null;
            lock (_lock)
            {
                _earlier = _earlier.Task.IsCompleted ? NewSource() : _earlier;
                earlier = _earlier.Task;
                if (_looks.Count > 0)
                {
                    var (table, at) = _looks.MinBy(l => l.Value);
                    wait = at - time.GetUtcNow();
                    if (wait <= TimeSpan.Zero)
                    {
                        _looks.Remove(table);
                        return table;
                    }
                }
            }

            using var stopWaiting = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await Task.WhenAny(earlier, Task.Delay(wait is null || wait > WaitMax ? WaitMax : wait.Value, time, stopWaiting.Token)).ConfigureAwait(false);
            await stopWaiting.CancelAsync().ConfigureAwait(false);
            _stop.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task LookAsync(WrittenTable written)
    {
        try
        {
            var tables = written.Catalog.Tables;
            if (await tables.FindTableAsync(written.Database, written.Table, _stop.Token).ConfigureAwait(false) is not { } table
                || await OptimizingTrigger.FindDueTimeAsync(tables, table, _stop.Token).ConfigureAwait(false) is not { } due)
            {
                return;
            }

            if (due > time.GetUtcNow())
            {
                Plan(written, due);
                return;
            }

            Log.Optimized(logger, await written.Catalog.OptimizeAsync(table, _stop.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            Log.OptimizingFailed(logger, e, written.Name);
            Plan(written, time.GetUtcNow() + written.Interval);
        }
    }

    /// <summary>A table that the session has written.</summary>
    /// <param name="Name"><c>database.table</c>.</param>
    private sealed record WrittenTable(LakeCatalog Catalog, string Name, TimeSpan Interval)
    {
        public string Database => Name[..Name.LastIndexOf('.')];

        public string Table => Name[(Name.LastIndexOf('.') + 1)..];
    }
}
