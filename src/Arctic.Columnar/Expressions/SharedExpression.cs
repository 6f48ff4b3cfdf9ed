using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>An operand that a kernel uses more than once: evaluated at <see cref="Begin"/>, the same column until <see cref="End"/>.</summary>
internal sealed class SharedExpression(IBatchExpression inner) : IBatchExpression
{
    private Column? _column;

    public DataType Type => inner.Type;

    /// <summary>Evaluates the operand for the kernel's rows.</summary>
    public Column Begin(in EvaluationInput input) => _column = inner.Evaluate(input);

    /// <summary>Lets go of the column.</summary>
    public void End() => _column = null;

    public Column Evaluate(in EvaluationInput input) => _column ?? inner.Evaluate(input);
}
