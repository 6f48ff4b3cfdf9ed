using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;

namespace Arctic.Iceberg.Scanning;

/// <summary>Rows of several columns as bytes that are equal exactly when the rows are, NULL equal to NULL.</summary>
internal sealed class EqualityKeys
{
    private int[] _ends = [];
    private byte[] _data = [];

    /// <summary>The key of a row of the columns encoded last.</summary>
    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            var start = row == 0 ? 0 : _ends[row - 1];
            return _data.AsSpan(start, _ends[row] - start);
        }
    }

    /// <summary>Encodes the rows; what was encoded before is gone.</summary>
    public void Encode(IReadOnlyList<Column> columns, int length)
    {
        var dense = columns.Select(c => c.ToDense()).ToArray();
        var sizes = new int[length];
        foreach (var column in dense)
        {
            AddSizes(column, sizes);
        }

        _ends = new int[length];
        var cursors = new int[length];
        var total = 0;
        for (var i = 0; i < length; i++)
        {
            cursors[i] = total;
            _ends[i] = total = checked(total + sizes[i]);
        }

        if (_data.Length < total)
        {
            _data = new byte[total];
        }

        foreach (var column in dense)
        {
            Write(column, cursors);
        }
    }

    private static int WidthOf(Column column) => column switch
    {
        BooleanColumn or FixedColumn<sbyte> => 1,
        FixedColumn<short> => 2,
        FixedColumn<int> or FixedColumn<float> => 4,
        FixedColumn<long> or FixedColumn<double> => 8,
        FixedColumn<Int128> => 16,
        NullColumn => 0,
        _ => throw new UnreachableException($"A key of a {column.GetType().Name}"),
    };

    private static void AddSizes(Column column, Span<int> sizes)
    {
        if (column is BytesColumn bytes)
        {
            var offsets = bytes.Offsets;
            for (var i = 0; i < sizes.Length; i++)
            {
                sizes[i] += bytes.IsNull(i) ? 1 : 1 + sizeof(int) + offsets[i + 1] - offsets[i];
            }

            return;
        }

        var width = WidthOf(column);
        for (var i = 0; i < sizes.Length; i++)
        {
            sizes[i] += column.IsNull(i) ? 1 : 1 + width;
        }
    }

    // Each value is a byte that tells NULL from a value, then the value; texts have their length first, so that no two rows run together alike.
    private void Write(Column column, Span<int> cursors)
    {
        switch (column)
        {
            case BytesColumn c:
                WriteBytes(c, cursors);
                break;
            case FixedColumn<sbyte> c:
                WriteFixed(c, cursors);
                break;
            case FixedColumn<short> c:
                WriteFixed(c, cursors);
                break;
            case FixedColumn<int> c:
                WriteFixed(c, cursors);
                break;
            case FixedColumn<long> c:
                WriteFixed(c, cursors);
                break;
            case FixedColumn<float> c:
                WriteFixed(c, cursors);
                break;
            case FixedColumn<double> c:
                WriteFixed(c, cursors);
                break;
            case FixedColumn<Int128> c:
                WriteFixed(c, cursors);
                break;
            case BooleanColumn c:
                WriteBooleans(c, cursors);
                break;
            default:
                WriteNulls(cursors);
                break;
        }
    }

    private void WriteFixed<T>(FixedColumn<T> column, Span<int> cursors)
        where T : unmanaged
    {
        var values = column.Values;
        var hasNulls = column.HasNulls;
        for (var i = 0; i < values.Length; i++)
        {
            ref var at = ref cursors[i];
            if (hasNulls && column.IsNull(i))
            {
                _data[at++] = 0;
                continue;
            }

            _data[at] = 1;
            MemoryMarshal.Write(_data.AsSpan(at + 1), in values[i]);
            at += 1 + System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        }
    }

    private void WriteBytes(BytesColumn column, Span<int> cursors)
    {
        var offsets = column.Offsets;
        var data = column.Data.Span;
        for (var i = 0; i < cursors.Length; i++)
        {
            ref var at = ref cursors[i];
            if (column.IsNull(i))
            {
                _data[at++] = 0;
                continue;
            }

            var value = data[offsets[i]..offsets[i + 1]];
            _data[at] = 1;
            BinaryPrimitives.WriteInt32LittleEndian(_data.AsSpan(at + 1), value.Length);
            value.CopyTo(_data.AsSpan(at + 1 + sizeof(int)));
            at += 1 + sizeof(int) + value.Length;
        }
    }

    private void WriteBooleans(BooleanColumn column, Span<int> cursors)
    {
        for (var i = 0; i < cursors.Length; i++)
        {
            ref var at = ref cursors[i];
            var isNull = column.IsNull(i);
            _data[at++] = isNull ? (byte)0 : (byte)1;
            if (!isNull)
            {
                _data[at++] = column.Bits[i] ? (byte)1 : (byte)0;
            }
        }
    }

    private void WriteNulls(Span<int> cursors)
    {
        for (var i = 0; i < cursors.Length; i++)
        {
            _data[cursors[i]++] = 0;
        }
    }
}
