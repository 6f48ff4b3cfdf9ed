using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>Tells where an expression stands, and what it is, in the error of a row that it has no value for.</summary>
internal sealed class LocatedExpression(IBatchExpression inner, Expression expression, SourcePosition position) : IBatchExpression
{
    private const int TextLengthMax = 60;

    public DataType Type => inner.Type;

    public Column Evaluate(in EvaluationInput input)
    {
        try
        {
            return inner.Evaluate(input);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.EvaluationFailed && e.Position is null)
        {
            throw new ArcticException(e.Code, $"{e.Message.TrimEnd('.')}, in {Shorten(expression.ToString())}.", e) { Hint = e.Hint, Position = position };
        }
    }

    private static string Shorten(string text) => text.Length <= TextLengthMax ? text : $"{text.AsSpan(0, TextLengthMax)}…";
}
