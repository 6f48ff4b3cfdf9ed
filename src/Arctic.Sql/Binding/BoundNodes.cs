using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Over;
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

/// <summary>GROUPING, GROUPING_ID or GROUP_ID within an expression that is being bound; replaced by an expression over the number of the grouping set.</summary>
/// <param name="Arguments">Group keys; none for GROUP_ID.</param>
internal sealed record BoundGrouping(EquatableList<Expression> Arguments) : Expression(DataTypes.BigInt.AsNotNull())
{
    /// <inheritdoc/>
    public override string ToString() => $"GROUPING({string.Join(", ", Arguments)})";
}

/// <summary>One key of an order, before it has become a column.</summary>
internal sealed record BoundOrder(Expression Expression, bool IsDescending, bool NullsFirst);

/// <summary>A function OVER a window within an expression that is being bound; replaced by a column of an Over node before the plan is done.</summary>
/// <param name="Aggregate">The aggregate of <see cref="OverFunction.Aggregate"/>; null for the others.</param>
/// <param name="Arguments">Columns that are read: those of the aggregate; the value and default of LAG and LEAD.</param>
/// <param name="Offset">How many rows LAG and LEAD go, how many parts NTILE makes.</param>
internal sealed record BoundOver(OverFunction Function, AggregateKind? Aggregate, EquatableList<Expression> Arguments, long Offset, bool IgnoresNulls, BoundWindow Window, DataType Type) : Expression(Type)
{
    /// <summary>The expressions of the call and of its window.</summary>
    public IEnumerable<Expression> Parts => Arguments.Concat(Window.Partition).Concat(Window.Order.Select(o => o.Expression));

    /// <summary>The call with its parts, in the order of <see cref="Parts"/>, rebuilt.</summary>
    public BoundOver Map(Func<Expression, Expression> map) => this with
    {
        Arguments = Arguments.Select(map).ToEquatableList(),
        Window = Window with
        {
            Partition = Window.Partition.Select(map).ToEquatableList(),
            Order = Window.Order.Select(o => o with { Expression = map(o.Expression) }).ToEquatableList(),
        },
    };

    /// <inheritdoc/>
    public override string ToString() => $"{(Aggregate is { } kind ? AggregateNames.Of(kind) : AggregateNames.Of(Function))}({string.Join(", ", Arguments)}) OVER (…)";
}

/// <summary>A window, before its keys have become columns.</summary>
internal sealed record BoundWindow(EquatableList<Expression> Partition, EquatableList<BoundOrder> Order, OverFrame Frame);

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
