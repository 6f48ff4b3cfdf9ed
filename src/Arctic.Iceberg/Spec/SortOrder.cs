using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>How rows are sorted inside files.</summary>
internal sealed record SortOrder(int OrderId, EquatableList<SortField> Fields)
{
    /// <summary>Order 0: not sorted.</summary>
    public static readonly SortOrder Unsorted = new(0, EquatableList<SortField>.Empty);
}

/// <summary>One field of a sort order.</summary>
internal sealed record SortField(EquatableList<int> SourceIds, Transform Transform, SortDirection Direction, NullOrder NullOrder)
{
    /// <summary>The first source column.</summary>
    public int SourceId => SourceIds[0];
}

internal enum SortDirection
{
    Ascending,
    Descending,
}

internal enum NullOrder
{
    NullsFirst,
    NullsLast,
}
