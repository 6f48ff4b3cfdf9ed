namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>
/// A bag of rows for each owner (a key, a group): rows with how often each is there, and the rows of an owner in a list. Joins keep their sides in it,
/// DISTINCT its values. Not thread-safe.
/// </summary>
internal sealed class KeyedRows
{
    private readonly RowTable _table = new();
    private long[] _counts = [];
    private int[] _next = [];
    private int[] _previous = [];
    private int[] _heads = [];

    /// <summary>The rows; ids are theirs.</summary>
    public RowTable Table => _table;

    /// <summary>The bytes that the bags hold.</summary>
    public long BytesUsed => _table.BytesUsed + (sizeof(long) + 2 * sizeof(int)) * (long)_counts.Length + sizeof(int) * (long)_heads.Length;

    /// <summary>How often a row is there: at least once.</summary>
    public long CountOf(int id) => _counts[id];

    /// <summary>The first row of an owner; -1 when it has none.</summary>
    public int FirstOf(int owner) => owner < _heads.Length ? _heads[owner] - 1 : -1;

    /// <summary>The row behind another one of the same owner; -1 at the end.</summary>
    public int NextOf(int id) => _next[id];

    /// <summary>Adds a row <paramref name="count"/> times.</summary>
    /// <returns>Its id.</returns>
    public int Add(int owner, ulong hash, ReadOnlySpan<byte> row, long count, out bool isNew)
    {
        var id = _table.FindOrAdd(hash, row, owner, out isNew);
        if (!isNew)
        {
            _counts[id] += count;
            return id;
        }

        EnsureCapacity(id, owner);
        var head = _heads[owner] - 1;
        (_counts[id], _next[id], _previous[id]) = (count, head, -1);
        if (head >= 0)
        {
            _previous[head] = id;
        }

        _heads[owner] = id + 1;
        return id;
    }

    /// <summary>The id of a row; -1 when its owner does not have it.</summary>
    public int Find(int owner, ulong hash, ReadOnlySpan<byte> row) => _table.Find(hash, row, owner);

    /// <summary>Takes a row out once.</summary>
    /// <returns>Whether that was the last of its kind: the id is free then.</returns>
    public bool RemoveOne(int id)
    {
        if (--_counts[id] > 0)
        {
            return false;
        }

        Unlink(id);
        return true;
    }

    /// <summary>Takes a row out as often as it is there.</summary>
    public void RemoveAll(int id) => Unlink(id);

    /// <summary>Takes all rows of an owner out.</summary>
    public void Clear(int owner)
    {
        for (var id = FirstOf(owner); id >= 0; id = FirstOf(owner))
        {
            Unlink(id);
        }
    }

    private void Unlink(int id)
    {
        var (previous, next) = (_previous[id], _next[id]);
        if (previous >= 0)
        {
            _next[previous] = next;
        }
        else
        {
            _heads[_table.Owner(id)] = next + 1;
        }

        if (next >= 0)
        {
            _previous[next] = previous;
        }

        _table.Remove(id);
    }

    private void EnsureCapacity(int id, int owner)
    {
        if (id >= _counts.Length)
        {
            var size = Math.Max(16, id * 2);
            Array.Resize(ref _counts, size);
            Array.Resize(ref _next, size);
            Array.Resize(ref _previous, size);
        }

        if (owner >= _heads.Length)
        {
            Array.Resize(ref _heads, Math.Max(16, owner * 2));
        }
    }
}
