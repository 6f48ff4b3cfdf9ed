namespace Arctic.KeyedTables.Keys;

/// <summary>
/// The deletes of one merge-on-read task: the greatest <see cref="ChangeSequence"/> of a delete by key. A row is visible unless a delete of its key is
/// <em>strictly</em> behind it (spec/arctic.md, A.8.2). Not thread-safe.
/// </summary>
internal sealed class DeletedKeys
{
    private readonly KeyTable _keys = new();
    private long[] _transactions = [];
    private long[] _offsets = [];

    /// <summary>The number of keys with a delete.</summary>
    public int Count => _keys.Count;

    /// <summary>The bytes held, about.</summary>
    public long SizeBytes => _keys.SizeBytes + 16L * _transactions.Length;

    /// <summary>Adds a delete.</summary>
    public void Add(ReadOnlySpan<byte> key, ChangeSequence sequence)
    {
        var before = _keys.Count;
        var entry = _keys.FindOrAdd(key);
        if (entry == before)
        {
            if (entry == _transactions.Length)
            {
                var size = Math.Max(16, 2 * entry);
                Array.Resize(ref _transactions, size);
                Array.Resize(ref _offsets, size);
            }

            (_transactions[entry], _offsets[entry]) = (sequence.Transaction, sequence.Offset);
        }
        else if (sequence > new ChangeSequence(_transactions[entry], _offsets[entry]))
        {
            (_transactions[entry], _offsets[entry]) = (sequence.Transaction, sequence.Offset);
        }
    }

    /// <summary>Whether a delete of the key is behind a row of that sequence.</summary>
    public bool IsDead(ReadOnlySpan<byte> key, ChangeSequence sequence)
    {
        var entry = _keys.Find(key);
        return entry >= 0 && new ChangeSequence(_transactions[entry], _offsets[entry]) > sequence;
    }
}
