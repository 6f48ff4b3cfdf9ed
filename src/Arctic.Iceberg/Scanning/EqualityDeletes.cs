using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Partitioning;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// The deleted keys of one set of columns, each with the greatest sequence number that deletes it: one set serves data files of any age. One may add keys while others compare theirs.
/// </summary>
internal sealed class EqualityDeletes
{
    // What an entry takes beside its bytes: the array's header, the dictionary's slot.
    private const int EntryOverheadBytes = 64;

    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _keys = new Dictionary<byte[], long>(ByteContent.Comparer).GetAlternateLookup<ReadOnlySpan<byte>>();
    private readonly EqualityKeys _encoder = new();
    private readonly ReaderWriterLockSlim _lock = new();

    /// <summary>About the memory that the set takes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds the keys of a delete file.</summary>
    /// <param name="columns">The key columns in a fixed order.</param>
    /// <param name="length">The rows.</param>
    /// <param name="sequenceNumber">The delete file's.</param>
    public void Add(IReadOnlyList<Column> columns, int length, long sequenceNumber)
    {
        _encoder.Encode(columns, length);
        _lock.EnterWriteLock();
        try
        {
            for (var i = 0; i < length; i++)
            {
                ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_keys, _encoder[i], out var isKnown);
                newest = isKnown ? Math.Max(newest, sequenceNumber) : sequenceNumber;
                Bytes += isKnown ? 0 : _encoder[i].Length + EntryOverheadBytes;
            }
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Marks the rows that a delete newer than their data hits.</summary>
    /// <param name="keys">Has encoded the rows' key columns.</param>
    /// <returns>Whether any was marked.</returns>
    public bool Mark(EqualityKeys keys, long sequenceNumber, Span<bool> deleted)
    {
        _lock.EnterReadLock();
        try
        {
            var marked = false;
            for (var i = 0; i < deleted.Length; i++)
            {
                if (!deleted[i] && _keys.TryGetValue(keys[i], out var newest) && newest > sequenceNumber)
                {
                    deleted[i] = true;
                    marked = true;
                }
            }

            return marked;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }
}
