using System.Diagnostics;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Runtime;

/// <summary>A subtask that takes its rows from exchanges.</summary>
internal sealed class ExchangeTask : StreamTask
{
    private readonly InputGate _gate;
    private readonly int[] _openChannels;
    private readonly bool[] _endedNow;
    private readonly Watermark[] _watermarks;
    private readonly bool[] _isIdle;
    private int _openInputs;
    private int _closedChannels;
    private int _barriersMet;
    private Watermark _watermark = Watermark.Min;

    public ExchangeTask(StreamTaskParts parts, InputGate gate)
        : base(parts)
    {
        _gate = gate;
        _openInputs = gate.InputCount;
        _openChannels = new int[gate.InputCount];
        _endedNow = new bool[gate.InputCount];
        _watermarks = new Watermark[gate.ChannelCount];
        _isIdle = new bool[gate.ChannelCount];
        for (var channel = 0; channel < gate.ChannelCount; channel++)
        {
            _openChannels[gate.InputOf(channel)]++;
            _watermarks[channel] = Watermark.Min;
        }
    }

    protected override async Task LoopAsync(CancellationToken cancellationToken)
    {
        Task? arrival = null;
        while (_closedChannels < _gate.ChannelCount)
        {
            await OnTimeAsync(cancellationToken).ConfigureAwait(false);
            if (_gate.TryReceive(out var channel, out var element))
            {
                await TakeAsync(channel, element, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                // Nothing is at hand: rows that were held back to be joined with more go now.
                await Output.FlushAsync().ConfigureAwait(false);
                if (Chain.NextTime is null && arrival is null)
                {
                    await _gate.WaitAsync().ConfigureAwait(false);
                    continue;
                }

                // The gate has one waiter at a time: one that the clock has interrupted goes on waiting.
                arrival ??= _gate.WaitAsync().AsTask();
                await WaitAsync(arrival, cancellationToken).ConfigureAwait(false);
                arrival = arrival.IsCompleted ? null : arrival;
            }
        }
    }

    private async ValueTask TakeAsync(int channel, StreamElement element, CancellationToken cancellationToken)
    {
        switch (element.Kind)
        {
            case StreamElementKind.Batch:
                _isIdle[channel] = false;
                Parts.Counters.CountIn(element.Batch);
                await Chain.ProcessBatchAsync(_gate.InputOf(channel), element.Batch, cancellationToken).ConfigureAwait(false);
                break;
            case StreamElementKind.Watermark:
                await RaiseWatermarkAsync(channel, element.Watermark, cancellationToken).ConfigureAwait(false);
                break;
            case StreamElementKind.Idle:
                _isIdle[channel] = true;
                await (_isIdle.Contains(false) ? AdvanceAsync(cancellationToken) : Chain.MarkIdleAsync(cancellationToken)).ConfigureAwait(false);
                break;
            case StreamElementKind.Barrier:
                await AlignAsync(channel, element.Barrier, cancellationToken).ConfigureAwait(false);
                break;
            case StreamElementKind.EndOfInput:
                await EndChannelAsync(channel, isNow: true, cancellationToken).ConfigureAwait(false);
                break;
            case StreamElementKind.EndedBefore:
                await EndChannelAsync(channel, isNow: false, cancellationToken).ConfigureAwait(false);
                break;
            case StreamElementKind.Close:
                _closedChannels++;
                break;
            default:
                throw new UnreachableException($"Element {element.Kind}");
        }
    }

    // A channel whose barrier has come waits for the others: what it sends belongs to the next checkpoint. Ended channels bring barriers too, so all count alike.
    private async ValueTask AlignAsync(int channel, CheckpointBarrier barrier, CancellationToken cancellationToken)
    {
        _gate.Block(channel);
        if (++_barriersMet < _gate.ChannelCount)
        {
            return;
        }

        _barriersMet = 0;
        await SnapshotAsync(barrier, [], cancellationToken).ConfigureAwait(false);
        _gate.UnblockAll();
    }

    private ValueTask RaiseWatermarkAsync(int channel, Watermark watermark, CancellationToken cancellationToken)
    {
        _watermarks[channel] = watermark;
        _isIdle[channel] = false;
        return AdvanceAsync(cancellationToken);
    }

    // To the lowest watermark of the channels that have something to say.
    private async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        var lowest = Watermark.Max;
        for (var channel = 0; channel < _watermarks.Length; channel++)
        {
            lowest = !_isIdle[channel] && _watermarks[channel].CompareTo(lowest) < 0 ? _watermarks[channel] : lowest;
        }

        if (lowest.CompareTo(_watermark) > 0)
        {
            _watermark = lowest;
            await Chain.AdvanceWatermarkAsync(lowest, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask EndChannelAsync(int channel, bool isNow, CancellationToken cancellationToken)
    {
        var input = _gate.InputOf(channel);
        _endedNow[input] |= isNow;
        var isInputOver = --_openChannels[input] == 0;
        var isTaskOver = isInputOver && --_openInputs == 0;
        var isAnyNew = _endedNow.Contains(true);

        // When everything ended before the restore, operators have seen the end of time and of their inputs, and must not see them again.
        if (!isTaskOver || isAnyNew)
        {
            await RaiseWatermarkAsync(channel, Watermark.Max, cancellationToken).ConfigureAwait(false);
        }

        if (isInputOver && _endedNow[input])
        {
            await Chain.FinishInputAsync(input, cancellationToken).ConfigureAwait(false);
        }

        if (isTaskOver)
        {
            if (isAnyNew)
            {
                await Chain.FinishBehindHeadAsync(cancellationToken).ConfigureAwait(false);
            }

            await Output.BroadcastAsync(StreamElement.End(wasBefore: !isAnyNew)).ConfigureAwait(false);
        }
    }
}
