using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Finds in a filter what pruning understands.</summary>
/// <param name="schema">Column references are 0-based indices into its columns.</param>
internal sealed class PredicateBuilder(Schema schema)
{
    private static readonly Dictionary<ScalarFunction, PredicateOperator> Comparisons = new()
    {
        [ScalarFunctions.Equals] = PredicateOperator.Equal,
        [ScalarFunctions.NotEquals] = PredicateOperator.NotEqual,
        [ScalarFunctions.LessThan] = PredicateOperator.Less,
        [ScalarFunctions.LessThanOrEqual] = PredicateOperator.LessOrEqual,
        [ScalarFunctions.GreaterThan] = PredicateOperator.Greater,
        [ScalarFunctions.GreaterThanOrEqual] = PredicateOperator.GreaterOrEqual,
    };

    /// <summary>A predicate that holds for every row for which the filter is TRUE.</summary>
    public ScanPredicate Build(Expression? filter) => filter is null ? ScanPredicate.True.Instance : Build(filter, isNegated: false);

    private ScanPredicate Build(Expression filter, bool isNegated)
    {
        switch (filter)
        {
            case Expression.Literal { Value: bool value }:
                return value != isNegated ? ScanPredicate.True.Instance : ScanPredicate.False.Instance;
            case Expression.Literal { Value: null }:
                return ScanPredicate.False.Instance;
            case Expression.ColumnReference column when FieldOf(column) is { Type: IcebergType.Boolean } field:
                return new ScanPredicate.Compare(field.Id, PredicateOperator.Equal, !isNegated);
            case Expression.Call call:
                return BuildCall(call, isNegated);
            default:
                return ScanPredicate.True.Instance;
        }
    }

    private ScanPredicate BuildCall(Expression.Call call, bool isNegated)
    {
        var function = call.Function;
        if (function == ScalarFunctions.And || function == ScalarFunctions.Or)
        {
            var (left, right) = (Build(call.Arguments[0], isNegated), Build(call.Arguments[1], isNegated));
            return function == ScalarFunctions.And != isNegated ? ScanPredicate.Both(left, right) : ScanPredicate.Either(left, right);
        }

        if (function == ScalarFunctions.Not)
        {
            return Build(call.Arguments[0], !isNegated);
        }

        if (function == ScalarFunctions.IsTrue && !isNegated)
        {
            return Build(call.Arguments[0], isNegated: false);
        }

        if (function == ScalarFunctions.IsFalse && !isNegated)
        {
            return Build(call.Arguments[0], isNegated: true);
        }

        if (function == ScalarFunctions.IsNull || function == ScalarFunctions.IsNotNull)
        {
            // A cast may add NULLs, so only a bare column will do.
            return FieldOf(call.Arguments[0]) is not { } field ? ScanPredicate.True.Instance
                : function == ScalarFunctions.IsNull != isNegated ? new ScanPredicate.IsNull(field.Id) : new ScanPredicate.IsNotNull(field.Id);
        }

        if (Comparisons.TryGetValue(function, out var comparison))
        {
            return BuildComparison(call, isNegated ? Negate(comparison) : comparison);
        }

        if (isNegated)
        {
            return ScanPredicate.True.Instance;
        }

        return function == ScalarFunctions.In ? BuildIn(call)
            : function == ScalarFunctions.Like ? BuildLike(call)
            : function == ScalarFunctions.IsNotDistinctFrom ? BuildComparison(call, PredicateOperator.Equal, nullMatches: true)
            : ScanPredicate.True.Instance;
    }

    private ScanPredicate BuildComparison(Expression.Call call, PredicateOperator comparison, bool nullMatches = false)
    {
        var (left, right) = (call.Arguments[0], call.Arguments[1]);
        if (left is Expression.Literal)
        {
            (left, right, comparison) = (right, left, Mirror(comparison));
        }

        if (right is not Expression.Literal literal || FieldUnderCasts(left) is not { } field)
        {
            return ScanPredicate.True.Instance;
        }

        if (literal.Value is null)
        {
            return nullMatches ? ScanPredicate.True.Instance : ScanPredicate.False.Instance;
        }

        return PredicateValues.FromLiteral(field.Type, literal) is { } value && !ValueOrder.IsNan(value)
            ? new ScanPredicate.Compare(field.Id, IsZeroReal(value) ? Loosen(comparison) : comparison, value)
            : ScanPredicate.True.Instance;
    }

