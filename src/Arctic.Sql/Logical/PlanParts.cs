using Arctic.Columnar.Types;

namespace Arctic.Sql.Logical;

/// <summary>Which rows without a partner a join keeps.</summary>
internal enum JoinKind
{
    /// <summary>Pairs only.</summary>
    Inner,

    /// <summary>Pairs, and left rows without a partner with NULLs.</summary>
    LeftOuter,

    /// <summary>Pairs, and right rows without a partner with NULLs.</summary>
    RightOuter,

    /// <summary>Pairs, and rows of both sides without a partner.</summary>
    FullOuter,

    /// <summary>Left rows that have a partner, once each.</summary>
    LeftSemi,

    /// <summary>Left rows that have no partner.</summary>
    LeftAnti,
}

/// <summary>Two columns that a join equates; both have the same type but for nullability.</summary>
/// <param name="Left">Index in the left input.</param>
/// <param name="Right">Index in the right input.</param>
/// <param name="NullsMatch">IS NOT DISTINCT FROM instead of <c>=</c>.</param>
internal readonly record struct JoinKey(int Left, int Right, bool NullsMatch = false);

/// <summary>INTERSECT or EXCEPT.</summary>
internal enum SetOperationKind
{
    /// <summary>Rows in both inputs.</summary>
    Intersect,

    /// <summary>Rows of the left input that are not in the right one.</summary>
    Except,
}

/// <summary>One column of an order. NULL is the smallest value unless said otherwise: first ascending, last descending.</summary>
/// <param name="Index">The column of the input.</param>
/// <param name="IsDescending">DESC.</param>
/// <param name="NullsFirst">Where NULLs stand, resolved: never left to a default of an executor.</param>
internal readonly record struct SortKey(int Index, bool IsDescending, bool NullsFirst);

/// <summary>How an INSERT treats what is there.</summary>
internal enum InsertMode
{
    /// <summary>Rows are added (keyed tables: upserted).</summary>
    Into,

    /// <summary>The table, or the partitions written to, are replaced.</summary>
    Overwrite,
}

/// <summary>The aggregate functions.</summary>
internal enum AggregateKind
{
    /// <summary>COUNT(*) without arguments, else the non-NULL values; BIGINT NOT NULL.</summary>
    Count,

    /// <summary>Of the argument's type (DECIMAL(38, s) for decimals), wrapping; NULL without values.</summary>
    Sum,

    /// <summary>As <see cref="Sum"/>, but 0 without values.</summary>
    Sum0,

    /// <summary>The least value.</summary>
    Min,

    /// <summary>The greatest value.</summary>
    Max,

    /// <summary>Of the argument's type, integers truncated (DECIMAL(38, max(6, s)) for decimals).</summary>
    Avg,

    /// <summary>The first non-NULL value in arrival order.</summary>
    FirstValue,

    /// <summary>The last non-NULL value in arrival order.</summary>
    LastValue,

    /// <summary>The value of the only row; an error when there are more, NULL when there is none. What scalar sub-queries become.</summary>
    SingleValue,

    /// <summary>Non-NULL texts joined by a separator (second argument, a constant column; <c>,</c> when absent).</summary>
    ListAgg,

    /// <summary>All values as an array.</summary>
    ArrayAgg,

    /// <summary>All non-NULL values as a multiset.</summary>
    Collect,

    /// <summary>Population standard deviation.</summary>
    StddevPop,

    /// <summary>Sample standard deviation.</summary>
    StddevSamp,

    /// <summary>Population variance.</summary>
    VarPop,

    /// <summary>Sample variance.</summary>
    VarSamp,

    /// <summary>Of a DOUBLE, with the share or shares as a second argument, a constant column.</summary>
    Percentile,

    /// <summary>The members of a JSON object, made of each row by an expression, as one object.</summary>
    JsonObjectAgg,

    /// <summary>The items of a JSON array, made of each row by an expression, as one array.</summary>
    JsonArrayAgg,
}

/// <summary>One aggregate of an Aggregate node.</summary>
/// <param name="Kind">The function.</param>
/// <param name="Arguments">Columns of the input; empty for COUNT(*).</param>
/// <param name="IsDistinct">Whether equal arguments count once.</param>
/// <param name="FilterIndex">A BOOLEAN column of the input: only rows for which it is TRUE count; null for all rows.</param>
/// <param name="Type">The type of the result.</param>
internal sealed record AggregateCall(AggregateKind Kind, EquatableList<int> Arguments, bool IsDistinct, int? FilterIndex, DataType Type)
{
    /// <summary>The order in which ARRAY_AGG and LISTAGG take values; empty for arrival order.</summary>
    public EquatableList<SortKey> Order { get; init; } = EquatableList<SortKey>.Empty;
}
