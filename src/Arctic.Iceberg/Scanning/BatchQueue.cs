using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Arctic.Columnar;
using Arctic.Columnar.Columns;

namespace Arctic.Iceberg.Scanning;

/// <summary>Batches on their way from those who read to the one who consumes, bounded by their bytes. Several may write, one reads.</summary>
/// <param name="bytesMax">What may wait; a single batch may be larger.</param>
internal sealed class BatchQueue(long bytesMax)
{
    private readonly Channel<(ChangeBatch Batch, long Bytes)> _batches = Channel.CreateUnbounded<(ChangeBatch, long)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _lock = new();
    private TaskCompletionSource? _room;
    private long _bytes;

    /// <summary>Adds a batch when there is room; the queue owns it then.</summary>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        var bytes = batch.Columns.Sum(ColumnBytes.Of);
        while (WaitFor(bytes) is { } room)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!_batches.Writer.TryWrite((batch, bytes)))
        {
            // Another reader failed, and the consumer goes.
            batch.Dispose();
        }
    }

    /// <summary>Says that no batch follows.</summary>
    /// <param name="failure">What the reader is to be told after the batches that are there; null at a good end.</param>
    public void Complete(Exception? failure = null) => _batches.Writer.TryComplete(failure);

    /// <summary>Takes batches until the end.</summary>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _batches.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_batches.Reader.TryRead(out var item))
            {
                Free(item.Bytes);
                yield return item.Batch;
            }
        }
    }

    /// <summary>Disposes what nobody took. Called when nobody writes any more.</summary>
    public void Drain()
    {
        while (_batches.Reader.TryRead(out var item))
        {
            item.Batch.Dispose();
        }
    }

    // Null when the bytes were taken account of; else what ends when there may be room.
    private Task? WaitFor(long bytes)
    {
        lock (_lock)
        {
            if (_bytes == 0 || _bytes + bytes <= bytesMax)
            {
                _bytes += bytes;
                return null;
            }

            return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Free(long bytes)
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            _bytes -= bytes;
            (room, _room) = (_room, null);
        }

        room?.SetResult();
    }
}
