using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>CONCAT_WS(separator, a, …): NULL when the separator is; NULL items are left out.</summary>
internal sealed class ConcatWithSeparatorFunction() : ScalarFunction("CONCAT_WS")
{
    private static readonly Signature Arguments = new(ArgumentKind.Text, ArgumentKind.Text) { IsLastRepeated = true };

    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        var bound = Arguments.Bind(Name, arguments);
        return new Expression.Call(this, new(bound), DataTypes.String.WithNullability(bound[0].Type.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<JoinOp, BytesWriter>(call.Type, arguments, null, settings);

    private readonly ref struct JoinOp(ReadOnlySpan<Column> columns) : IRowOp<JoinOp, BytesWriter>
    {
        private readonly ReadOnlySpan<Column> _columns = columns;

        public static bool IsStrict => false;

        public static JoinOp Open(in KernelArguments arguments) => new(arguments.Columns);

        public void Apply(int row, BytesWriter output)
        {
            if (_columns[0].IsNull(row))
            {
                output.SetNull();
                return;
            }

            var isFirst = true;
            foreach (var column in _columns[1..])
            {
                if (column.IsNull(row))
                {
                    continue;
                }

                if (!isFirst)
                {
                    output.Append(new BytesReader(_columns[0])[row]);
                }

                isFirst = false;
                output.Append(new BytesReader(column)[row]);
            }
        }
    }
}
