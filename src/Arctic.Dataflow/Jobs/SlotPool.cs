using Arctic.Columnar.Errors;

namespace Arctic.Dataflow.Jobs;

/// <summary>
/// The slots that the jobs of a process share. A slot runs one subtask of every vertex of a job, so a job needs as many as its widest vertex
/// has subtasks. Thread-safe.
/// </summary>
public sealed class SlotPool
{
    private int _count;
    private int _free;

    /// <summary>Makes a pool.</summary>
    /// <param name="count">The number of slots; at least 1.</param>
    public SlotPool(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _count = count;
        _free = count;
    }

    /// <summary>All slots.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The slots that no job holds now.</summary>
    public int FreeCount => Volatile.Read(ref _free);

    /// <summary>Takes slots for a job; disposing the answer gives them back.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.NoSlots"/>: there are too few; none was taken.</exception>
    public IDisposable Take(string job, int count)
    {
        while (true)
        {
            var free = FreeCount;
            if (free < count)
            {
                throw new ArcticException(
                    ErrorCodes.NoSlots,
                    $"Job '{job}' needs {count} task slot{(count == 1 ? "" : "s")} (one for each subtask of its widest step), but only {Math.Max(free, 0)} of {Count} {(free == 1 ? "is" : "are")} free.")
                {
                    Hint = "Lower 'parallelism.default', wait for another job to end, or raise 'taskmanager.numberOfTaskSlots'.",
                };
            }

            if (Interlocked.CompareExchange(ref _free, free - count, free) == free)
            {
                return new Taken(this, count);
            }
        }
    }

    /// <summary>Changes the number of slots. Jobs keep what they hold: after a cut there may be fewer than none free until some have ended. One caller at a time.</summary>
    internal void Resize(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Interlocked.Add(ref _free, count - Interlocked.Exchange(ref _count, count));
    }

    private sealed class Taken(SlotPool pool, int count) : IDisposable
    {
        private int _count = count;

        public void Dispose() => Interlocked.Add(ref pool._free, Interlocked.Exchange(ref _count, 0));
    }
}
