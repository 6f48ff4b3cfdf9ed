using System.Diagnostics;
using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Keys;

/// <summary>Reads one column out of many keys at once, and moves each key's position past it.</summary>
internal static class KeyColumnReader
{
    public static Column Read(DataType type, ReadOnlySpan<byte> bytes, int[] positions)
    {
        byte[]? validity = null;
        for (var i = 0; type.IsNullable && i < positions.Length; i++)
        {
            if (bytes[positions[i]++] == KeyBytes.Null)
            {
                validity ??= Bitmap.AllSet.ToBytes(positions.Length);
                Bitmap.Clear(validity, i);
            }
        }

        var valid = validity is null ? Bitmap.AllSet : new Bitmap(validity, 0);
        return type.Layout switch
        {
            ColumnLayout.Null => new NullColumn(positions.Length),
            ColumnLayout.Boolean => ReadBooleans(type, bytes, positions, valid),
            ColumnLayout.Int8 => ReadFixed<sbyte>(type, bytes, positions, valid),
            ColumnLayout.Int16 => ReadFixed<short>(type, bytes, positions, valid),
            ColumnLayout.Int32 => ReadFixed<int>(type, bytes, positions, valid),
            ColumnLayout.Int64 => ReadFixed<long>(type, bytes, positions, valid),
            ColumnLayout.Float32 => ReadFixed<float>(type, bytes, positions, valid),
            ColumnLayout.Float64 => ReadFixed<double>(type, bytes, positions, valid),
            ColumnLayout.Int128 => ReadFixed<Int128>(type, bytes, positions, valid),
            ColumnLayout.Bytes => ReadText(type, bytes, positions, valid),
            ColumnLayout.List => ReadList((DataType.Array)type, bytes, positions, valid),
            ColumnLayout.Map => ReadMap(type, bytes, positions, valid),
            ColumnLayout.Row => ReadRow((DataType.Row)type, bytes, positions, valid),
            _ => throw new UnreachableException($"Layout {type.Layout}"),
        };
    }

    private static BooleanColumn ReadBooleans(DataType type, ReadOnlySpan<byte> bytes, int[] positions, Bitmap valid)
    {
        var bits = new byte[Bitmap.BytesFor(positions.Length)];
        for (var i = 0; i < positions.Length; i++)
        {
            if (valid[i] && bytes[positions[i]++] != 0)
            {
                Bitmap.Set(bits, i);
            }
        }

        return new BooleanColumn(type, positions.Length, new Bitmap(bits, 0), valid);
    }

    private static FixedColumn<T> ReadFixed<T>(DataType type, ReadOnlySpan<byte> bytes, int[] positions, Bitmap valid)
        where T : unmanaged
    {
        var values = new T[positions.Length];
        for (var i = 0; i < positions.Length; i++)
        {
            if (valid[i])
            {
                values[i] = KeyBytes.Read<T>(bytes[positions[i]..]);
                positions[i] += Unsafe.SizeOf<T>();
            }
        }

        return new FixedColumn<T>(type, values, valid);
    }

    private static BytesColumn ReadText(DataType type, ReadOnlySpan<byte> bytes, int[] positions, Bitmap valid)
    {
        var offsets = new int[positions.Length + 1];
        for (var i = 0; i < positions.Length; i++)
        {
            offsets[i + 1] = offsets[i] + (valid[i] ? KeyBytes.MeasureText(bytes[positions[i]..]).Length : 0);
        }

        var data = new byte[offsets[^1]];
        for (var i = 0; i < positions.Length; i++)
        {
            if (valid[i])
            {
                positions[i] += KeyBytes.ReadText(bytes[positions[i]..], data.AsSpan(offsets[i]));
            }
        }

        return new BytesColumn(type, offsets, data, valid);
    }

    // Child by child in the order of the keys: an element's position is only known once the one before it has been read.
    private static ListColumn ReadList(DataType.Array type, ReadOnlySpan<byte> bytes, int[] positions, Bitmap valid)
    {
        var offsets = new int[positions.Length + 1];
        var elements = new List<Column>();
        for (var i = 0; i < positions.Length; i++)
        {
            for (; valid[i] && bytes[positions[i]++] == KeyBytes.Present;)
            {
                int[] at = [positions[i]];
                elements.Add(Read(type.Element, bytes, at));
                positions[i] = at[0];
            }

            offsets[i + 1] = elements.Count;
        }

        return new ListColumn(type, offsets, Join(type.Element, elements), valid);
    }

    private static MapColumn ReadMap(DataType type, ReadOnlySpan<byte> bytes, int[] positions, Bitmap valid)
    {
        var (key, value) = type is DataType.Map map ? (map.Key, map.Value) : (((DataType.Multiset)type).Element, DataTypes.Int.AsNotNull());
        var offsets = new int[positions.Length + 1];
        var (keys, values) = (new List<Column>(), new List<Column>());
        for (var i = 0; i < positions.Length; i++)
        {
            for (; valid[i] && bytes[positions[i]++] == KeyBytes.Present;)
            {
                int[] at = [positions[i]];
                keys.Add(Read(key, bytes, at));
                values.Add(Read(value, bytes, at));
                positions[i] = at[0];
            }

            offsets[i + 1] = keys.Count;
        }

        return new MapColumn(type, offsets, Join(key, keys), Join(value, values), valid);
    }

    private static RowColumn ReadRow(DataType.Row type, ReadOnlySpan<byte> bytes, int[] positions, Bitmap valid)
    {
        var present = Enumerable.Range(0, positions.Length).Where(i => valid[i]).ToArray();
        var places = new int[positions.Length];
        places.AsSpan().Fill(-1);
        for (var i = 0; i < present.Length; i++)
        {
            places[present[i]] = i;
        }

        var inner = present.Select(i => positions[i]).ToArray();
        var children = new Column[type.Fields.Count];
        for (var c = 0; c < children.Length; c++)
        {
            children[c] = Read(type.Fields[c].Type, bytes, inner).Gather(places);
        }

        for (var i = 0; i < present.Length; i++)
        {
            positions[present[i]] = inner[i];
        }

        return new RowColumn(type, positions.Length, children, valid);
    }

    private static Column Join(DataType type, List<Column> columns) => columns.Count == 0 ? ColumnBuilder.Create(type).Build() : ColumnGather.Concat(columns);
}
