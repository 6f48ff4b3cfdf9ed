using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Ordering;

namespace Arctic.Dataflow.Operators.Over;

/// <summary>What an operator of functions OVER a window computes.</summary>
internal sealed record OverSpec
{
    /// <summary>The input.</summary>
    public required RowSchema Input { get; init; }

    /// <summary>The columns of a partition; empty for all rows together.</summary>
    public required EquatableList<int> Partition { get; init; }

    /// <summary>The order within a partition; empty for none.</summary>
    public required EquatableList<SortColumn> Order { get; init; }

    /// <summary>The rows that aggregates see.</summary>
    public required OverFrame Frame { get; init; }

    /// <summary>The functions.</summary>
    public required EquatableList<OverCallSpec> Calls { get; init; }

    /// <summary>The output: the input's columns, then the results.</summary>
    public required RowSchema Output { get; init; }

    /// <summary>The number of key groups of the job.</summary>
    public int MaxParallelism { get; init; } = 128;
}

/// <summary>One function of an <see cref="OverSpec"/>.</summary>
/// <param name="Function">What is computed.</param>
/// <param name="Aggregate">The aggregate of <see cref="OverFunction.Aggregate"/>; null for the others.</param>
/// <param name="Type">The type of the result.</param>
internal sealed record OverCallSpec(OverFunction Function, AggregateCallSpec? Aggregate, DataType Type)
{
    /// <summary>The column that LAG and LEAD read; -1 for the others.</summary>
    public int Argument { get; init; } = -1;

    /// <summary>How many rows LAG and LEAD go, how many parts NTILE makes.</summary>
    public long Offset { get; init; } = 1;

    /// <summary>The column that LAG and LEAD give where the partition has no such row; -1 for NULL.</summary>
    public int Default { get; init; } = -1;

    /// <summary>Whether LAG and LEAD pass over rows whose value is NULL.</summary>
    public bool IgnoresNulls { get; init; }
}

/// <summary>The rows of a partition that an aggregate OVER sees.</summary>
/// <param name="IsRows">Whether bounds count rows; else they are distances in the only order column, and rows that are equal in order go together.</param>
internal sealed record OverFrame(bool IsRows, OverBound Start, OverBound End)
{
    /// <summary>The whole partition.</summary>
    public static readonly OverFrame All = new(true, OverBound.UnboundedPreceding, OverBound.UnboundedFollowing);

    /// <summary>Everything up to the row.</summary>
    public static readonly OverFrame RowsUpToCurrent = new(true, OverBound.UnboundedPreceding, OverBound.CurrentRow);

    /// <summary>Everything up to the row and its equals.</summary>
    public static readonly OverFrame RangeUpToCurrent = new(false, OverBound.UnboundedPreceding, OverBound.CurrentRow);
}

/// <summary>One end of a frame.</summary>
/// <param name="IsUnbounded">Whether it is the end of the partition on the side of <paramref name="Distance"/>'s sign.</param>
/// <param name="Distance">Before the row when negative, behind it when positive; for RANGE in the units of the order column.</param>
internal readonly record struct OverBound(bool IsUnbounded, long Distance)
{
    /// <summary>UNBOUNDED PRECEDING.</summary>
    public static readonly OverBound UnboundedPreceding = new(true, -1);

    /// <summary>CURRENT ROW.</summary>
    public static readonly OverBound CurrentRow = new(false, 0);

    /// <summary>UNBOUNDED FOLLOWING.</summary>
    public static readonly OverBound UnboundedFollowing = new(true, 1);
}

/// <summary>The functions that stand before OVER.</summary>
internal enum OverFunction
{
    /// <summary>An aggregate over the frame.</summary>
    Aggregate,

    /// <summary>1, 2, 3, … in order; rows that are equal in it in the order of arrival.</summary>
    RowNumber,

    /// <summary>The number of the first row that is equal in order.</summary>
    Rank,

    /// <summary>As <see cref="Rank"/>, without gaps.</summary>
    DenseRank,

    /// <summary>(rank - 1) / (rows - 1); 0 for a single row.</summary>
    PercentRank,

    /// <summary>The part of the partition's rows up to this one.</summary>
    CumeDist,

    /// <summary>The partition in as many parts as said, the first ones a row longer.</summary>
    Ntile,

    /// <summary>The value some rows before.</summary>
    Lag,

    /// <summary>The value some rows behind.</summary>
    Lead,
}
