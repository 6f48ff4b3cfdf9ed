using Arctic.Columnar.Columns;

namespace Arctic.Columnar.Kernels;

/// <summary>Reads a column of fixed-width values or a constant of that width; the mask makes a constant's only row answer every index.</summary>
internal readonly ref struct FixedReader<T>
    where T : unmanaged
{
    private readonly ReadOnlySpan<T> _values;
    private readonly int _mask;

    public FixedReader(Column column)
    {
        _mask = column is ConstantColumn ? 0 : -1;
        _values = ((FixedColumn<T>)(column is ConstantColumn constant ? constant.Value : column)).Values;
    }

    public T this[int row] => _values[row & _mask];
}

/// <summary>Reads a column of byte strings, or a constant.</summary>
internal readonly ref struct BytesReader
{
    private readonly ReadOnlySpan<int> _offsets;
    private readonly ReadOnlySpan<byte> _data;
    private readonly int _mask;

    public BytesReader(Column column)
    {
        _mask = column is ConstantColumn ? 0 : -1;
        var bytes = (BytesColumn)(column is ConstantColumn constant ? constant.Value : column);
        _offsets = bytes.Offsets;
        _data = bytes.Data.Span;
    }

    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            row &= _mask;
            var start = _offsets[row];
            return _data.Slice(start, _offsets[row + 1] - start);
        }
    }
}

/// <summary>Reads a column of truth values, or a constant.</summary>
internal readonly ref struct BooleanReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _offset;
    private readonly int _mask;

    public BooleanReader(Column column)
    {
        _mask = column is ConstantColumn ? 0 : -1;
        var bits = ((BooleanColumn)(column is ConstantColumn constant ? constant.Value : column)).Bits;
        _bytes = bits.Bytes.Span;
        _offset = bits.Offset;
    }

    public bool this[int row] => Bitmap.IsSet(_bytes, _offset + (row & _mask));
}

/// <summary>Says which rows of a column are NULL.</summary>
internal readonly ref struct NullReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _offset;
    private readonly bool _allNull;

    public NullReader(Column column)
    {
        _allNull = column is NullColumn || (column is ConstantColumn constant && constant.Value.IsNull(0));
        _bytes = column is ConstantColumn ? default : column.Validity.Bytes.Span;
        _offset = column.Validity.Offset;
    }

    public bool this[int row] => _allNull || (!_bytes.IsEmpty && !Bitmap.IsSet(_bytes, _offset + row));
}

/// <summary>The rows that a kernel works on: all of a column, or a selection.</summary>
internal readonly ref struct RowCursor(int length, ReadOnlyMemory<int>? selection)
{
    private readonly ReadOnlySpan<int> _selection = selection is { } rows ? rows.Span : default;
    private readonly bool _isAll = selection is null;

    public int Count => _isAll ? length : _selection.Length;

    /// <summary>The column row at a 0-based place among the rows.</summary>
    public int this[int index] => _isAll ? index : _selection[index];
}
