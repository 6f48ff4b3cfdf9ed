namespace Arctic.Dataflow.Operators.Ordering;

/// <summary>Something that stands in an order by the bytes of its key (<see cref="SortKeyEncoder"/>).</summary>
internal interface IOrderedEntry
{
    /// <summary>Its place in the order.</summary>
    byte[] Key { get; }
}

/// <summary>Looks into lists that are kept in order.</summary>
internal static class OrderedEntries
{
    /// <summary>Where an entry of this key is inserted: behind those that are equal in order, since they came first.</summary>
    public static int PlaceBehind<T>(List<T> list, ReadOnlySpan<byte> key)
        where T : IOrderedEntry
    {
        var (low, high) = (0, list.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = list[middle].Key.AsSpan().SequenceCompareTo(key) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
