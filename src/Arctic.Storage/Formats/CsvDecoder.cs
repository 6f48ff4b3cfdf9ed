using System.Buffers;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>Delimited text with quotes (RFC 4180): a quoted cell may hold delimiters, line feeds and doubled quotes.</summary>
internal sealed class CsvDecoder : CellDecoder
{
    private readonly byte _delimiter;
    private readonly byte? _quote;
    private readonly byte? _escape;
    private readonly bool _allowComments;
    private readonly SearchValues<byte> _plainEnds;

    public CsvDecoder(RowSchema schema, CsvOptions options, string context)
        : base(
            schema,
            new BadLinePolicy(options.IgnoreParseErrors, CsvOptions.IgnoreParseErrorsKey),
            new CellFormat(FormatOptionValues.Utf8(options.NullLiteral), EmptyIsNull: true, TimestampFormat.Sql, NestedCells.None))
    {
        _delimiter = FormatOptionValues.SingleByte(options.FieldDelimiter, CsvOptions.FieldDelimiterKey, context);
        _quote = options.DisableQuoteCharacter ? null : FormatOptionValues.SingleByte(options.QuoteCharacter, CsvOptions.QuoteCharacterKey, context);
        _escape = options.EscapeCharacter is { } escape ? FormatOptionValues.SingleByte(escape, CsvOptions.EscapeCharacterKey, context) : null;
        _allowComments = options.AllowComments;
        _plainEnds = SearchValues.Create([_delimiter, (byte)'\n', _escape ?? _delimiter]);
    }

    /// <inheritdoc/>
    public override int FindRecordsEnd(ReadOnlySpan<byte> bytes)
    {
        if (_quote is not { } quote || !bytes.Contains(quote))
        {
            return base.FindRecordsEnd(bytes);
        }

        var end = 0;
        while (FindRecordEnd(bytes, end) is var next and > 0)
        {
            end = next;
        }

        return end;
    }

    private protected override int Tokenize(Span<byte> records, CellTable cells, BadLines badLines)
    {
        var (at, line) = (0, 0);
        while (at < records.Length)
        {
            var (start, firstLine) = (at, line);
            if (IsBlankOrComment(records, at, out var next))
            {
                (at, line) = (next, line + 1);
                continue;
            }

            var row = cells.BeginRow();
            var found = 0;
            var problem = default(string);
            var isLast = false;
            while (!isLast)
            {
                var cell = ReadCell(records, ref at, ref line, ref problem, out isLast);
                if (found < row.Length)
                {
                    row[found] = cell;
                }

                found++;
            }

            if (problem is null && found != row.Length)
            {
                problem = $"it has {found} columns where the table has {row.Length}: {BadLines.Excerpt(records[start..at].TrimEnd("\r\n"u8))}";
            }

            if (problem is null)
            {
                cells.EndRow(firstLine, RowKind.Insert);
            }
            else
            {
                badLines.Add(firstLine, problem);
            }
        }

        return line;
    }

    private protected override int FindRecordEnd(ReadOnlySpan<byte> bytes, int start)
    {
        if (_allowComments && start < bytes.Length && bytes[start] == '#')
        {
            return bytes[start..].IndexOf((byte)'\n') is var comment and >= 0 ? start + comment + 1 : 0;
        }

        var isCellStart = true;
        for (var at = start; at < bytes.Length;)
        {
            if (isCellStart && bytes[at] == _quote)
            {
                at = FindQuoteEnd(bytes, at + 1);
                if (at < 0)
                {
                    return 0;
                }

                at++;
                isCellStart = false;
                continue;
            }

            var length = bytes[at..].IndexOfAny(_plainEnds);
            if (length < 0)
            {
                return 0;
            }

            at += length;
            if (bytes[at] == '\n')
            {
                return at + 1;
            }

            var isDelimiter = bytes[at] == _delimiter;
            isCellStart = isDelimiter;
            at += isDelimiter ? 1 : 2;
        }

        return 0;
    }

