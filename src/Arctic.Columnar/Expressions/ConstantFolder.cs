using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;

namespace Arctic.Columnar.Expressions;

/// <summary>Computes constant parts of expressions once, with the kernels that would compute them for every row.</summary>
public static class ConstantFolder
{
    /// <summary>Replaces every constant, deterministic part by a literal; a part that fails stays as it is, so that it fails when it is run.</summary>
    public static Expression Fold(Expression expression, EvaluationSettings settings)
    {
        switch (expression)
        {
            case Expression.Call call:
                expression = call with { Arguments = new(call.Arguments.Select(a => Fold(a, settings))) };
                break;
            case Expression.Cast cast:
                expression = cast with { Operand = Fold(cast.Operand, settings) };
                break;
            case Expression.Case conditional:
                return conditional with
                {
                    Branches = new(conditional.Branches.Select(b => new CaseBranch(Fold(b.Condition, settings), Fold(b.Result, settings)))),
                    Else = Fold(conditional.Else, settings),
                };
            default:
                return expression;
        }

        return IsFoldable(expression) ? TryEvaluate(expression, settings) ?? expression : expression;
    }

    /// <summary>Evaluates an expression without column references for one row.</summary>
    /// <returns>A column of one row.</returns>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.EvaluationFailed"/>: it has no value.</exception>
    public static Column Evaluate(Expression expression, EvaluationSettings settings)
    {
        var column = ExpressionCompiler.Compile(expression, settings).Evaluate(new EvaluationInput([], 1, null));
        return column is ConstantColumn constant ? constant.Value : column;
    }

    private static bool IsFoldable(Expression expression) => expression switch
    {
        Expression.Literal => true,
        Expression.Cast cast => IsFoldable(cast.Operand),
        Expression.Call call => call.Function.IsDeterministic && call.Arguments.All(IsFoldable),
        _ => false,
    };

    private static Expression.Literal? TryEvaluate(Expression expression, EvaluationSettings settings)
    {
        try
        {
            var literal = LiteralColumn.ToLiteral(Evaluate(expression, settings), expression.Type);

            // The type must not change, or a plan that was bound to it would not fit any more.
            return literal is not null && literal.Type.Equals(expression.Type) ? literal : null;
        }
        catch (ArcticException)
        {
            // The error belongs to the run, and there only if the expression is reached.
            return null;
        }
    }
}
