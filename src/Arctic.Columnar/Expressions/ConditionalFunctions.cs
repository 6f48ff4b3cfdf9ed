using Arctic.Columnar.Errors;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>COALESCE and its two-argument kin; NOT NULL when any argument is.</summary>
internal sealed class CoalesceFunction(string name, int argumentsMin, int argumentsMax, bool admitsNull) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, argumentsMin, argumentsMax);
        if (!admitsNull)
        {
            BindErrors.RefuseNull(arguments);
        }

        var type = TypeCoercion.FindCommonType(arguments.Select(a => a.Type).ToArray()) ?? throw ConditionalTypes.Mixed(arguments);
        if (type is DataType.Null)
        {
            throw BindErrors.IllegalNull();
        }

        var isNullable = arguments.All(a => a.Type.IsNullable);
        return new Expression.Call(this, new(arguments.Select(a => TypeCoercion.Coerce(a, type))), type.WithNullability(isNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        arguments.Count == 1 ? arguments[0] : new CoalesceKernel(call.Type, arguments);
}

/// <summary>NULLIF: NULL where both are equal, else the first; always nullable.</summary>
internal sealed class NullIfFunction() : ScalarFunction("NULLIF")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        if (arguments[0].Type is DataType.Null)
        {
            throw BindErrors.IllegalNull();
        }

        // The comparison is kept as an argument, so that its operands' casts are part of the plan.
        var equal = ScalarFunctions.Equals.Bind(arguments);
        return new Expression.Call(this, [arguments[0], equal], arguments[0].Type.AsNullable());
    }

    public override string Print(IReadOnlyList<Expression> arguments) =>
        arguments[1] is Expression.Call equal ? $"NULLIF({arguments[0]}, {equal.Arguments[1]})" : base.Print(arguments);

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new CaseKernel(call.Type, [(arguments[1], new Kernels.Casts.NullExpression(call.Type))], arguments[0]);
}

/// <summary>IF: a CASE of one branch; a NULL condition counts as FALSE.</summary>
internal sealed class IfFunction() : ScalarFunction("IF")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 3, 3);
        BindErrors.RefuseNull(arguments);
        if (arguments[0].Type is not DataType.Boolean)
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        var type = TypeCoercion.FindCommonType([arguments[1].Type, arguments[2].Type]) ?? throw ConditionalTypes.Mixed(arguments);
        return new Expression.Call(this, [arguments[0], TypeCoercion.Coerce(arguments[1], type), TypeCoercion.Coerce(arguments[2], type)], type);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new CaseKernel(call.Type, [(arguments[0], arguments[1])], arguments[2]);
}

/// <summary>GREATEST and LEAST; NULL when any argument is.</summary>
internal sealed class ExtremeFunction(string name, bool isGreatest) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, int.MaxValue);
        BindErrors.RefuseNull(arguments);
        var type = TypeCoercion.FindCommonType(arguments.Select(a => a.Type).ToArray());
        if (type is null or DataType.Array or DataType.Map or DataType.Multiset or DataType.Row)
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        return new Expression.Call(this, new(arguments.Select(a => TypeCoercion.Coerce(a, type))), type);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var result = arguments[0];
        for (var i = 1; i < arguments.Count; i++)
        {
            result = new ExtremeKernel(call.Type, new SharedExpression(result), new SharedExpression(arguments[i]), isGreatest, settings);
        }

        return result;
    }
}

/// <summary>The types of conditional expressions.</summary>
internal static class ConditionalTypes
{
    public static ArcticException Mixed(IReadOnlyList<Expression> arguments) =>
        new(ErrorCodes.TypeMismatch, $"Illegal mixing of types in CASE or COALESCE statement: {string.Join(", ", arguments.Select(a => a.Type.AsNullable()))}.");

    /// <summary>A CASE whose branches are cast to their common type.</summary>
    /// <param name="branches">Conditions and results as written.</param>
    /// <param name="otherwise">The ELSE; null when there is none, which is NULL.</param>
    public static Expression.Case BindCase(IReadOnlyList<CaseBranch> branches, Expression? otherwise)
    {
        otherwise ??= new Expression.Literal(null, DataTypes.Null);
        foreach (var branch in branches)
        {
            if (branch.Condition.Type is not (DataType.Boolean or DataType.Null))
            {
                throw BindErrors.Invalid("Expected a boolean type in the WHEN of a CASE.");
            }
        }

        Expression[] results = [.. branches.Select(b => b.Result), otherwise];
        var type = TypeCoercion.FindCommonType(results.Select(r => r.Type).ToArray()) ?? throw Mixed(results);
        if (type is DataType.Null)
        {
            throw BindErrors.Invalid("ELSE clause or at least one THEN clause must be non-NULL.");
        }

        return new Expression.Case(
            new(branches.Select(b => new CaseBranch(TypeCoercion.Coerce(b.Condition, DataTypes.Boolean), TypeCoercion.Coerce(b.Result, type)))),
            TypeCoercion.Coerce(otherwise, type),
            type);
    }
}