    // The index of the quote that closes a cell; -1 when it is not there.
    private int FindQuoteEnd(ReadOnlySpan<byte> bytes, int at)
    {
        var quote = _quote.GetValueOrDefault();
        while (at < bytes.Length)
        {
            var length = _escape is { } escape ? bytes[at..].IndexOfAny(quote, escape) : bytes[at..].IndexOf(quote);
            if (length < 0)
            {
                return -1;
            }

            at += length;
            if (bytes[at] == quote)
            {
                if (at + 1 == bytes.Length || bytes[at + 1] != quote)
                {
                    return at;
                }
            }

            at += 2;
        }

        return -1;
    }

    private bool IsBlankOrComment(ReadOnlySpan<byte> records, int at, out int next)
    {
        var length = records[at..].IndexOf((byte)'\n');
        next = length < 0 ? records.Length : at + length + 1;
        return records[at] == '\n' || (records[at] == '\r' && (at + 1 == records.Length || records[at + 1] == '\n')) || (_allowComments && records[at] == '#');
    }

    // Reads one cell and the delimiter or line feed behind it; the cell's escapes are resolved in place.
    private CellRange ReadCell(Span<byte> records, ref int at, ref int line, ref string? problem, out bool isLast)
    {
        return at < records.Length && records[at] == _quote
            ? ReadQuotedCell(records, ref at, ref line, ref problem, out isLast)
            : ReadPlainCell(records, ref at, ref line, out isLast);
    }

    private CellRange ReadPlainCell(Span<byte> records, ref int at, ref int line, out bool isLast)
    {
        var start = at;
        var end = at;
        while (true)
        {
            var length = records[end..].IndexOfAny(_plainEnds);
            end = length < 0 ? records.Length : end + length;
            if (end >= records.Length || records[end] != _escape)
            {
                break;
            }

            end = Math.Min(records.Length, end + 2);
        }

        isLast = end >= records.Length || records[end] == '\n';
        line += isLast ? 1 : 0;
        at = Math.Min(records.Length, end + 1);
        if (isLast && end > start && records[end - 1] == '\r')
        {
            end--;
        }

        return new CellRange(start, _escape is null ? end - start : Unescape(records[start..end], quote: null));
    }

    private CellRange ReadQuotedCell(Span<byte> records, ref int at, ref int line, ref string? problem, out bool isLast)
    {
        var start = at + 1;
        var end = FindQuoteEnd(records, start);
        if (end < 0)
        {
            problem ??= $"a quote is never closed: {BadLines.Excerpt(records[at..].TrimEnd("\r\n"u8))}";
            line += records[at..].Count((byte)'\n') + (records[^1] == '\n' ? 0 : 1);
            (at, isLast) = (records.Length, true);
            return CellRange.Null;
        }

        line += records[start..end].Count((byte)'\n');
        var length = Unescape(records[start..end], _quote);
        at = end + 1;
        if (at < records.Length && records[at] == '\r' && (at + 1 == records.Length || records[at + 1] == '\n'))
        {
            at++;
        }

        isLast = at >= records.Length || records[at] == '\n';
        if (!isLast && records[at] != _delimiter)
        {
            problem ??= $"{BadLines.Excerpt(records[at..Math.Min(records.Length, at + 10)])} stands behind a closing quote, where a delimiter belongs";
            ReadPlainCell(records, ref at, ref line, out isLast);
            return CellRange.Null;
        }

        line += isLast ? 1 : 0;
        at = Math.Min(records.Length, at + 1);
        return new CellRange(start, length);
    }

    // Takes doubled quotes and escapes out, in place, and returns the length that is left.
    private int Unescape(Span<byte> cell, byte? quote)
    {
        var to = 0;
        for (var from = 0; from < cell.Length; from++)
        {
            if ((cell[from] == _escape || cell[from] == quote) && from + 1 < cell.Length)
            {
                from++;
            }

            cell[to++] = cell[from];
        }

        return to;
    }
}
