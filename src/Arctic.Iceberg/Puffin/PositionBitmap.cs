using System.Runtime.InteropServices;

namespace Arctic.Iceberg.Puffin;

/// <summary>
/// A set of 0-based row positions of one data file, in 65,536-row containers like those of a roaring bitmap: it takes about as much memory as its serialized form.
/// Adding in ascending order is cheap. Not thread-safe while it changes.
/// </summary>
internal sealed class PositionBitmap
{
    /// <summary>The rows of one container.</summary>
    public const int ContainerRows = 65536;

    private readonly List<long> _keys = [];
    private readonly List<PositionContainer> _containers = [];

    /// <summary>The number of positions.</summary>
    public long Cardinality { get; private set; }

    /// <summary>The memory that it takes, about.</summary>
    public long Bytes => _containers.Sum(c => c.Bytes + 64);

    /// <summary>The containers with the upper bits of their positions, ascending.</summary>
    public IEnumerable<(long Key, PositionContainer Container)> Containers => _keys.Zip(_containers);

    /// <summary>A set of the given positions, in any order, repeated ones counted once.</summary>
    public static PositionBitmap Of(params ReadOnlySpan<long> positions)
    {
        var bitmap = new PositionBitmap();
        foreach (var position in positions)
        {
            bitmap.Add(position);
        }

        return bitmap;
    }

    /// <summary>Adds a position.</summary>
    /// <returns>Whether it was not there yet.</returns>
    public bool Add(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var containers = CollectionsMarshal.AsSpan(_containers);
        ref var container = ref containers.IsEmpty || _keys[^1] != position >> 16 ? ref Open(position >> 16) : ref containers[^1];
        var before = container.Cardinality;
        container = container.Add((ushort)position);
        Cardinality += container.Cardinality - before;
        return container.Cardinality != before;
    }

    /// <summary>Adds the positions of another set, which stays as it is.</summary>
    public void UnionWith(PositionBitmap other)
    {
        foreach (var (key, container) in other.Containers)
        {
            ref var own = ref Open(key);
            Cardinality -= own.Cardinality;
            own = own.UnionWith(container);
            Cardinality += own.Cardinality;
        }
    }

    /// <summary>Whether a position is in the set.</summary>
    public bool Contains(long position) => Mark(position, stackalloc bool[1]);

    /// <summary>Marks the rows that are in the set among those that begin at <paramref name="firstRow"/>.</summary>
    /// <returns>Whether any was marked.</returns>
    public bool Mark(long firstRow, Span<bool> marked)
    {
        var index = _keys.BinarySearch(firstRow >> 16);
        var isAny = false;
        for (index = index < 0 ? ~index : index; index < _keys.Count && (_keys[index] << 16) - firstRow < marked.Length; index++)
        {
            // Where the container begins among the rows, or the rows within the container.
            var start = (_keys[index] << 16) - firstRow;
            var rows = start < 0 ? marked : marked[(int)start..];
            var first = start < 0 ? (int)-start : 0;
            isAny |= _containers[index].Mark(first, rows[..Math.Min(rows.Length, ContainerRows - first)]);
        }

        return isAny;
    }

    /// <summary>All positions, ascending, in pieces of at most <see cref="ContainerRows"/>.</summary>
    public IEnumerable<long[]> Pieces()
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            yield return PiecesOf(_keys[i] << 16, _containers[i]);
        }
    }

    /// <summary>All positions, ascending.</summary>
    public long[] ToArray() => Pieces().SelectMany(p => p).ToArray();

    /// <summary>Puts a container after all that are there.</summary>
    public void Append(long key, PositionContainer container)
    {
        _keys.Add(key);
        _containers.Add(container);
        Cardinality += container.Cardinality;
    }

    private ref PositionContainer Open(long key)
    {
        var index = _keys.Count == 0 || key > _keys[^1] ? ~_keys.Count : _keys.BinarySearch(key);
        if (index < 0)
        {
            index = ~index;
            _keys.Insert(index, key);
            _containers.Insert(index, PositionContainer.Empty());
        }

        return ref CollectionsMarshal.AsSpan(_containers)[index];
    }

    private static long[] PiecesOf(long start, PositionContainer container)
    {
        Span<ulong> words = stackalloc ulong[PositionContainer.Words];
        words.Clear();
        container.AddTo(words);
        var positions = new long[container.Cardinality];
        var count = 0;
        for (var i = 0; i < words.Length; i++)
        {
            for (var word = words[i]; word != 0; word &= word - 1)
            {
                positions[count++] = start + (i * 64) + System.Numerics.BitOperations.TrailingZeroCount(word);
            }
        }

        return positions;
    }
}
