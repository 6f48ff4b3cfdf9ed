using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding;

/// <summary>An aggregate within an expression that is being bound; replaced by a column of the Aggregate node before the plan is done.</summary>
/// <param name="Arguments">Over the input of the grouping.</param>
/// <param name="Filter">BOOLEAN over the same input; null for none.</param>
internal sealed record BoundAggregate(AggregateKind Kind, EquatableList<Expression> Arguments, bool IsDistinct, Expression? Filter, DataType Type) : Expression(Type)
{
    /// <summary>The order in which values are taken, over the same input.</summary>
    public EquatableList<BoundOrder> Order { get; init; } = EquatableList<BoundOrder>.Empty;

    /// <inheritdoc/>
    public override string ToString() => $"{AggregateNames.Of(Kind)}({(Arguments.Count == 0 ? "*" : string.Join(", ", Arguments))})";
}

/// <summary>One key of an order, before it has become a column.</summary>
internal sealed record BoundOrder(Expression Expression, bool IsDescending, bool NullsFirst);

/// <summary>A sub-query within an expression that is being bound; replaced by a column of a join before the plan is done.</summary>
/// <param name="Kind">What is asked of it.</param>
/// <param name="Operands">The values that are looked for, over the plan that the expression is evaluated on; empty for EXISTS and scalar sub-queries.</param>
/// <param name="Comparison">The operator of a quantified comparison; null for the others.</param>
internal sealed record BoundSubquery(SubqueryKind Kind, EquatableList<Expression> Operands, ScalarFunction? Comparison, LogicalPlan Plan, DataType Type) : Expression(Type)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}(…)";
}

/// <summary>What is asked of a sub-query.</summary>
internal enum SubqueryKind
{
    /// <summary>Its only value.</summary>
    Scalar,

    /// <summary>Whether it has rows.</summary>
    Exists,

    /// <summary>Whether the operands are among its rows.</summary>
    In,

    /// <summary>Whether the comparison holds for some row.</summary>
    Any,

    /// <summary>Whether the comparison holds for all rows.</summary>
    All,
}
