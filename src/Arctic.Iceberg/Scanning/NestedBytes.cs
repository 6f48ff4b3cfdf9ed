using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Scanning;

/// <summary>Nested values as bytes that are equal when the values are. Entries of maps are compared in the order in which they are stored.</summary>
internal static class NestedBytes
{
    /// <summary>The column itself, or one of bytes in place of a nested one.</summary>
    public static Column Flatten(Column column)
    {
        var dense = column.ToDense();
        if (dense is not (RowColumn or ListColumn or MapColumn))
        {
            return dense;
        }

        var result = new BytesColumnBuilder(DataTypes.Bytes);
        var buffer = new ArrayBufferWriter<byte>();
        for (var i = 0; i < dense.Length; i++)
        {
            buffer.ResetWrittenCount();
            Write(dense, i, buffer);
            result.Append(buffer.WrittenSpan);
        }

        return result.Build();
    }

    private static void Write(Column column, int row, ArrayBufferWriter<byte> buffer)
    {
        if (column is ConstantColumn constant)
        {
            Write(constant.Value, 0, buffer);
            return;
        }

        buffer.Write(column.IsNull(row) ? [(byte)0] : [(byte)1]);
        if (column.IsNull(row))
        {
            return;
        }

        switch (column)
        {
            case RowColumn c:
                foreach (var child in c.Children)
                {
                    Write(child, row, buffer);
                }

                break;
            case ListColumn c:
                WriteItems(c.Offsets, row, buffer, c.Elements, null);
                break;
            case MapColumn c:
                WriteItems(c.Offsets, row, buffer, c.Keys, c.Values);
                break;
            case BytesColumn c:
                WriteLength(c[row].Length, buffer);
                buffer.Write(c[row]);
                break;
            case BooleanColumn c:
                buffer.Write(c.Bits[row] ? [(byte)1] : [(byte)0]);
                break;
            default:
                WriteFixed(column, row, buffer);
                break;
        }
    }

    private static void WriteItems(ReadOnlySpan<int> offsets, int row, ArrayBufferWriter<byte> buffer, Column first, Column? second)
    {
        WriteLength(offsets[row + 1] - offsets[row], buffer);
        for (var i = offsets[row]; i < offsets[row + 1]; i++)
        {
            Write(first, i, buffer);
            if (second is not null)
            {
                Write(second, i, buffer);
            }
        }
    }

    private static void WriteLength(int length, ArrayBufferWriter<byte> buffer)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), length);
        buffer.Advance(sizeof(int));
    }

    private static void WriteFixed(Column column, int row, ArrayBufferWriter<byte> buffer)
    {
        switch (column)
        {
            case FixedColumn<int> c:
                buffer.Write(MemoryMarshal.AsBytes(c.Values.Slice(row, 1)));
                break;
            case FixedColumn<long> c:
                buffer.Write(MemoryMarshal.AsBytes(c.Values.Slice(row, 1)));
                break;
            case FixedColumn<float> c:
                buffer.Write(MemoryMarshal.AsBytes(c.Values.Slice(row, 1)));
                break;
            case FixedColumn<double> c:
                buffer.Write(MemoryMarshal.AsBytes(c.Values.Slice(row, 1)));
                break;
            case FixedColumn<Int128> c:
                buffer.Write(MemoryMarshal.AsBytes(c.Values.Slice(row, 1)));
                break;
            default:
                throw new UnreachableException($"A {column.GetType().Name} in a nested value");
        }
    }
}
