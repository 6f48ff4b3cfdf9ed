using System.Diagnostics;
using System.Globalization;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Cli.Output;

/// <summary>
/// Flink's tableau (spec/flink-sql.md, 6). Streaming: widths follow from the types, rows are printed as they come, the first column is <c>op</c>. Batch: widths follow from the rows, of which
/// the first <see cref="MeasuredRowsMax"/> are looked at, so that a large result is printed with bounded memory.
/// </summary>
internal sealed class TableauPrinter(QueryResult result, Session session, StandardOutput target, Stopwatch? clock) : IResultPrinter
{
    private const int MeasuredRowsMax = 10_000;

    private readonly string[] _names = result.IsChangelog ? ["op", .. result.Schema.Fields.Select(f => TerminalText.OfCell(f.Name))] : [.. result.Schema.Fields.Select(f => TerminalText.OfCell(f.Name))];
    // What a statement says of itself is never cut.
    private readonly int _widthMax = result.Kind == ResultKind.Listing ? int.MaxValue : session.DisplayColumnWidthMax;
    private readonly List<string[]> _held = [];
    private int[]? _widths;
    private long _rows;

    public void Begin()
    {
        if (result.IsChangelog)
        {
            WriteHead([2, .. result.Schema.Fields.Select((f, i) => Math.Max(DisplayWidth.Of(_names[i + 1]), TypeWidth(f.Type)))]);
        }
    }

    public void Write(ChangeBatch batch)
    {
        foreach (var (kind, cells) in RowText.Of(batch, session.TimeZone))
        {
            _rows++;
            string[] row = result.IsChangelog ? [kind.ToShortText(), .. cells.Select(TerminalText.OfCell)] : [.. cells.Select(TerminalText.OfCell)];
            if (_widths is not null)
            {
                WriteRow(row);
                continue;
            }

            _held.Add(row);
            if (_held.Count == MeasuredRowsMax)
            {
                WriteHeld();
            }
        }
    }

    public void End(bool isInterrupted)
    {
        if (result.Kind == ResultKind.Rows && !result.IsChangelog && _rows == 0)
        {
            target.WriteLine("Empty set" + Cost());
            return;
        }

        if (_widths is null)
        {
            WriteHeld();
        }

        if (!result.IsChangelog || _rows > 0)
        {
            target.WriteLine(Border());
        }

        var number = _rows.ToString(CultureInfo.InvariantCulture);
        var foot = !result.IsChangelog ? $"{number} {(_rows == 1 ? "row" : "rows")} in set"
            : isInterrupted ? $"Query terminated, received a total of {number} {(_rows <= 1 ? "row" : "rows")}"
            : $"Received a total of {number} {(_rows <= 1 ? "row" : "rows")}";
        target.WriteLine(foot + Cost());
    }

    private void WriteHeld()
    {
        var widths = _names.Select(DisplayWidth.Of).ToArray();
        foreach (var row in _held)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], Math.Min(_widthMax, DisplayWidth.Of(row[i])));
            }
        }

        WriteHead(widths);
        foreach (var row in _held)
        {
            WriteRow(row);
        }

        _held.Clear();
    }

    private void WriteHead(int[] widths)
    {
        _widths = widths;
        target.WriteLine(Border());
        WriteRow(_names);
        target.WriteLine(Border());
    }

    private void WriteRow(string[] cells)
    {
        var line = new StringBuilder("|");
        for (var i = 0; i < cells.Length; i++)
        {
            var text = DisplayWidth.Cut(cells[i], _widths![i]);
            line.Append(' ').Append(' ', _widths[i] - DisplayWidth.Of(text)).Append(text).Append(" |");
        }

        target.WriteLine(line.ToString());
    }

    private string Border() => "+" + string.Concat(_widths!.Select(w => new string('-', w + 2) + "+"));

    private string Cost() => clock is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ({clock.Elapsed.TotalSeconds:0.00} seconds)");

    // Flink's widths by type; 6 cells at least where <NULL> may stand.
    private int TypeWidth(DataType type) => Math.Max(type.IsNullable ? 6 : 0, type switch
    {
        DataType.Boolean => 5,
        DataType.TinyInt => 4,
        DataType.SmallInt => 6,
        DataType.Int => 11,
        DataType.BigInt => 20,
        DataType.Decimal d => d.Precision + 2,
        DataType.Date => 10,
        DataType.Time t => t.Precision == 0 ? 8 : t.Precision + 9,
        DataType.Timestamp t => TimestampWidth(t.Precision),
        DataType.TimestampLtz t => TimestampWidth(t.Precision),
        _ => _widthMax,
    });

    private static int TimestampWidth(int precision) => precision switch { 0 => 19, <= 3 => 23, <= 6 => 26, _ => 29 };
}
