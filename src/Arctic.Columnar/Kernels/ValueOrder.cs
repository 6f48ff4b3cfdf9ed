using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>The order of single values of a column, neither of them NULL; for elements of arrays, not for hot loops over rows.</summary>
internal static class ValueOrder
{
    /// <summary>Whether values of a type have an order.</summary>
    public static bool IsOrdered(DataType type) => type is not (DataType.Array or DataType.Map or DataType.Multiset or DataType.Row or DataType.Null);

    /// <summary>Negative, zero or positive as the first is less, the same or greater. Text and bytes compare as unsigned bytes, FALSE is less than TRUE, NaN greater than every number.</summary>
    public static int Compare(Column values, int left, int right) => values switch
    {
        FixedColumn<sbyte> c => c.Values[left].CompareTo(c.Values[right]),
        FixedColumn<short> c => c.Values[left].CompareTo(c.Values[right]),
        FixedColumn<int> c => c.Values[left].CompareTo(c.Values[right]),
        FixedColumn<long> c => c.Values[left].CompareTo(c.Values[right]),
        FixedColumn<Int128> c => c.Values[left].CompareTo(c.Values[right]),
        FixedColumn<float> c => CompareFloats(c.Values[left], c.Values[right]),
        FixedColumn<double> c => CompareFloats(c.Values[left], c.Values[right]),
        BooleanColumn c => c.Bits[left].CompareTo(c.Bits[right]),
        BytesColumn c => c[left].SequenceCompareTo(c[right]),
        _ => throw new System.Diagnostics.UnreachableException($"Column class {values.GetType()}"),
    };

    // .NET puts NaN first.
    private static int CompareFloats(double left, double right) => (double.IsNaN(left), double.IsNaN(right)) switch
    {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => -1,
        _ => left.CompareTo(right),
    };
}
