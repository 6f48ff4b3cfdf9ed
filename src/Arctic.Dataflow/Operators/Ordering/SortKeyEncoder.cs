using System.Buffers.Binary;
using System.Diagnostics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Ordering;

/// <summary>One column of an order.</summary>
/// <param name="Index">The column.</param>
/// <param name="IsDescending">DESC.</param>
/// <param name="NullsFirst">Where NULLs stand.</param>
internal readonly record struct SortColumn(int Index, bool IsDescending, bool NullsFirst);

/// <summary>
/// The key of an order as bytes that compare as the rows do, byte by byte: big-endian with the sign bit turned round, text with its zeros escaped and an end mark, everything
/// inverted where the order descends.
/// </summary>
internal sealed class SortKeyEncoder
{
    private readonly SortColumn[] _columns;
    private byte[] _buffer = new byte[64];
    private int _length;

    /// <summary>Makes an encoder.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: rows cannot be ordered by a column of such a type.</exception>
    public SortKeyEncoder(RowSchema schema, IEnumerable<SortColumn> columns)
    {
        _columns = columns.ToArray();
        foreach (var column in _columns)
        {
            if (schema[column.Index].Type.Layout is ColumnLayout.List or ColumnLayout.Map or ColumnLayout.Row)
            {
                throw new ArcticException(ErrorCodes.Unsupported, $"Rows cannot be ordered by '{schema[column.Index].Name}' of type {schema[column.Index].Type}.");
            }
        }
    }

    /// <summary>The key of one row.</summary>
    public byte[] Encode(IReadOnlyList<Column> columns, int row)
    {
        _length = 0;
        foreach (var column in _columns)
        {
            Append(columns[column.Index], row, column);
        }

        return _buffer.AsSpan(0, _length).ToArray();
    }

    private void Append(Column column, int row, SortColumn order)
    {
        if (column is ConstantColumn constant)
        {
            (column, row) = (constant.Value, 0);
        }

        if (column.IsNull(row))
        {
            Reserve(1)[0] = order.NullsFirst ? (byte)0 : (byte)2;
            return;
        }

        Reserve(1)[0] = 1;
        var start = _length;
        AppendValue(column, row);
        if (order.IsDescending)
        {
            foreach (ref var b in _buffer.AsSpan(start, _length - start))
            {
                b = (byte)~b;
            }
        }
    }

    private void AppendValue(Column column, int row)
    {
        switch (column)
        {
            case BooleanColumn c:
                Reserve(1)[0] = c.Bits[row] ? (byte)1 : (byte)0;
                break;
            case FixedColumn<sbyte> c:
                Reserve(1)[0] = (byte)(c.Values[row] ^ sbyte.MinValue);
                break;
            case FixedColumn<short> c:
                BinaryPrimitives.WriteInt16BigEndian(Reserve(2), (short)(c.Values[row] ^ short.MinValue));
                break;
            case FixedColumn<int> c:
                BinaryPrimitives.WriteInt32BigEndian(Reserve(4), c.Values[row] ^ int.MinValue);
                break;
            case FixedColumn<long> c:
                BinaryPrimitives.WriteInt64BigEndian(Reserve(8), c.Values[row] ^ long.MinValue);
                break;
            case FixedColumn<float> c:
                BinaryPrimitives.WriteInt32BigEndian(Reserve(4), FloatOrder.ToInt(c.Values[row]) ^ int.MinValue);
                break;
            case FixedColumn<double> c:
                BinaryPrimitives.WriteInt64BigEndian(Reserve(8), FloatOrder.ToLong(c.Values[row]) ^ long.MinValue);
                break;
            case FixedColumn<Int128> c:
                BinaryPrimitives.WriteInt128BigEndian(Reserve(16), c.Values[row] ^ Int128.MinValue);
                break;
            case BytesColumn c:
                AppendBytes(c[row]);
                break;
            default:
                throw new UnreachableException($"Column class {column.GetType()}");
        }
    }

    // 0 becomes 0 255, and 0 0 ends the value: a prefix comes before what it starts.
    private void AppendBytes(ReadOnlySpan<byte> value)
    {
        var zeros = value.Count((byte)0);
        var target = Reserve(value.Length + zeros + 2);
        var at = 0;
        foreach (var b in value)
        {
            target[at++] = b;
            if (b == 0)
            {
                target[at++] = byte.MaxValue;
            }
        }

        target[at] = target[at + 1] = 0;
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length < _length + count)
        {
            Array.Resize(ref _buffer, Math.Max(_length + count, _buffer.Length * 2));
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
