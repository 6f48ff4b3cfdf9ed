using Arctic.Columnar.Columns;

namespace Arctic.Columnar.Kernels;

/// <summary>Equality of single values of any one type; for nested values and rare paths, not for hot loops.</summary>
internal static class ValueEquality
{
    /// <summary>SQL's <c>=</c>: null when it is unknown. Rows compare field by field; elements of arrays and maps that are both NULL are equal.</summary>
    public static bool? AreEqual(Column left, int leftRow, Column right, int rightRow)
    {
        (left, leftRow) = Unwrap(left, leftRow);
        (right, rightRow) = Unwrap(right, rightRow);
        if (left.IsNull(leftRow) || right.IsNull(rightRow))
        {
            return null;
        }

        return (left, right) switch
        {
            (RowColumn a, RowColumn b) => AreRowsEqual(a, leftRow, b, rightRow),
            (ListColumn a, ListColumn b) => AreListsEqual(a, leftRow, b, rightRow),
            (MapColumn a, MapColumn b) => AreMapsEqual(a, leftRow, b, rightRow),
            _ => AreScalarsEqual(left, leftRow, right, rightRow),
        };
    }

    /// <summary>Equality for which NULL equals NULL.</summary>
    public static bool AreSame(Column left, int leftRow, Column right, int rightRow)
    {
        (left, leftRow) = Unwrap(left, leftRow);
        (right, rightRow) = Unwrap(right, rightRow);
        if (left.IsNull(leftRow) || right.IsNull(rightRow))
        {
            return left.IsNull(leftRow) && right.IsNull(rightRow);
        }

        return left is RowColumn a && right is RowColumn b
            ? Enumerable.Range(0, a.Children.Count).All(i => AreSame(a.Children[i], leftRow, b.Children[i], rightRow))
            : AreEqual(left, leftRow, right, rightRow) == true;
    }

    private static (Column Column, int Row) Unwrap(Column column, int row) => column is ConstantColumn constant ? (constant.Value, 0) : (column, row);

    private static bool AreScalarsEqual(Column left, int leftRow, Column right, int rightRow) => (left, right) switch
    {
        (FixedColumn<sbyte> a, FixedColumn<sbyte> b) => a.Values[leftRow] == b.Values[rightRow],
        (FixedColumn<short> a, FixedColumn<short> b) => a.Values[leftRow] == b.Values[rightRow],
        (FixedColumn<int> a, FixedColumn<int> b) => a.Values[leftRow] == b.Values[rightRow],
        (FixedColumn<long> a, FixedColumn<long> b) => a.Values[leftRow] == b.Values[rightRow],
        (FixedColumn<Int128> a, FixedColumn<Int128> b) => a.Values[leftRow] == b.Values[rightRow],
        (FixedColumn<float> a, FixedColumn<float> b) => EqualOp<float>.Test(a.Values[leftRow], b.Values[rightRow]),
        (FixedColumn<double> a, FixedColumn<double> b) => EqualOp<double>.Test(a.Values[leftRow], b.Values[rightRow]),
        (BooleanColumn a, BooleanColumn b) => a.Bits[leftRow] == b.Bits[rightRow],
        (BytesColumn a, BytesColumn b) => a[leftRow].SequenceEqual(b[rightRow]),
        _ => throw new System.Diagnostics.UnreachableException($"Column classes {left.GetType()} and {right.GetType()}"),
    };

    private static bool? AreRowsEqual(RowColumn left, int leftRow, RowColumn right, int rightRow)
    {
        bool? result = true;
        for (var i = 0; i < left.Children.Count; i++)
        {
            switch (AreEqual(left.Children[i], leftRow, right.Children[i], rightRow))
            {
                case false:
                    return false;
                case null:
                    result = null;
                    break;
            }
        }

        return result;
    }

    private static bool AreListsEqual(ListColumn left, int leftRow, ListColumn right, int rightRow)
    {
        var (a, b) = (left.Offsets[leftRow], right.Offsets[rightRow]);
        var count = left.Offsets[leftRow + 1] - a;
        if (count != right.Offsets[rightRow + 1] - b)
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!AreSame(left.Elements, a + i, right.Elements, b + i))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreMapsEqual(MapColumn left, int leftRow, MapColumn right, int rightRow)
    {
        if (left.Offsets[leftRow + 1] - left.Offsets[leftRow] != right.Offsets[rightRow + 1] - right.Offsets[rightRow])
        {
            return false;
        }

        for (var i = left.Offsets[leftRow]; i < left.Offsets[leftRow + 1]; i++)
        {
            var found = FindKey(right, rightRow, left.Keys, i);
            if (found < 0 || !AreSame(left.Values, i, right.Values, found))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The index of an entry in a map's key column; -1 when the row's map lacks the key.</summary>
    public static int FindKey(MapColumn map, int row, Column keys, int keyRow)
    {
        for (var i = map.Offsets[row + 1] - 1; i >= map.Offsets[row]; i--)
        {
            if (AreSame(map.Keys, i, keys, keyRow))
            {
                return i;
            }
        }

        return -1;
    }
}
