using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Json;

/// <summary>JSON_STRING(x): a value as JSON; JSON_STRING(NULL) is NULL.</summary>
internal sealed class JsonStringFunction() : ScalarFunction("JSON_STRING")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        var argument = TypeCoercion.Coerce(arguments[0], arguments[0].Type is DataType.Null ? DataTypes.String : arguments[0].Type);
        return JsonText.CanWrite(argument.Type) ? new Expression.Call(this, [argument], DataTypes.String.WithNullability(argument.Type.IsNullable)) : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<StringOp, BytesWriter>(call.Type, arguments, null, settings);

    private ref struct StringOp : IRowOp<StringOp, BytesWriter>
    {
        private Column _values;

        public static StringOp Open(in KernelArguments arguments) => new() { _values = arguments.Columns[0] };

        public readonly void Apply(int row, BytesWriter output) => JsonText.Append(_values, row, output);
    }
}
