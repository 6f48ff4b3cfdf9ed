namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>
/// A hash table of rows of bytes, each with an owner: gives every (owner, row) a small number that stays while the row is there and is used again
/// afterwards. Open addressing over one stretch of bytes. Not thread-safe.
/// </summary>
internal sealed class RowTable
{
    private const int SlotsMin = 16;

    private readonly RowArena _rows = new();
    private int[] _slots = new int[SlotsMin];
    private ulong[] _hashes = [];
    private int[] _owners = [];

    /// <summary>The number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>Ids are less than this: the size of arrays beside the table.</summary>
    public int Capacity => _rows.Capacity;

    /// <summary>The bytes that the table holds.</summary>
    public long BytesUsed => _rows.BytesUsed + sizeof(int) * (long)_slots.Length + (sizeof(ulong) + sizeof(int)) * (long)_hashes.Length;

    /// <summary>The bytes that <see cref="Start"/> points into; moves when rows are added or removed.</summary>
    public ReadOnlySpan<byte> Arena => _rows.Bytes;

    /// <summary>Where a row starts in <see cref="Arena"/>.</summary>
    public int Start(int id) => _rows.Start(id);

    /// <summary>A row's bytes, until a row is added or removed.</summary>
    public ReadOnlySpan<byte> Row(int id) => _rows.Row(id);

    /// <summary>A row's hash.</summary>
    public ulong Hash(int id) => _hashes[id];

    /// <summary>A row's owner.</summary>
    public int Owner(int id) => _owners[id];

    /// <summary>Whether an id below <see cref="Capacity"/> stands for a row.</summary>
    public bool IsLive(int id) => _rows.IsLive(id);

    /// <summary>The ids that stand for rows, ascending.</summary>
    public IEnumerable<int> LiveIds => Enumerable.Range(0, Capacity).Where(IsLive);

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
        _rows.Remove(id);
    }

    private int Add(ulong hash, ReadOnlySpan<byte> row, int owner)
    {
        if ((Count + 1) * 4L > _slots.Length * 3L)
        {
            Rehash(_slots.Length * 2);
        }

        var id = _rows.Add(row);
        if (id >= _hashes.Length)
        {
            var size = Math.Max(16, id * 2);
            Array.Resize(ref _hashes, size);
            Array.Resize(ref _owners, size);
        }

        (_hashes[id], _owners[id]) = (hash, owner);
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

    private static int SlotOf(ulong hash, int owner) => (int)(hash + (uint)owner * 0x9E3779B97F4A7C15UL >> 7);
}
