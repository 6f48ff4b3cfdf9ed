using System.Diagnostics;
using Apache.Arrow;
using Apache.Arrow.Types;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Column = Arctic.Columnar.Columns.Column;

namespace Arctic.Columnar.Arrow;

/// <summary>
/// Shows columns as Arrow arrays. Values are never copied, but for fixed-size binary with NULLs and constant columns, which Arrow has no form
/// for; a bitmap that does not start at a byte is. Arrays are views: they are valid as long as the batch that the columns belong to.
/// </summary>
internal static class ArrowExport
{
    /// <summary>The rows of a batch, without kinds. A selection is copied out first.</summary>
    /// <param name="batch">Must outlive the result.</param>
    /// <param name="schema">The Arrow schema to show them under; null takes that of the batch's types.</param>
    public static RecordBatch ToRecordBatch(ChangeBatch batch, Apache.Arrow.Schema? schema = null)
    {
        if (batch.Selection is not null)
        {
            // The copy is managed memory, so nothing depends on its disposal.
            batch = batch.Compact();
        }

        schema ??= ArrowTypes.ToArrow(batch.Schema);
        var arrays = new IArrowArray[batch.Columns.Count];
        for (var i = 0; i < arrays.Length; i++)
        {
            arrays[i] = ArrowArrayFactory.BuildArray(ToArrayData(batch.Columns[i], schema.FieldsList[i].DataType));
        }

        return new RecordBatch(schema, arrays, batch.ColumnLength);
    }

    /// <summary>A column as an array of the given type, which must have its layout; BINARY also goes into fixed-size binary.</summary>
    public static ArrayData ToArrayData(Column column, IArrowType type)
    {
        switch (column)
        {
            case BytesColumn c when type is FixedSizeBinaryType and not (Decimal32Type or Decimal64Type or Decimal128Type or Decimal256Type):
                return Make(c, type, FixedBytes(c, ((FixedSizeBinaryType)type).ByteWidth));
            case BytesColumn c:
                return Make(c, type, new ArrowBuffer(c.OffsetBytes), new ArrowBuffer(c.Data));
            case FixedColumn<sbyte> c:
                return Make(c, type, new ArrowBuffer(c.Bytes));
            case FixedColumn<short> c:
                return Make(c, type, new ArrowBuffer(c.Bytes));
            case FixedColumn<int> c:
                return Make(c, type, new ArrowBuffer(c.Bytes));
            case FixedColumn<long> c:
                return Make(c, type, new ArrowBuffer(c.Bytes));
            case FixedColumn<float> c:
                return Make(c, type, new ArrowBuffer(c.Bytes));
            case FixedColumn<double> c:
                return Make(c, type, new ArrowBuffer(c.Bytes));
            case FixedColumn<Int128> c:
                return Make(c, type, new ArrowBuffer(c.Bytes));
            case BooleanColumn c:
                return Make(c, type, BitmapBuffer(c.Bits, c.Length));
            case ListColumn c:
                return MakeNested(c, type, [new ArrowBuffer(c.OffsetBytes)], ToChildData(c.Elements, ((ListType)type).ValueField));
            case MapColumn c:
                {
                    var entries = ((MapType)type).KeyValueType;
                    var children = new[] { ToChildData(c.Keys, entries.Fields[0]), ToChildData(c.Values, entries.Fields[1]) };
                    var pairs = new ArrayData(entries, c.Keys.Length, 0, 0, [ArrowBuffer.Empty], children);
                    return MakeNested(c, type, [new ArrowBuffer(c.OffsetBytes)], pairs);
                }

            case RowColumn c:
                return MakeNested(c, type, [], c.Children.Select((child, i) => ToChildData(child, ((StructType)type).Fields[i])).ToArray());
            case NullColumn c:
                return new ArrayData(type, c.Length, c.Length, 0, System.Array.Empty<ArrowBuffer>(), null);
            case ConstantColumn c:
                return ToArrayData(c.ToDense(), type);
            default:
                throw new UnreachableException($"Column class {column.GetType()}");
        }
    }

    // What stands below a NULL row is undefined, and may be NULL also where the field allows none; Arrow takes such a NULL for a value, and refuses it.
    private static ArrayData ToChildData(Column child, Apache.Arrow.Field field)
    {
        var data = ToArrayData(child, field.DataType);
        return field.IsNullable || data.NullCount == 0 || child is NullColumn
            ? data
            : new ArrayData(data.DataType, data.Length, 0, 0, [ArrowBuffer.Empty, .. data.Buffers.Skip(1)], data.Children);
    }

    private static ArrayData Make(Column column, IArrowType type, params ReadOnlySpan<ArrowBuffer> buffers) =>
        new(type, column.Length, column.NullCount, 0, [Validity(column), .. buffers], null);

    private static ArrayData MakeNested(Column column, IArrowType type, ArrowBuffer[] buffers, params ArrayData[] children) =>
        new(type, column.Length, column.NullCount, 0, [Validity(column), .. buffers], children);

    private static ArrowBuffer Validity(Column column) => column.HasNulls ? BitmapBuffer(column.Validity, column.Length) : ArrowBuffer.Empty;

    // Arrow has one offset for all buffers of an array, and ours is 0: bits must start at a byte.
    private static ArrowBuffer BitmapBuffer(Bitmap bits, int length) =>
        !bits.IsAllSet && (bits.Offset & 7) == 0
            ? new ArrowBuffer(bits.Bytes.Slice(bits.Offset >> 3, Bitmap.BytesFor(length)))
            : new ArrowBuffer(bits.ToBytes(length));

    private static ArrowBuffer FixedBytes(BytesColumn column, int width)
    {
        var offsets = column.Offsets;
        if (offsets[^1] - offsets[0] == (long)column.Length * width && !column.HasNulls && AllOfWidth(offsets, width))
        {
            return new ArrowBuffer(column.Data[offsets[0]..offsets[^1]]);
        }

        var data = column.Data.Span;
        var result = new byte[checked(column.Length * width)];
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                continue;
            }

            var value = data[offsets[i]..offsets[i + 1]];
            if (value.Length != width)
            {
                throw new ArcticException(
                    ErrorCodes.EvaluationFailed, $"Cannot store a binary value of {value.Length} bytes in a column of exactly {width} bytes (row {i} of the batch).");
            }

            value.CopyTo(result.AsSpan(i * width));
        }

        return new ArrowBuffer(result);
    }

    private static bool AllOfWidth(ReadOnlySpan<int> offsets, int width)
    {
        for (var i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] - offsets[i - 1] != width)
            {
                return false;
            }
        }

        return true;
    }
}
