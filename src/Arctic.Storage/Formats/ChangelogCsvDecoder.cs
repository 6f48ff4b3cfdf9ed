using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>
/// Lines of <c>KIND|column|…</c>: the kind is <c>INSERT</c>, <c>UPDATE_BEFORE</c>, <c>UPDATE_AFTER</c> or <c>DELETE</c> (or its short form, <c>+I</c> …), every other
/// cell runs to the next delimiter. There are no quotes and no escapes.
/// </summary>
internal sealed class ChangelogCsvDecoder : CellDecoder
{
    private readonly byte _delimiter;

    public ChangelogCsvDecoder(RowSchema schema, ChangelogCsvOptions options, string context)
        : base(
            schema,
            new BadLinePolicy(options.IgnoreParseErrors, ChangelogCsvOptions.IgnoreParseErrorsKey),
            new CellFormat(FormatOptionValues.Utf8(options.NullLiteral), EmptyIsNull: true, TimestampFormat.Sql, NestedCells.None)) =>
        _delimiter = FormatOptionValues.SingleByte(options.ColumnDelimiter, ChangelogCsvOptions.ColumnDelimiterKey, context);

    public override bool IsInsertOnly => false;

    private protected override int Tokenize(Span<byte> records, CellTable cells, BadLines badLines)
    {
        var line = 0;
        for (var start = 0; start < records.Length; line++)
        {
            var length = records[start..].IndexOf((byte)'\n');
            var next = length < 0 ? records.Length : start + length + 1;
            var end = length < 0 ? records.Length : start + length;
            if (end > start && records[end - 1] == '\r')
            {
                end--;
            }

            if (end > start)
            {
                TokenizeLine(records[..end], start, line, cells, badLines);
            }

            start = next;
        }

        return line;
    }

    private void TokenizeLine(ReadOnlySpan<byte> records, int start, int line, CellTable cells, BadLines badLines)
    {
        var kindLength = records[start..].IndexOf(_delimiter);
        var kindEnd = kindLength < 0 ? records.Length : start + kindLength;
        if (!TryParseKind(records[start..kindEnd], out var kind))
        {
            badLines.Add(line, $"{BadLines.Excerpt(records[start..kindEnd])} is no kind of change; a line starts with INSERT, UPDATE_BEFORE, UPDATE_AFTER or DELETE, then '{(char)_delimiter}'");
            return;
        }

        var row = cells.BeginRow();
        var at = kindEnd + 1;
        var found = 0;
        for (; found < row.Length && at <= records.Length; found++)
        {
            var length = records[at..].IndexOf(_delimiter);
            var end = length < 0 ? records.Length : at + length;
            row[found] = new CellRange(at, end - at);
            at = end + 1;
        }

        if (found < row.Length || at <= records.Length)
        {
            var count = kindLength < 0 ? 0 : records[(kindEnd + 1)..].Count(_delimiter) + 1;
            badLines.Add(line, $"it has {count} columns behind its kind where the table has {row.Length}: {BadLines.Excerpt(records[start..])}");
            return;
        }

        cells.EndRow(line, kind);
    }

    private static bool TryParseKind(ReadOnlySpan<byte> text, out RowKind kind)
    {
        switch (text.Length)
        {
            case 6 when text.SequenceEqual("INSERT"u8):
            case 2 when text.SequenceEqual("+I"u8):
                kind = RowKind.Insert;
                return true;
            case 13 when text.SequenceEqual("UPDATE_BEFORE"u8):
            case 2 when text.SequenceEqual("-U"u8):
                kind = RowKind.UpdateBefore;
                return true;
            case 12 when text.SequenceEqual("UPDATE_AFTER"u8):
            case 2 when text.SequenceEqual("+U"u8):
                kind = RowKind.UpdateAfter;
                return true;
            case 6 when text.SequenceEqual("DELETE"u8):
            case 2 when text.SequenceEqual("-D"u8):
                kind = RowKind.Delete;
                return true;
            default:
                kind = default;
                return false;
        }
    }
}
