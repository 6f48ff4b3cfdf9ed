using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>Parses one column of a table of cells.</summary>
internal abstract class CellColumn(DataType type, CellFormat format)
{
    /// <summary>The type of the column.</summary>
    protected DataType Type => type;

    /// <summary>What stands for NULL.</summary>
    protected CellNulls Nulls { get; } = new(format.NullLiteral, format.EmptyIsNull && type.Layout != ColumnLayout.Bytes);

    /// <summary>The parser for a column of a type.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: text formats have no such values.</exception>
    public static CellColumn Create(Field field, CellFormat format) => field.Type switch
    {
        DataType.Boolean => new BooleanCellColumn(field.Type, format),
        DataType.TinyInt => new FixedCellColumn<sbyte, IntegerParser<sbyte>>(field.Type, format, default),
        DataType.SmallInt => new FixedCellColumn<short, IntegerParser<short>>(field.Type, format, default),
        DataType.Int or DataType.IntervalYearMonth => new FixedCellColumn<int, IntegerParser<int>>(field.Type, format, default),
        DataType.BigInt or DataType.IntervalDayTime => new FixedCellColumn<long, IntegerParser<long>>(field.Type, format, default),
        DataType.Float => new FixedCellColumn<float, FloatParser<float>>(field.Type, format, default),
        DataType.Double => new FixedCellColumn<double, FloatParser<double>>(field.Type, format, default),
        DataType.Decimal d => new FixedCellColumn<Int128, DecimalParser>(field.Type, format, new DecimalParser(d.Precision, d.Scale)),
        DataType.Date => new FixedCellColumn<int, DateParser>(field.Type, format, default),
        DataType.Time t => new FixedCellColumn<long, TimeParser>(field.Type, format, new TimeParser(t.Precision)),
        DataType.Timestamp t => new FixedCellColumn<long, TimestampParser>(field.Type, format, new TimestampParser(t.Precision, format.Timestamps)),
        DataType.TimestampLtz t => new FixedCellColumn<long, ZonedTimestampParser>(field.Type, format, new ZonedTimestampParser(t.Precision, format.Timestamps)),
        DataType.Char or DataType.VarChar => new TextCellColumn(field.Type, format),
        DataType.Binary or DataType.VarBinary => new Base64CellColumn(field.Type, format),
        DataType.Array or DataType.Map or DataType.Multiset or DataType.Row when format.Nesting == NestedCells.Json => new JsonCellColumn(field.Type, format),
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"Cannot read column '{field.Name}' of type {field.Type} from a line of delimited text; use the format 'json'."),
    };

    /// <summary>Parses the cells of a column; those that are no values are added to <paramref name="bad"/> and have any value.</summary>
    public abstract Column Parse(CellText text, CellTable cells, int column, BadCells bad);

    /// <summary>Clears the bit of a NULL row, and notes the cell when the type admits no NULL.</summary>
    protected void MarkNull(ref byte[]? validity, int row, int rowCount, int column, BadCells bad)
    {
        if (validity is null)
        {
            validity = new byte[Bitmap.BytesFor(rowCount)];
            validity.AsSpan().Fill(0xFF);
        }

        Bitmap.Clear(validity, row);
        if (!type.IsNullable)
        {
            bad.Add(row, column);
        }
    }
}

/// <summary>Tells NULL from a value.</summary>
internal readonly struct CellNulls(byte[]? literal, bool emptyIsNull)
{
    public bool Matches(ReadOnlySpan<byte> cell) => (cell.IsEmpty && emptyIsNull) || (literal is not null && cell.SequenceEqual(literal));
}

