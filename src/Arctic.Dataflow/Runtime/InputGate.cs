using System.Diagnostics;

namespace Arctic.Dataflow.Runtime;

/// <summary>
/// The receiving end of all exchanges of one subtask: a bounded queue a channel, and one reader that takes from them in turn. A channel that is ahead of the others (its barrier has
/// come) can be blocked until they have caught up; its sender then waits when the queue is full.
/// </summary>
internal sealed class InputGate
{
    private readonly Lock _lock = new();
    private readonly Channel[] _channels;
    private readonly AsyncSignal _arrived = new();
    private int _next;
    private bool _isAborted;

    /// <summary>Makes a gate.</summary>
    /// <param name="inputOfChannel">Which input of the task each channel belongs to.</param>
    /// <param name="capacity">The elements that a channel holds before its sender waits; at least 1.</param>
    public InputGate(IReadOnlyList<int> inputOfChannel, int capacity)
    {
        _channels = inputOfChannel.Select(input => new Channel(this, input, capacity)).ToArray();
        InputCount = inputOfChannel.Max() + 1;
    }

    public int ChannelCount => _channels.Length;

    public int InputCount { get; }

    /// <summary>The sending end of a channel.</summary>
    public IExchange SenderOf(int channel) => _channels[channel];

    public int InputOf(int channel) => _channels[channel].Input;

    /// <summary>Takes the next element of any channel that is not blocked; false when there is none now.</summary>
    public bool TryReceive(out int channel, out StreamElement element)
    {
        lock (_lock)
        {
            ThrowIfAborted();
            for (var i = 0; i < _channels.Length; i++)
            {
                channel = _next;
                _next = _next + 1 == _channels.Length ? 0 : _next + 1;
                if (_channels[channel].TryTake(out element))
                {
                    return true;
                }
            }

            (channel, element) = (-1, default);
            return false;
        }
    }

    /// <summary>Waits until <see cref="TryReceive"/> may find something.</summary>
    /// <exception cref="OperationCanceledException">The gate was aborted; so do the other methods.</exception>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            ThrowIfAborted();
            foreach (var channel in _channels)
            {
                if (channel.IsReadable)
                {
                    return ValueTask.CompletedTask;
                }
            }

            return _arrived.Wait();
        }
    }

    /// <summary>Takes nothing from a channel until <see cref="UnblockAll"/>.</summary>
    public void Block(int channel)
    {
        lock (_lock)
        {
            _channels[channel].IsBlocked = true;
        }
    }

    public void UnblockAll()
    {
        lock (_lock)
        {
            foreach (var channel in _channels)
            {
                channel.IsBlocked = false;
            }
        }
    }

    /// <summary>Ends all waits with a cancellation and gives queued batches back. What is sent later is dropped.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            _isAborted = true;
            foreach (var channel in _channels)
            {
                channel.Clear();
            }

            _arrived.Wake();
        }
    }

    private void ThrowIfAborted()
    {
        if (_isAborted)
        {
            throw new OperationCanceledException("The job is ending.");
        }
    }

    // A ring of elements; its state is guarded by the gate's lock.
    private sealed class Channel(InputGate gate, int input, int capacity) : IExchange
    {
        private readonly StreamElement[] _ring = new StreamElement[capacity];
        private readonly AsyncSignal _hasRoom = new();
        private int _head;
        private int _count;

        public int Input => input;

        public bool IsBlocked { get; set; }

        public bool IsReadable => _count > 0 && !IsBlocked;

        public bool TryTake(out StreamElement element)
        {
            if (!IsReadable)
            {
                element = default;
                return false;
            }

            element = _ring[_head];
            _ring[_head] = default;
            _head = _head + 1 == _ring.Length ? 0 : _head + 1;
            _count--;
            _hasRoom.Wake();
            return true;
        }

        public void Clear()
        {
            while (_count > 0)
            {
                _ring[_head].Drop();
                _ring[_head] = default;
                _head = _head + 1 == _ring.Length ? 0 : _head + 1;
                _count--;
            }

            _hasRoom.Wake();
        }

        public ValueTask SendAsync(StreamElement element) =>
            TryPut(element, out var room) ? ValueTask.CompletedTask : SendLaterAsync(element, room);

        private async ValueTask SendLaterAsync(StreamElement element, ValueTask room)
        {
            do
            {
                await room.ConfigureAwait(false);
            }
            while (!TryPut(element, out room));
        }

        private bool TryPut(StreamElement element, out ValueTask room)
        {
            lock (gate._lock)
            {
                if (gate._isAborted)
                {
                    element.Drop();
                    gate.ThrowIfAborted();
                }

                if (_count == _ring.Length)
                {
                    room = _hasRoom.Wait();
                    return false;
                }

                var tail = _head + _count;
                _ring[tail >= _ring.Length ? tail - _ring.Length : tail] = element;
                _count++;
                Debug.Assert(_count <= _ring.Length, "A channel holds no more than its capacity.");
                if (!IsBlocked)
                {
                    gate._arrived.Wake();
                }

                room = default;
                return true;
            }
        }
    }
}
