using System.Diagnostics;
using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Keys;

/// <summary>
/// Writes chosen columns of a batch's rows as bytes that are equal exactly when the values are (as GROUP BY has it: NULL equals NULL, one
/// NaN, -0.0 apart from 0.0), that compare bytewise as the values do (NULL first, text by its bytes), and that say themselves where each
/// value ends. Maps and multisets are equal whatever the order of their entries. One task uses an instance at a time.
/// </summary>
/// <remarks>The bytes are for memory and for state of the same release, not for files of others. A value of a type that admits NULL starts with a byte 0 (NULL) or 1.</remarks>
public sealed class RowKeyEncoder
{
    private readonly DataType[] _types;
    private int[] _lengths = [];
    private int[] _positions = [];

    /// <summary>Makes an encoder of columns of the given types, in that order.</summary>
    public RowKeyEncoder(IReadOnlyList<DataType> types) => _types = [.. types];

    /// <summary>The types of the key's columns.</summary>
    public IReadOnlyList<DataType> Types => _types;

    /// <summary>Writes a key for each row of the batch, selected ones only.</summary>
    /// <param name="batch">Its columns at the indices have the encoder's types.</param>
    /// <param name="columnIndices">One a type.</param>
    /// <param name="keys">Receives the keys, in the order of the batch's rows.</param>
    public void Encode(ChangeBatch batch, ReadOnlySpan<int> columnIndices, RowKeys keys)
    {
        var columns = new Column[columnIndices.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = batch.Columns[columnIndices[i]];
        }

        Encode(columns, new RowCursor(batch.ColumnLength, batch.Selection), keys);
    }

    /// <summary>Writes a key for each row of columns of one length.</summary>
    public void Encode(IReadOnlyList<Column> columns, int length, RowKeys keys) => Encode([.. columns], new RowCursor(length, null), keys);

    /// <summary>Reads keys back.</summary>
    /// <returns>One column a type, one row a key, in managed memory.</returns>
    public Column[] Decode(RowKeys keys)
    {
        var positions = keys.Offsets[..keys.Count].ToArray();
        return _types.Select(t => KeyColumnReader.Read(t, keys.Bytes, positions)).ToArray();
    }

    private void Encode(Column[] columns, RowCursor rows, RowKeys keys)
    {
        Debug.Assert(columns.Length == _types.Length, "There is a column for each type of the key.");
        if (_lengths.Length < rows.Count)
        {
            (_lengths, _positions) = (new int[rows.Count], new int[rows.Count]);
        }

        var lengths = _lengths.AsSpan(0, rows.Count);
        lengths.Clear();
        var nested = new NestedKeys?[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            nested[i] = _types[i].Layout is ColumnLayout.List or ColumnLayout.Map or ColumnLayout.Row ? NestedKeys.Of(_types[i], columns[i], rows) : null;
            AddLengths(_types[i], columns[i], nested[i], rows, lengths);
        }

        var bytes = keys.Resize(lengths);
        var positions = _positions.AsSpan(0, rows.Count);
        keys.Offsets[..rows.Count].CopyTo(positions);
        for (var i = 0; i < columns.Length; i++)
        {
            WriteColumn(_types[i], columns[i], nested[i], rows, bytes, positions);
        }
    }

    private static void AddLengths(DataType type, Column column, NestedKeys? nested, RowCursor rows, Span<int> lengths)
    {
        var marker = type.IsNullable ? 1 : 0;
        var nulls = new NullReader(column);
        var width = WidthOf(type.Layout);
        var text = type.Layout == ColumnLayout.Bytes ? new BytesReader(column) : default;
        for (var i = 0; i < lengths.Length; i++)
        {
            var isNull = marker != 0 && nulls[rows[i]];
            lengths[i] += isNull ? 1 : marker + (nested is not null ? nested.Length(i) : type.Layout == ColumnLayout.Bytes ? KeyBytes.TextLength(text[rows[i]]) : width);
        }
    }

    private static int WidthOf(ColumnLayout layout) => layout switch
    {
        ColumnLayout.Boolean or ColumnLayout.Int8 => 1,
        ColumnLayout.Int16 => 2,
        ColumnLayout.Int32 or ColumnLayout.Float32 => 4,
        ColumnLayout.Int64 or ColumnLayout.Float64 => 8,
        ColumnLayout.Int128 => 16,
        _ => 0,
    };

    private static void WriteColumn(DataType type, Column column, NestedKeys? nested, RowCursor rows, Span<byte> bytes, Span<int> positions)
    {
        if (type.IsNullable)
        {
            WriteMarkers(column, rows, bytes, positions);
        }

        switch (type.Layout)
        {
            case ColumnLayout.Null:
                break;
            case ColumnLayout.Boolean:
                WriteBooleans(column, rows, bytes, positions);
                break;
            case ColumnLayout.Int8:
                WriteFixed<sbyte>(column, rows, bytes, positions);
                break;
            case ColumnLayout.Int16:
                WriteFixed<short>(column, rows, bytes, positions);
                break;
            case ColumnLayout.Int32:
                WriteFixed<int>(column, rows, bytes, positions);
                break;
            case ColumnLayout.Int64:
                WriteFixed<long>(column, rows, bytes, positions);
                break;
            case ColumnLayout.Float32:
                WriteFixed<float>(column, rows, bytes, positions);
                break;
            case ColumnLayout.Float64:
                WriteFixed<double>(column, rows, bytes, positions);
                break;
            case ColumnLayout.Int128:
                WriteFixed<Int128>(column, rows, bytes, positions);
                break;
            case ColumnLayout.Bytes:
                WriteText(column, rows, bytes, positions);
                break;
            default:
                nested!.CopyTo(column, rows, bytes, positions); // made for nested layouts
                break;
        }
    }

    private static void WriteMarkers(Column column, RowCursor rows, Span<byte> bytes, Span<int> positions)
    {
        var nulls = new NullReader(column);
        for (var i = 0; i < positions.Length; i++)
        {
            bytes[positions[i]++] = nulls[rows[i]] ? KeyBytes.Null : KeyBytes.Present;
        }
    }

    private static void WriteBooleans(Column column, RowCursor rows, Span<byte> bytes, Span<int> positions)
    {
        var nulls = new NullReader(column);
        var values = new BooleanReader(column);
        for (var i = 0; i < positions.Length; i++)
        {
            if (!nulls[rows[i]])
            {
                bytes[positions[i]++] = values[rows[i]] ? (byte)1 : (byte)0;
            }
        }
    }

    private static void WriteFixed<T>(Column column, RowCursor rows, Span<byte> bytes, Span<int> positions)
        where T : unmanaged
    {
        var nulls = new NullReader(column);
        var values = new FixedReader<T>(column);
        for (var i = 0; i < positions.Length; i++)
        {
            if (!nulls[rows[i]])
            {
                KeyBytes.Write(values[rows[i]], bytes[positions[i]..]);
                positions[i] += Unsafe.SizeOf<T>();
            }
        }
    }

    private static void WriteText(Column column, RowCursor rows, Span<byte> bytes, Span<int> positions)
    {
        var nulls = new NullReader(column);
        var values = new BytesReader(column);
        for (var i = 0; i < positions.Length; i++)
        {
            if (!nulls[rows[i]])
            {
                positions[i] += KeyBytes.WriteText(values[rows[i]], bytes[positions[i]..]);
            }
        }
    }
}
