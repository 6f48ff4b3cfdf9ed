using System.Runtime.InteropServices;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>Copies chosen rows of a column, and joins columns end to end.</summary>
internal static class ColumnGather
{
    /// <summary>The rows at the given indices; -1 gives NULL.</summary>
    public static Column Gather(Column column, ReadOnlySpan<int> indices)
    {
        switch (column)
        {
            case FixedColumn<sbyte> c:
                return GatherFixed(c, indices);
            case FixedColumn<short> c:
                return GatherFixed(c, indices);
            case FixedColumn<int> c:
                return GatherFixed(c, indices);
            case FixedColumn<long> c:
                return GatherFixed(c, indices);
            case FixedColumn<float> c:
                return GatherFixed(c, indices);
            case FixedColumn<double> c:
                return GatherFixed(c, indices);
            case FixedColumn<Int128> c:
                return GatherFixed(c, indices);
            case BooleanColumn c:
                return new BooleanColumn(c.Type, indices.Length, new Bitmap(GatherBits(c.Bits, indices), 0), GatherValidity(c, indices));
            case BytesColumn c:
                return GatherBytes(c, indices);
            case ListColumn c:
                {
                    var (offsets, children) = GatherRanges(c.Offsets, indices);
                    return new ListColumn(c.Type, offsets, Gather(c.Elements, children), GatherValidity(c, indices));
                }

            case MapColumn c:
                {
                    var (offsets, children) = GatherRanges(c.Offsets, indices);
                    return new MapColumn(c.Type, offsets, Gather(c.Keys, children), Gather(c.Values, children), GatherValidity(c, indices));
                }

            case RowColumn c:
                {
                    var children = new Column[c.Children.Count];
                    for (var i = 0; i < children.Length; i++)
                    {
                        children[i] = Gather(c.Children[i], indices);
                    }

                    return new RowColumn(c.Type, indices.Length, children, GatherValidity(c, indices));
                }

            case NullColumn:
                return new NullColumn(indices.Length);
            case ConstantColumn c when indices.Contains(-1):
                return Gather(c.ToDense(), indices);
            case ConstantColumn c:
                return new ConstantColumn(c.Value, indices.Length);
            default:
                throw new System.Diagnostics.UnreachableException($"Column class {column.GetType()}");
        }
    }

    /// <summary>The rows of all columns, one after the other, under the first one's type; all must have the same layout.</summary>
    public static Column Concat(IReadOnlyList<Column> columns)
    {
        if (columns.Count == 1)
        {
            return columns[0];
        }

        var length = columns.Sum(c => c.Length);
        var type = columns[0].Type;
        var dense = new Column[columns.Count];
        for (var i = 0; i < dense.Length; i++)
        {
            dense[i] = columns[i].ToDense();
        }

        return dense[0] switch
        {
            FixedColumn<sbyte> => ConcatFixed<sbyte>(type, dense, length),
            FixedColumn<short> => ConcatFixed<short>(type, dense, length),
            FixedColumn<int> => ConcatFixed<int>(type, dense, length),
            FixedColumn<long> => ConcatFixed<long>(type, dense, length),
            FixedColumn<float> => ConcatFixed<float>(type, dense, length),
            FixedColumn<double> => ConcatFixed<double>(type, dense, length),
            FixedColumn<Int128> => ConcatFixed<Int128>(type, dense, length),
            BooleanColumn => new BooleanColumn(type, length, new Bitmap(ConcatBits(dense, c => ((BooleanColumn)c).Bits, length), 0), ConcatValidity(dense, length)),
            BytesColumn => ConcatBytes(type, dense, length),
            ListColumn => new ListColumn(
                type, ConcatOffsets(dense, c => ((ListColumn)c).Offsets, length), Concat(dense.Select(c => Elements((ListColumn)c)).ToArray()), ConcatValidity(dense, length)),
            MapColumn => new MapColumn(
                type, ConcatOffsets(dense, c => ((MapColumn)c).Offsets, length), Concat(dense.Select(c => Keys((MapColumn)c)).ToArray()),
                Concat(dense.Select(c => Values((MapColumn)c)).ToArray()), ConcatValidity(dense, length)),
            RowColumn first => new RowColumn(
                type, length, Enumerable.Range(0, first.Children.Count).Select(i => Concat(dense.Select(c => ((RowColumn)c).Children[i]).ToArray())).ToArray(), ConcatValidity(dense, length)),
            NullColumn => new NullColumn(length),
            _ => throw new System.Diagnostics.UnreachableException($"Column class {dense[0].GetType()}"),
        };
    }

    private static Column Elements(ListColumn c) => c.Elements.Slice(c.Offsets[0], c.Offsets[^1] - c.Offsets[0]);

    private static Column Keys(MapColumn c) => c.Keys.Slice(c.Offsets[0], c.Offsets[^1] - c.Offsets[0]);

