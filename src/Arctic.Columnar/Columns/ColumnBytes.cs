using System.Diagnostics;

namespace Arctic.Columnar.Columns;

/// <summary>The size of a column's values.</summary>
internal static class ColumnBytes
{
    /// <summary>The bytes of the values that the column's rows span, bitmaps and offsets included; shared memory counts for each column that shows it.</summary>
    public static long Of(Column column) => ValidityOf(column) + column switch
    {
        FixedColumn<sbyte> => column.Length,
        FixedColumn<short> => column.Length * 2L,
        FixedColumn<int> or FixedColumn<float> => column.Length * 4L,
        FixedColumn<long> or FixedColumn<double> => column.Length * 8L,
        FixedColumn<Int128> => column.Length * 16L,
        BooleanColumn => Bitmap.BytesFor(column.Length),
        BytesColumn c => OffsetsOf(column) + c.Offsets[^1] - c.Offsets[0],
        ListColumn c => OffsetsOf(column) + Of(c.Elements.Slice(c.Offsets[0], c.Offsets[^1] - c.Offsets[0])),
        MapColumn c => OffsetsOf(column) + Of(c.Keys.Slice(c.Offsets[0], c.Offsets[^1] - c.Offsets[0])) + Of(c.Values.Slice(c.Offsets[0], c.Offsets[^1] - c.Offsets[0])),
        RowColumn c => c.Children.Sum(Of),
        NullColumn => 0,
        ConstantColumn c => Of(c.Value) * column.Length,
        _ => throw new UnreachableException($"Column class {column.GetType()}"),
    };

    private static long ValidityOf(Column column) => column.Validity.IsAllSet ? 0 : Bitmap.BytesFor(column.Length);

    private static long OffsetsOf(Column column) => (column.Length + 1L) * sizeof(int);
}
