using System.Threading.Channels;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Runtime;

/// <summary>
/// Stands between a source's one enumerator and its readers: hands splits out, and puts snapshots, splits and the end into one order. The queues to the readers are bounded by the
/// splits there are: one a reader on demand, and what the readers hold anyway otherwise.
/// </summary>
internal sealed class SourceCoordinator : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ISplitEnumerator? _enumerator;
    private readonly SplitAssignment _assignment;
    private readonly ITaskListener _listener;
    private readonly int _vertex;
    private readonly Channel<SourceCommand>[] _queues;
    private readonly bool[] _isIdle;
    private readonly long[] _sentCounts;
    private readonly CancellationTokenSource _ending = new();
    private Task _discovery = Task.CompletedTask;
    private bool _isDiscoveryOver;
    private bool _isFinished;
    private bool _isStopped;

    /// <summary>Makes the coordinator of a source.</summary>
    /// <param name="vertex">The source's vertex.</param>
    /// <param name="enumerator">Owned; null when the source had ended before the restore.</param>
    /// <param name="assignment">When splits are handed out.</param>
    /// <param name="parallelism">The number of readers.</param>
    /// <param name="listener">Told of the end and of failures.</param>
    public SourceCoordinator(int vertex, ISplitEnumerator? enumerator, SplitAssignment assignment, int parallelism, ITaskListener listener)
    {
        (_vertex, _enumerator, _assignment, _listener) = (vertex, enumerator, assignment, listener);
        _queues = Enumerable.Range(0, parallelism)
            .Select(_ => Channel.CreateUnbounded<SourceCommand>(new UnboundedChannelOptions { SingleReader = true }))
            .ToArray();
        _isIdle = new bool[parallelism];
        _sentCounts = new long[parallelism];
        _isFinished = enumerator is null;
    }

    /// <summary>The number of readers.</summary>
    public int Parallelism => _queues.Length;

    /// <summary>Whether every reader has been told of the end; holds behind every barrier sent since.</summary>
    public bool IsFinished
    {
        get
        {
            lock (_lock)
            {
                return _isFinished;
            }
        }
    }

    /// <summary>The commands of a reader.</summary>
    public ChannelReader<SourceCommand> CommandsOf(int subtask) => _queues[subtask].Reader;

    /// <summary>Gives a reader a split of the checkpoint; before <see cref="Start"/>.</summary>
    public void Restore(int subtask, SourceSplit split) => Send(subtask, new SourceCommand.AddSplit(split));

    /// <summary>Begins to look for splits.</summary>
    public void Start()
    {
        if (_enumerator is not null)
        {
            _discovery = DiscoverAsync(_enumerator, _ending.Token);
        }
    }

    /// <summary>Says that a reader has no open split.</summary>
    /// <param name="subtask">The reader.</param>
    /// <param name="splitCount">The splits that it has taken so far: one that is still on its way to it makes the report void, and the reader reports again behind that one.</param>
    public void ReportIdle(int subtask, long splitCount)
    {
        lock (_lock)
        {
            if (splitCount == _sentCounts[subtask])
            {
                _isIdle[subtask] = true;
                Assign();
            }
        }
    }

    /// <summary>Snapshots the enumerator and sends the barrier to every reader, as one step.</summary>
    /// <returns>The enumerator's state; empty when the source has ended.</returns>
    public (ReadOnlyMemory<byte> Enumerator, bool IsFinished) SendBarrier(CheckpointBarrier barrier)
    {
        lock (_lock)
        {
            _isStopped |= barrier.IsStop;
            var state = _isFinished || _enumerator is null ? default : _enumerator.SnapshotState();
            Broadcast(new SourceCommand.PassBarrier(barrier));
            return (state, _isFinished);
        }
    }

    /// <summary>Lets the readers go.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isStopped = true;
            Broadcast(new SourceCommand.Close());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _discovery.ConfigureAwait(false);
        _ending.Dispose();
        if (_enumerator is not null)
        {
            await _enumerator.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task DiscoverAsync(ISplitEnumerator enumerator, CancellationToken cancellationToken)
    {
        try
        {
            // The start of a job does not wait for a source that looks around synchronously.
            await Task.Yield();
            bool isMore;
            do
            {
                isMore = await enumerator.DiscoverAsync(cancellationToken).ConfigureAwait(false);
                lock (_lock)
                {
                    _isDiscoveryOver = !isMore;
                    Assign();
                }
            }
            while (isMore);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The job is ending and knows why.
        }
        catch (Exception error)
        {
            _listener.Fail(error);
        }
    }

    private void Assign()
    {
        if (_isFinished || _isStopped || _enumerator is null)
        {
            return;
        }

        bool isAny;
        do
        {
            isAny = false;
            for (var subtask = 0; subtask < _queues.Length; subtask++)
            {
                if ((_isIdle[subtask] || _assignment == SplitAssignment.Eager) && _enumerator.TryAssign(subtask) is { } split)
                {
                    _isIdle[subtask] = false;
                    isAny = true;
                    Send(subtask, new SourceCommand.AddSplit(split));
                }
            }
        }
        while (isAny);

        if (_isDiscoveryOver && !_isIdle.Contains(false))
        {
            _isFinished = true;
            Broadcast(new SourceCommand.Finish());
            _listener.SourceEnded(_vertex);
        }
    }

    private void Broadcast(SourceCommand command)
    {
        for (var subtask = 0; subtask < _queues.Length; subtask++)
        {
            Send(subtask, command);
        }
    }

    private void Send(int subtask, SourceCommand command)
    {
        _sentCounts[subtask] += command is SourceCommand.AddSplit ? 1 : 0;
        _queues[subtask].Writer.TryWrite(command);
    }
}
