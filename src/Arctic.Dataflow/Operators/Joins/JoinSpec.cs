using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>What a <see cref="RegularJoinOperator"/> joins. Input 0 is the left one.</summary>
internal sealed record JoinSpec
{
    /// <summary>The left input.</summary>
    public required RowSchema Left { get; init; }

    /// <summary>The right input.</summary>
    public required RowSchema Right { get; init; }

    /// <summary>Which rows without a partner are kept.</summary>
    public required JoinType Type { get; init; }

    /// <summary>The left columns that must equal the right ones; empty when only <see cref="Residual"/> decides.</summary>
    public required EquatableList<int> LeftKeys { get; init; }

    /// <summary>The right columns, in the same order.</summary>
    public required EquatableList<int> RightKeys { get; init; }

    /// <summary>For each key column whether NULL equals NULL (IS NOT DISTINCT FROM).</summary>
    public required EquatableList<bool> NullsMatch { get; init; }

    /// <summary>What must hold beside the keys; null for nothing. Over left columns, then right ones.</summary>
    public JoinResidual? Residual { get; init; }

    /// <summary>The output: left columns, then right ones; the left ones alone for semi and anti joins.</summary>
    public required RowSchema Output { get; init; }

    /// <summary>The number of key groups of the job.</summary>
    public int MaxParallelism { get; init; } = 128;

    /// <summary>
    /// Whether right rows without a partner wait for the end of the left input instead of being emitted and taken back. With bounded inputs, the right one first, the output is
    /// then insert-only.
    /// </summary>
    public bool DefersUnmatchedRight { get; init; }
}

/// <summary>A condition beside the keys.</summary>
/// <param name="Compile">Makes the operator's own instance.</param>
/// <param name="Columns">The columns that it looks at.</param>
internal sealed record JoinResidual(Func<IBatchExpression> Compile, EquatableList<int> Columns);

/// <summary>Which rows without a partner a join keeps.</summary>
internal enum JoinType
{
    /// <summary>None.</summary>
    Inner,

    /// <summary>Left ones.</summary>
    LeftOuter,

    /// <summary>Right ones.</summary>
    RightOuter,

    /// <summary>Those of both sides.</summary>
    FullOuter,

    /// <summary>Left rows that have a partner, once each.</summary>
    LeftSemi,

    /// <summary>Left rows that have none.</summary>
    LeftAnti,
}
