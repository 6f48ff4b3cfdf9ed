using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Sorts the rows of batches by a table's sort order. Each column is ranked by itself, so that every sort is one of plain numbers; ranks are folded together, and rows of equal keys keep
/// their order.
/// </summary>
internal sealed class RowSorter
{
    private readonly SortOrder _order;
    private readonly PartitionTransformer _transformer;

    /// <param name="order">Not unsorted.</param>
    /// <exception cref="Columnar.Errors.ArcticException"><c>FORMAT_UNSUPPORTED</c>: a transform is unknown.</exception>
    public RowSorter(Schema schema, SortOrder order)
    {
        _order = order;

        // A sort key is computed as a partition value is.
        var keys = order.Fields.Select((f, i) => new PartitionField(f.SourceIds, PartitionSpec.FirstFieldId + i, $"key{i}", f.Transform));
        _transformer = new PartitionTransformer(schema, new PartitionSpec(0, [.. keys]));
    }

    /// <summary>The rows of a batch without a selection in their order.</summary>
    public int[] Sort(ChangeBatch batch)
    {
        var keys = _transformer.Apply(batch);
        var ranks = Rank(keys[0], _order.Fields[0]);
        for (var i = 1; i < keys.Count; i++)
        {
            ranks = RankPairs(ranks, Rank(keys[i], _order.Fields[i]));
        }

        var rows = new int[ranks.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = i;
        }

        Array.Sort(Pairs(ranks, rows), rows);
        return rows;
    }

    private static int[] Rank(Column column, SortField field)
    {
        var dense = column.ToDense();
        var rows = ValidRows(dense);
        var ranks = new int[dense.Length];
        Array.Fill(ranks, field.NullOrder == NullOrder.NullsFirst ? -1 : int.MaxValue);
        switch (dense)
        {
            case BooleanColumn c:
                RankBy(rows, Take(rows, c.Bits), ranks);
                break;
            case FixedColumn<int> c:
                RankBy(rows, Take(rows, c.Values), ranks);
                break;
            case FixedColumn<long> c:
                RankBy(rows, Take(rows, c.Values), ranks);
                break;
            case FixedColumn<Int128> c:
                RankBy(rows, Take(rows, c.Values), ranks);
                break;
            case FixedColumn<float> c:
                RankBy(rows, Array.ConvertAll(Take(rows, c.Values), static v => OrderBits(v)), ranks);
                break;
            case FixedColumn<double> c:
                RankBy(rows, Array.ConvertAll(Take(rows, c.Values), static v => OrderBits(v)), ranks);
                break;
            case BytesColumn c:
                RankBytes(rows, c, ranks);
                break;
        }

        if (field.Direction == SortDirection.Descending)
        {
            foreach (var row in rows)
            {
                ranks[row] = int.MaxValue - 1 - ranks[row];
            }
        }

        return ranks;
    }

    private static int[] ValidRows(Column column)
    {
        var rows = new int[column.Length - column.NullCount];
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

    private static T[] Take<T>(int[] rows, ReadOnlySpan<T> values)
    {
        var taken = new T[rows.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = values[rows[i]];
        }

        return taken;
    }

    private static int[] Take(int[] rows, Bitmap bits)
    {
        var taken = new int[rows.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = bits[rows[i]] ? 1 : 0;
        }

        return taken;
    }

    private static void RankBy<T>(int[] rows, T[] keys, int[] ranks)
        where T : IEquatable<T>
    {
        var sorted = (int[])rows.Clone();
        Array.Sort(keys, sorted);
        var rank = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            rank += i > 0 && !keys[i].Equals(keys[i - 1]) ? 1 : 0;
            ranks[sorted[i]] = rank;
        }
    }

    private static void RankBytes(int[] rows, BytesColumn column, int[] ranks)
    {
        var sorted = (int[])rows.Clone();
        sorted.AsSpan().Sort((a, b) => column[a].SequenceCompareTo(column[b]));
        var rank = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            rank += i > 0 && !column[sorted[i]].SequenceEqual(column[sorted[i - 1]]) ? 1 : 0;
            ranks[sorted[i]] = rank;
        }
    }

    private static int[] RankPairs(int[] major, int[] minor)
    {
        var rows = new int[major.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = i;
        }

        var ranks = new int[major.Length];
        RankBy(rows, Pairs(major, minor), ranks);
        return ranks;
    }

    private static long[] Pairs(int[] major, int[] minor)
    {
        var pairs = new long[major.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = ((long)major[i] << 32) | (uint)minor[i] ^ 0x80000000U;
        }

        return pairs;
    }

    // Iceberg spec, "Sorting": -0.0 before +0.0, NaN after everything.
    private static long OrderBits(double value)
    {
        var bits = double.IsNaN(value) ? long.MaxValue : BitConverter.DoubleToInt64Bits(value);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }
}
