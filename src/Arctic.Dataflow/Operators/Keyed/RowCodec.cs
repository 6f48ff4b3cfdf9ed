using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>
/// Columns to rows of bytes and back: how keyed state holds rows. Equal rows have equal bytes and the reverse: floats by their bits with one NaN,
/// NULLs as zeros. Nullability does not show, so both sides of a join encode their keys alike. Checkpoints hold these bytes.
/// </summary>
/// <remarks>
/// A row: a bitmap of NULLs; then, column by column, the little-endian value, or the 32-bit length of a value that stands behind all of these. A row in a row is encoded as
/// a row; a list or map as its entries, each a row with its 32-bit length before it.
/// </remarks>
internal sealed class RowCodec
{
    private readonly DataType[] _types;
    private readonly int[] _positions;
    private readonly int _fixedSize;
    private readonly bool _hasVariable;
    private readonly RowCodec?[] _children;
    private int[] _tails = [];

    /// <summary>Makes a codec for rows of the given columns.</summary>
    public RowCodec(params IEnumerable<DataType> types)
    {
        _types = types.ToArray();
        _positions = new int[_types.Length];
        _children = _types.Select(ChildCodec).ToArray();
        _fixedSize = Bitmap.BytesFor(_types.Length);
        for (var i = 0; i < _types.Length; i++)
        {
            _positions[i] = _fixedSize;
            _fixedSize += WidthOf(_types[i]);
            _hasVariable |= IsVariable(_types[i]);
        }
    }

    /// <summary>The number of columns.</summary>
    public int ColumnCount => _types.Length;

    /// <summary>The type of a column.</summary>
    public DataType TypeOf(int column) => _types[column];

    /// <summary>Where a column's value, or its length, lies in a row.</summary>
    public int PositionOf(int column) => _positions[column];

    /// <summary>The bytes before the values of varying length.</summary>
    public int FixedSize => _fixedSize;

    /// <summary>Whether a column of an encoded row is NULL.</summary>
    public static bool IsNull(ReadOnlySpan<byte> row, int column) => Bitmap.IsSet(row, column);

    /// <summary>Encodes the rows at the given column indices, in that order.</summary>
    /// <param name="columns">One a column of the codec.</param>
    /// <param name="rows">Indices into the columns.</param>
    /// <param name="target">Takes the rows; what it held is gone.</param>
    public void Encode(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows, EncodedRows target)
    {
        Debug.Assert(columns.Length == _types.Length, "A codec encodes all of its columns.");
        target.Begin(rows.Length);
        var lengths = target.LengthsToWrite;
        lengths.Fill(_fixedSize);
        var nested = _hasVariable ? Measure(columns, rows, lengths) : null;
        var data = target.Layout();
        var starts = target.Offsets;
        if (_hasVariable)
        {
            if (_tails.Length < rows.Length)
            {
                _tails = new int[rows.Length];
            }

            for (var i = 0; i < rows.Length; i++)
            {
                _tails[i] = starts[i] + _fixedSize;
            }
        }

        for (var c = 0; c < columns.Length; c++)
        {
            EncodeColumn(c, columns[c], nested?[c], rows, data, starts);
        }
    }

    /// <summary>Decodes one column of the rows that start at the given places; a start of -1 gives NULL.</summary>
    public Column Decode(int column, ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        var type = _types[column];
        return type.Layout switch
        {
            ColumnLayout.Null => new NullColumn(starts.Length),
            ColumnLayout.Boolean => DecodeBoolean(column, data, starts),
            ColumnLayout.Int8 => DecodeFixed<sbyte>(column, data, starts),
            ColumnLayout.Int16 => DecodeFixed<short>(column, data, starts),
            ColumnLayout.Int32 => DecodeFixed<int>(column, data, starts),
            ColumnLayout.Int64 => DecodeFixed<long>(column, data, starts),
            ColumnLayout.Float32 => DecodeFixed<float>(column, data, starts),
            ColumnLayout.Float64 => DecodeFixed<double>(column, data, starts),
            ColumnLayout.Int128 => DecodeFixed<Int128>(column, data, starts),
            ColumnLayout.Bytes => DecodeBytes(column, data, starts),
            ColumnLayout.Row => DecodeRow(column, data, starts),
            ColumnLayout.List or ColumnLayout.Map => DecodeEntries(column, data, starts),
            _ => throw new UnreachableException($"Layout {type.Layout}"),
        };
    }

