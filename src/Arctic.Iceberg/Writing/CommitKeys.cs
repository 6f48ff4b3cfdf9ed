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
        var file = PlaceOf(placed.First.Location);
        var count = placed.Rows?.Length ?? keys.Length;
        for (var i = 0; i < count; i++)
        {
            Place(keys[placed.Rows is { } rows ? rows[i] : i], file, placed.First.Position + i);
        }
    }

    /// <summary>A new place for rows that wait to be written.</summary>
    public int OpenPlace()
    {
        _superseded.Add(null);
        return _superseded.Count - 1;
    }

    /// <summary>Remembers rows that wait.</summary>
    /// <param name="keys">By row.</param>
    /// <param name="place">Of <see cref="OpenPlace"/>.</param>
    /// <param name="first">The position of the first of them there; the others follow.</param>
    public void Place(ReadOnlySpan<int> keys, int place, long first)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            Place(keys[i], place, first + i);
        }
    }

    /// <summary>The rows of a place that later ones have superseded; null when there are none.</summary>
    public PositionBitmap? SupersededAt(int place) => _superseded[place];

    /// <summary>The rows of a place are elsewhere now: those that nothing has superseded, the others are nowhere.</summary>
    /// <param name="keys">Of all rows that the place had.</param>
    /// <param name="places">Where each is.</param>
    public void Move(int from, IEnumerable<int> keys, RowPlaces places)
    {
        OwnRow Moved(OwnRow own) => own.File == from && places[own.Position] is var (place, position) ? new OwnRow(place, position, own.Next) : own;
        _batch++;
        foreach (var key in keys)
        {
            ref var state = ref CollectionsMarshal.AsSpan(_states)[key];
            if (state.Batch == _batch)
            {
                continue;
            }

            state.Batch = _batch;
            state.Own = Moved(state.Own);
            for (var next = state.Own.Next; next != None; next = _further[next].Next)
            {
                _further[next] = Moved(_further[next]);
            }
        }

        _superseded[from] = null;
    }

    /// <summary>The rows of a file of this commit that later ones have superseded; null when there are none.</summary>
    public PositionBitmap? FindSuperseded(string location) => _fileNumbers.TryGetValue(location, out var file) ? _superseded[file] : null;

    /// <summary>The place that a file is.</summary>
    public int PlaceOf(string location)
    {
        ref var file = ref CollectionsMarshal.GetValueRefOrAddDefault(_fileNumbers, location, out var isKnown);
        if (!isKnown)
        {
            file = _superseded.Count;
            _superseded.Add(null);
        }

        return file;
    }

    private void Place(int key, int place, long position)
    {
        ref var state = ref CollectionsMarshal.AsSpan(_states)[key];
        var next = None;
        if (state.Own.File != None)
        {
            next = _further.Count;
            _further.Add(state.Own);
            _bytes += FurtherRowBytes;
        }

        state.Own = new OwnRow(place, position, next);
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
