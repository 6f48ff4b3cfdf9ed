using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Scanning;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// The keys that one commit has touched: whether the rows before the commit are deleted, and where the commit's own rows of a key are, since deletes by value do not reach those (Iceberg
/// spec, "Scan Planning": only smaller sequence numbers). Keys are numbered as they come. Not thread-safe.
/// </summary>
/// <param name="bytesMax">The most memory.</param>
internal sealed class CommitKeys(long bytesMax)
{
    // The dictionary's slot, the array's header and the state; what a further row of a key takes.
    private const int EntryBytes = 88;
    private const int FurtherRowBytes = 24;
    private const int None = -1;

    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _numbers = new Dictionary<byte[], int>(ByteContent.Comparer).GetAlternateLookup<ReadOnlySpan<byte>>();
    private readonly EqualityKeys _encoder = new();
    private readonly List<KeyState> _states = [];
    private readonly List<OwnRow> _further = [];
    private readonly Dictionary<string, int> _fileNumbers = new(StringComparer.Ordinal);
    private readonly List<PositionBitmap?> _superseded = [];
    private long _bytes;
    private int _batch;

    /// <summary>The number of each row's key.</summary>
    /// <exception cref="ArcticException"><c>RESOURCES_EXHAUSTED</c>.</exception>
    public int[] NumbersOf(IReadOnlyList<Column> values, int length)
    {
        _encoder.Encode(values, length);
        var numbers = new int[length];
        for (var i = 0; i < length; i++)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, _encoder[i], out var isKnown);
            if (!isKnown)
            {
                number = _states.Count;
                _states.Add(new KeyState { Own = new OwnRow(None, 0, None) });
                _bytes += _encoder[i].Length + EntryBytes;
            }

            numbers[i] = number;
        }

        RequireRoom();
        return numbers;
    }

    /// <summary>The rows, ascending, that are the last of their key in a batch.</summary>
    public int[] LastOfEach(ReadOnlySpan<int> keys)
    {
        _batch++;
        var states = CollectionsMarshal.AsSpan(_states);
        var rows = new int[keys.Length];
        var first = keys.Length;
        for (var i = keys.Length - 1; i >= 0; i--)
        {
            ref var state = ref states[keys[i]];
            if (state.Batch != _batch)
            {
                state.Batch = _batch;
                rows[--first] = i;
            }
        }

        return rows[first..];
    }

    /// <summary>Deletes the keys of some rows: the commit's own rows of them are gone.</summary>
    /// <returns>Those whose rows before the commit were not deleted yet.</returns>
    public int[] Delete(ReadOnlySpan<int> keys, ReadOnlySpan<int> rows)
    {
        var states = CollectionsMarshal.AsSpan(_states);
        var fresh = new int[rows.Length];
        var count = 0;
        foreach (var row in rows)
        {
            ref var state = ref states[keys[row]];
            if (!state.IsDeleted)
            {
                state.IsDeleted = true;
                fresh[count++] = row;
            }

            for (var own = state.Own; own.File != None; own = own.Next == None ? new OwnRow(None, 0, None) : _further[own.Next])
            {
                (_superseded[own.File] ??= new PositionBitmap()).Add(own.Position);
            }

            state.Own = new OwnRow(None, 0, None);
        }

        return fresh[..count];
    }

    /// <summary>Remembers where rows are that were written one after another.</summary>
    /// <param name="keys">By row.</param>
    public void Place(ReadOnlySpan<int> keys, PlacedRows placed)
    {
        var file = FileOf(placed.First.Location);
        var states = CollectionsMarshal.AsSpan(_states);
        var count = placed.Rows?.Length ?? keys.Length;
        for (var i = 0; i < count; i++)
        {
            ref var state = ref states[keys[placed.Rows is { } rows ? rows[i] : i]];
            var next = None;
            if (state.Own.File != None)
            {
                next = _further.Count;
                _further.Add(state.Own);
                _bytes += FurtherRowBytes;
            }

            state.Own = new OwnRow(file, placed.First.Position + i, next);
        }
    }

    /// <summary>The rows of a file of this commit that later ones have superseded; null when there are none.</summary>
    public PositionBitmap? FindSuperseded(string location) => _fileNumbers.TryGetValue(location, out var file) ? _superseded[file] : null;

    private int FileOf(string location)
    {
        ref var file = ref CollectionsMarshal.GetValueRefOrAddDefault(_fileNumbers, location, out var isKnown);
        if (!isKnown)
        {
            file = _superseded.Count;
            _superseded.Add(null);
        }

        return file;
    }

    private void RequireRoom()
    {
        if (_bytes > bytesMax)
        {
            throw new ArcticException(
                ErrorCodes.ResourcesExhausted, $"The {_states.Count:N0} keys of one commit take {_bytes:N0} bytes of memory, more than the {bytesMax:N0} that its writer may use.")
            {
                Hint = $"Commit more often, or raise {nameof(RowDeltaOptions)}.{nameof(RowDeltaOptions.MemoryBytesMax)}.",
            };
        }
    }

    /// <param name="Next">The index of a further row of the key.</param>
    private readonly record struct OwnRow(int File, long Position, int Next);

    private struct KeyState
    {
        public OwnRow Own;
        public int Batch;
        public bool IsDeleted;
    }
}
