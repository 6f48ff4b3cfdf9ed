using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>PRINTF(format, …): java.util.Formatter with the root locale; NULLs print as null, a bad format or one that does not fit the values is NULL.</summary>
internal sealed class PrintfFunction() : ScalarFunction("PRINTF")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, int.MaxValue);
        BindErrors.RefuseNull(arguments);
        return arguments[0].Type.IsCharacter()
            ? new Expression.Call(this, [arguments[0], .. arguments.Skip(1).Select(ToPrintable)], DataTypes.String)
            : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<PrintOp, BytesWriter>(call.Type, arguments, new Formatting(arguments.Count - 1), settings);

    // What the formatter has no conversion for is printed as CAST to STRING does.
    private static Expression ToPrintable(Expression argument) => argument.Type is DataType.Boolean || argument.Type.IsCharacter() || argument.Type.IsNumeric()
        ? argument
        : CastRules.Cast(argument, DataTypes.String, isTry: false);

    /// <summary>Scratch of one task: the format of the row before, the values of the row, the text.</summary>
    private sealed class Formatting(int valueCount)
    {
        private byte[]? _source;
        private JavaFormat? _format;

        public PrintedValue[] Values { get; } = new PrintedValue[valueCount];

        public StringBuilder Text { get; } = new();

        public JavaFormat? FormatOf(ReadOnlySpan<byte> format)
        {
            if (_source is null || !format.SequenceEqual(_source))
            {
                (_source, _format) = (format.ToArray(), JavaFormat.TryParse(Encoding.UTF8.GetString(format)));
            }

            return _format;
        }
    }

    private readonly ref struct PrintOp(ReadOnlySpan<Column> columns, BytesReader format, NullReader formatNulls, Formatting formatting) : IRowOp<PrintOp, BytesWriter>
    {
        private readonly ReadOnlySpan<Column> _columns = columns;
        private readonly BytesReader _format = format;
        private readonly NullReader _formatNulls = formatNulls;

        public static bool IsStrict => false;

        public static PrintOp Open(in KernelArguments arguments) => new(arguments.Columns, arguments.Bytes(0), arguments.Nulls(0), (Formatting)arguments.State!); // made by Compile

        public void Apply(int row, BytesWriter output)
        {
            for (var i = 1; i < _columns.Length; i++)
            {
                formatting.Values[i - 1] = PrintedValue.Read(_columns[i], row);
            }

            formatting.Text.Clear();
            if (_formatNulls[row] || formatting.FormatOf(_format[row]) is not { } format || !format.TryWrite(formatting.Values, formatting.Text))
            {
                output.SetNull();
                return;
            }

            foreach (var chunk in formatting.Text.GetChunks())
            {
                output.Append(chunk.Span);
            }
        }
    }
}
