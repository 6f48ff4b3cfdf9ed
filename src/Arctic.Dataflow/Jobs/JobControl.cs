using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs;

/// <summary>Requests of the user to a job, kept until the job's loop takes them, over restarts too. Thread-safe.</summary>
internal sealed class JobControl
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource<CheckpointId?>> _waiting = [];
    private bool _isStopRequested;
    private bool _isOver;
    private Action? _wake;

    /// <summary>Whether the job is to stop with a checkpoint.</summary>
    public bool IsStopRequested
    {
        get
        {
            lock (_lock)
            {
                return _isStopRequested;
            }
        }
    }

    /// <summary>Whether somebody waits for a checkpoint that has not been triggered yet.</summary>
    public bool IsCheckpointRequested
    {
        get
        {
            lock (_lock)
            {
                return _isStopRequested || _waiting.Count > 0;
            }
        }
    }

    /// <summary>Asks for a checkpoint.</summary>
    /// <returns>The checkpoint when it is committed; null when the job ended before.</returns>
    public Task<CheckpointId?> RequestCheckpoint(bool thenStop)
    {
        Action? wake;
        var answer = new TaskCompletionSource<CheckpointId?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isOver)
            {
                return Task.FromResult<CheckpointId?>(null);
            }

            _waiting.Add(answer);
            _isStopRequested |= thenStop;
            wake = _wake;
        }

        wake?.Invoke();
        return answer.Task;
    }

    /// <summary>Says how the running state is woken; null when none is running.</summary>
    public void SetWake(Action? wake)
    {
        lock (_lock)
        {
            _wake = wake;
        }
    }

    /// <summary>Takes those who wait for the checkpoint that is being triggered.</summary>
    public List<TaskCompletionSource<CheckpointId?>> TakeWaiting()
    {
        lock (_lock)
        {
            var taken = _waiting.ToList();
            _waiting.Clear();
            return taken;
        }
    }

    /// <summary>Puts those back whose checkpoint came to nothing.</summary>
    public void PutBack(IEnumerable<TaskCompletionSource<CheckpointId?>> waiting)
    {
        lock (_lock)
        {
            _waiting.AddRange(waiting);
        }
    }

    /// <summary>The job has ended: nobody will get a checkpoint any more.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            _wake = null;
        }

        TakeWaiting().ForEach(w => w.TrySetResult(null));
    }
}
