using System.Buffers.Binary;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Sorts gathered rows by a table's sort order. Each column is ranked by itself, so that every sort is one of plain numbers; ranks are folded together, and rows of equal keys keep
/// their order. What it works in stays for the next run: about 20 bytes a row, and one key column at a time. Not thread-safe.
/// </summary>
internal sealed class RowSorter
{
    private readonly SortOrder _order;
    private readonly PartitionTransformer _transformer;
    private int[] _major = [];
    private int[] _minor = [];
    private int[] _rows = [];
    private long[] _keys = [];

    /// <param name="order">Not unsorted.</param>
    /// <exception cref="Columnar.Errors.ArcticException"><c>FORMAT_UNSUPPORTED</c>: a transform is unknown.</exception>
    public RowSorter(Schema schema, SortOrder order)
    {
        _order = order;

        // A sort key is computed as a partition value is.
        var keys = order.Fields.Select((f, i) => new PartitionField(f.SourceIds, PartitionSpec.FirstFieldId + i, $"key{i}", f.Transform));
        _transformer = new PartitionTransformer(schema, new PartitionSpec(0, [.. keys]));
    }

    /// <summary>The numbers of all rows in their order.</summary>
    public int[] Sort(GatheredRows gathered)
    {
        var count = gathered.RowCount;
        Reserve(count);
        Rank(gathered, 0, _major.AsSpan(0, count));
        for (var i = 1; i < _order.Fields.Count; i++)
        {
            Rank(gathered, i, _minor.AsSpan(0, count));
            RankPairs(count);
        }

        // The row's own number makes all keys different, and the sort stable.
        var keys = _keys.AsSpan(0, count);
        for (var i = 0; i < count; i++)
        {
            keys[i] = Pair(_major[i], i);
        }

        keys.Sort();
        var sorted = new int[count];
        for (var i = 0; i < count; i++)
        {
            sorted[i] = (int)((uint)keys[i] ^ 0x80000000U);
        }

        return sorted;
    }

    private void Reserve(int count)
    {
        if (_major.Length < count)
        {
            (_major, _minor, _rows, _keys) = (new int[count], new int[count], new int[count], new long[count]);
        }
    }

    private void Rank(GatheredRows gathered, int key, Span<int> ranks)
    {
        var field = _order.Fields[key];
        var column = ColumnGather.Concat(gathered.Batches().Select(b => _transformer.Apply(b.Batch, key)).ToArray()).ToDense();
        ranks.Fill(field.NullOrder == NullOrder.NullsFirst ? -1 : int.MaxValue);
        var rows = ValidRows(column);
        switch (column)
        {
            case FixedColumn<Int128> c:
                RankBy(Take(rows, c.Values), rows, ranks);
                break;
            case BytesColumn c:
                RankBytes(rows, c, ranks);
                break;
            default:
                RankBy(NumbersOf(column, rows), rows, ranks);
                break;
        }

        if (field.Direction == SortDirection.Descending)
        {
            foreach (var row in rows)
            {
                ranks[row] = int.MaxValue - 1 - ranks[row];
            }
        }
    }

    private Span<int> ValidRows(Column column)
    {
        var rows = _rows.AsSpan(0, column.Length - column.NullCount);
        var at = 0;
        for (var i = 0; i < column.Length && at < rows.Length; i++)
        {
            if (!column.IsNull(i))
            {
                rows[at++] = i;
            }
        }

        return rows;
    }

    // In the order of the column's values.
    private Span<long> NumbersOf(Column column, ReadOnlySpan<int> rows)
    {
        var keys = _keys.AsSpan(0, rows.Length);
        switch (column)
        {
            case BooleanColumn c:
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = c.Bits[rows[i]] ? 1 : 0;
                }

                break;
            case FixedColumn<int> c:
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = c.Values[rows[i]];
                }

                break;
            case FixedColumn<long> c:
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = c.Values[rows[i]];
                }

                break;
            case FixedColumn<float> c:
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = OrderBits(c.Values[rows[i]]);
                }

                break;
            case FixedColumn<double> c:
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = OrderBits(c.Values[rows[i]]);
                }

                break;
        }

        return keys;
    }

    private static T[] Take<T>(ReadOnlySpan<int> rows, ReadOnlySpan<T> values)
    {
        var taken = new T[rows.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = values[rows[i]];
        }

        return taken;
    }

    private static void RankBy<T>(Span<T> keys, Span<int> rows, Span<int> ranks)
        where T : IEquatable<T>
    {
        keys.Sort(rows);
        var rank = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            rank += i > 0 && !keys[i].Equals(keys[i - 1]) ? 1 : 0;
            ranks[rows[i]] = rank;
        }
    }

    // By the eight bytes behind those that all values begin with, which tell most values apart; by all bytes where these are the same.
    private void RankBytes(Span<int> rows, BytesColumn column, Span<int> ranks)
    {
        var keys = _keys.AsSpan(0, rows.Length);
        var skipped = CommonPrefixOf(rows, column);
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = NumberAt(column[rows[i]], skipped);
        }

        keys.Sort(rows);
        var rank = -1;
        for (int start = 0, end = 0; start < rows.Length; start = end)
        {
            for (end = start + 1; end < rows.Length && keys[end] == keys[start];)
            {
                end++;
            }

            rank = RankAlike(rows[start..end], column, ranks, rank + 1);
        }
    }

    private static int RankAlike(Span<int> rows, BytesColumn column, Span<int> ranks, int rank)
    {
        for (var i = 1; i < rows.Length; i++)
        {
            if (!column[rows[i]].SequenceEqual(column[rows[0]]))
            {
                rows.Sort((a, b) => column[a].SequenceCompareTo(column[b]));
                break;
            }
        }

        for (var i = 0; i < rows.Length; i++)
        {
            rank += i > 0 && !column[rows[i]].SequenceEqual(column[rows[i - 1]]) ? 1 : 0;
            ranks[rows[i]] = rank;
        }

        return rank;
    }

    private static int CommonPrefixOf(ReadOnlySpan<int> rows, BytesColumn column)
    {
        var prefix = rows.IsEmpty ? default : column[rows[0]];
        foreach (var row in rows)
        {
            prefix = prefix[..prefix.CommonPrefixLength(column[row])];
        }

        return prefix.Length;
    }

    // Bytes that are not there are zeros: what they make alike is compared as a whole.
    private static long NumberAt(ReadOnlySpan<byte> value, int start)
    {
        var rest = value[start..];
        var number = 0UL;
        if (rest.Length >= sizeof(ulong))
        {
            number = BinaryPrimitives.ReadUInt64BigEndian(rest);
        }
        else
        {
            for (var i = 0; i < rest.Length; i++)
            {
                number |= (ulong)rest[i] << (56 - (8 * i));
            }
        }

        return (long)(number ^ (1UL << 63));
    }

    // The major ranks become those of both.
    private void RankPairs(int count)
    {
        var keys = _keys.AsSpan(0, count);
        var rows = _rows.AsSpan(0, count);
        for (var i = 0; i < count; i++)
        {
            keys[i] = Pair(_major[i], _minor[i]);
            rows[i] = i;
        }

        RankBy(keys, rows, _major);
    }

    private static long Pair(int major, int minor) => ((long)major << 32) | (uint)minor ^ 0x80000000U;

    // Iceberg spec, "Sorting": -0.0 before +0.0, NaN after everything.
    private static long OrderBits(double value)
    {
        var bits = double.IsNaN(value) ? long.MaxValue : BitConverter.DoubleToInt64Bits(value);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }
}
