using Arctic.Columnar.Errors;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary><c>||</c>: CHARs add their lengths, everything else is STRING.</summary>
internal sealed class ConcatFunction() : ScalarFunction("||")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"({arguments[0]} || {arguments[1]})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        BindErrors.RefuseNull(arguments);
        if (arguments.Any(a => !a.Type.IsCharacter()))
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        var type = arguments[0].Type is DataType.Char a && arguments[1].Type is DataType.Char b ? new DataType.Char(a.Length + b.Length) : DataTypes.String;
        return new Expression.Call(this, new(arguments), type.WithNullability(BindErrors.AnyNullable(arguments)));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<ConcatOp, BytesWriter>(call.Type, arguments, null, settings);

    private readonly ref struct ConcatOp(BytesReader left, BytesReader right) : IRowOp<ConcatOp, BytesWriter>
    {
        private readonly BytesReader _left = left;
        private readonly BytesReader _right = right;

        public static ConcatOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1));

        public void Apply(int row, BytesWriter output)
        {
            output.Append(_left[row]);
            output.Append(_right[row]);
        }
    }
}

/// <summary>LIKE with an optional escape character.</summary>
internal sealed class LikeFunction() : ScalarFunction("LIKE")
{
    public override string Print(IReadOnlyList<Expression> arguments) =>
        $"({arguments[0]} LIKE {arguments[1]}{(arguments.Count > 2 ? $" ESCAPE {arguments[2]}" : "")})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 3);
        BindErrors.RefuseNull(arguments);
        if (arguments.Any(a => !a.Type.IsCharacter()))
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        return new Expression.Call(this, new(arguments), DataTypes.Boolean.WithNullability(BindErrors.AnyNullable(arguments)));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<LikeOp, BooleanWriter>(call.Type, arguments, new LikePatternCache(), settings);

    /// <summary>The pattern of the row before, which mostly is the pattern of every row.</summary>
    private sealed class LikePatternCache
    {
        private byte[] _source = [];
        private byte[] _escape = [];
        private LikePattern? _pattern;

        public LikePattern Get(ReadOnlySpan<byte> source, ReadOnlySpan<byte> escape)
        {
            if (_pattern is null || !source.SequenceEqual(_source) || !escape.SequenceEqual(_escape))
            {
                (_source, _escape) = (source.ToArray(), escape.ToArray());
                _pattern = LikePattern.Parse(source, escape);
            }

            return _pattern;
        }
    }

    private readonly ref struct LikeOp(BytesReader text, BytesReader pattern, BytesReader escape, bool hasEscape, LikePatternCache cache) : IRowOp<LikeOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;
        private readonly BytesReader _escape = escape;

        public static LikeOp Open(in KernelArguments arguments) =>
            new(arguments.Bytes(0), arguments.Bytes(1), arguments.Columns.Length > 2 ? arguments.Bytes(2) : default, arguments.Columns.Length > 2, (LikePatternCache)arguments.State!); // made above

        public void Apply(int row, BooleanWriter output)
        {
            var escape = hasEscape ? _escape[row] : default;
            if (hasEscape && (escape.IsEmpty || System.Text.Rune.DecodeFromUtf8(escape, out _, out var used) != System.Buffers.OperationStatus.Done || used != escape.Length))
            {
                throw EvaluationErrors.Failed("Cannot evaluate LIKE: the escape must be one character.");
            }

            output.Set(cache.Get(_pattern[row], escape).IsMatch(_text[row]));
        }
    }
}
