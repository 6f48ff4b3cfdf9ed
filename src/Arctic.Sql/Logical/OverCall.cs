using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Over;

namespace Arctic.Sql.Logical;

/// <summary>One call of an Over node.</summary>
/// <param name="Function">What is computed.</param>
/// <param name="Aggregate">The aggregate of <see cref="OverFunction.Aggregate"/>; null for the others.</param>
/// <param name="Type">The type of the result.</param>
internal sealed record OverCall(OverFunction Function, AggregateCall? Aggregate, DataType Type)
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
