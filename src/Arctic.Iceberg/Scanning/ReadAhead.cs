using System.Runtime.CompilerServices;

namespace Arctic.Iceberg.Scanning;

/// <summary>Works on several items at once and gives their results in the order of the items.</summary>
internal static class ReadAhead
{
    /// <summary>Runs <paramref name="work"/> on every item on the thread pool; no more than <paramref name="itemsMax"/> are under way or wait for the consumer.</summary>
    /// <remarks>The first failure in the order of the items ends the enumeration. When it has ended, nothing is under way any more.</remarks>
    public static async IAsyncEnumerable<TResult> RunAsync<TItem, TResult>(
        IReadOnlyList<TItem> items, Func<TItem, CancellationToken, Task<TResult>> work, int itemsMax, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<Task<TResult>>(itemsMax);
        var next = 0;
        try
        {
            while (true)
            {
                for (; next < items.Count && running.Count < itemsMax; next++)
                {
                    // Local stores answer at once: without a thread of the pool each item would be worked on before the next is begun.
                    var item = items[next];
                    running.Enqueue(Task.Run(() => work(item, stop.Token), stop.Token));
                }

                if (!running.TryDequeue(out var first))
                {
                    yield break;
                }

                yield return await first.ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);

            // Their results and failures are nobody's any more.
            await Task.WhenAll(running).ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }
}
