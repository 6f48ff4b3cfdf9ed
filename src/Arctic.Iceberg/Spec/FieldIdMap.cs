namespace Arctic.Iceberg.Spec;

/// <summary>An immutable map from field ids to values in two sorted arrays: what the metrics maps of 100 000 files can afford.</summary>
public sealed class FieldIdMap<TValue>
{
    private readonly int[] _ids;
    private readonly TValue[] _values;

    /// <summary>Takes both arrays as its own and sorts them by id.</summary>
    /// <exception cref="ArgumentException">The arrays differ in length.</exception>
    public FieldIdMap(int[] ids, TValue[] values)
    {
        if (ids.Length != values.Length)
        {
            throw new ArgumentException("Ids and values differ in number.", nameof(values));
        }

        _ids = ids;
        _values = values;
        for (var i = 1; i < ids.Length; i++)
        {
            if (ids[i] < ids[i - 1])
            {
                Array.Sort(_ids, _values);
                break;
            }
        }
    }

    /// <summary>Copies the pairs.</summary>
    public FieldIdMap(IEnumerable<KeyValuePair<int, TValue>> pairs)
        : this(pairs.ToArray())
    {
    }

    private FieldIdMap(KeyValuePair<int, TValue>[] pairs)
        : this(Array.ConvertAll(pairs, p => p.Key), Array.ConvertAll(pairs, p => p.Value))
    {
    }

    /// <summary>The number of pairs.</summary>
    public int Count => _ids.Length;

    /// <summary>The ids, ascending.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>The values, in the order of <see cref="Ids"/>.</summary>
    public ReadOnlySpan<TValue> Values => _values;

    /// <summary>Finds the value of a field.</summary>
    public bool TryGet(int id, out TValue value)
    {
        var index = Array.BinarySearch(_ids, id);
        value = index >= 0 ? _values[index] : default!;
        return index >= 0;
    }
}