    private static Column Values(MapColumn c) => c.Values.Slice(c.Offsets[0], c.Offsets[^1] - c.Offsets[0]);

    private static FixedColumn<T> GatherFixed<T>(FixedColumn<T> column, ReadOnlySpan<int> indices)
        where T : unmanaged
    {
        var source = column.Values;
        var target = GC.AllocateUninitializedArray<T>(indices.Length);
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i];
            target[i] = index < 0 ? default : source[index];
        }

        return new FixedColumn<T>(column.Type, target, GatherValidity(column, indices));
    }

    private static BytesColumn GatherBytes(BytesColumn column, ReadOnlySpan<int> indices)
    {
        var source = column.Offsets;
        var data = column.Data.Span;
        var offsets = new int[indices.Length + 1];
        var total = 0;
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i];
            total = checked(total + (index < 0 ? 0 : source[index + 1] - source[index]));
            offsets[i + 1] = total;
        }

        var target = GC.AllocateUninitializedArray<byte>(total);
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i];
            if (index >= 0)
            {
                data[source[index]..source[index + 1]].CopyTo(target.AsSpan(offsets[i]));
            }
        }

        return new BytesColumn(column.Type, offsets, target, GatherValidity(column, indices));
    }

    private static (int[] Offsets, int[] Children) GatherRanges(ReadOnlySpan<int> source, ReadOnlySpan<int> indices)
    {
        var offsets = new int[indices.Length + 1];
        var children = new List<int>();
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i];
            for (var child = index < 0 ? 0 : source[index]; index >= 0 && child < source[index + 1]; child++)
            {
                children.Add(child);
            }

            offsets[i + 1] = children.Count;
        }

        return (offsets, children.ToArray());
    }

    private static Bitmap GatherValidity(Column column, ReadOnlySpan<int> indices)
    {
        if (column.Validity.IsAllSet && !indices.Contains(-1))
        {
            return Bitmap.AllSet;
        }

        return new Bitmap(GatherBits(column.Validity, indices), 0);
    }

    private static byte[] GatherBits(Bitmap bits, ReadOnlySpan<int> indices)
    {
        var result = new byte[Bitmap.BytesFor(indices.Length)];
        var source = bits.Bytes.Span;
        var allSet = bits.IsAllSet;
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i];
            if (index >= 0 && (allSet || Bitmap.IsSet(source, bits.Offset + index)))
            {
                Bitmap.Set(result, i);
            }
        }

        return result;
    }

    private static FixedColumn<T> ConcatFixed<T>(DataType type, Column[] columns, int length)
        where T : unmanaged
    {
        var target = GC.AllocateUninitializedArray<T>(length);
        var at = 0;
        foreach (var column in columns)
        {
            ((FixedColumn<T>)column).Values.CopyTo(target.AsSpan(at));
            at += column.Length;
        }

        return new FixedColumn<T>(type, target, ConcatValidity(columns, length));
    }

    private static BytesColumn ConcatBytes(DataType type, Column[] columns, int length)
    {
        var offsets = ConcatOffsets(columns, c => ((BytesColumn)c).Offsets, length);
        var target = GC.AllocateUninitializedArray<byte>(offsets[^1]);
        var at = 0;
        foreach (var column in columns)
        {
            var bytes = (BytesColumn)column;
            var source = bytes.Data.Span[bytes.Offsets[0]..bytes.Offsets[^1]];
            source.CopyTo(target.AsSpan(at));
            at += source.Length;
        }

        return new BytesColumn(type, offsets, target, ConcatValidity(columns, length));
    }

    private delegate ReadOnlySpan<int> OffsetsOf(Column column);

    private static int[] ConcatOffsets(Column[] columns, OffsetsOf offsetsOf, int length)
    {
        var result = new int[length + 1];
        var at = 0;
        var total = 0;
        foreach (var column in columns)
        {
            var offsets = offsetsOf(column);
            for (var i = 1; i < offsets.Length; i++)
            {
                result[at + i] = checked(total + offsets[i] - offsets[0]);
            }

            total = result[at + offsets.Length - 1];
            at += offsets.Length - 1;
        }

        return result;
    }

    private static Bitmap ConcatValidity(Column[] columns, int length) =>
        columns.All(c => c.Validity.IsAllSet) ? Bitmap.AllSet : new Bitmap(ConcatBits(columns, c => c.Validity, length), 0);

    private static byte[] ConcatBits(Column[] columns, Func<Column, Bitmap> bitsOf, int length)
    {
        var result = new byte[Bitmap.BytesFor(length)];
        var at = 0;
        foreach (var column in columns)
        {
            var bits = bitsOf(column);
            var source = bits.Bytes.Span;
            for (var i = 0; i < column.Length; i++)
            {
                if (bits.IsAllSet || Bitmap.IsSet(source, bits.Offset + i))
                {
                    Bitmap.Set(result, at + i);
                }
            }

            at += column.Length;
        }

        return result;
    }
}
