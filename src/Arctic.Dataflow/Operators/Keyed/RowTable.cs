using System.Numerics;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>
/// A hash table of rows of bytes, each with an owner: gives every (owner, row) a small number that stays while the row is there and is used again
/// afterwards. Open addressing over one stretch of bytes. Not thread-safe.
/// </summary>
internal sealed class RowTable
{
    private const int SlotsMin = 16;
    private const int GarbageMin = 64 * 1024;

    private int[] _slots = new int[SlotsMin];
    private ulong[] _hashes = [];
    private int[] _owners = [];
    private int[] _starts = [];
    private int[] _lengths = [];
    private byte[] _arena = [];
    private int[] _free = [];
    private int _freeCount;
    private int _arenaUsed;
    private int _garbage;

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Ids are less than this: the size of arrays beside the table.</summary>
    public int Capacity { get; private set; }

    /// <summary>The bytes that the table holds.</summary>
    public long BytesUsed => _arena.Length + sizeof(int) * (long)(_slots.Length + _free.Length) + (sizeof(ulong) + 3 * sizeof(int)) * (long)_hashes.Length;

    /// <summary>The bytes that <see cref="Start"/> points into; moves when rows are added or removed.</summary>
    public ReadOnlySpan<byte> Arena => _arena;

    /// <summary>Where a row starts in <see cref="Arena"/>.</summary>
    public int Start(int id) => _starts[id];

    /// <summary>A row's bytes, until a row is added or removed.</summary>
    public ReadOnlySpan<byte> Row(int id) => _arena.AsSpan(_starts[id], _lengths[id]);

    /// <summary>A row's hash.</summary>
    public ulong Hash(int id) => _hashes[id];

    /// <summary>A row's owner.</summary>
    public int Owner(int id) => _owners[id];

    /// <summary>Whether an id below <see cref="Capacity"/> stands for a row.</summary>
    public bool IsLive(int id) => _starts[id] >= 0;

    /// <summary>The id of a row; -1 when it is not there.</summary>
    public int Find(ulong hash, ReadOnlySpan<byte> row, int owner = 0)
    {
        var mask = _slots.Length - 1;
        for (var slot = SlotOf(hash, owner) & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var id = _slots[slot] - 1;
            if (_hashes[id] == hash && _owners[id] == owner && Row(id).SequenceEqual(row))
            {
                return id;
            }
        }

        return -1;
    }

    /// <summary>The id of a row, which is added if it is not there.</summary>
    public int FindOrAdd(ulong hash, ReadOnlySpan<byte> row, int owner, out bool isNew)
    {
        var id = Find(hash, row, owner);
        isNew = id < 0;
        return isNew ? Add(hash, row, owner) : id;
    }

    /// <summary>Takes a row out; its id may be given to another.</summary>
    public void Remove(int id)
    {
        var mask = _slots.Length - 1;
        var slot = SlotOf(_hashes[id], _owners[id]) & mask;
        while (_slots[slot] != id + 1)
        {
            slot = (slot + 1) & mask;
        }

        CloseGap(slot, mask);
        _garbage += _lengths[id];
        _starts[id] = -1;
        if (_freeCount == _free.Length)
        {
            Array.Resize(ref _free, Math.Max(16, _free.Length * 2));
        }

        _free[_freeCount++] = id;
        Count--;
        if (_garbage > GarbageMin && _garbage > _arenaUsed / 2)
        {
            Compact(_arena.Length);
        }
    }

    private int Add(ulong hash, ReadOnlySpan<byte> row, int owner)
    {
        if ((Count + 1) * 4L > _slots.Length * 3L)
        {
            Rehash(_slots.Length * 2);
        }

        var id = _freeCount > 0 ? _free[--_freeCount] : Capacity++;
        if (id == _hashes.Length)
        {
            var size = Math.Max(16, id * 2);
            Array.Resize(ref _hashes, size);
            Array.Resize(ref _owners, size);
            Array.Resize(ref _starts, size);
            Array.Resize(ref _lengths, size);
        }

        (_hashes[id], _owners[id], _starts[id], _lengths[id]) = (hash, owner, -1, row.Length);
        EnsureArena(row.Length);
        row.CopyTo(_arena.AsSpan(_arenaUsed));
        _starts[id] = _arenaUsed;
        _arenaUsed += row.Length;
        Count++;
        Insert(id);
        return id;
    }

    private void Insert(int id)
    {
        var mask = _slots.Length - 1;
        var slot = SlotOf(_hashes[id], _owners[id]) & mask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        _slots[slot] = id + 1;
    }

    // Linear probing without tombstones: rows behind the gap move into it unless that would put them before their own slot.
    private void CloseGap(int gap, int mask)
    {
        for (var slot = (gap + 1) & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var id = _slots[slot] - 1;
            var home = SlotOf(_hashes[id], _owners[id]) & mask;
            if (((slot - home) & mask) >= ((slot - gap) & mask))
            {
                _slots[gap] = id + 1;
                gap = slot;
            }
        }

        _slots[gap] = 0;
    }

    private void Rehash(int size)
    {
        _slots = new int[size];
        for (var id = 0; id < Capacity; id++)
        {
            if (IsLive(id))
            {
                Insert(id);
            }
        }
    }

    private void EnsureArena(int length)
    {
        if (_arena.Length - _arenaUsed >= length)
        {
            return;
        }

        var live = (long)_arenaUsed - _garbage + length;
        Compact(live * 2 <= _arena.Length ? _arena.Length : (int)Math.Min(Array.MaxLength, Math.Max(1024L, (long)BitOperations.RoundUpToPowerOf2((ulong)live))));
        if (_arena.Length - _arenaUsed < length)
        {
            throw new Columnar.Errors.ArcticException(
                Columnar.Errors.ErrorCodes.ResourcesExhausted, "The state of one subtask has outgrown 2 GiB. Raise 'parallelism.default' to spread it over more subtasks.");
        }
    }

    private void Compact(int size)
    {
        var arena = new byte[size];
        var used = 0;
        for (var id = 0; id < Capacity; id++)
        {
            if (IsLive(id))
            {
                Row(id).CopyTo(arena.AsSpan(used));
                _starts[id] = used;
                used += _lengths[id];
            }
        }

        (_arena, _arenaUsed, _garbage) = (arena, used, 0);
    }

    private static int SlotOf(ulong hash, int owner) => (int)(hash + (uint)owner * 0x9E3779B97F4A7C15UL >> 7);
}
