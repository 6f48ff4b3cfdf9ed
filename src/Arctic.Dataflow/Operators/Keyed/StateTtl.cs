namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>
/// Finds state that has not been written for a time (<c>table.exec.state.ttl</c>), so that it can be forgotten. Pieces of state are small numbers that are used again. Behind a restore all
/// of them count as written just then.
/// </summary>
/// <param name="ttl">How long unwritten state is kept; null for ever.</param>
internal sealed class StateTtl(TimeSpan? ttl)
{
    private const long Unused = long.MinValue;

    private readonly PriorityQueue<int, long> _queue = new();
    private readonly long _millis = (long)(ttl?.TotalMilliseconds ?? 0);
    private long[] _written = [];
    private bool[] _isQueued = [];

    /// <summary>Whether anything is ever forgotten.</summary>
    public bool IsOn => ttl is not null;

    /// <summary>When something may have to be forgotten; null while nothing is kept.</summary>
    public DateTimeOffset? Next => _queue.TryPeek(out _, out var end) ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null;

    /// <summary>The bytes that this holds.</summary>
    public long BytesUsed => 9L * _written.Length + 16L * _queue.Count;

    /// <summary>Tells that a piece has been written.</summary>
    public void Touch(int id, DateTimeOffset now)
    {
        if (ttl is null)
        {
            return;
        }

        if (id >= _written.Length)
        {
            var before = _written.Length;
            Array.Resize(ref _written, Math.Max(16, id * 2));
            Array.Resize(ref _isQueued, _written.Length);
            _written.AsSpan(before).Fill(Unused);
        }

        _written[id] = now.ToUnixTimeMilliseconds();
        if (!_isQueued[id])
        {
            _isQueued[id] = true;
            _queue.Enqueue(id, _written[id] + _millis);
        }
    }

    /// <summary>Tells that a piece is gone.</summary>
    public void Forget(int id)
    {
        if (id < _written.Length)
        {
            _written[id] = Unused;
        }
    }

    /// <summary>The pieces whose time is over; they count as gone.</summary>
    public List<int> TakeExpired(DateTimeOffset now)
    {
        var expired = new List<int>();
        var millis = now.ToUnixTimeMilliseconds();
        while (_queue.TryPeek(out var id, out var end) && end <= millis)
        {
            _queue.Dequeue();
            if (_written[id] == Unused)
            {
                _isQueued[id] = false;
            }
            else if (_written[id] + _millis > millis)
            {
                _queue.Enqueue(id, _written[id] + _millis);
            }
            else
            {
                (_isQueued[id], _written[id]) = (false, Unused);
                expired.Add(id);
            }
        }

        return expired;
    }
}