    private ScanPredicate BuildIn(Expression.Call call)
    {
        if (FieldUnderCasts(call.Arguments[0]) is not { } field)
        {
            return ScanPredicate.True.Instance;
        }

        var values = new List<object>();
        foreach (var argument in call.Arguments.Skip(1))
        {
            if (argument is not Expression.Literal literal)
            {
                return ScanPredicate.True.Instance;
            }

            // A NULL in the list makes the result NULL where nothing else matches.
            if (literal.Value is null)
            {
                continue;
            }

            if (PredicateValues.FromLiteral(field.Type, literal) is not { } value || ValueOrder.IsNan(value))
            {
                return ScanPredicate.True.Instance;
            }

            values.Add(value);
        }

        return values.Count == 0 ? ScanPredicate.False.Instance : new ScanPredicate.In(field.Id, new EquatableList<object>(values));
    }

    private ScanPredicate BuildLike(Expression.Call call)
    {
        if (call.Arguments.Count != 2 || FieldUnderCasts(call.Arguments[0]) is not { Type: IcebergType.String } field || call.Arguments[1] is not Expression.Literal { Value: string pattern })
        {
            return ScanPredicate.True.Instance;
        }

        var wildcard = pattern.IndexOfAny(['%', '_']);
        return wildcard < 0 ? new ScanPredicate.Compare(field.Id, PredicateOperator.Equal, pattern)
            : wildcard > 0 ? new ScanPredicate.StartsWith(field.Id, pattern[..wildcard])
            : ScanPredicate.True.Instance;
    }

    private NestedField? FieldUnderCasts(Expression expression) => expression switch
    {
        Expression.Cast { IsTry: false } cast when PredicateValues.IsOrderPreserving(cast.Operand.Type, cast.Type) => FieldUnderCasts(cast.Operand),
        _ => FieldOf(expression),
    };

    private NestedField? FieldOf(Expression expression) => expression switch
    {
        Expression.ColumnReference column when column.Index < schema.Fields.Count => schema.Fields[column.Index],
        Expression.Call call when call.Function == ScalarFunctions.FieldAt && call.Arguments[1] is Expression.Literal { Value: int index }
            && FieldOf(call.Arguments[0]) is { Type: IcebergType.Struct s } && index < s.Fields.Count => s.Fields[index],
        _ => null,
    };

    private static bool IsZeroReal(object value) => value is 0.0 or 0f;

    // Whether -0.0 is less than 0.0 or equal to it is the kernels' business; pruning keeps both.
    private static PredicateOperator Loosen(PredicateOperator comparison) => comparison switch
    {
        PredicateOperator.Less => PredicateOperator.LessOrEqual,
        PredicateOperator.Greater => PredicateOperator.GreaterOrEqual,
        _ => comparison,
    };

    private static PredicateOperator Negate(PredicateOperator comparison) => comparison switch
    {
        PredicateOperator.Equal => PredicateOperator.NotEqual,
        PredicateOperator.NotEqual => PredicateOperator.Equal,
        PredicateOperator.Less => PredicateOperator.GreaterOrEqual,
        PredicateOperator.LessOrEqual => PredicateOperator.Greater,
        PredicateOperator.Greater => PredicateOperator.LessOrEqual,
        _ => PredicateOperator.Less,
    };

    private static PredicateOperator Mirror(PredicateOperator comparison) => comparison switch
    {
        PredicateOperator.Less => PredicateOperator.Greater,
        PredicateOperator.LessOrEqual => PredicateOperator.GreaterOrEqual,
        PredicateOperator.Greater => PredicateOperator.Less,
        PredicateOperator.GreaterOrEqual => PredicateOperator.LessOrEqual,
        _ => comparison,
    };
}
