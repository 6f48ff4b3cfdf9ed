using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>The result types of aggregates (spec/flink-sql.md, 2.2 and 4.1).</summary>
internal static class AggregateTypes
{
    private const int AverageScaleMin = 6;

    // Of the JSON aggregates' type; longer results are not cut.
    private const int JsonLength = 2000;

    /// <summary>The type of a call over rows that are there; <see cref="OfGroup"/> says what a group without rows adds.</summary>
    public static DataType Derive(SqlExpression.Call call, AggregateKind kind, IReadOnlyList<Expression> arguments)
    {
        if (kind == AggregateKind.Count)
        {
            return DeriveCount(call, arguments);
        }

        var (countMin, countMax) = kind switch
        {
            AggregateKind.ListAgg => (1, 2),
            AggregateKind.Percentile => (2, 2),
            _ => (1, 1),
        };
        if (call.IsStar || arguments.Count < countMin || arguments.Count > countMax)
        {
            throw BindingErrors.Invalid(call, $"Invalid number of arguments to function '{AggregateNames.Of(kind)}': {(call.IsStar ? "*" : arguments.Count)}.");
        }

        var argument = arguments[0].Type;
        if (argument is DataType.Null)
        {
            throw BindingErrors.IllegalNull(call.Arguments[0]);
        }

        return kind switch
        {
            AggregateKind.Sum or AggregateKind.Sum0 when argument is DataType.Decimal d => DataTypes.Decimal(DataType.Decimal.MaxPrecision, d.Scale).WithNullability(argument.IsNullable),
            AggregateKind.Sum or AggregateKind.Sum0 when argument.IsNumeric() => argument,
            AggregateKind.Avg or AggregateKind.StddevPop or AggregateKind.StddevSamp or AggregateKind.VarPop or AggregateKind.VarSamp when argument is DataType.Decimal d =>
                DataTypes.Decimal(DataType.Decimal.MaxPrecision, Math.Max(AverageScaleMin, d.Scale)).WithNullability(argument.IsNullable),
            AggregateKind.Avg or AggregateKind.StddevPop or AggregateKind.StddevSamp or AggregateKind.VarPop or AggregateKind.VarSamp when argument.IsNumeric() => argument,
            AggregateKind.Min or AggregateKind.Max when argument is not (DataType.Array or DataType.Map or DataType.Multiset or DataType.Row) => argument,
            AggregateKind.FirstValue or AggregateKind.LastValue or AggregateKind.SingleValue => argument,
            AggregateKind.ListAgg when arguments.All(a => a.Type.IsCharacter()) => DataTypes.String.WithNullability(argument.IsNullable),
            AggregateKind.Percentile when argument.IsNumeric() && arguments[1].Type.IsNumeric() => DataTypes.Double.WithNullability(argument.IsNullable),
            AggregateKind.Percentile when argument.IsNumeric() && arguments[1].Type is DataType.Array { Element: var element } && element.IsNumeric() =>
                new DataType.Array(DataTypes.Double).WithNullability(argument.IsNullable),
            AggregateKind.ArrayAgg => new DataType.Array(argument),
            AggregateKind.JsonObjectAgg or AggregateKind.JsonArrayAgg => new DataType.VarChar(JsonLength).AsNotNull(),
            AggregateKind.Collect => new DataType.Multiset(argument).AsNotNull(),
            _ => throw BindingErrors.Mismatch(call, $"Cannot apply '{AggregateNames.Of(kind)}' to arguments of type '{AggregateNames.Of(kind)}({string.Join(", ", arguments.Select(a => $"<{a.Type.AsNullable()}>"))})'."),
        };
    }

    /// <summary>The type of a call in a grouping: nullable where a group may have no value at all.</summary>
    public static DataType OfGroup(BoundAggregate aggregate, bool hasGroupKeys) =>
        aggregate.Kind is AggregateKind.Count or AggregateKind.Collect or AggregateKind.Sum0 or AggregateKind.JsonObjectAgg or AggregateKind.JsonArrayAgg ? aggregate.Type.AsNotNull()
        : hasGroupKeys && aggregate.Filter is null && aggregate.Kind is not (AggregateKind.StddevSamp or AggregateKind.VarSamp) ? aggregate.Type
        : aggregate.Type.AsNullable();

    private static DataType DeriveCount(SqlExpression.Call call, IReadOnlyList<Expression> arguments)
    {
        if (arguments.Count > 1)
        {
            throw BindingErrors.Unsupported(call, "COUNT of more than one column");
        }

        if (arguments.Count == 0 && !call.IsStar)
        {
            throw BindingErrors.Invalid(call, "Invalid number of arguments to function 'COUNT': 0.", "Write COUNT(*).");
        }

        return arguments is [{ Type: DataType.Null }] ? throw BindingErrors.IllegalNull(call.Arguments[0]) : DataTypes.BigInt.AsNotNull();
    }
}
