using Arctic.Columnar.Columns;

namespace Arctic.Columnar;

/// <summary>Rows and columns of batches by their indices.</summary>
internal static class BatchRows
{
    /// <summary>The column rows of a batch, in order.</summary>
    public static int[] Of(ChangeBatch batch) => batch.Selection is { } selection ? selection.ToArray() : All(batch.ColumnLength);

    /// <summary>The rows from 0 on.</summary>
    public static int[] All(int count)
    {
        var rows = new int[count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = i;
        }

        return rows;
    }

    /// <summary>The columns at the given indices.</summary>
    public static Column[] Pick(IReadOnlyList<Column> columns, ReadOnlySpan<int> indices)
    {
        var picked = new Column[indices.Length];
        for (var i = 0; i < picked.Length; i++)
        {
            picked[i] = columns[indices[i]];
        }

        return picked;
    }
}
