using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>How rows are sorted inside files.</summary>
public sealed record SortOrder(int OrderId, EquatableList<SortField> Fields)
{
    /// <summary>Order 0: not sorted.</summary>
    public static readonly SortOrder Unsorted = new(0, EquatableList<SortField>.Empty);
}

/// <summary>One field of a sort order.</summary>
public sealed record SortField(EquatableList<int> SourceIds, Transform Transform, SortDirection Direction, NullOrder NullOrder)
{
    /// <summary>The first source column.</summary>
    public int SourceId => SourceIds[0];
}

/// <summary>Which end of the order comes first.</summary>
public enum SortDirection
{
    /// <summary>The least value first.</summary>
    Ascending,

    /// <summary>The greatest value first.</summary>
    Descending,
}

/// <summary>Where NULLs are in an order, whatever its direction.</summary>
public enum NullOrder
{
    /// <summary>Before all values.</summary>
    NullsFirst,

    /// <summary>After all values.</summary>
    NullsLast,
}
