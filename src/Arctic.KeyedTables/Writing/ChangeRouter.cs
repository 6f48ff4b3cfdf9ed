using Arctic.Columnar;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// Decides for each change of one writer which open file it goes to and which offset it gets (spec/arctic.md, A.6.1): additions to insert files, removals to delete
/// files, the two images of an update under one offset, a delete before each insert of an upsert. Works on arrays, a batch at a time. One instance a writer.
/// </summary>
internal sealed class ChangeRouter(int mask, bool isUpsert)
{
    private long _offset;
    private bool[] _isBeforeSeen = [];
    private int[] _rows = [];
    private int[] _slots = [];
    private long[] _offsets = [];
    private int _count;

    /// <summary>The mask of the buckets that rows are split into.</summary>
    public int Mask => mask;

    /// <summary>The keys whose old image waits for its new one.</summary>
    public int OpenPairCount { get; private set; }

    /// <summary>The column row that each routed row is a copy of; valid until the next <see cref="Route"/>, as are the other two.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _count);

    /// <summary>The file slot of each routed row: see <see cref="SlotOf"/>.</summary>
    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, _count);

    /// <summary>The <c>_file_offset</c> of each routed row.</summary>
    public ReadOnlySpan<long> Offsets => _offsets.AsSpan(0, _count);

    /// <summary>The number of a file: dense over partitions, buckets and the two types.</summary>
    public int SlotOf(int partition, int bucketIndex, bool isDelete) => checked((partition * (mask + 1) + bucketIndex) * 2 + (isDelete ? 1 : 0));

    /// <summary>What a slot number stands for.</summary>
    public (int Partition, KeyBucket Bucket, bool IsDelete) Describe(int slot) => (slot / 2 / (mask + 1), new KeyBucket(mask, slot / 2 % (mask + 1)), (slot & 1) != 0);

    /// <summary>Starts a new interval: offsets begin anew and open pairs are forgotten.</summary>
    public void Reset()
    {
        _offset = 0;
        Array.Clear(_isBeforeSeen);
        OpenPairCount = 0;
    }

    /// <summary>Whether the old image of a key waits for its new one.</summary>
    public bool IsPairOpen(int updateKey) => updateKey < _isBeforeSeen.Length && _isBeforeSeen[updateKey];

    /// <summary>Takes over that the keys of open pairs are now numbered from 0 on, and that there are no others.</summary>
    public void RenumberOpenPairs()
    {
        Array.Clear(_isBeforeSeen);
        _isBeforeSeen.AsSpan(0, OpenPairCount).Fill(true);
    }

    /// <summary>Routes rows in their order.</summary>
    /// <param name="rows">The column rows of the batch.</param>
    /// <param name="kinds">One a column row; empty when all are inserts.</param>
    /// <param name="hashes">The key hash of each column row.</param>
    /// <param name="partitions">The partition number of each column row; empty when there is one partition, 0.</param>
    /// <param name="updateKeys">The key number (equal for equal keys over the interval) of each row of kind <c>-U</c> or <c>+U</c>, in the order of the rows.</param>
    public void Route(ReadOnlySpan<int> rows, ReadOnlySpan<RowKind> kinds, ReadOnlySpan<int> hashes, ReadOnlySpan<int> partitions, ReadOnlySpan<int> updateKeys)
    {
        Reserve(rows.Length, updateKeys);
        if (kinds.IsEmpty && !isUpsert)
        {
            RouteInserts(rows, hashes, partitions);
            return;
        }

        var update = 0;
        foreach (var row in rows)
        {
            var slot = SlotOf(partitions.IsEmpty ? 0 : partitions[row], hashes[row] & mask, isDelete: false);
            switch (kinds.IsEmpty ? RowKind.Insert : kinds[row])
            {
                case RowKind.Insert:
                    AddInsert(row, slot);
                    break;
                case RowKind.Delete:
                    Add(row, slot + 1, ++_offset);
                    break;
                case RowKind.UpdateBefore:
                    OpenPair(updateKeys[update++]);
                    Add(row, slot + 1, ++_offset);
                    break;
                default:
                    AddUpdateAfter(row, slot, updateKeys[update++]);
                    break;
            }
        }
    }

    private void RouteInserts(ReadOnlySpan<int> rows, ReadOnlySpan<int> hashes, ReadOnlySpan<int> partitions)
    {
        rows.CopyTo(_rows);
        for (var i = 0; i < rows.Length; i++)
        {
            _slots[i] = ((partitions.IsEmpty ? 0 : partitions[rows[i]]) * (mask + 1) + (hashes[rows[i]] & mask)) * 2;
            _offsets[i] = _offset + 1 + i;
        }

        _offset += rows.Length;
        _count = rows.Length;
    }

    private void AddInsert(int row, int slot)
    {
        if (isUpsert)
        {
            Add(row, slot + 1, ++_offset);
        }

        Add(row, slot, ++_offset);
    }

    private void OpenPair(int key)
    {
        OpenPairCount += _isBeforeSeen[key] ? 0 : 1;
        _isBeforeSeen[key] = true;
    }

    // A new image whose old image this interval has not seen stands alone: an insert like any other, since nothing else would delete the old row.
    private void AddUpdateAfter(int row, int slot, int key)
    {
        if (_isBeforeSeen[key])
        {
            _isBeforeSeen[key] = false;
            OpenPairCount--;
            Add(row, slot, _offset);
        }
        else
        {
            AddInsert(row, slot);
        }
    }

    private void Add(int row, int slot, long offset)
    {
        (_rows[_count], _slots[_count], _offsets[_count]) = (row, slot, offset);
        _count++;
    }

    private void Reserve(int rowCount, ReadOnlySpan<int> updateKeys)
    {
        _count = 0;
        var routedMax = isUpsert ? 2 * rowCount : rowCount;
        if (_rows.Length < routedMax)
        {
            (_rows, _slots, _offsets) = (new int[routedMax], new int[routedMax], new long[routedMax]);
        }

        var keyMax = -1;
        foreach (var key in updateKeys)
        {
            keyMax = Math.Max(keyMax, key);
        }

        if (keyMax >= _isBeforeSeen.Length)
        {
            Array.Resize(ref _isBeforeSeen, Math.Max(keyMax + 1, 2 * _isBeforeSeen.Length));
        }
    }
}
