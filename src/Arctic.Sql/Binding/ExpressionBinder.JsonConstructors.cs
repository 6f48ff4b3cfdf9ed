using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Functions.Json;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

// JSON_OBJECT and JSON_ARRAY, and the arguments of JSON_OBJECTAGG and JSON_ARRAYAGG.
internal sealed partial class ExpressionBinder
{
    // Null for every other function.
    private Expression.Call? BindJsonConstructor(SqlExpression.Call call, string name) => name switch
    {
        "JSON_OBJECT" => BindJsonObject(call),
        "JSON_ARRAY" => BindJsonArray(call),
        _ => null,
    };

    private Expression.Call BindJsonObject(SqlExpression.Call call)
    {
        var keys = call.Arguments.Where((_, i) => i % 2 == 0).Select(BindKey).ToArray();
        var (shape, values) = BindJsonValues(call, call.Arguments.Where((_, i) => i % 2 == 1), leavesNullsOut: false);
        return JsonObjectFunction.Instance.Bind([shape, .. keys.Zip(values).SelectMany(p => new[] { p.First, p.Second })]);
    }

    private Expression.Call BindJsonArray(SqlExpression.Call call)
    {
        var (shape, values) = BindJsonValues(call, call.Arguments, leavesNullsOut: true);
        return JsonArrayFunction.Instance.Bind([shape, .. values]);
    }

    // The aggregate's only argument: the part of each row as text.
    private Expression[] BindJsonParts(SqlExpression.Call call, AggregateKind kind)
    {
        var isObject = kind == AggregateKind.JsonObjectAgg;
        if (call.Arguments.Count != (isObject ? 2 : 1))
        {
            throw BindErrors.WrongCount(AggregateNames.Of(kind), call.Arguments.Count);
        }

        var (shape, values) = BindJsonValues(call, [call.Arguments[^1]], leavesNullsOut: !isObject);
        if (!isObject)
        {
            return [JsonPartFunction.Item.Bind([shape, .. values])];
        }

        var key = Bind(call.Arguments[0]);
        return key.Type.IsCharacter() ? [JsonPartFunction.Member.Bind([shape, key, .. values])] : throw BindErrors.CannotApply(AggregateNames.Of(kind), [key, .. values]);
    }

    private Expression BindKey(SqlExpression key) => ConstantFolder.Fold(Bind(key), Context.Settings) is Expression.Literal { Value: string } literal
        ? literal
        : throw BindingErrors.Invalid(key, "A key of JSON_OBJECT must be a constant text that is not NULL.");

    private (Expression Shape, Expression[] Values) BindJsonValues(SqlExpression.Call call, IEnumerable<SqlExpression> arguments, bool leavesNullsOut)
    {
        foreach (var clause in call.Clauses)
        {
            leavesNullsOut = clause.Words switch
            {
                "ABSENT ON NULL" => true,
                "NULL ON NULL" => false,
                _ => throw BindingErrors.Unsupported(call, $"{call.Function} with {clause.Words}"),
            };
        }

        var values = arguments.Select(BindJsonValue).ToArray();
        BindErrors.RefuseNull(values);
        foreach (var value in values)
        {
            if (!JsonText.CanWrite(value.Type))
            {
                throw BindingErrors.Mismatch(call, $"A value of type {value.Type.AsNullable()} has no form in JSON.", "CAST it to STRING.");
            }
        }

        var shape = new JsonShape(leavesNullsOut, values.Select(v => v is Expression.Call { Function: JsonObjectFunction or JsonArrayFunction or JsonCheckFunction }).ToArray());
        return (shape.ToArgument(), values);
    }

    // JSON(…) is known only here.
    private Expression BindJsonValue(SqlExpression value) =>
        value is SqlExpression.Call { Function.Parts: [var name] } call && name.Name.Equals("JSON", StringComparison.OrdinalIgnoreCase)
            ? JsonCheckFunction.Instance.Bind(BindAll(call.Arguments))
            : Bind(value);
}
