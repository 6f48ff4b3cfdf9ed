using System.Threading.Tasks.Sources;

namespace Arctic.Dataflow.Runtime;

/// <summary>
/// Lets one waiter sleep until it is woken, without allocating. Its owner calls every method under the owner's lock; the waiter awaits outside of it and then looks again at
/// what it waited for.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _isWaiting;

    /// <summary>Starts to wait. At most one waiter at a time.</summary>
    public ValueTask Wait()
    {
        _core.Reset();
        _isWaiting = true;
        return new ValueTask(this, _core.Version);
    }

    /// <summary>Wakes the waiter, if there is one.</summary>
    public void Wake()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            _core.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
