using Arctic.Columnar.Types;

namespace Arctic.Dataflow.Operators.Windows;

/// <summary>Windows of time that rows are put into.</summary>
/// <param name="Kind">How they lie.</param>
/// <param name="TimeIndex">The time column of the input.</param>
/// <param name="SizeMillis">The length of a window; of a session the gap that ends it.</param>
internal sealed record TimeWindow(TimeWindowKind Kind, int TimeIndex, long SizeMillis)
{
    /// <summary>The distance between starts (HOP) or ends (CUMULATE); 0 for the others.</summary>
    public long StepMillis { get; init; }

    /// <summary>What shifts the starts.</summary>
    public long OffsetMillis { get; init; }

    /// <summary>The columns by which sessions are told apart; empty for the other kinds.</summary>
    public EquatableList<int> Partition { get; init; } = EquatableList<int>.Empty;
}

/// <summary>How windows lie.</summary>
internal enum TimeWindowKind
{
    /// <summary>One after the other.</summary>
    Tumble,

    /// <summary>Overlapping.</summary>
    Hop,

    /// <summary>Growing from one start, step by step.</summary>
    Cumulate,

    /// <summary>As long as rows follow each other within a gap.</summary>
    Session,
}
