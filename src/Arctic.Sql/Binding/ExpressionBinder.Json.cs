using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Functions.Json;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

// JSON_VALUE, JSON_QUERY and JSON_EXISTS with their clauses.
internal sealed partial class ExpressionBinder
{
    // Null for every other function.
    private Expression.Call? BindJson(SqlExpression.Call call, string name)
    {
        ScalarFunction? function = name switch
        {
            "JSON_VALUE" => JsonValueFunction.Instance,
            "JSON_QUERY" => JsonQueryFunction.Instance,
            "JSON_EXISTS" => JsonExistsFunction.Instance,
            _ => null,
        };
        if (function is null)
        {
            return null;
        }

        var operands = BindAll(call.Arguments);
        BindErrors.RequireCount(name, operands, 2, 2);
        BindErrors.RefuseNull(operands);
        if (!operands.All(o => o.Type.IsCharacter()))
        {
            throw BindErrors.CannotApply(name, operands);
        }

        if (operands[1] is Expression.Literal { Value: string path })
        {
            JsonPath.Parse(path);
        }

        var type = ReturnTypeOf(call, name);
        var (onEmpty, empty) = BehaviorOf(call, name, "EMPTY", type);
        var (onError, error) = BehaviorOf(call, name, "ERROR", type);
        var wrapper = call.Clauses.LastOrDefault(c => c.Words.EndsWith("WRAPPER", StringComparison.Ordinal))?.Words switch
        {
            null or "WITHOUT WRAPPER" => JsonWrapper.Without,
            "WITH CONDITIONAL WRAPPER" => JsonWrapper.Conditional,
            _ => JsonWrapper.Unconditional,
        };
        return function.Bind([.. operands, .. JsonQuestion.ToArguments(onEmpty, empty, onError, error, wrapper)]);
    }

    private static DataType ReturnTypeOf(SqlExpression.Call call, string name)
    {
        if (call.Clauses.LastOrDefault(c => c.Words == "RETURNING") is not { } clause)
        {
            return name == "JSON_EXISTS" ? DataTypes.Boolean : DataTypes.String;
        }

        var type = TypeBinder.Bind(clause.Type!, TypePlace.Cast).AsNullable(); // RETURNING has one
        var isKnown = name == "JSON_VALUE"
            ? type is DataType.Boolean or DataType.Int or DataType.Double || type.Equals(DataTypes.String)
            : type.Equals(DataTypes.String) || type is DataType.Array { Element: var element } && element.AsNullable().Equals(DataTypes.String);
        return isKnown ? type : throw BindingErrors.Mismatch(call, $"Unsupported type '{type}' for RETURNING in {name}().");
    }

    private (JsonBehavior Behavior, Expression Constant) BehaviorOf(SqlExpression.Call call, string name, string when, DataType type)
    {
        var none = new Expression.Literal(null, type);
        var clause = call.Clauses.LastOrDefault(c => c.Words.EndsWith(" ON " + when, StringComparison.Ordinal));
        var behavior = clause?.Words[..^(when.Length + 4)] switch
        {
            null => name == "JSON_EXISTS" ? JsonBehavior.False : JsonBehavior.Null,
            "NULL" or "UNKNOWN" => JsonBehavior.Null,
            "ERROR" => JsonBehavior.Error,
            "TRUE" => JsonBehavior.True,
            "FALSE" => JsonBehavior.False,
            "EMPTY ARRAY" => JsonBehavior.EmptyArray,
            "EMPTY OBJECT" => JsonBehavior.EmptyObject,
            "DEFAULT" => JsonBehavior.Default,
            var words => throw BindingErrors.Invalid(call, $"{name} does not take {words} ON {when}."),
        };
        if (behavior != JsonBehavior.Default)
        {
            return (behavior, none);
        }

        // The constant takes the result's type by a cast, as the value does.
        var constant = ConstantFolder.Fold(CastRules.Cast(Bind(clause!.Value!), type, isTry: false), Context.Settings); // DEFAULT has a value
        return constant is Expression.Literal ? (behavior, constant) : throw BindingErrors.Invalid(call, $"DEFAULT … ON {when} needs a constant of {type}.");
    }
}
