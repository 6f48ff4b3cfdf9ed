using System.Text;
using System.Text.Json;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>One JSON object a line; fields are found by name, fields that no column names are left out.</summary>
internal sealed class JsonDecoder : CellDecoder
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    // A field that has not come yet; unlike a NULL that has.
    private static readonly CellRange Missing = new(0, -2);

    private readonly byte[][] _names;
    private readonly bool[] _isNested;
    private readonly bool _failOnMissingField;
    private byte[] _scratch = [];

    public JsonDecoder(RowSchema schema, JsonOptions options)
        : base(
            schema,
            new BadLinePolicy(options.IgnoreParseErrors, JsonOptions.IgnoreParseErrorsKey),
            new CellFormat(
                NullLiteral: null,
                EmptyIsNull: false,
                options.TimestampFormat == JsonTimestampStandard.Sql ? TimestampFormat.Sql : TimestampFormat.Iso8601,
                NestedCells.Json))
    {
        _names = schema.Fields.Select(f => Encoding.UTF8.GetBytes(f.Name)).ToArray();
        _isNested = schema.Fields.Select(f => f.Type.Layout is ColumnLayout.List or ColumnLayout.Map or ColumnLayout.Row).ToArray();
        _failOnMissingField = options.FailOnMissingField;
    }

    private protected override int Tokenize(Span<byte> records, CellTable cells, BadLines badLines)
    {
        var line = 0;
        for (var start = 0; start < records.Length; line++)
        {
            var length = records[start..].IndexOf((byte)'\n');
            var end = length < 0 ? records.Length : start + length;
            var text = records[start..end];
            if (!text.Trim(" \t\r"u8).IsEmpty)
            {
                var problem = TokenizeLine(text, start, cells.BeginRow());
                if (problem is null)
                {
                    cells.EndRow(line, RowKind.Insert);
                }
                else
                {
                    badLines.Add(line, problem);
                }
            }

            start = end + 1;
        }

        return line;
    }

    // Fills in the cells of one object; returns what is wrong with it, or null.
    private string? TokenizeLine(Span<byte> text, int start, Span<CellRange> row)
    {
        row.Fill(Missing);
        try
        {
            var reader = new Utf8JsonReader(text, ReaderOptions);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return $"it is no JSON object: {BadLines.Excerpt(text)}";
            }

            var expected = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var column = FindColumn(ref reader, expected);
                reader.Read();
                if (column < 0)
                {
                    reader.Skip();
                    continue;
                }

                if (_isNested[column] && reader.TokenType is not (JsonTokenType.Null or JsonTokenType.StartArray or JsonTokenType.StartObject))
                {
                    return $"column '{Schema[column].Name}' of type {Schema[column].Type} has {BadLines.Excerpt(reader.ValueSpan)}";
                }

                if (row[column] != Missing)
                {
                    return $"field '{Schema[column].Name}' occurs twice";
                }

                row[column] = ReadValue(ref reader, text, start);
                expected = column + 1;
            }

            // Nothing may follow the object.
            reader.Read();
        }
        catch (JsonException e)
        {
            return $"it is no JSON object ({e.Message.TrimEnd('.')}): {BadLines.Excerpt(text)}";
        }

        return FinishRow(row);
    }

    private string? FinishRow(Span<CellRange> row)
    {
        for (var column = 0; column < row.Length; column++)
        {
            if (row[column] == Missing)
            {
                if (_failOnMissingField)
                {
                    return $"field '{Schema[column].Name}' is missing";
                }

                row[column] = CellRange.Null;
            }
        }

        return null;
    }

    // Objects usually have their fields in one order, so the next column is tried first.
    private int FindColumn(ref Utf8JsonReader reader, int expected)
    {
        if (expected < _names.Length && reader.ValueTextEquals(_names[expected]))
        {
            return expected;
        }

        for (var column = 0; column < _names.Length; column++)
        {
            if (reader.ValueTextEquals(_names[column]))
            {
                return column;
            }
        }

        return -1;
    }

    private CellRange ReadValue(ref Utf8JsonReader reader, Span<byte> text, int start)
    {
        var at = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return CellRange.Null;
            case JsonTokenType.String when reader.ValueIsEscaped:
                // The text without escapes is never longer, and the reader has passed it.
                _scratch = _scratch.Length >= reader.ValueSpan.Length ? _scratch : new byte[Math.Max(256, reader.ValueSpan.Length)];
                var length = reader.CopyString(_scratch);
                _scratch.AsSpan(0, length).CopyTo(text[(at + 1)..]);
                return new CellRange(start + at + 1, length);
            case JsonTokenType.String:
                return new CellRange(start + at + 1, reader.ValueSpan.Length);
            case JsonTokenType.StartArray or JsonTokenType.StartObject:
                reader.Skip();
                return new CellRange(start + at, (int)reader.BytesConsumed - at);
            default:
                return new CellRange(start + at, reader.ValueSpan.Length);
        }
    }
}
