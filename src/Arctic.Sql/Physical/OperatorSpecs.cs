using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Ranking;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>Says in the operators' words what a logical node asks for.</summary>
internal static class OperatorSpecs
{
    /// <summary>The operator of an Aggregate.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: a call that no operator computes.</exception>
    public static GroupAggregateSpec Aggregate(LogicalPlan.Aggregate aggregate, bool isInputInsertOnly, ChangelogEmission emission, int maxParallelism) => new()
    {
        Input = aggregate.Input.Schema,
        Keys = aggregate.GroupKeys,
        Calls = aggregate.Calls.Select(Call).ToEquatableList(),
        Output = aggregate.Schema,
        IsInputInsertOnly = isInputInsertOnly,
        Emission = emission,
        MaxParallelism = maxParallelism,
    };

    /// <summary>The operator of a Join.</summary>
    public static JoinSpec Join(LogicalPlan.Join join, EvaluationSettings settings, int maxParallelism) =>
        Join(join.Left.Schema, join.Right.Schema, join.Kind, join.Keys, join.Residual, join.Schema, settings, maxParallelism);

    /// <summary>The operator of a TemporalJoin.</summary>
    public static JoinSpec Join(LogicalPlan.TemporalJoin join, EvaluationSettings settings, int maxParallelism) =>
        Join(join.Left.Schema, join.Right.Schema, join.Kind, join.Keys, join.Residual, join.Schema, settings, maxParallelism);

    /// <summary>The operator of a LookupJoin.</summary>
    public static JoinSpec Join(LogicalPlan.LookupJoin join, EvaluationSettings settings, int maxParallelism) =>
        Join(join.Left.Schema, join.Table.Schema, join.Kind, join.Keys, join.Residual, join.Schema, settings, maxParallelism);

    private static JoinSpec Join(
        RowSchema left, RowSchema right, JoinKind kind, EquatableList<JoinKey> keys, Expression? condition, RowSchema output, EvaluationSettings settings, int maxParallelism) => new()
        {
            Left = left,
            Right = right,
            Type = kind switch
            {
                JoinKind.Inner => JoinType.Inner,
                JoinKind.LeftOuter => JoinType.LeftOuter,
                JoinKind.RightOuter => JoinType.RightOuter,
                JoinKind.FullOuter => JoinType.FullOuter,
                JoinKind.LeftSemi => JoinType.LeftSemi,
                JoinKind.LeftAnti => JoinType.LeftAnti,
                _ => throw new System.Diagnostics.UnreachableException(kind.ToString()),
            },
            LeftKeys = keys.Select(k => k.Left).ToEquatableList(),
            RightKeys = keys.Select(k => k.Right).ToEquatableList(),
            NullsMatch = keys.Select(k => k.NullsMatch).ToEquatableList(),
            Residual = condition is { } residual ? new JoinResidual(() => ExpressionCompiler.Compile(residual, settings), ColumnsOf(residual).Distinct().Order().ToEquatableList()) : null,
            Output = output,
            MaxParallelism = maxParallelism,
        };

    /// <summary>The operator of an Over.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: an aggregate that no operator computes.</exception>
    public static OverSpec Over(LogicalPlan.Over over, int maxParallelism) => new()
    {
        Input = over.Input.Schema,
        Partition = over.Partition,
        Order = Order(over.Order).ToEquatableList(),
        Frame = over.Frame,
        Calls = over.Calls.Select(c => new OverCallSpec(c.Function, c.Aggregate is null ? null : Call(c.Aggregate), c.Type)
        {
            Argument = c.Argument,
            Offset = c.Offset,
            Default = c.Default,
            IgnoresNulls = c.IgnoresNulls,
        }).ToEquatableList(),
        Output = over.Schema,
        MaxParallelism = maxParallelism,
    };

    /// <summary>The operator of a Rank.</summary>
    public static RankSpec Rank(LogicalPlan.Rank rank, bool isInputInsertOnly, int maxParallelism) => new()
    {
        Input = rank.Input.Schema,
        Partition = rank.Partition,
        Order = Order(rank.Order).ToEquatableList(),
        Start = rank.Start,
        End = rank.End,
        GivesNumber = rank.GivesNumber,
        Output = rank.Schema,
        IsInputInsertOnly = isInputInsertOnly,
        MaxParallelism = maxParallelism,
    };

