using System.Text.Unicode;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>
/// Decodes in two passes: the format's tokenizer finds the cells of all lines, then each column's parser reads its cells in one loop. A row with a bad cell
/// is left out by the batch's selection.
/// </summary>
internal abstract class CellDecoder : RecordDecoder
{
    private readonly CellColumn[] _columns;
    private readonly CellTable _cells;
    private readonly BadLines _badLines;
    private readonly BadCells _badCells = new();

    private protected CellDecoder(RowSchema schema, BadLinePolicy badLines, CellFormat format)
        : base(schema, badLines)
    {
        _columns = schema.Fields.Select(f => CellColumn.Create(f, format)).ToArray();
        _cells = new CellTable(schema.Count);
        _badLines = new BadLines(badLines);
    }

    /// <inheritdoc/>
    public sealed override DecodedRecords Decode(Span<byte> records, RecordOrigin origin)
    {
        _cells.Clear();
        _badLines.Clear();
        _badCells.Clear();
        var lineCount = Tokenize(records, _cells, _badLines);
        var batch = _cells.RowCount == 0 ? null : ParseColumns(records);
        var reasons = _badLines.Resolve(origin);
        return new DecodedRecords(batch, lineCount, _badLines.Count, reasons);
    }

    /// <summary>Finds the cells of every line.</summary>
    /// <returns>The number of lines.</returns>
    private protected abstract int Tokenize(Span<byte> records, CellTable cells, BadLines badLines);

    private ChangeBatch? ParseColumns(ReadOnlySpan<byte> records)
    {
        // One look at all bytes is much cheaper than one a cell; the rare stretch that is not UTF-8 is looked at cell by cell.
        var text = new CellText(records, Utf8.IsValid(records));
        var columns = new Column[_columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = _columns[i].Parse(text, _cells, i, _badCells);
        }

        var selection = _badCells.Count == 0 ? (ReadOnlyMemory<int>?)null : SelectGoodRows(records);
        if (selection is { Length: 0 })
        {
            return null;
        }

        return new ChangeBatch(Schema, columns, _cells.RowCount, IsInsertOnly ? default : _cells.Kinds.ToArray(), selection);
    }

    private int[] SelectGoodRows(ReadOnlySpan<byte> records)
    {
        var isBad = new bool[_cells.RowCount];
        foreach (var (row, column) in _badCells.Cells)
        {
            if (!isBad[row])
            {
                isBad[row] = true;
                _badLines.Add(_cells.Lines[row], Reason(records, row, column));
            }
        }

        var selection = new int[isBad.Length];
        var count = 0;
        for (var row = 0; row < isBad.Length; row++)
        {
            selection[count] = row;
            count += isBad[row] ? 0 : 1;
        }

        return selection[..count];
    }

    private string Reason(ReadOnlySpan<byte> records, int row, int column)
    {
        var field = Schema[column];
        var range = _cells.Cells[(row * _cells.ColumnCount) + column];
        return range.Length < 0
            ? $"column '{field.Name}' of type {field.Type} has no value"
            : $"column '{field.Name}' of type {field.Type} has {BadLines.Excerpt(records.Slice(range.Start, range.Length))}";
    }
}

/// <summary>What the cells of a format mean beyond their type.</summary>
/// <param name="NullLiteral">The text that stands for NULL; null when none does.</param>
/// <param name="EmptyIsNull">Whether a cell without text is NULL unless its type is text or bytes.</param>
/// <param name="Timestamps">How timestamps are written.</param>
/// <param name="Nesting">How arrays, maps and rows are written.</param>
internal sealed record CellFormat(byte[]? NullLiteral, bool EmptyIsNull, TimestampFormat Timestamps, NestedCells Nesting);

/// <summary>How a format writes arrays, maps and rows.</summary>
internal enum NestedCells
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>As JSON.</summary>
    Json,
}

/// <summary>The records as bytes, and whether all of them are UTF-8.</summary>
internal readonly ref struct CellText(ReadOnlySpan<byte> bytes, bool isUtf8)
{
    public readonly ReadOnlySpan<byte> Bytes = bytes;
    public readonly bool IsUtf8 = isUtf8;

    /// <summary>The text of a cell; empty for NULL.</summary>
    public ReadOnlySpan<byte> Of(CellRange range) => Bytes.Slice(range.Start, Math.Max(0, range.Length));
}

/// <summary>The cells of a stretch of records that are not values of their types.</summary>
internal sealed class BadCells
{
    private readonly List<(int Row, int Column)> _cells = [];

    public int Count => _cells.Count;

    public IReadOnlyList<(int Row, int Column)> Cells => _cells;

    public void Add(int row, int column) => _cells.Add((row, column));

    public void Clear() => _cells.Clear();
}
