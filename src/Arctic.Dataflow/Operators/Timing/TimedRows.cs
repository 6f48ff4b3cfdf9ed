using Arctic.Columnar;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Timing;

/// <summary>Rows that wait for the watermark to reach their time, with their kind and the hash of their key. Not thread-safe.</summary>
/// <param name="stateName">The name of the rows in checkpoints.</param>
/// <param name="maxParallelism">The number of key groups of the job.</param>
internal sealed class TimedRows(string stateName, int maxParallelism)
{
    private const byte StateVersion = 1;

    // A place in the queue: id, time and number.
    private const int QueuedBytes = 24;

    private readonly RowArena _rows = new();
    private readonly PriorityQueue<int, (long Time, long Sequence)> _queue = new();
    private long[] _times = [];
    private ulong[] _hashes = [];
    private RowKind[] _kinds = [];
    private long _sequence;

    /// <summary>The number of rows that wait.</summary>
    public int Count => _queue.Count;

    /// <summary>The bytes that the rows hold.</summary>
    public long BytesUsed => _rows.BytesUsed + QueuedBytes * (long)_queue.Count + (sizeof(long) + sizeof(ulong) + 1) * (long)_times.Length;

    /// <summary>The memory that <see cref="Start"/> points into.</summary>
    public ReadOnlySpan<byte> Bytes => _rows.Bytes;

    /// <summary>Where a row starts in <see cref="Bytes"/>.</summary>
    public int Start(int id) => _rows.Start(id);

    /// <summary>A row's time.</summary>
    public long TimeOf(int id) => _times[id];

    /// <summary>A row's kind.</summary>
    public RowKind KindOf(int id) => _kinds[id];

    /// <summary>Adds a row.</summary>
    /// <param name="hash">Of its key: which key group it lies in.</param>
    public void Add(long time, ulong hash, RowKind kind, ReadOnlySpan<byte> row)
    {
        var id = _rows.Add(row);
        if (id >= _times.Length)
        {
            var size = Math.Max(16, id * 2);
            Array.Resize(ref _times, size);
            Array.Resize(ref _hashes, size);
            Array.Resize(ref _kinds, size);
        }

        (_times[id], _hashes[id], _kinds[id]) = (time, hash, kind);
        _queue.Enqueue(id, (time, _sequence++));
    }

    /// <summary>The next rows whose time the watermark has reached, by time and arrival; rows of one time are never parted.</summary>
    /// <param name="countWanted">How many are enough.</param>
    /// <param name="due">Takes their ids; each is given back by <see cref="Remove"/>.</param>
    public void TakeDue(long watermark, int countWanted, List<int> due)
    {
        due.Clear();
        while (_queue.TryPeek(out var id, out var place) && place.Time <= watermark && (due.Count < countWanted || place.Time == _times[due[^1]]))
        {
            _queue.Dequeue();
            due.Add(id);
        }
    }

    /// <summary>The time of the row that is due next; null when none waits.</summary>
    public long? NextTime => _queue.TryPeek(out _, out var place) ? place.Time : null;

    /// <summary>Frees the memory of rows that were due.</summary>
    public void Remove(List<int> ids)
    {
        foreach (var id in ids)
        {
            _rows.Remove(id);
        }
    }

    /// <summary>Writes the rows by key group, in the order in which they are due.</summary>
    public ValueTask SaveAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        var ids = _queue.UnorderedItems.OrderBy(q => q.Priority).Select(q => q.Element);
        return KeyGroupState.SaveAsync(writer, stateName, StateVersion, ids, id => KeyGroups.Of(_hashes[id], maxParallelism), Save, cancellationToken);
    }

    /// <summary>Reads the rows back.</summary>
    /// <param name="name">The operator's, for messages.</param>
    public ValueTask LoadAsync(IStateReader restored, string name, CancellationToken cancellationToken) =>
        KeyGroupState.LoadAsync(restored, stateName, StateVersion, name, Load, cancellationToken);

    private void Save(int id, StateBuffer buffer)
    {
        buffer.WriteInt64(_times[id]);
        buffer.WriteInt64((long)_hashes[id]);
        buffer.WriteByte((byte)_kinds[id]);
        buffer.WriteBytes(_rows.Row(id));
    }

    private void Load(ref StateBytes source)
    {
        var time = source.ReadInt64();
        var hash = (ulong)source.ReadInt64();
        var kind = (RowKind)source.ReadByte();
        Add(time, hash, kind, source.ReadBytes());
    }
}
