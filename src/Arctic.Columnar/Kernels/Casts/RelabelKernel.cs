using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels.Casts;

/// <summary>A cast that only changes the type's name.</summary>
internal sealed class RelabelKernel(IBatchExpression operand, DataType type) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input) => operand.Evaluate(input).WithType(Type);
}

/// <summary>NULL of any type.</summary>
internal sealed class NullExpression(DataType type) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input) => Type is DataType.Null ? new NullColumn(input.ColumnLength) : ColumnBuilder.NullsOf(Type, input.ColumnLength);
}
