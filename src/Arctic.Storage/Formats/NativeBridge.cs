using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Arctic.Storage.Formats;

/// <summary>
/// The one place where calls that block run (architecture, decision 14): a thread of its own takes synchronous work, one item at a
/// time, so that native readers may wait for I/O without holding a thread of the pool. Pulled items reach their consumer through a bounded channel.
/// </summary>
internal sealed class NativeBridge : IAsyncDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Shown by debuggers and dumps.</param>
    public NativeBridge(string name)
    {
        var thread = new Thread(Run) { Name = name, IsBackground = true };
        thread.Start();
    }

    /// <summary>Runs a call on the thread.</summary>
    public Task<T> RunAsync<T>(Func<T> call)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                completion.SetResult(call());
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        });
        return completion.Task;
    }

    /// <summary>Pulls items on the thread, at most <paramref name="capacity"/> ahead of the consumer, until <paramref name="next"/> gives null.</summary>
    /// <param name="next">Gives the next item, or null at the end.</param>
    /// <param name="capacity">The items that may wait.</param>
    /// <param name="cancellationToken">Ends the enumeration; a pull under way is finished first.</param>
    /// <remarks>Items that the consumer did not take are disposed. When the enumeration has ended, no pull is under way.</remarks>
    public async IAsyncEnumerable<T> PullAsync<T>(Func<T?> next, int capacity, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IDisposable
    {
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pull = RunAsync(() => PullInto(next, channel.Writer, stop.Token));
        try
        {
            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (channel.Reader.TryRead(out var item))
                {
                    yield return item;
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pull.ConfigureAwait(false);
            while (channel.Reader.TryRead(out var item))
            {
                item.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_work.IsAddingCompleted)
        {
            _work.CompleteAdding();
        }

        await _ended.Task.ConfigureAwait(false);
        _work.Dispose();
    }

    // Failures go to the consumer through the channel; the task itself always succeeds.
    private static bool PullInto<T>(Func<T?> next, ChannelWriter<T> writer, CancellationToken stop)
        where T : class, IDisposable
    {
        try
        {
            while (!stop.IsCancellationRequested && next() is { } item)
            {
                if (!writer.TryWrite(item) && !WaitAndWrite(writer, item, stop))
                {
                    item.Dispose();
                    break;
                }
            }

            writer.TryComplete();
        }
        catch (Exception e)
        {
            writer.TryComplete(e);
        }

        return true;
    }

    private static bool WaitAndWrite<T>(ChannelWriter<T> writer, T item, CancellationToken stop)
    {
        try
        {
            writer.WriteAsync(item, stop).AsTask().GetAwaiter().GetResult();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Run()
    {
        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }

        _ended.SetResult();
    }
}
