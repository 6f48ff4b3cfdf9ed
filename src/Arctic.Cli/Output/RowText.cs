using Arctic.Columnar;
using Arctic.Columnar.Expressions;

namespace Arctic.Cli.Output;

/// <summary>Rows as a person reads them; for screens, not for data.</summary>
internal static class RowText
{
    /// <summary>The kind and the cells of each row of a batch; NULL is <c>&lt;NULL&gt;</c>, as Flink's client prints it.</summary>
    public static IEnumerable<(RowKind Kind, string[] Cells)> Of(ChangeBatch batch, TimeZoneInfo zone)
    {
        var columns = batch.Columns.Select(c => c.ToDense()).ToArray();
        for (var i = 0; i < batch.RowCount; i++)
        {
            var row = batch.Selection is { } selection ? selection.Span[i] : i;
            yield return (batch.KindAt(row), columns.Select(c => c.IsNull(row) ? "<NULL>" : ValueText.FormatForDisplay(c, row, zone)).ToArray());
        }
    }
}
