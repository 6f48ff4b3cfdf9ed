using System.Buffers;
using System.Buffers.Text;
using Arctic.Columnar.Columns;

namespace Arctic.Storage.Formats;

/// <summary>
/// CSV cells: timestamps with a blank between date and time (and a <c>Z</c> when zoned), bytes in base 64, arrays, maps and rows as JSON. NULL is the null literal,
/// or no text at all; an empty text is then a pair of quotes.
/// </summary>
internal sealed class CsvCellRenderer : CellRenderer
{
    private readonly byte[] _nullText;
    private readonly byte? _quote;
    private readonly byte? _escape;
    private readonly SearchValues<byte> _special;
    private readonly JsonCellRenderer _json = new();

    public CsvCellRenderer(CsvOptions options, string context)
    {
        Delimiter = FormatOptionValues.SingleByte(options.FieldDelimiter, CsvOptions.FieldDelimiterKey, context);
        _quote = options.DisableQuoteCharacter ? null : FormatOptionValues.SingleByte(options.QuoteCharacter, CsvOptions.QuoteCharacterKey, context);
        _escape = options.EscapeCharacter is { } escape ? FormatOptionValues.SingleByte(escape, CsvOptions.EscapeCharacterKey, context) : null;
        _nullText = FormatOptionValues.Utf8(options.NullLiteral) ?? [];
        _special = SearchValues.Create([Delimiter, _quote ?? Delimiter, _escape ?? Delimiter, (byte)'\n', (byte)'\r']);
    }

    /// <summary>What stands between cells.</summary>
    public byte Delimiter { get; }

    protected override ReadOnlySpan<byte> NullText => _nullText;

    /// <summary>Appends a text to the cell under way, quoted when it must be.</summary>
    public void AppendText(ReadOnlySpan<byte> text, CellBuffer cells)
    {
        if (_quote is not { } quote || (text.IndexOfAny(_special) < 0 && !text.SequenceEqual(_nullText)))
        {
            cells.Append(text);
            return;
        }

        cells.Append(quote);
        foreach (var character in text)
        {
            if (character == quote || character == _escape)
            {
                cells.Append(_escape ?? quote);
            }

            cells.Append(character);
        }

        cells.Append(quote);
    }

    protected override void RenderFloats(FixedColumn<float> column, CellBuffer cells) => RenderValues(column, new FloatFormatter<float>(0), 0, cells);

    protected override void RenderDoubles(FixedColumn<double> column, CellBuffer cells) => RenderValues(column, new FloatFormatter<double>(0), 0, cells);

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
                AppendText(column[i], cells);
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
                var value = column[i];
                Base64.EncodeToUtf8(value, cells.Reserve(Base64.GetMaxEncodedToUtf8Length(value.Length)), out _, out var count);
                cells.Advance(count);
            }

            cells.EndCell();
        }
    }

    protected override void RenderList(ListColumn column, CellBuffer cells) => RenderNested(column, cells);

    protected override void RenderMap(MapColumn column, CellBuffer cells) => RenderNested(column, cells);

    protected override void RenderRow(RowColumn column, CellBuffer cells) => RenderNested(column, cells);

    private void RenderNested(Column column, CellBuffer cells)
    {
        var json = new CellBuffer();
        _json.Render(column, json);
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i))
            {
                cells.Append(NullText);
            }
            else
            {
                AppendText(json[i], cells);
            }

            cells.EndCell();
        }
    }
}