/// <summary>A column of values of one width.</summary>
internal sealed class FixedCellColumn<T, TParser>(DataType type, CellFormat format, TParser parser) : CellColumn(type, format)
    where T : unmanaged
    where TParser : struct, ICellParser<T>
{
    public override Column Parse(CellText text, CellTable cells, int column, BadCells bad)
    {
        var values = new T[cells.RowCount];
        byte[]? validity = null;
        var ranges = cells.Cells;
        var nulls = Nulls;
        for (int row = 0, i = column; row < values.Length; row++, i += cells.ColumnCount)
        {
            var range = ranges[i];
            var cell = text.Of(range);
            if (range.Length < 0 || nulls.Matches(cell))
            {
                MarkNull(ref validity, row, values.Length, column, bad);
            }
            else if (!parser.TryParse(cell, out values[row]))
            {
                bad.Add(row, column);
            }
        }

        return new FixedColumn<T>(Type, values, new Bitmap(validity, 0));
    }
}

/// <summary>A column of truth values.</summary>
internal sealed class BooleanCellColumn(DataType type, CellFormat format) : CellColumn(type, format)
{
    public override Column Parse(CellText text, CellTable cells, int column, BadCells bad)
    {
        var bits = new byte[Bitmap.BytesFor(cells.RowCount)];
        byte[]? validity = null;
        var ranges = cells.Cells;
        var nulls = Nulls;
        for (int row = 0, i = column; row < cells.RowCount; row++, i += cells.ColumnCount)
        {
            var range = ranges[i];
            var cell = text.Of(range);
            if (range.Length < 0 || nulls.Matches(cell))
            {
                MarkNull(ref validity, row, cells.RowCount, column, bad);
            }
            else if (!NumberCells.TryParseBoolean(cell, out var value))
            {
                bad.Add(row, column);
            }
            else if (value)
            {
                Bitmap.Set(bits, row);
            }
        }

        return new BooleanColumn(Type, cells.RowCount, new Bitmap(bits, 0), new Bitmap(validity, 0));
    }
}

/// <summary>A column of text: the cells' bytes, back to back.</summary>
internal sealed class TextCellColumn(DataType type, CellFormat format) : CellColumn(type, format)
{
    public override Column Parse(CellText text, CellTable cells, int column, BadCells bad)
    {
        var offsets = new int[cells.RowCount + 1];
        byte[]? validity = null;
        var ranges = cells.Cells;
        var nulls = Nulls;
        var size = 0;
        for (int row = 0, i = column; row < cells.RowCount; row++, i += cells.ColumnCount)
        {
            var range = ranges[i];
            var cell = text.Of(range);
            if (range.Length < 0 || nulls.Matches(cell))
            {
                MarkNull(ref validity, row, cells.RowCount, column, bad);
            }
            else
            {
                size += cell.Length;
                if (!text.IsUtf8 && !Utf8.IsValid(cell))
                {
                    bad.Add(row, column);
                }
            }

            offsets[row + 1] = size;
        }

        var data = new byte[size];
        for (int row = 0, i = column; row < cells.RowCount; row++, i += cells.ColumnCount)
        {
            text.Bytes.Slice(ranges[i].Start, offsets[row + 1] - offsets[row]).CopyTo(data.AsSpan(offsets[row]));
        }

        return new BytesColumn(Type, offsets, data, new Bitmap(validity, 0));
    }
}

/// <summary>A column of bytes, written in base 64.</summary>
internal sealed class Base64CellColumn(DataType type, CellFormat format) : CellColumn(type, format)
{
    public override Column Parse(CellText text, CellTable cells, int column, BadCells bad)
    {
        var builder = new BytesColumnBuilder(Type);
        byte[] scratch = [];
        var ranges = cells.Cells;
        byte[]? validity = null;
        for (int row = 0, i = column; row < cells.RowCount; row++, i += cells.ColumnCount)
        {
            var range = ranges[i];
            var cell = text.Of(range);
            if (range.Length < 0 || Nulls.Matches(cell))
            {
                MarkNull(ref validity, row, cells.RowCount, column, bad);
                builder.AppendNull();
                continue;
            }

            if (scratch.Length < cell.Length)
            {
                scratch = new byte[Math.Max(256, cell.Length)];
            }

            if (Base64.DecodeFromUtf8(cell, scratch, out _, out var count) != OperationStatus.Done)
            {
                bad.Add(row, column);
                count = 0;
            }

            builder.Append(scratch.AsSpan(0, count));
        }

        return builder.Build();
    }
}
