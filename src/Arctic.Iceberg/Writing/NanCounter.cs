using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Writing;

/// <summary>Counts the NaNs of each float and double column outside lists and maps; Parquet's statistics do not.</summary>
internal sealed class NanCounter(IReadOnlyList<FileField> fields)
{
    private readonly bool _hasFloats = fields.Any(HasFloats);

    /// <summary>NaNs by field id so far.</summary>
    public Dictionary<int, long> Counts { get; } = [];

    /// <summary>Counts the rows of a batch without a selection.</summary>
    public void Add(ChangeBatch batch)
    {
        for (var i = 0; _hasFloats && i < fields.Count; i++)
        {
            Add(fields[i], batch.Columns[i], isAncestorNull: null);
        }
    }

    private void Add(FileField field, Column column, bool[]? isAncestorNull)
    {
        if (!HasFloats(field))
        {
            return;
        }

        column = column.ToDense();
        var count = column switch
        {
            FixedColumn<float> c => Count(c, isAncestorNull),
            FixedColumn<double> c => Count(c, isAncestorNull),
            _ => 0,
        };
        if (column is RowColumn row)
        {
            var isNull = NullsOf(row, isAncestorNull);
            for (var i = 0; i < row.Children.Count; i++)
            {
                Add(field.Children[i], row.Children[i], isNull);
            }
        }
        else if (field.FieldId is { } id)
        {
            Counts[id] = Counts.GetValueOrDefault(id) + count;
        }
    }

    private static bool HasFloats(FileField field) => field.Type is DataType.Float or DataType.Double || (field.Type is DataType.Row && field.Children.Any(HasFloats));

    private static long Count<T>(FixedColumn<T> column, bool[]? isAncestorNull)
        where T : unmanaged, System.Numerics.IFloatingPoint<T>
    {
        var values = column.Values;
        long all = 0;
        foreach (var value in values)
        {
            all += T.IsNaN(value) ? 1 : 0;
        }

        // Values of NULL rows are undefined: only when there are NaNs is it worth asking whose they are.
        if (all == 0 || (!column.HasNulls && isAncestorNull is null))
        {
            return all;
        }

        long count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            count += T.IsNaN(values[i]) && !column.IsNull(i) && !(isAncestorNull?[i] ?? false) ? 1 : 0;
        }

        return count;
    }

    private static bool[]? NullsOf(RowColumn row, bool[]? isAncestorNull)
    {
        if (!row.HasNulls)
        {
            return isAncestorNull;
        }

        var result = new bool[row.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = row.IsNull(i) || (isAncestorNull?[i] ?? false);
        }

        return result;
    }
}
