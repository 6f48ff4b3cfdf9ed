using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Arctic.Columnar;

namespace Arctic.Iceberg.Scanning;

/// <summary>The order in which a scan with several readers gives its rows.</summary>
public enum ScanOrder
{
    /// <summary>The order of the files in the plan, and of the rows in each: readers ahead of their turn wait when their share of the memory is full.</summary>
    Files,

    /// <summary>Whatever comes first: the fastest. The rows of one batch still follow each other in a file.</summary>
    Any,
}

/// <summary>Reads parts of files by several readers at once, each decoding on a thread of the pool, with a bound on what they have read ahead of the consumer.</summary>
/// <typeparam name="TReader">Reads one part at a time.</typeparam>
/// <typeparam name="TPart">What a reader reads at a time.</typeparam>
/// <param name="createReader">Makes a reader; it is disposed when the scan ends.</param>
/// <param name="read">Reads a part.</param>
/// <param name="readersMax">The readers that work at once.</param>
/// <param name="bytesMax">The memory of batches that wait for the consumer.</param>
internal sealed class ParallelScan<TReader, TPart>(
    Func<TReader> createReader, Func<TReader, TPart, CancellationToken, IAsyncEnumerable<ChangeBatch>> read, int readersMax, long bytesMax)
    where TReader : class, IAsyncDisposable
{
    private readonly Channel<Part> _parts = Channel.CreateBounded<Part>(new BoundedChannelOptions(readersMax) { SingleWriter = true });

    // Of parts that need much memory: every reader would hold it anew, so that they are read one after the other.
    private readonly Lazy<TReader> _serialReader = new(createReader);

    /// <summary>Which parts are read by one reader, one after the other; asked once a part, in their order.</summary>
    public Func<TPart, bool> IsSerial { get; init; } = static _ => false;

    /// <summary>Makes the reader of serial parts; null for one as the others.</summary>
    public Func<TReader>? CreateSerialReader
    {
        init => _serialReader = new(value ?? createReader);
    }

    /// <summary>Reads all parts.</summary>
    /// <returns>Batches that the consumer disposes.</returns>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(IAsyncEnumerable<TPart> parts, ScanOrder order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var outputs = Channel.CreateBounded<BatchQueue>(new BoundedChannelOptions(readersMax) { SingleReader = true });
        var shared = order == ScanOrder.Any ? new BatchQueue(bytesMax) : null;
        if (shared is not null)
        {
            outputs.Writer.TryWrite(shared);
            outputs.Writer.Complete();
        }

        var work = RunAsync(parts, outputs, shared, stop.Token);
        var current = shared;
        try
        {
            while (await outputs.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                outputs.Reader.TryRead(out current);
                await foreach (var batch in current!.ReadAsync(cancellationToken).ConfigureAwait(false)) // there is one to read
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);

            // Failures have come to the consumer through the queues.
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            current?.Drain();
            while (outputs.Reader.TryRead(out var rest))
            {
                rest.Drain();
            }

            if (_serialReader.IsValueCreated)
            {
                await _serialReader.Value.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // Ends when nothing is read any more; then every queue is complete.
    private async Task RunAsync(IAsyncEnumerable<TPart> parts, Channel<BatchQueue> outputs, BatchQueue? shared, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            var readers = Enumerable.Range(0, readersMax).Select(_ => Task.Run(() => ReadPartsAsync(cancellationToken), CancellationToken.None)).ToArray();
            failure = await DealAsync(parts, outputs, shared, cancellationToken).ConfigureAwait(false);
            _parts.Writer.Complete();
            await Task.WhenAll(readers).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        shared?.Complete(failure);
        outputs.Writer.TryComplete(failure);
    }

    // Gives out parts in the order of the plan; in that order too their queues go to the consumer.
    private async Task<Exception?> DealAsync(IAsyncEnumerable<TPart> parts, Channel<BatchQueue> outputs, BatchQueue? shared, CancellationToken cancellationToken)
    {
        var lastSerial = Task.CompletedTask;
        try
        {
            await foreach (var part in parts.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                var queue = shared ?? new BatchQueue(bytesMax / (readersMax + 1));
                if (shared is null)
                {
                    await outputs.Writer.WriteAsync(queue, cancellationToken).ConfigureAwait(false);
                }

                var dealt = new Part(part, queue, OwnsQueue: shared is null, IsSerial(part) ? lastSerial : null);
                lastSerial = dealt.Before is null ? lastSerial : dealt.Done.Task;
                await _parts.Writer.WriteAsync(dealt, cancellationToken).ConfigureAwait(false);
            }

            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private async Task ReadPartsAsync(CancellationToken cancellationToken)
    {
        TReader? own = null;
        try
        {
            while (await _parts.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (_parts.Reader.TryRead(out var part))
                {
                    await ReadPartAsync(part, () => own ??= createReader(), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (own is not null)
            {
                await own.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task ReadPartAsync(Part part, Func<TReader> ownReader, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (part.Before is { } before)
            {
                // In the order of the plan: a part must not wait for one whose rows come after its own.
                await before.ConfigureAwait(false);
            }

            await foreach (var batch in read(part.Before is null ? ownReader() : _serialReader.Value, part.Read, cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await part.Queue.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    batch.Dispose();
                    throw;
                }
            }

            if (part.OwnsQueue)
            {
                part.Queue.Complete();
            }
        }
        catch (Exception e)
        {
            // The consumer is told, and ends the scan; the other parts are only given up then.
            part.Queue.Complete(e);
        }
        finally
        {
            part.Done.SetResult();
        }
    }

    /// <summary>What one reader reads, and where its batches go.</summary>
    /// <param name="Before">Of a serial part: ends when the one before it has been read. Null for other parts.</param>
    private sealed record Part(TPart Read, BatchQueue Queue, bool OwnsQueue, Task? Before)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
