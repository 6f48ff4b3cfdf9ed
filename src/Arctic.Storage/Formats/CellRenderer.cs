using System.Diagnostics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>Writes the cells of a column as UTF-8 text, one loop a column. Each text format is a subclass.</summary>
internal abstract class CellRenderer
{
    /// <summary>The text of NULL.</summary>
    protected abstract ReadOnlySpan<byte> NullText { get; }

    /// <summary>What stands around dates and times; 0 for nothing.</summary>
    protected virtual byte TemporalQuote => 0;

    /// <summary>What stands between date and time.</summary>
    protected virtual byte TimestampSeparator => (byte)' ';

    /// <summary>Appends the text of every row of the column.</summary>
    public void Render(Column column, CellBuffer cells)
    {
        switch (column)
        {
            case ConstantColumn constant:
                RenderConstant(constant, cells);
                break;
            case NullColumn:
                RenderNulls(column.Length, cells);
                break;
            case BooleanColumn booleans:
                RenderBooleans(booleans, cells);
                break;
            case BytesColumn text when column.Type.IsCharacter():
                RenderText(text, cells);
                break;
            case BytesColumn bytes:
                RenderBytes(bytes, cells);
                break;
            case ListColumn list:
                RenderList(list, cells);
                break;
            case MapColumn map:
                RenderMap(map, cells);
                break;
            case RowColumn row:
                RenderRow(row, cells);
                break;
            default:
                RenderFixed(column, cells);
                break;
        }
    }

    /// <summary>Appends FLOAT cells.</summary>
    protected abstract void RenderFloats(FixedColumn<float> column, CellBuffer cells);

    /// <summary>Appends DOUBLE cells.</summary>
    protected abstract void RenderDoubles(FixedColumn<double> column, CellBuffer cells);

    /// <summary>Appends DECIMAL cells.</summary>
    protected virtual void RenderDecimals(FixedColumn<Int128> column, int scale, CellBuffer cells) => RenderValues(column, new DecimalFormatter(scale), 0, cells);

    /// <summary>Appends TIME cells.</summary>
    protected virtual void RenderTimes(FixedColumn<long> column, int precision, CellBuffer cells) =>
        RenderValues(column, new TimeFormatter(precision), TemporalQuote, cells);

    /// <summary>Appends cells of timestamps.</summary>
    protected virtual void RenderTimestamps(FixedColumn<long> column, TimestampKind kind, CellBuffer cells) =>
        RenderValues(column, new TimestampFormatter(kind, TimestampSeparator), TemporalQuote, cells);

    /// <summary>Appends cells of character types.</summary>
    protected abstract void RenderText(BytesColumn column, CellBuffer cells);

    /// <summary>Appends cells of binary types.</summary>
    protected abstract void RenderBytes(BytesColumn column, CellBuffer cells);

    /// <summary>Appends cells of arrays.</summary>
    protected abstract void RenderList(ListColumn column, CellBuffer cells);

    /// <summary>Appends cells of maps and multisets.</summary>
    protected abstract void RenderMap(MapColumn column, CellBuffer cells);

    /// <summary>Appends cells of rows.</summary>
    protected abstract void RenderRow(RowColumn column, CellBuffer cells);

    /// <summary>Appends the cells of a column of values of one width.</summary>
    protected void RenderValues<T, TFormatter>(FixedColumn<T> column, TFormatter formatter, byte quote, CellBuffer cells)
        where T : unmanaged
        where TFormatter : struct, ICellFormatter<T>
    {
        var values = column.Values;
        var hasNulls = column.HasNulls;
        for (var i = 0; i < values.Length; i++)
        {
            if (hasNulls && column.IsNull(i))
            {
                cells.Append(NullText);
            }
            else
            {
                var target = cells.Reserve(TFormatter.MaxLength + 2);
                var at = 0;
                if (quote != 0)
                {
                    target[at++] = quote;
                }

                at += formatter.Format(values[i], target[at..]);
                if (quote != 0)
                {
                    target[at++] = quote;
                }

                cells.Advance(at);
            }

            cells.EndCell();
        }
    }

    private void RenderFixed(Column column, CellBuffer cells)
    {
        switch (column, column.Type)
        {
            case (FixedColumn<sbyte> c, _):
                RenderValues(c, default(IntegerFormatter<sbyte>), 0, cells);
                break;
            case (FixedColumn<short> c, _):
                RenderValues(c, default(IntegerFormatter<short>), 0, cells);
                break;
            case (FixedColumn<int> c, DataType.Date):
                RenderValues(c, default(DateFormatter), TemporalQuote, cells);
                break;
            case (FixedColumn<int> c, _):
                RenderValues(c, default(IntegerFormatter<int>), 0, cells);
                break;
            case (FixedColumn<long> c, DataType.Time t):
                RenderTimes(c, t.Precision, cells);
                break;
            case (FixedColumn<long> c, DataType.Timestamp t):
                RenderTimestamps(c, new TimestampKind(t.Precision, IsZoned: false), cells);
                break;
            case (FixedColumn<long> c, DataType.TimestampLtz t):
                RenderTimestamps(c, new TimestampKind(t.Precision, IsZoned: true), cells);
                break;
            case (FixedColumn<long> c, _):
                RenderValues(c, default(IntegerFormatter<long>), 0, cells);
                break;
            case (FixedColumn<float> c, _):
                RenderFloats(c, cells);
                break;
            case (FixedColumn<double> c, _):
                RenderDoubles(c, cells);
                break;
            case (FixedColumn<Int128> c, DataType.Decimal d):
                RenderDecimals(c, d.Scale, cells);
                break;
            default:
                throw new UnreachableException($"{column.GetType().Name} of type {column.Type}");
        }
    }

    private void RenderBooleans(BooleanColumn column, CellBuffer cells)
    {
        for (var i = 0; i < column.Length; i++)
        {
            cells.Append(column.IsNull(i) ? NullText : column.Bits[i] ? "true"u8 : "false"u8);
            cells.EndCell();
        }
    }

    private void RenderConstant(ConstantColumn column, CellBuffer cells)
    {
        var only = new CellBuffer();
        Render(column.Value, only);
        for (var i = 0; i < column.Length; i++)
        {
            cells.Append(only[0]);
            cells.EndCell();
        }
    }

    private void RenderNulls(int count, CellBuffer cells)
    {
        for (var i = 0; i < count; i++)
        {
            cells.Append(NullText);
            cells.EndCell();
        }
    }
}
