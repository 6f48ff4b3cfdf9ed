using System.Buffers;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Keys;

/// <summary>The keys of one nested column: its children's keys, element by element.</summary>
internal sealed class NestedKeys
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly int[] _ends;

    private NestedKeys(int count) => _ends = new int[count];

    public static NestedKeys Of(DataType type, Column column, RowCursor rows)
    {
        var result = new NestedKeys(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            if (!column.IsNull(rows[i]))
            {
                WriteBody(type, column, rows[i], result._bytes);
            }

            result._ends[i] = result._bytes.WrittenCount;
        }

        return result;
    }

    public int Length(int index) => _ends[index] - Start(index);

    public void CopyTo(Column column, RowCursor rows, Span<byte> bytes, Span<int> positions)
    {
        for (var i = 0; i < positions.Length; i++)
        {
            _bytes.WrittenSpan[Start(i).._ends[i]].CopyTo(bytes[positions[i]..]);
            positions[i] += Length(i);
        }
    }

    private int Start(int index) => index == 0 ? 0 : _ends[index - 1];

    private static void WriteValue(DataType type, Column column, int row, ArrayBufferWriter<byte> output)
    {
        if (type.IsNullable)
        {
            output.Write([column.IsNull(row) ? KeyBytes.Null : KeyBytes.Present]);
        }

        if (!column.IsNull(row))
        {
            WriteBody(type, column, row, output);
        }
    }

    private static void WriteBody(DataType type, Column column, int row, ArrayBufferWriter<byte> output)
    {
        if (column is ConstantColumn constant)
        {
            (column, row) = (constant.Value, 0);
        }

        switch (column)
        {
            case BooleanColumn c:
                output.Write([c.Bits[row] ? (byte)1 : (byte)0]);
                break;
            case FixedColumn<sbyte> c:
                WriteFixed(c.Values[row], 1, output);
                break;
            case FixedColumn<short> c:
                WriteFixed(c.Values[row], 2, output);
                break;
            case FixedColumn<int> c:
                WriteFixed(c.Values[row], 4, output);
                break;
            case FixedColumn<long> c:
                WriteFixed(c.Values[row], 8, output);
                break;
            case FixedColumn<float> c:
                WriteFixed(c.Values[row], 4, output);
                break;
            case FixedColumn<double> c:
                WriteFixed(c.Values[row], 8, output);
                break;
            case FixedColumn<Int128> c:
                WriteFixed(c.Values[row], 16, output);
                break;
            case BytesColumn c:
                output.Advance(KeyBytes.WriteText(c[row], output.GetSpan(KeyBytes.TextLength(c[row]))));
                break;
            case ListColumn c:
                WriteList(((DataType.Array)type).Element, c, row, output);
                break;
            case MapColumn c:
                WriteMap(type, c, row, output);
                break;
            case RowColumn c:
                for (var i = 0; i < c.Children.Count; i++)
                {
                    WriteValue(((DataType.Row)type).Fields[i].Type, c.Children[i], row, output);
                }

                break;
        }
    }

    private static void WriteFixed<T>(T value, int width, ArrayBufferWriter<byte> output)
        where T : unmanaged
    {
        KeyBytes.Write(value, output.GetSpan(width));
        output.Advance(width);
    }

    // A byte 1 before each element and a byte 0 at the end: a prefix of a list sorts before it.
    private static void WriteList(DataType element, ListColumn column, int row, ArrayBufferWriter<byte> output)
    {
        for (var i = column.Offsets[row]; i < column.Offsets[row + 1]; i++)
        {
            output.Write([KeyBytes.Present]);
            WriteValue(element, column.Elements, i, output);
        }

        output.Write([KeyBytes.Null]);
    }

    // Entries in the order of their bytes, since the order of a map's entries means nothing.
    private static void WriteMap(DataType type, MapColumn column, int row, ArrayBufferWriter<byte> output)
    {
        var (key, value) = type is DataType.Map map ? (map.Key, map.Value) : (((DataType.Multiset)type).Element, DataTypes.Int.AsNotNull());
        var entries = new List<byte[]>();
        for (var i = column.Offsets[row]; i < column.Offsets[row + 1]; i++)
        {
            var entry = new ArrayBufferWriter<byte>();
            WriteValue(key, column.Keys, i, entry);
            WriteValue(value, column.Values, i, entry);
            entries.Add(entry.WrittenSpan.ToArray());
        }

        entries.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        foreach (var entry in entries)
        {
            output.Write([KeyBytes.Present]);
            output.Write(entry);
        }

        output.Write([KeyBytes.Null]);
    }
}
