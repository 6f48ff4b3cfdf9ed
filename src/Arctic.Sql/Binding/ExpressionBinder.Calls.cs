using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Functions;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

// Calls of scalar functions and aggregates.
internal sealed partial class ExpressionBinder
{
    private Expression BindCall(SqlExpression.Call call)
    {
        if (FindCall?.Invoke(call) is { } found)
        {
            return found;
        }

        var name = call.Function.ToString();
        if (call.Over is not null)
        {
            return BindOver(call, name);
        }

        // An exact number is no worse than an approximate one.
        if (name.Equals("APPROX_COUNT_DISTINCT", StringComparison.OrdinalIgnoreCase) && !call.IsStar)
        {
            return BindAggregate(call with { IsDistinct = true }, AggregateKind.Count);
        }

        if (AggregateNames.Find(name) is { } kind)
        {
            return BindAggregate(call, kind);
        }

        if (AggregateNames.FindOverFunction(name) is not null)
        {
            throw BindingErrors.Invalid(call, $"OVER clause is necessary for window functions: '{name}'.", $"Write {name.ToUpperInvariant()}(…) OVER (PARTITION BY … ORDER BY …).");
        }

        if (call.IsDistinct || call.IsStar || call.Filter is not null || call.Order.Count > 0 || call.IgnoresNulls is not null)
        {
            throw BindingErrors.Invalid(call, $"'{name}' is no aggregate: DISTINCT, '*', ORDER BY, FILTER and IGNORE NULLS do not belong to it.");
        }

        if ((BindJson(call, name.ToUpperInvariant()) ?? BindJsonConstructor(call, name.ToUpperInvariant())) is { } json)
        {
            return json;
        }

        if (call.Clauses.Count > 0)
        {
            throw BindingErrors.Unsupported(call, $"{name} with {call.Clauses[0].Words}");
        }

        var arguments = BindAll(call.Arguments);
        if (FindGrouping(call, name, arguments) is { } grouping)
        {
            return grouping;
        }

        var function = FunctionCatalog.Find(name) ?? throw UnknownFunction(call, name, arguments);
        return function.Bind(arguments);
    }

    private BoundGrouping? FindGrouping(SqlExpression.Call call, string name, Expression[] arguments)
    {
        var upper = name.ToUpperInvariant();
        if (upper is not ("GROUPING" or "GROUPING_ID" or "GROUP_ID"))
        {
            return null;
        }

        if (arguments.Length == 0 != (upper == "GROUP_ID"))
        {
            throw BindingErrors.Invalid(call, $"Invalid number of arguments to function '{upper}': {arguments.Length}.");
        }

        return NoAggregatesIn is null ? new BoundGrouping(new(arguments)) : throw BindingErrors.Invalid(call, $"{upper} does not belong in {NoAggregatesIn}.");
    }

    private static Columnar.Errors.ArcticException UnknownFunction(SqlExpression.Call call, string name, Expression[] arguments)
    {
        var signature = $"{name}({string.Join(", ", arguments.Select(a => $"<{a.Type.AsNullable()}>"))})";
        return BindingErrors.Unknown(call, $"No match found for function signature {signature}.", name.ToUpperInvariant(), FunctionCatalog.Names.Concat(AggregateNames.All));
    }

    private BoundAggregate BindAggregate(SqlExpression.Call call, AggregateKind kind)
    {
        if (NoAggregatesIn is not null)
        {
            throw BindingErrors.Invalid(call, $"An aggregate does not belong in {NoAggregatesIn}.");
        }

        if (_aggregateDepth > 0)
        {
            throw BindingErrors.Invalid(call, "Aggregate expressions cannot be nested.");
        }

        if (call.IsWithinGroup)
        {
            throw BindingErrors.Invalid(call, $"Aggregate expression '{call.Function}' must not contain a WITHIN GROUP clause.");
        }

        _aggregateDepth++;
        try
        {
            var arguments = kind is AggregateKind.JsonObjectAgg or AggregateKind.JsonArrayAgg ? BindJsonParts(call, kind) : BindAll(call.Arguments);
            var filter = call.Filter is null ? null : BindCondition(call.Filter, "FILTER");
            var order = call.Order.Select(o => new BoundOrder(BindTyped(o.Expression), o.IsDescending, o.NullsFirst ?? !o.IsDescending)).ToEquatableList();
            var type = AggregateTypes.Derive(call, kind, arguments);
            if (call.Order.Count > 0 && kind is not AggregateKind.ArrayAgg)
            {
                throw BindingErrors.Invalid(call, $"ORDER BY does not belong into {AggregateNames.Of(kind)}.");
            }

            if (kind == AggregateKind.Percentile)
            {
                arguments = BindPercentile(call, arguments);
            }

            var aggregate = new BoundAggregate(kind, new(arguments), call.IsDistinct, filter, type) { Order = order };
            return aggregate with { Type = AggregateTypes.OfGroup(aggregate, HasGroupKeys) };
        }
        finally
        {
            _aggregateDepth--;
        }
    }

    // Its values and shares are DOUBLE; shares are constants from 0 to 1.
    private Expression[] BindPercentile(SqlExpression.Call call, Expression[] arguments)
    {
        var isMany = arguments[1] is Expression.Call asked && ReferenceEquals(asked.Function, ScalarFunctions.Array);
        var shares = (isMany ? ((Expression.Call)arguments[1]).Arguments : [arguments[1]]).Select(s => ConstantFolder.Fold(TypeCoercion.Coerce(s, DataTypes.Double), Context.Settings)).ToList();
        return shares.TrueForAll(s => s is Expression.Literal { Value: double and >= 0 and <= 1 })
            ? [TypeCoercion.Coerce(arguments[0], DataTypes.Double), isMany ? ScalarFunctions.Array.Bind(shares) : shares[0]]
            : throw BindingErrors.Invalid(call.Arguments[1], "The percentage of PERCENTILE must be a constant between 0.0 and 1.0.");
    }
}
