using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;

namespace Arctic.SqlLogicTests.Running;

/// <summary>The rows of a result as text: cells joined by <c>|</c>, a changelog applied.</summary>
internal sealed class ResultRows
{
    private readonly List<string> _inserted = [];
    private readonly Dictionary<string, int> _counts = [];
    private bool _isChangelog;

    /// <summary>What remains: in their order when no row was ever taken back.</summary>
    /// <exception cref="InvalidOperationException">A row was taken back more often than it was given.</exception>
    public IReadOnlyList<string> Rows
    {
        get
        {
            if (_counts.FirstOrDefault(c => c.Value < 0) is { Key: { } negative })
            {
                throw new InvalidOperationException($"The changelog takes back a row that it never gave: {negative}");
            }

            return _isChangelog ? _counts.SelectMany(c => Enumerable.Repeat(c.Key, c.Value)).ToList() : _inserted;
        }
    }

    /// <summary>The rows of a batch.</summary>
    public static IEnumerable<(RowKind Kind, string Text)> TextOf(ChangeBatch batch, TimeZoneInfo zone)
    {
        for (var i = 0; i < batch.RowCount; i++)
        {
            var row = batch.Selection is { } selection ? selection.Span[i] : i;
            yield return (batch.KindAt(row), string.Join('|', batch.Columns.Select(c => CellOf(c, row, zone))));
        }
    }

    /// <summary>Applies a change.</summary>
    public void Add(RowKind kind, string text)
    {
        var isTaken = kind is RowKind.UpdateBefore or RowKind.Delete;
        _isChangelog |= isTaken;
        _counts[text] = _counts.GetValueOrDefault(text) + (isTaken ? -1 : 1);
        if (!isTaken)
        {
            _inserted.Add(text);
        }
    }

    // An empty line would end the expected rows.
    private static string CellOf(Column column, int row, TimeZoneInfo zone) => ValueText.FormatForDisplay(column, row, zone) is { Length: > 0 } text ? text : "(empty)";
}