    /// <summary>The rows of a Rank, to be had from all rows and their numbers.</summary>
    public static LogicalPlan Numbered(LogicalPlan.Rank rank)
    {
        var number = new Field(rank.GivesNumber ? rank.Schema[rank.Schema.Count - 1].Name : "w0$o0", DataTypes.BigInt.AsNotNull());
        var over = new LogicalPlan.Over(
            rank.Input, rank.Partition, rank.Order, OverFrame.RowsUpToCurrent, [new OverCall(OverFunction.RowNumber, null, number.Type)], new RowSchema(rank.Input.Schema.Fields.Append(number)));
        var column = new Expression.ColumnReference(rank.Input.Schema.Count, number.Name, number.Type);
        LogicalPlan bounded = new LogicalPlan.Filter(over, ScalarFunctions.And.Bind(
        [
            ScalarFunctions.GreaterThanOrEqual.Bind([column, new Expression.Literal(rank.Start, number.Type)]),
            ScalarFunctions.LessThanOrEqual.Bind([column, new Expression.Literal(rank.End, number.Type)]),
        ]));
        return rank.GivesNumber ? bounded : new LogicalPlan.Project(
            bounded, new(rank.Schema.Fields.Select(Expression (f, i) => new Expression.ColumnReference(i, f.Name, f.Type))), rank.Schema);
    }

    /// <summary>The operator of an Unnest.</summary>
    public static UnnestOperator Unnest(LogicalPlan.Unnest unnest, EvaluationSettings settings) =>
        new(ExpressionCompiler.Compile(unnest.Collection, settings), unnest.WithOrdinality, unnest.KeepsEmpty, unnest.Schema);

    /// <summary>The order of a Sort or TopN.</summary>
    public static IReadOnlyList<SortColumn> Order(IEnumerable<SortKey> keys) => keys.Select(k => new SortColumn(k.Index, k.IsDescending, k.NullsFirst)).ToArray();

    /// <summary>The columns that an expression refers to, with repeats.</summary>
    public static IEnumerable<int> ColumnsOf(Expression expression) => expression switch
    {
        Expression.ColumnReference column => [column.Index],
        Expression.Literal => [],
        Expression.Call call => call.Arguments.SelectMany(ColumnsOf),
        Expression.Cast cast => ColumnsOf(cast.Operand),
        Expression.Case conditional => conditional.Branches.SelectMany(b => ColumnsOf(b.Condition).Concat(ColumnsOf(b.Result))).Concat(ColumnsOf(conditional.Else)),
        _ => throw new System.Diagnostics.UnreachableException(expression.GetType().Name),
    };

    private static AggregateCallSpec Call(AggregateCall call)
    {
        return new AggregateCallSpec
        {
            Function = call.Kind switch
            {
                AggregateKind.Count => AggregateFunction.Count,
                AggregateKind.Sum => AggregateFunction.Sum,
                AggregateKind.Sum0 => AggregateFunction.Sum0,
                AggregateKind.Min => AggregateFunction.Min,
                AggregateKind.Max => AggregateFunction.Max,
                AggregateKind.Avg => AggregateFunction.Avg,
                AggregateKind.FirstValue => AggregateFunction.FirstValue,
                AggregateKind.LastValue => AggregateFunction.LastValue,
                AggregateKind.SingleValue => AggregateFunction.SingleValue,
                AggregateKind.ListAgg => AggregateFunction.ListAgg,
                AggregateKind.ArrayAgg => AggregateFunction.ArrayAgg,
                AggregateKind.Collect => AggregateFunction.Collect,
                AggregateKind.StddevPop => AggregateFunction.StddevPop,
                AggregateKind.StddevSamp => AggregateFunction.StddevSamp,
                AggregateKind.VarPop => AggregateFunction.VarPop,
                AggregateKind.VarSamp => AggregateFunction.VarSamp,
                AggregateKind.Percentile => AggregateFunction.Percentile,
                AggregateKind.JsonObjectAgg => AggregateFunction.JsonObjectAgg,
                AggregateKind.JsonArrayAgg => AggregateFunction.JsonArrayAgg,
                _ => throw new ArcticException(ErrorCodes.Unsupported, $"The aggregate {AggregateNames.Of(call.Kind)} is not supported."),
            },
            Argument = call.Arguments.Count == 0 ? -1 : call.Arguments[0],
            ConstantArgument = call.Arguments.Count > 1 ? call.Arguments[1] : -1,
            Order = call.Order.Select(k => new SortColumn(k.Index, k.IsDescending, k.NullsFirst)).ToEquatableList(),
            Type = call.Type,
            IsDistinct = call.IsDistinct,
            Filter = call.FilterIndex ?? -1,
        };
    }
}
