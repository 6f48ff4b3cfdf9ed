using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;

namespace Arctic.KeyedTables.Keys;

/// <summary>
/// The values of some columns as one byte string a row, so that equal values have equal bytes and others do not: a presence byte, then the value at its width, or a
/// length and the bytes. For comparing only; not a format, and not in order. Buffers are kept from batch to batch. Not thread-safe.
/// </summary>
internal sealed class EncodedKeys
{
    private byte[] _data = [];
    private int[] _ends = [];
    private int[] _cursors = [];

    /// <summary>The number of rows encoded last.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of the n-th row; valid until the next <see cref="Encode"/>.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            return _data.AsSpan(start, _ends[index] - start);
        }
    }

    /// <summary>Encodes rows.</summary>
    /// <param name="columns">The columns to compare by, of the same types in every call whose results are compared.</param>
    /// <param name="rows">The column rows, in the order of the results.</param>
    public void Encode(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows)
    {
        Count = rows.Length;
        if (_ends.Length < rows.Length)
        {
            (_ends, _cursors) = (new int[rows.Length], new int[rows.Length]);
        }

        Measure(columns, rows);
        foreach (var column in columns)
        {
            Append(column, rows);
        }
    }

    private void Measure(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows)
    {
        var lengths = _cursors.AsSpan(0, rows.Length);
        lengths.Clear();
        foreach (var column in columns)
        {
            if (column is BytesColumn bytes)
            {
                AddLengths(bytes, rows, lengths);
            }
            else
            {
                var width = 1 + (column is ConstantColumn { Value: BytesColumn value } ? 4 + (value.IsNull(0) ? 0 : value.Offsets[1] - value.Offsets[0]) : WidthOf(column));
                for (var i = 0; i < lengths.Length; i++)
                {
                    lengths[i] += width;
                }
            }
        }

        // From lengths to places: where each row's bytes begin.
        var end = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            var start = end;
            end = checked(end + lengths[i]);
            _ends[i] = end;
            lengths[i] = start;
        }

        if (_data.Length < end)
        {
            _data = new byte[Math.Max(end, Math.Min(2L * _data.Length, Array.MaxLength))];
        }
    }

    private static void AddLengths(BytesColumn column, ReadOnlySpan<int> rows, Span<int> lengths)
    {
        var offsets = column.Offsets;
        if (column.HasNulls)
        {
            // What bytes a NULL spans is undefined: it counts as empty.
            for (var i = 0; i < rows.Length; i++)
            {
                lengths[i] += 5 + (column.Validity[rows[i]] ? offsets[rows[i] + 1] - offsets[rows[i]] : 0);
            }

            return;
        }

        for (var i = 0; i < rows.Length; i++)
        {
            lengths[i] += 5 + offsets[rows[i] + 1] - offsets[rows[i]];
        }
    }

    private static int WidthOf(Column column) => column switch
    {
        ConstantColumn c => WidthOf(c.Value),
        NullColumn => 0,
        BooleanColumn or FixedColumn<sbyte> => 1,
        FixedColumn<short> => 2,
        FixedColumn<int> or FixedColumn<float> => 4,
        FixedColumn<long> or FixedColumn<double> => 8,
        FixedColumn<Int128> => 16,
        _ => throw new UnreachableException($"A column of type {column.Type} cannot be compared as a key."),
    };

    private void Append(Column column, ReadOnlySpan<int> rows)
    {
        switch (column)
        {
            case ConstantColumn c:
                var zeros = new int[rows.Length];
                Append(c.Value, zeros);
                return;
            case NullColumn:
                AppendPresence(column, rows);
                return;
            case BooleanColumn c:
                AppendBooleans(c, rows);
                return;
            case FixedColumn<sbyte> c:
                AppendFixed(c, c.Values, rows);
                return;
            case FixedColumn<short> c:
                AppendFixed(c, c.Values, rows);
                return;
            case FixedColumn<int> c:
                AppendFixed(c, c.Values, rows);
                return;
            case FixedColumn<long> c:
                AppendFixed(c, c.Values, rows);
                return;
            case FixedColumn<float> c:
                AppendFixed(c, MemoryMarshal.Cast<float, int>(Canonical(c.Values)), rows);
                return;
            case FixedColumn<double> c:
                AppendFixed(c, MemoryMarshal.Cast<double, long>(Canonical(c.Values)), rows);
                return;
            case FixedColumn<Int128> c:
                AppendFixed(c, c.Values, rows);
                return;
            case BytesColumn c:
                AppendBytes(c, rows);
                return;
        }
    }

    // Writes the presence byte of each row. NULL rows keep their width: their value bytes are zeroed.
    private void AppendPresence(Column column, ReadOnlySpan<int> rows)
    {
        var validity = column.Validity;
        var bits = validity.Bytes.Span;
        var isNullColumn = column is NullColumn;
        for (var i = 0; i < rows.Length; i++)
        {
            _data[_cursors[i]++] = isNullColumn || (!validity.IsAllSet && !Bitmap.IsSet(bits, validity.Offset + rows[i])) ? (byte)0 : (byte)1;
        }
    }

    private void AppendFixed<T>(Column column, ReadOnlySpan<T> values, ReadOnlySpan<int> rows)
        where T : unmanaged
    {
        AppendPresence(column, rows);
        var hasNulls = column.HasNulls;
        for (var i = 0; i < rows.Length; i++)
        {
            var value = hasNulls && _data[_cursors[i] - 1] == 0 ? default : values[rows[i]];
            Unsafe.WriteUnaligned(ref _data[_cursors[i]], value);
            _cursors[i] += Unsafe.SizeOf<T>();
        }
    }

    private void AppendBooleans(BooleanColumn column, ReadOnlySpan<int> rows)
    {
        AppendPresence(column, rows);
        var bits = column.Bits.Bytes.Span;
        for (var i = 0; i < rows.Length; i++)
        {
            var present = _data[_cursors[i] - 1];
            _data[_cursors[i]++] = Bitmap.IsSet(bits, column.Bits.Offset + rows[i]) ? present : (byte)0;
        }
    }

    private void AppendBytes(BytesColumn column, ReadOnlySpan<int> rows)
    {
        AppendPresence(column, rows);
        var offsets = column.Offsets;
        var data = column.Data.Span;
        for (var i = 0; i < rows.Length; i++)
        {
            var value = _data[_cursors[i] - 1] == 0 ? default : data[offsets[rows[i]]..offsets[rows[i] + 1]];
            Unsafe.WriteUnaligned(ref _data[_cursors[i]], value.Length);
            value.CopyTo(_data.AsSpan(_cursors[i] + 4));
            _cursors[i] += 4 + value.Length;
        }
    }

    private static ReadOnlySpan<float> Canonical(ReadOnlySpan<float> values)
    {
        var result = values.ToArray();
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = float.IsNaN(result[i]) ? float.NaN : result[i];
        }

        return result;
    }

    private static ReadOnlySpan<double> Canonical(ReadOnlySpan<double> values)
    {
        var result = values.ToArray();
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = double.IsNaN(result[i]) ? double.NaN : result[i];
        }

        return result;
    }
}
