using System.Globalization;
using Arctic.Columnar.Columns;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.Print;

/// <summary>
/// Values as Flink's print sink shows them, which is what Java's <c>toString</c> gives: times without seconds that are 0, doubles as <c>1.0E10</c>, tiny decimals in scientific notation,
/// bytes as <c>[104, 105]</c>, maps as <c>{k=v}</c>, rows as <c>+I[…]</c>.
/// </summary>
internal sealed class FlinkCellRenderer : CellRenderer
{
    protected override ReadOnlySpan<byte> NullText => "null"u8;

    protected override void RenderFloats(FixedColumn<float> column, CellBuffer cells) => RenderValues(column, default(JavaFloatFormatter), 0, cells);

    protected override void RenderDoubles(FixedColumn<double> column, CellBuffer cells) => RenderValues(column, default(JavaDoubleFormatter), 0, cells);

    protected override void RenderDecimals(FixedColumn<Int128> column, int scale, CellBuffer cells) => RenderValues(column, new JavaDecimalFormatter(scale), 0, cells);

    protected override void RenderTimes(FixedColumn<long> column, int precision, CellBuffer cells) => RenderValues(column, default(JavaTimeFormatter), 0, cells);

    protected override void RenderTimestamps(FixedColumn<long> column, TimestampKind kind, CellBuffer cells) => RenderValues(column, new JavaTimestampFormatter(kind), 0, cells);

    protected override void RenderText(BytesColumn column, CellBuffer cells)
    {
        for (var i = 0; i < column.Length; i++)
        {
            cells.Append(column.IsNull(i) ? NullText : column[i]);
            cells.EndCell();
        }
    }

    protected override void RenderBytes(BytesColumn column, CellBuffer cells)
    {
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
                cells.EndCell();
                continue;
            }

            cells.Append((byte)'[');
            foreach (var (index, value) in column[i].ToArray().Index())
            {
                cells.Append(index > 0 ? ", "u8 : []);
                ((sbyte)value).TryFormat(cells.Reserve(4), out var count, default, CultureInfo.InvariantCulture);
                cells.Advance(count);
            }

            cells.Append((byte)']');
            cells.EndCell();
        }
    }

    protected override void RenderList(ListColumn column, CellBuffer cells)
    {
        var elements = new CellBuffer();
        Render(column.Elements, elements);
        RenderEntries(column, column.Offsets, "["u8, "]"u8, elements, null, cells);
    }

    protected override void RenderMap(MapColumn column, CellBuffer cells)
    {
        var (keys, values) = (new CellBuffer(), new CellBuffer());
        Render(column.Keys, keys);
        Render(column.Values, values);
        RenderEntries(column, column.Offsets, "{"u8, "}"u8, keys, values, cells);
    }

    protected override void RenderRow(RowColumn column, CellBuffer cells)
    {
        var children = column.Children.Select(c =>
        {
            var child = new CellBuffer();
            Render(c, child);
            return child;
        }).ToArray();
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
                cells.EndCell();
                continue;
            }

            cells.Append("+I["u8);
            for (var field = 0; field < children.Length; field++)
            {
                cells.Append(field > 0 ? ", "u8 : []);
                cells.Append(children[field][i]);
            }

            cells.Append((byte)']');
            cells.EndCell();
        }
    }

    private void RenderEntries(Column column, ReadOnlySpan<int> offsets, ReadOnlySpan<byte> open, ReadOnlySpan<byte> close, CellBuffer keys, CellBuffer? values, CellBuffer cells)
    {
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
                cells.EndCell();
                continue;
            }

            cells.Append(open);
            for (var j = offsets[i]; j < offsets[i + 1]; j++)
            {
                cells.Append(j > offsets[i] ? ", "u8 : []);
                cells.Append(keys[j]);
                if (values is not null)
                {
                    cells.Append((byte)'=');
                    cells.Append(values[j]);
                }
            }

            cells.Append(close);
            cells.EndCell();
        }
    }
}