    /// <summary>Decodes all columns.</summary>
    public Column[] Decode(ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        var columns = new Column[_types.Length];
        for (var c = 0; c < columns.Length; c++)
        {
            columns[c] = Decode(c, data, starts);
        }

        return columns;
    }

    /// <summary>Decodes all columns of rows that lie apart.</summary>
    public Column[] Decode(IReadOnlyList<byte[]> rows)
    {
        var starts = new int[rows.Count];
        for (var i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + rows[i - 1].Length;
        }

        var data = new byte[starts.Length == 0 ? 0 : starts[^1] + rows[^1].Length];
        for (var i = 0; i < starts.Length; i++)
        {
            rows[i].CopyTo(data, starts[i]);
        }

        return Decode(data, starts);
    }

    private static RowCodec? ChildCodec(DataType type) => type switch
    {
        DataType.Array array => new RowCodec(array.Element),
        DataType.Map map => new RowCodec(map.Key, map.Value),
        DataType.Multiset multiset => new RowCodec(multiset.Element, DataTypes.Int),
        DataType.Row row => new RowCodec(row.Fields.Select(f => f.Type)),
        _ => null,
    };

    private static bool IsVariable(DataType type) => type.Layout is ColumnLayout.Bytes or ColumnLayout.List or ColumnLayout.Map or ColumnLayout.Row;

    private static int WidthOf(DataType type) => type.Layout switch
    {
        ColumnLayout.Null => 0,
        ColumnLayout.Boolean or ColumnLayout.Int8 => 1,
        ColumnLayout.Int16 => 2,
        ColumnLayout.Int32 or ColumnLayout.Float32 => 4,
        ColumnLayout.Int64 or ColumnLayout.Float64 => 8,
        ColumnLayout.Int128 => 16,
        _ => sizeof(int),
    };

    // Adds the lengths of the varying columns to those of the rows; returns the nested columns' values, already encoded.
    private byte[][]?[]? Measure(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows, Span<int> lengths)
    {
        byte[][]?[]? nested = null;
        for (var c = 0; c < columns.Length; c++)
        {
            if (!IsVariable(_types[c]))
            {
                continue;
            }

            var column = Unwrap(columns[c], out var isConstant);
            if (column is BytesColumn bytes)
            {
                var offsets = bytes.Offsets;
                for (var i = 0; i < rows.Length; i++)
                {
                    var row = isConstant ? 0 : rows[i];
                    lengths[i] += bytes.IsNull(row) ? 0 : offsets[row + 1] - offsets[row];
                }

                continue;
            }

            nested ??= new byte[][]?[columns.Length];
            var values = new byte[rows.Length][];
            for (var i = 0; i < rows.Length; i++)
            {
                values[i] = EncodeNested(c, column, isConstant ? 0 : rows[i]);
                lengths[i] += values[i].Length;
            }

            nested[c] = values;
        }

        return nested;
    }

    private byte[] EncodeNested(int column, Column source, int row)
    {
        if (source.IsNull(row))
        {
            return [];
        }

        var child = _children[column]!;
        var encoded = new EncodedRows();
        switch (source)
        {
            case RowColumn c:
                child.Encode(c.Children.ToArray(), [row], encoded);
                return encoded.Data.ToArray();
            case ListColumn c:
                child.Encode([c.Elements], Range(c.Offsets[row], c.Offsets[row + 1]), encoded);
                break;
            case MapColumn c:
                child.Encode([c.Keys, c.Values], Range(c.Offsets[row], c.Offsets[row + 1]), encoded);
                break;
            default:
                throw new UnreachableException($"Column class {source.GetType()}");
        }

        var result = new byte[encoded.Data.Length + encoded.Count * sizeof(int)];
        var at = 0;
        for (var i = 0; i < encoded.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(at), encoded[i].Length);
            encoded[i].CopyTo(result.AsSpan(at + sizeof(int)));
            at += sizeof(int) + encoded[i].Length;
        }

