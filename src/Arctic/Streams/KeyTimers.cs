using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Streams;

/// <summary>Which time a timer waits for.</summary>
internal enum TimerDomain : byte
{
    /// <summary>The clock's.</summary>
    Clock,

    /// <summary>The watermark's.</summary>
    Event,
}

/// <summary>The timers of the keys of one subtask, to the millisecond; one a key, domain and time.</summary>
internal sealed class KeyTimers
{
    private const string StateName = "timers";
    private const byte StateVersion = 1;
    private const int TimerBytes = 64;

    private readonly SortedSet<(long Millis, int KeyId)>[] _queues = [[], []];
    private int[] _counts = [];

    /// <summary>How far event time has come.</summary>
    public Watermark Reached { get; set; } = Dataflow.Time.Watermark.Min;

    /// <summary>The same as a time; null before the first watermark.</summary>
    public DateTimeOffset? Watermark => Reached == Dataflow.Time.Watermark.Min ? null
        : DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(Reached.EpochMillis, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>The bytes that the timers hold.</summary>
    public long BytesUsed => (_queues[0].Count + _queues[1].Count) * (long)TimerBytes;

    /// <summary>When the next timer of the clock is due; null for never.</summary>
    public DateTimeOffset? NextTime => _queues[(int)TimerDomain.Clock] is { Count: > 0 } queue ? DateTimeOffset.FromUnixTimeMilliseconds(queue.Min.Millis) : null;

    /// <summary>Adds a timer, once.</summary>
    public void Add(TimerDomain domain, DateTimeOffset time, int keyId) => Add(domain, CeilingMillis(time), keyId);

    /// <summary>Takes a timer out, if it is there.</summary>
    public void Remove(TimerDomain domain, DateTimeOffset time, int keyId)
    {
        if (_queues[(int)domain].Remove((CeilingMillis(time), keyId)))
        {
            _counts[keyId]--;
        }
    }

    /// <summary>Takes the next timer that is due out.</summary>
    public (DateTimeOffset Time, int KeyId)? TakeDue(TimerDomain domain, long reachedMillis)
    {
        var queue = _queues[(int)domain];
        if (queue.Count == 0 || queue.Min.Millis > reachedMillis)
        {
            return null;
        }

        var due = queue.Min;
        queue.Remove(due);
        _counts[due.KeyId]--;
        return (DateTimeOffset.FromUnixTimeMilliseconds(due.Millis), due.KeyId);
    }

    /// <summary>Whether a key has a timer.</summary>
    public bool Has(int keyId) => keyId < _counts.Length && _counts[keyId] > 0;

    public ValueTask SaveAsync(IStateWriter writer, RowTable keys, int maxParallelism, CancellationToken cancellationToken)
    {
        var timers = _queues.SelectMany((q, domain) => q.Select(t => (Domain: (byte)domain, t.Millis, t.KeyId)));
        return KeyGroupState.SaveAsync(writer, StateName, StateVersion, timers, t => KeyGroups.Of(keys.Hash(t.KeyId), maxParallelism), Save, cancellationToken);

        void Save((byte Domain, long Millis, int KeyId) timer, StateBuffer buffer)
        {
            buffer.WriteByte(timer.Domain);
            buffer.WriteInt64(timer.Millis);
            buffer.WriteBytes(keys.Row(timer.KeyId));
        }
    }

    public ValueTask LoadAsync(IStateReader restored, RowTable keys, string operatorName, CancellationToken cancellationToken)
    {
        return KeyGroupState.LoadAsync(restored, StateName, StateVersion, operatorName, Load, cancellationToken);

        void Load(ref StateBytes source)
        {
            var domain = (TimerDomain)source.ReadByte();
            var millis = source.ReadInt64();
            var key = source.ReadBytes();
            Add(domain, millis, keys.FindOrAdd(EncodedRows.Hash(key), key, 0, out _));
        }
    }

    private void Add(TimerDomain domain, long millis, int keyId)
    {
        if (keyId >= _counts.Length)
        {
            Array.Resize(ref _counts, Math.Max(16, keyId * 2));
        }

        _counts[keyId] += _queues[(int)domain].Add((millis, keyId)) ? 1 : 0;
    }

    // Never before the time that was asked for.
    private static long CeilingMillis(DateTimeOffset time)
    {
        var millis = time.ToUnixTimeMilliseconds();
        return time.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? millis : millis + 1;
    }
}
