using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Mapping;

/// <summary>Arrays, lists and what lists implement.</summary>
internal sealed class ListCodec<TList, TElement>(DataType type, ValueCodec<TElement> elements) : ValueCodec<TList>
    where TList : IEnumerable<TElement>
{
    public override Column Encode(TList[] values, int count)
    {
        var offsets = new int[count + 1];
        var all = new List<TElement>();
        for (var i = 0; i < count; i++)
        {
            all.AddRange(values[i]);
            offsets[i + 1] = all.Count;
        }

        return new ListColumn(type, offsets, elements.Encode([.. all], all.Count));
    }

    public override void Decode(Column column, TList[] values)
    {
        var list = (ListColumn)column;
        var offsets = list.Offsets;
        var first = offsets[0];
        var all = new TElement[offsets[^1] - first];
        elements.Decode(list.Elements.Slice(first, all.Length).ToDense(), all);
        for (var i = 0; i < column.Length; i++)
        {
            values[i] = Make(all.AsSpan(offsets[i] - first, offsets[i + 1] - offsets[i]));
        }
    }

    private static TList Make(ReadOnlySpan<TElement> part)
    {
        if (typeof(TList) == typeof(TElement[]))
        {
            return (TList)(object)part.ToArray();
        }

        var list = new List<TElement>(part.Length);
        list.AddRange(part);
        return (TList)(object)list;
    }
}

/// <summary>Dictionaries and what they implement; of equal keys that a column holds the last wins.</summary>
internal sealed class MapCodec<TMap, TKey, TValue>(DataType type, ValueCodec<TKey> keys, ValueCodec<TValue> items) : ValueCodec<TMap>
    where TMap : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    public override Column Encode(TMap[] values, int count)
    {
        var offsets = new int[count + 1];
        var allKeys = new List<TKey>();
        var allItems = new List<TValue>();
        for (var i = 0; i < count; i++)
        {
            foreach (var (key, item) in values[i])
            {
                allKeys.Add(key);
                allItems.Add(item);
            }

            offsets[i + 1] = allKeys.Count;
        }

        return new MapColumn(type, offsets, keys.Encode([.. allKeys], allKeys.Count), items.Encode([.. allItems], allItems.Count));
    }

    public override void Decode(Column column, TMap[] values)
    {
        var map = (MapColumn)column;
        var offsets = map.Offsets;
        var first = offsets[0];
        var allKeys = new TKey[offsets[^1] - first];
        var allItems = new TValue[allKeys.Length];
        keys.Decode(map.Keys.Slice(first, allKeys.Length).ToDense(), allKeys);
        items.Decode(map.Values.Slice(first, allKeys.Length).ToDense(), allItems);
        for (var i = 0; i < column.Length; i++)
        {
            var made = new Dictionary<TKey, TValue>(offsets[i + 1] - offsets[i]);
            for (var j = offsets[i] - first; j < offsets[i + 1] - first; j++)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(made, allKeys[j], out _) = allItems[j];
            }

            values[i] = (TMap)(object)made;
        }
    }
}

/// <summary>Records in columns of structs.</summary>
internal sealed class RecordCodec<T>(DataType type, RecordColumns<T> columns) : ValueCodec<T>
{
    public override Column Encode(T[] values, int count) => new RowColumn(type, count, columns.Encode(values, count));

    public override void Decode(Column column, T[] values) => columns.Decode(((RowColumn)column).Children, column.Length, values);
}
