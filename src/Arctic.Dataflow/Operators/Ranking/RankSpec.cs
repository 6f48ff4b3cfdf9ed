using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Ordering;

namespace Arctic.Dataflow.Operators.Ranking;

/// <summary>What operators that keep the first rows of an order compute.</summary>
internal sealed record RankSpec
{
    /// <summary>The input.</summary>
    public required RowSchema Input { get; init; }

    /// <summary>The columns of a partition; empty for all rows together.</summary>
    public required EquatableList<int> Partition { get; init; }

    /// <summary>The order within a partition.</summary>
    public required EquatableList<SortColumn> Order { get; init; }

    /// <summary>The first place that is kept, from 1.</summary>
    public required long Start { get; init; }

    /// <summary>The last place.</summary>
    public required long End { get; init; }

    /// <summary>Whether the place is the last output column.</summary>
    public required bool GivesNumber { get; init; }

    /// <summary>The output: the input's columns, perhaps with the place behind them.</summary>
    public required RowSchema Output { get; init; }

    /// <summary>Whether no row of the input is ever taken back: rows behind the last place need not be kept then.</summary>
    public required bool IsInputInsertOnly { get; init; }

    /// <summary>The number of key groups of the job.</summary>
    public int MaxParallelism { get; init; } = 128;
}
