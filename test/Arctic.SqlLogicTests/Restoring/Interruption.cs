namespace Arctic.SqlLogicTests.Restoring;

/// <summary>
/// Where a job is to be killed: its readers hold when they have given half of their first batch. A source is at rest when each of its readers holds or has nothing left to read.
/// </summary>
internal sealed class Interruption
{
    private readonly Lock _lock = new();
    private readonly List<Readers> _sources = [];
    private TaskCompletionSource _atRest = NewEvent();
    private TaskCompletionSource _released = NewEvent();

    /// <summary>Ends when all sources are at rest.</summary>
    public Task AtRest
    {
        get
        {
            lock (_lock)
            {
                return _atRest.Task;
            }
        }
    }

    /// <summary>Whether any reader holds; if none does, the job ends by itself.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _sources.Exists(s => s.Held.Count > 0);
            }
        }
    }

    /// <summary>Adds a source of the job; before any of them is read.</summary>
    public Readers AddSource(int parallelism)
    {
        lock (_lock)
        {
            var source = new Readers(this, parallelism);
            _sources.Add(source);
            return source;
        }
    }

    /// <summary>Lets every reader that holds give one more row; <see cref="AtRest"/> starts anew.</summary>
    public void ReleaseOneRow()
    {
        lock (_lock)
        {
            foreach (var source in _sources)
            {
                source.Resting.ExceptWith(source.Held);
                source.Held.Clear();
            }

            _atRest = NewEvent();
            var released = _released;
            _released = NewEvent();
            released.SetResult();
        }
    }

    private static TaskCompletionSource NewEvent() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The readers of one source.</summary>
    public sealed class Readers(Interruption interruption, int parallelism)
    {
        /// <summary>Readers that wait to be released.</summary>
        public HashSet<int> Held { get; } = [];

        /// <summary>Readers that hold or have nothing left.</summary>
        public HashSet<int> Resting { get; } = [];

        /// <summary>Waits until the reader may give one more row.</summary>
        public Task HoldAsync(int subtask, CancellationToken cancellationToken)
        {
            lock (interruption._lock)
            {
                Held.Add(subtask);
                SetResting(subtask);
                return interruption._released.Task.WaitAsync(cancellationToken);
            }
        }

        /// <summary>Says that a reader has nothing left.</summary>
        public void SetIdle(int subtask)
        {
            lock (interruption._lock)
            {
                SetResting(subtask);
            }
        }

        private void SetResting(int subtask)
        {
            Resting.Add(subtask);
            if (interruption._sources.TrueForAll(s => s.IsAtRest))
            {
                interruption._atRest.TrySetResult();
            }
        }

        private bool IsAtRest => Resting.Count == parallelism;
    }
}
