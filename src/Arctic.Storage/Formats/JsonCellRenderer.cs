using System.Buffers;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>
/// JSON values: numbers with all digits, NaN and infinities as strings, dates and times as ISO 8601 strings, bytes as <c>"hex:…"</c>, arrays as arrays, rows as
/// objects, maps as arrays of pairs (their keys need not be strings).
/// </summary>
internal sealed class JsonCellRenderer : CellRenderer
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    protected override ReadOnlySpan<byte> NullText => "null"u8;

    protected override byte TemporalQuote => (byte)'"';

    protected override byte TimestampSeparator => (byte)'T';

    /// <summary>Appends a JSON string to the cell under way.</summary>
    public static void AppendString(ReadOnlySpan<byte> text, CellBuffer cells)
    {
        cells.Append((byte)'"');
        for (var next = text.IndexOfAny(Escaped); next >= 0; next = text.IndexOfAny(Escaped))
        {
            cells.Append(text[..next]);
            AppendEscape(text[next], cells);
            text = text[(next + 1)..];
        }

        cells.Append(text);
        cells.Append((byte)'"');
    }

    protected override void RenderFloats(FixedColumn<float> column, CellBuffer cells) => RenderValues(column, new FloatFormatter<float>((byte)'"'), 0, cells);

    protected override void RenderDoubles(FixedColumn<double> column, CellBuffer cells) => RenderValues(column, new FloatFormatter<double>((byte)'"'), 0, cells);

    protected override void RenderText(BytesColumn column, CellBuffer cells)
    {
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
            }
            else
            {
                AppendString(column[i], cells);
            }

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
            }
            else
            {
                cells.Append("\"hex:"u8);
                var value = column[i];
                Convert.TryToHexStringLower(value, cells.Reserve(value.Length * 2), out var count);
                cells.Advance(count);
                cells.Append((byte)'"');
            }

            cells.EndCell();
        }
    }

    protected override void RenderList(ListColumn column, CellBuffer cells)
    {
        var elements = new CellBuffer();
        Render(column.Elements, elements);
        var offsets = column.Offsets;
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
                cells.EndCell();
                continue;
            }

            cells.Append((byte)'[');
            for (var j = offsets[i]; j < offsets[i + 1]; j++)
            {
                cells.Append(j > offsets[i] ? ","u8 : []);
                cells.Append(elements[j]);
            }

            cells.Append((byte)']');
            cells.EndCell();
        }
    }

    protected override void RenderMap(MapColumn column, CellBuffer cells)
    {
        var (keys, values) = (new CellBuffer(), new CellBuffer());
        Render(column.Keys, keys);
        Render(column.Values, values);
        var offsets = column.Offsets;
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
                cells.EndCell();
                continue;
            }

            cells.Append((byte)'[');
            for (var j = offsets[i]; j < offsets[i + 1]; j++)
            {
                cells.Append(j > offsets[i] ? ",["u8 : "["u8);
                cells.Append(keys[j]);
                cells.Append((byte)',');
                cells.Append(values[j]);
                cells.Append((byte)']');
            }

            cells.Append((byte)']');
            cells.EndCell();
        }
    }

    protected override void RenderRow(RowColumn column, CellBuffer cells)
    {
        var fields = ((DataType.Row)column.Type).Fields;
        var children = new CellBuffer[fields.Count];
        for (var field = 0; field < children.Length; field++)
        {
            Render(column.Children[field], children[field] = new CellBuffer());
        }

        var names = fields.Select(f => JsonRowEncoder.NameText(f.Name)).ToArray();
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
                cells.EndCell();
                continue;
            }

            cells.Append((byte)'{');
            for (var field = 0; field < children.Length; field++)
            {
                cells.Append(field > 0 ? ","u8 : []);
                cells.Append(names[field]);
                cells.Append(children[field][i]);
            }

            cells.Append((byte)'}');
            cells.EndCell();
        }
    }

    private static void AppendEscape(byte character, CellBuffer cells)
    {
        switch (character)
        {
            case (byte)'"' or (byte)'\\':
                cells.Append((byte)'\\');
                cells.Append(character);
                break;
            case (byte)'\n':
                cells.Append("\\n"u8);
                break;
            case (byte)'\r':
                cells.Append("\\r"u8);
                break;
            case (byte)'\t':
                cells.Append("\\t"u8);
                break;
            default:
                cells.Append("\\u00"u8);
                Convert.TryToHexStringLower([character], cells.Reserve(2), out var count);
                cells.Advance(count);
                break;
        }
    }
}
