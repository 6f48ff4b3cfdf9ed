using System.Diagnostics;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Runtime;

/// <summary>A subtask that reads splits of a source. It looks at its commands between reads and while a read is pending.</summary>
internal sealed class SourceTask : StreamTask
{
    private readonly SourceCoordinator _coordinator;
    private readonly ISourceReader? _reader;
    private readonly Dictionary<string, SourceSplit> _splits = [];
    private Task<SourceRead>? _pending;
    private bool _isStopped;
    private bool _isFinished;
    private bool _isClosed;
    private long _splitCount;

    /// <summary>Makes the task.</summary>
    /// <param name="parts">The chain and its surroundings.</param>
    /// <param name="coordinator">Sends the commands.</param>
    /// <param name="reader">Owned; null when the source had ended before the restore.</param>
    public SourceTask(StreamTaskParts parts, SourceCoordinator coordinator, ISourceReader? reader)
        : base(parts) => (_coordinator, _reader) = (coordinator, reader);

    public override async ValueTask DisposeAsync()
    {
        await DropPendingAsync().ConfigureAwait(false);
        await new IAsyncDisposable?[] { _reader, Chain, Parts.Writer }.DisposeAllAsync().ConfigureAwait(false);
    }

    protected override async Task LoopAsync(CancellationToken cancellationToken)
    {
        var commands = _coordinator.CommandsOf(Parts.Subtask);
        Task<bool>? nextCommand = null;
        if (_reader is null)
        {
            await Output.BroadcastAsync(StreamElement.End(wasBefore: true)).ConfigureAwait(false);
        }
        else
        {
            // Restored splits wait there already.
            await TakeCommandsAsync(cancellationToken).ConfigureAwait(false);
            ReportIfIdle();
        }

        while (!_isClosed)
        {
            await OnTimeAsync(cancellationToken).ConfigureAwait(false);
            if (await TakeCommandsAsync(cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            if (_splits.Count > 0 && !_isStopped && _reader is not null && await TryReadAsync(_reader, cancellationToken).ConfigureAwait(false) is { } read)
            {
                await TakeAsync(read, cancellationToken).ConfigureAwait(false);
                continue;
            }

            // Nothing is at hand: rows that were held back to be joined with more go now.
            await Output.FlushAsync().ConfigureAwait(false);
            if (nextCommand is null or { IsCompleted: true })
            {
                nextCommand = commands.WaitToReadAsync(cancellationToken).AsTask();
            }

            await WaitAsync(_pending is { } pending && !_isStopped ? Task.WhenAny(pending, nextCommand) : nextCommand, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<bool> TakeCommandsAsync(CancellationToken cancellationToken)
    {
        var isAny = false;
        while (_coordinator.CommandsOf(Parts.Subtask).TryRead(out var command))
        {
            isAny = true;
            await TakeAsync(command, cancellationToken).ConfigureAwait(false);
        }

        return isAny;
    }

    private async ValueTask TakeAsync(SourceCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case SourceCommand.AddSplit(var split):
                Debug.Assert(_reader is not null, "A source that has ended hands no split out.");
                _splitCount++;
                _splits.Add(split.Id, split);
                _reader.AddSplit(split);
                break;
            case SourceCommand.PassBarrier(var barrier):
                _isStopped |= barrier.IsStop;
                await SnapshotAsync(barrier, _splits.Values.ToArray(), cancellationToken).ConfigureAwait(false);
                break;
            case SourceCommand.Finish:
                await FinishAsync(cancellationToken).ConfigureAwait(false);
                break;
            case SourceCommand.Close:
                _isClosed = true;
                break;
            default:
                throw new UnreachableException($"Command {command}");
        }
    }

    // Null when the read is pending.
    private async ValueTask<SourceRead?> TryReadAsync(ISourceReader reader, CancellationToken cancellationToken)
    {
        if (_pending is null)
        {
            var read = reader.ReadAsync(cancellationToken);
            if (read.IsCompletedSuccessfully)
            {
                return read.Result;
            }

            _pending = read.AsTask();
        }

        if (!_pending.IsCompleted)
        {
            return null;
        }

        var answer = await _pending.ConfigureAwait(false);
        _pending = null;
        return answer;
    }

    private async ValueTask TakeAsync(SourceRead read, CancellationToken cancellationToken)
    {
        if (read.IsSplitFinished)
        {
            _splits.Remove(read.SplitId);
        }
        else
        {
            _splits[read.SplitId] = new SourceSplit(read.SplitId, read.State);
        }

        if (read.Batch is { RowCount: > 0 } batch)
        {
            Parts.Counters.CountIn(batch);
            await Chain.ProcessBatchAsync(0, batch, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            read.Batch?.Dispose();
        }

        ReportIfIdle();
    }

    private void ReportIfIdle()
    {
        if (_splits.Count == 0)
        {
            _coordinator.ReportIdle(Parts.Subtask, _splitCount);
        }
    }

    private async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        Debug.Assert(!_isFinished && _splits.Count == 0, "A source ends once, when its readers have nothing open.");
        _isFinished = true;
        await Chain.AdvanceWatermarkAsync(Watermark.Max, cancellationToken).ConfigureAwait(false);
        await Chain.FinishInputAsync(0, cancellationToken).ConfigureAwait(false);
        await Chain.FinishBehindHeadAsync(cancellationToken).ConfigureAwait(false);
        await Output.BroadcastAsync(StreamElement.End(wasBefore: false)).ConfigureAwait(false);
    }

    // The token has been cancelled or the job stopped: a read that still comes has no effect on any checkpoint.
    private async ValueTask DropPendingAsync()
    {
        if (_pending is { } pending)
        {
            await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (pending.IsCompletedSuccessfully)
            {
                pending.Result.Batch?.Dispose();
            }
        }
    }
}
