using Arctic.Columnar;
using Arctic.Columnar.Columns;

namespace Arctic.Dataflow.Runtime;

/// <summary>Estimates what batches weigh, once a batch.</summary>
internal static class BatchSize
{
    /// <summary>The bytes of a batch's values, validity and kinds, scaled down to the selected rows.</summary>
    public static long Estimate(ChangeBatch batch)
    {
        if (batch.ColumnLength == 0)
        {
            return 0;
        }

        long bytes = batch.Kinds.Length;
        foreach (var column in batch.Columns)
        {
            bytes += Estimate(column);
        }

        return batch.Selection is { } selection ? bytes * selection.Length / batch.ColumnLength : bytes;
    }

    private static long Estimate(Column column)
    {
        var validity = column.Validity.IsAllSet ? 0 : (column.Length + 7) / 8;
        return validity + column switch
        {
            FixedColumn<sbyte> => column.Length,
            FixedColumn<short> => column.Length * 2L,
            FixedColumn<int> or FixedColumn<float> => column.Length * 4L,
            FixedColumn<long> or FixedColumn<double> => column.Length * 8L,
            FixedColumn<Int128> => column.Length * 16L,
            BooleanColumn => (column.Length + 7) / 8,
            BytesColumn c => (column.Length * 4L) + c.Offsets[^1] - c.Offsets[0],
            ListColumn c => (column.Length * 4L) + Estimate(c.Elements),
            MapColumn c => (column.Length * 4L) + Estimate(c.Keys) + Estimate(c.Values),
            RowColumn c => c.Children.Sum(Estimate),
            _ => 0,
        };
    }
}
