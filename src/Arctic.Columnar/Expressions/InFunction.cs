using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary><c>a IN (b, …)</c>. Of text and numbers the text is cast, as Flink does here and only here.</summary>
internal sealed class InFunction() : ScalarFunction("IN")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"{arguments[0]} IN ({string.Join(", ", arguments.Skip(1))})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, int.MaxValue);
        var type = FindType(arguments) ?? throw BindErrors.CannotApply(Name, arguments);
        var coerced = arguments.Select(a => TypeCoercion.Coerce(a, type)).ToArray();
        var isNullable = BindErrors.AnyNullable(arguments) || ComparisonOperands.HasNullableField(type);
        return new Expression.Call(this, new(coerced), DataTypes.Boolean.WithNullability(isNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        if (arguments.Count > 2 && InSetKernel.TryMake(call, arguments, settings) is { } kernel)
        {
            return kernel;
        }

        var value = new SharedExpression(arguments[0]);
        IBatchExpression? result = null;
        for (var i = 1; i < arguments.Count; i++)
        {
            var equal = ComparisonFunction.Compile(ComparisonKind.Equal, DataTypes.Boolean.WithNullability(call.Type.IsNullable), [value, arguments[i]], settings);
            result = result is null ? equal : new LogicKernel(call.Type, result, equal, isAnd: false, rightMayFail: false);
        }

        return new InListKernel(call.Type, value, result!); // at least one element, as Bind requires
    }

    private static DataType? FindType(IReadOnlyList<Expression> arguments)
    {
        var types = arguments.Select(a => a.Type).Where(t => t is not DataType.Null).ToArray();
        if (types.Length == 0)
        {
            return DataTypes.Boolean;
        }

        if (TypeCoercion.FindCommonType(types) is { } common)
        {
            return common.AsNullable();
        }

        var others = types.Where(t => !t.IsCharacter()).ToArray();
        var target = others.Length < types.Length ? TypeCoercion.FindCommonType(others)?.AsNullable() : null;
        return target is not null && CastRules.IsSupported(DataTypes.String, target) ? target : null;
    }
}
