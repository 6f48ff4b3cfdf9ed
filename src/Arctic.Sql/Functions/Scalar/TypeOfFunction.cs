using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>TYPEOF(x[, force]): the text of the argument's type, known when planning.</summary>
internal sealed class TypeOfFunction() : ScalarFunction("TYPEOF")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 2);
        return new Expression.Call(this, new(arguments), DataTypes.String);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        ExpressionCompiler.Compile(new Expression.Literal(call.Arguments[0].Type.ToString(), DataTypes.String), settings);
}
