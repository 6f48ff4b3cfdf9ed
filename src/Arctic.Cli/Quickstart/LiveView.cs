using Arctic.Cli.Output;
using Arctic.Columnar;

namespace Arctic.Cli.Quickstart;

/// <summary>Prints the rows of a streaming SELECT as they come, and lets others wait until so many have come.</summary>
internal sealed class LiveView(CommandHost host, Session session, QueryResult result)
{
    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private int _count;

    /// <summary>Reads until the query is stopped.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var batch in result.ReadAsync(cancellationToken))
        {
            foreach (var (kind, cells) in RowText.Of(batch, session.TimeZone))
            {
                host.Output.WriteLine($"    {kind.ToShortText()}  {string.Join("  ", cells)}");
            }

            host.Output.Flush();
            Count(batch.RowCount);
        }
    }

    /// <summary>Waits until so many rows have come since the start.</summary>
    public Task WaitForAsync(int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_count >= count)
            {
                reached.SetResult();
            }

            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    private void Count(int rows)
    {
        lock (_gate)
        {
            _count += rows;
            foreach (var (_, reached) in _waiters.Where(w => w.Count <= _count))
            {
                reached.TrySetResult();
            }
        }
    }
}
