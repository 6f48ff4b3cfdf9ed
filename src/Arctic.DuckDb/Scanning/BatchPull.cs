using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Arctic.Columnar;

namespace Arctic.DuckDb.Scanning;

/// <summary>
/// The bridge from batches that are awaited to DuckDB's threads, which pull (architecture, decision 14): a pump fills a bounded channel and
/// the puller blocks on it. <see cref="Take"/> may be called by several threads.
/// </summary>
internal sealed class BatchPull
{
    private const int QueueBatchesMax = 4;

    private readonly Channel<ChangeBatch> _channel = Channel.CreateBounded<ChangeBatch>(new BoundedChannelOptions(QueueBatchesMax) { SingleWriter = true });
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;

    /// <summary>Starts to pull from <paramref name="open"/>'s batches ahead of the first <see cref="Take"/>.</summary>
    public BatchPull(Func<CancellationToken, IAsyncEnumerable<ChangeBatch>> open, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = _stop.Token;

        // The pump must not run its first, synchronous stretch on DuckDB's thread.
        _pump = Task.Run(() => PumpAsync(open, token), CancellationToken.None);
    }

    /// <summary>Ends when the pump has let go of its input; never faults.</summary>
    public Task Completion => _pump;

    /// <summary>Blocks until there is a batch, which the caller owns; null at the end.</summary>
    /// <exception cref="Exception">Whatever the input threw.</exception>
    public ChangeBatch? Take()
    {
        var reader = _channel.Reader;
        while (true)
        {
            if (reader.TryRead(out var batch))
            {
                return batch;
            }

            if (!Block(reader.WaitToReadAsync()))
            {
                return null;
            }
        }
    }

    /// <summary>Stops the pump and gives back what it had read; does not wait for it.</summary>
    public void Stop()
    {
        _stop.Cancel();
        Drain();
    }

    private async Task PumpAsync(Func<CancellationToken, IAsyncEnumerable<ChangeBatch>> open, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            await foreach (var batch in open(cancellationToken).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await _channel.Writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    batch.Dispose();
                    throw;
                }
            }
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }

        _channel.Writer.Complete(failure?.SourceException);
        if (cancellationToken.IsCancellationRequested)
        {
            Drain();
        }
    }

    private void Drain()
    {
        while (_channel.Reader.TryRead(out var batch))
        {
            batch.Dispose();
        }
    }

    private static bool Block(ValueTask<bool> pending) => pending.IsCompleted ? pending.GetAwaiter().GetResult() : pending.AsTask().GetAwaiter().GetResult();
}