        return result;
    }

    private static int[] Range(int start, int end)
    {
        var range = new int[end - start];
        for (var i = 0; i < range.Length; i++)
        {
            range[i] = start + i;
        }

        return range;
    }

    private void EncodeColumn(int index, Column column, byte[][]? nested, ReadOnlySpan<int> rows, Span<byte> data, ReadOnlySpan<int> starts)
    {
        var source = Unwrap(column, out var isConstant);
        if (isConstant)
        {
            rows = new int[rows.Length];
        }

        if (source is NullColumn || source.HasNulls)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                if (source.IsNull(rows[i]))
                {
                    Bitmap.Set(data[starts[i]..], index);
                }
            }
        }

        var position = _positions[index];
        switch (source)
        {
            case FixedColumn<sbyte> c:
                EncodeFixed(c, rows, data, starts, position);
                break;
            case FixedColumn<short> c:
                EncodeFixed(c, rows, data, starts, position);
                break;
            case FixedColumn<int> c:
                EncodeFixed(c, rows, data, starts, position);
                break;
            case FixedColumn<long> c:
                EncodeFixed(c, rows, data, starts, position);
                break;
            case FixedColumn<float> c:
                EncodeFixed(c, rows, data, starts, position);
                break;
            case FixedColumn<double> c:
                EncodeFixed(c, rows, data, starts, position);
                break;
            case FixedColumn<Int128> c:
                EncodeFixed(c, rows, data, starts, position);
                break;
            case BooleanColumn c:
                for (var i = 0; i < rows.Length; i++)
                {
                    data[starts[i] + position] = !c.IsNull(rows[i]) && c.Bits[rows[i]] ? (byte)1 : (byte)0;
                }

                break;
            case BytesColumn c:
                EncodeBytes(c, rows, data, starts, position);
                break;
            case NullColumn:
                break;
            default:
                for (var i = 0; i < rows.Length; i++)
                {
                    Append(nested![i], i, data, starts[i] + position);
                }

                break;
        }
    }

    private static void EncodeFixed<T>(FixedColumn<T> column, ReadOnlySpan<int> rows, Span<byte> data, ReadOnlySpan<int> starts, int position)
        where T : unmanaged
    {
        var values = column.Values;
        var hasNulls = column.HasNulls;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!hasNulls || !column.IsNull(rows[i]))
            {
                var value = Canonical(values[rows[i]]);
                MemoryMarshal.Write(data[(starts[i] + position)..], in value);
            }
        }
    }

    // Every NaN is one value; the compiler leaves the test that does not apply out.
    private static T Canonical<T>(T value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float) && float.IsNaN(Unsafe.As<T, float>(ref value)))
        {
            var nan = BitConverter.Int32BitsToSingle(0x7FC00000);
            return Unsafe.As<float, T>(ref nan);
        }

        if (typeof(T) == typeof(double) && double.IsNaN(Unsafe.As<T, double>(ref value)))
        {
            var nan = BitConverter.Int64BitsToDouble(0x7FF8000000000000);
            return Unsafe.As<double, T>(ref nan);
        }

        return value;
    }

    private void EncodeBytes(BytesColumn column, ReadOnlySpan<int> rows, Span<byte> data, ReadOnlySpan<int> starts, int position)
    {
        var offsets = column.Offsets;
        var source = column.Data.Span;
        var hasNulls = column.HasNulls;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (!hasNulls || !column.IsNull(row))
            {
                Append(source[offsets[row]..offsets[row + 1]], i, data, starts[i] + position);
            }
        }
    }

    private void Append(ReadOnlySpan<byte> value, int row, Span<byte> data, int lengthAt)
    {
        BinaryPrimitives.WriteInt32LittleEndian(data[lengthAt..], value.Length);
        value.CopyTo(data[_tails[row]..]);
        _tails[row] += value.Length;
    }

    private Bitmap DecodeValidity(int column, ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        byte[]? bits = null;
        for (var i = 0; i < starts.Length; i++)
        {
            if (starts[i] < 0 || Bitmap.IsSet(data[starts[i]..], column))
            {
                bits ??= Bitmap.AllSet.ToBytes(starts.Length);
                Bitmap.Clear(bits, i);
            }
        }

        return bits is null ? Bitmap.AllSet : new Bitmap(bits, 0);
    }

    private FixedColumn<T> DecodeFixed<T>(int column, ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
        where T : unmanaged
    {
        var values = new T[starts.Length];
        var position = _positions[column];
        for (var i = 0; i < starts.Length; i++)
        {
            if (starts[i] >= 0)
            {
                values[i] = MemoryMarshal.Read<T>(data[(starts[i] + position)..]);
            }
        }

        return new FixedColumn<T>(_types[column], values, DecodeValidity(column, data, starts));
    }

    private BooleanColumn DecodeBoolean(int column, ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        var bits = new byte[Bitmap.BytesFor(starts.Length)];
        var position = _positions[column];
        for (var i = 0; i < starts.Length; i++)
        {
            if (starts[i] >= 0 && data[starts[i] + position] != 0)
            {
                Bitmap.Set(bits, i);
            }
        }

        return new BooleanColumn(_types[column], starts.Length, new Bitmap(bits, 0), DecodeValidity(column, data, starts));
    }

    private BytesColumn DecodeBytes(int column, ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        var offsets = new int[starts.Length + 1];
        for (var i = 0; i < starts.Length; i++)
        {
            offsets[i + 1] = checked(offsets[i] + (starts[i] < 0 ? 0 : LengthAt(data, starts[i] + _positions[column])));
        }

        var values = new byte[offsets[^1]];
        for (var i = 0; i < starts.Length; i++)
        {
            if (starts[i] >= 0)
            {
                data.Slice(ValueStart(column, data, starts[i]), offsets[i + 1] - offsets[i]).CopyTo(values.AsSpan(offsets[i]));
            }
        }

        return new BytesColumn(_types[column], offsets, values, DecodeValidity(column, data, starts));
    }

    private RowColumn DecodeRow(int column, ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        var inner = new int[starts.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            inner[i] = starts[i] < 0 || IsNull(data[starts[i]..], column) ? -1 : ValueStart(column, data, starts[i]);
        }

        return new RowColumn(_types[column], starts.Length, _children[column]!.Decode(data, inner), DecodeValidity(column, data, starts));
    }

    private Column DecodeEntries(int column, ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        var offsets = new int[starts.Length + 1];
        var entries = new List<int>();
        for (var i = 0; i < starts.Length; i++)
        {
            if (starts[i] >= 0)
            {
                var at = ValueStart(column, data, starts[i]);
                var end = at + LengthAt(data, starts[i] + _positions[column]);
                while (at < end)
                {
                    entries.Add(at + sizeof(int));
                    at += sizeof(int) + LengthAt(data, at);
                }
            }

            offsets[i + 1] = entries.Count;
        }

        var children = _children[column]!.Decode(data, CollectionsMarshal.AsSpan(entries));
        var validity = DecodeValidity(column, data, starts);
        return children.Length == 1
            ? new ListColumn(_types[column], offsets, children[0], validity)
            : new MapColumn(_types[column], offsets, children[0], children[1], validity);
    }

    private int ValueStart(int column, ReadOnlySpan<byte> data, int start)
    {
        var at = start + _fixedSize;
        for (var c = 0; c < column; c++)
        {
            if (IsVariable(_types[c]))
            {
                at += LengthAt(data, start + _positions[c]);
            }
        }

        return at;
    }

    private static int LengthAt(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadInt32LittleEndian(data[at..]);

    private static Column Unwrap(Column column, out bool isConstant)
    {
        isConstant = column is ConstantColumn;
        return isConstant ? ((ConstantColumn)column).Value : column;
    }
}
