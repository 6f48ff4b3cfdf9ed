using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// Finds what pruning can know of the rows for which a filter is not TRUE, be it FALSE or NULL: where no such row can be, all rows fulfil the filter
/// (Java's strict evaluation, by way of the opposite).
/// </summary>
/// <param name="schema">Column references are 0-based indices into its columns.</param>
internal sealed class RefutationBuilder(Schema schema)
{
    private readonly PredicateBuilder _predicates = new(schema);

    /// <summary>A predicate that holds for every row for which the filter is not TRUE.</summary>
    public ScanPredicate Build(Expression filter) => filter switch
    {
        Expression.Literal { Value: true } => ScanPredicate.False.Instance,
        Expression.Call call when call.Function == ScalarFunctions.And => ScanPredicate.Either(Build(call.Arguments[0]), Build(call.Arguments[1])),
        Expression.Call call when call.Function == ScalarFunctions.Or => ScanPredicate.Both(Build(call.Arguments[0]), Build(call.Arguments[1])),
        Expression.Call call when call.Function == ScalarFunctions.IsTrue => Build(call.Arguments[0]),
        Expression.Call call when call.Function == ScalarFunctions.Not || call.Function == ScalarFunctions.IsFalse => BuildNotFalse(call.Arguments[0]),
        Expression.Call call when call.Function == ScalarFunctions.IsNotTrue => _predicates.Build(call.Arguments[0]),
        Expression.Call call when call.Function == ScalarFunctions.IsNotFalse => _predicates.Build(ScalarFunctions.Not.Bind([call.Arguments[0]])),
        Expression.Call call when call.Function == ScalarFunctions.In => BuildNotIn(call),
        _ => BuildCondition(filter, ScalarFunctions.Not.Bind([filter])),
    };

    private ScanPredicate BuildNotFalse(Expression filter) => filter switch
    {
        Expression.Literal { Value: false } => ScanPredicate.False.Instance,
        Expression.Call call when call.Function == ScalarFunctions.And => ScanPredicate.Both(BuildNotFalse(call.Arguments[0]), BuildNotFalse(call.Arguments[1])),
        Expression.Call call when call.Function == ScalarFunctions.Or => ScanPredicate.Either(BuildNotFalse(call.Arguments[0]), BuildNotFalse(call.Arguments[1])),
        Expression.Call call when call.Function == ScalarFunctions.Not => Build(call.Arguments[0]),
        _ => BuildCondition(filter, filter),
    };

    // No value of the list: a chain of <>, which pruning understands where it does not understand NOT IN.
    private ScanPredicate BuildNotIn(Expression.Call call)
    {
        ScanPredicate result = ScanPredicate.True.Instance;
        foreach (var value in call.Arguments.Skip(1))
        {
            result = ScanPredicate.Both(result, BuildCondition(call, ScalarFunctions.NotEquals.Bind([call.Arguments[0], value])));
        }

        return result;
    }

    /// <summary>A condition is refuted where its opposite holds, or where it is NULL because a column is.</summary>
    private ScanPredicate BuildCondition(Expression condition, Expression opposite)
    {
        var isNullTest = condition is Expression.Call call && (call.Function == ScalarFunctions.IsNull || call.Function == ScalarFunctions.IsNotNull);
        var columns = new List<NestedField>();
        if (!Collect(condition, columns))
        {
            return ScanPredicate.True.Instance;
        }

        var result = _predicates.Build(opposite);
        return isNullTest ? result : columns.Aggregate(result, (p, c) => ScanPredicate.Either(p, new ScanPredicate.IsNull(c.Id)));
    }

    // A NULL constant, or a NaN, would make a condition untrue that its opposite does not know of.
    private bool Collect(Expression expression, List<NestedField> columns)
    {
        switch (expression)
        {
            case Expression.Literal literal:
                return literal.Value is not null;
            case Expression.ColumnReference column when column.Index < schema.Fields.Count:
                var field = schema.Fields[column.Index];
                columns.Add(field);
                return field.Type is not (IcebergType.Float or IcebergType.Double or IcebergType.Struct or IcebergType.List or IcebergType.Map);
            case Expression.Cast { IsTry: false } cast:
                return Collect(cast.Operand, columns);
            case Expression.Call call:
                return call.Arguments.All(a => Collect(a, columns));
            default:
                return false;
        }
    }
}
