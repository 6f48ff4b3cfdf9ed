using Arctic.Columnar;

namespace Arctic.Storage.Formats;

/// <summary>Where the text of a cell lies in the records.</summary>
/// <param name="Length">In bytes; -1 for NULL.</param>
internal readonly record struct CellRange(int Start, int Length)
{
    public static readonly CellRange Null = new(0, -1);
}

/// <summary>The cells that a tokenizer found: a row-major table, filled row by row. Buffers are kept when it is cleared.</summary>
internal sealed class CellTable(int columnCount)
{
    private CellRange[] _cells = new CellRange[Math.Max(1, columnCount) * 256];
    private int[] _lines = new int[256];
    private RowKind[] _kinds = new RowKind[256];

    /// <summary>The cells of a row.</summary>
    public int ColumnCount => columnCount;

    /// <summary>The finished rows.</summary>
    public int RowCount { get; private set; }

    /// <summary>The cell of row r and column c is at <c>r * ColumnCount + c</c>.</summary>
    public ReadOnlySpan<CellRange> Cells => _cells.AsSpan(0, RowCount * columnCount);

    /// <summary>The 0-based line among the records at which each row starts.</summary>
    public ReadOnlySpan<int> Lines => _lines.AsSpan(0, RowCount);

    /// <summary>The kind of each row.</summary>
    public ReadOnlySpan<RowKind> Kinds => _kinds.AsSpan(0, RowCount);

    /// <summary>Forgets all rows.</summary>
    public void Clear() => RowCount = 0;

    /// <summary>The cells of the next row, to be filled; forgotten unless <see cref="EndRow"/> follows.</summary>
    public Span<CellRange> BeginRow()
    {
        if (RowCount == _lines.Length)
        {
            Array.Resize(ref _lines, RowCount * 2);
            Array.Resize(ref _kinds, RowCount * 2);
            Array.Resize(ref _cells, _cells.Length * 2);
        }

        return _cells.AsSpan(RowCount * columnCount, columnCount);
    }

    /// <summary>Keeps the row under way.</summary>
    public void EndRow(int line, RowKind kind)
    {
        _lines[RowCount] = line;
        _kinds[RowCount] = kind;
        RowCount++;
    }
}
