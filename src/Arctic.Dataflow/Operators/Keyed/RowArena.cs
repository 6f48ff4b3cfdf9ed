using System.Numerics;
using Arctic.Columnar.Errors;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>Rows of bytes in one stretch of memory, each under a small number that stays while the row is there and is used again afterwards. Not thread-safe.</summary>
internal sealed class RowArena
{
    private const int GarbageMin = 64 * 1024;

    private int[] _starts = [];
    private int[] _lengths = [];
    private byte[] _bytes = [];
    private int[] _free = [];
    private int _freeCount;
    private int _used;
    private int _garbage;

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Ids are less than this: the size of arrays beside the arena.</summary>
    public int Capacity { get; private set; }

    /// <summary>The bytes that the arena holds.</summary>
    public long BytesUsed => _bytes.Length + sizeof(int) * (long)(_free.Length + 2 * _starts.Length);

    /// <summary>The bytes that <see cref="Start"/> points into; moves when rows are added or removed.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Where a row starts in <see cref="Bytes"/>.</summary>
    public int Start(int id) => _starts[id];

    /// <summary>A row's bytes, until a row is added or removed.</summary>
    public ReadOnlySpan<byte> Row(int id) => _bytes.AsSpan(_starts[id], _lengths[id]);

    /// <summary>Whether an id below <see cref="Capacity"/> stands for a row.</summary>
    public bool IsLive(int id) => _starts[id] >= 0;

    /// <summary>Adds a row.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.ResourcesExhausted"/>: more than 2 GiB of rows.</exception>
    public int Add(ReadOnlySpan<byte> row)
    {
        var id = _freeCount > 0 ? _free[--_freeCount] : Capacity++;
        if (id == _starts.Length)
        {
            var size = Math.Max(16, id * 2);
            Array.Resize(ref _starts, size);
            Array.Resize(ref _lengths, size);
        }

        (_starts[id], _lengths[id]) = (-1, row.Length);
        EnsureRoom(row.Length);
        row.CopyTo(_bytes.AsSpan(_used));
        _starts[id] = _used;
        _used += row.Length;
        Count++;
        return id;
    }

    /// <summary>Takes a row out; its id may be given to another.</summary>
    public void Remove(int id)
    {
        _garbage += _lengths[id];
        _starts[id] = -1;
        if (_freeCount == _free.Length)
        {
            Array.Resize(ref _free, Math.Max(16, _free.Length * 2));
        }

        _free[_freeCount++] = id;
        Count--;
        if (_garbage > GarbageMin && _garbage > _used / 2)
        {
            Compact(_bytes.Length);
        }
    }

    private void EnsureRoom(int length)
    {
        if (_bytes.Length - _used >= length)
        {
            return;
        }

        var live = (long)_used - _garbage + length;
        Compact(live * 2 <= _bytes.Length ? _bytes.Length : (int)Math.Min(Array.MaxLength, Math.Max(1024L, (long)BitOperations.RoundUpToPowerOf2((ulong)live))));
        if (_bytes.Length - _used < length)
        {
            throw new ArcticException(ErrorCodes.ResourcesExhausted, "The state of one subtask has outgrown 2 GiB. Raise 'parallelism.default' to spread it over more subtasks.");
        }
    }

    private void Compact(int size)
    {
        var bytes = new byte[size];
        var used = 0;
        for (var id = 0; id < Capacity; id++)
        {
            if (IsLive(id))
            {
                Row(id).CopyTo(bytes.AsSpan(used));
                _starts[id] = used;
                used += _lengths[id];
            }
        }

        (_bytes, _used, _garbage) = (bytes, used, 0);
    }
}
