using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>AND and OR, three-valued.</summary>
internal sealed class LogicFunction(string name, bool isAnd) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"({string.Join($" {Name} ", arguments)})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, int.MaxValue);
        BindErrors.RefuseNull(arguments);
        if (arguments.Any(a => a.Type is not DataType.Boolean))
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        return new Expression.Call(this, new(arguments), DataTypes.Boolean.WithNullability(BindErrors.AnyNullable(arguments)));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var result = arguments[0];
        for (var i = 1; i < arguments.Count; i++)
        {
            result = new LogicKernel(call.Type, result, arguments[i], isAnd, ExpressionCompiler.CanFail(call.Arguments[i]));
        }

        return result;
    }
}

/// <summary>NOT.</summary>
internal sealed class NotFunction() : ScalarFunction("NOT")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"NOT {arguments[0]}";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        BindErrors.RefuseNull(arguments);
        return arguments[0].Type is DataType.Boolean
            ? new Expression.Call(this, [arguments[0]], arguments[0].Type)
            : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new TruthKernel(call.Type, arguments[0], TruthTest.Not);
}

/// <summary>IS [NOT] NULL, of any type.</summary>
internal sealed class NullTestFunction(string name, string symbol, bool isNot) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"{arguments[0]} {symbol}";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        return new Expression.Call(this, [arguments[0]], DataTypes.Boolean.AsNotNull());
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new NullTestKernel(call.Type, arguments[0], isNot);
}

/// <summary>IS [NOT] TRUE and IS [NOT] FALSE.</summary>
internal sealed class TruthTestFunction(string name, string symbol, bool expected, bool isNot) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"{arguments[0]} {symbol}";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        return arguments[0].Type is DataType.Boolean or DataType.Null
            ? new Expression.Call(this, [TypeCoercion.Coerce(arguments[0], DataTypes.Boolean)], DataTypes.Boolean.AsNotNull())
            : throw BindErrors.CannotApply(symbol, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new TruthKernel(call.Type, arguments[0], (expected, isNot) switch
        {
            (true, false) => TruthTest.IsTrue,
            (true, true) => TruthTest.IsNotTrue,
            (false, false) => TruthTest.IsFalse,
            _ => TruthTest.IsNotFalse,
        });
}
