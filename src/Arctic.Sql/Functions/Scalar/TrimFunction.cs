using System.Text;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>Which ends are trimmed.</summary>
internal enum TrimSide
{
    Both,
    Left,
    Right,
}

/// <summary>
/// TRIM(s), TRIM('BOTH' | 'LEADING' | 'TRAILING', characters, s); LTRIM, RTRIM and BTRIM(s[, characters]). The characters are a set, by default the blank.
/// </summary>
internal sealed class TrimFunction(string name, TrimSide side, int argumentsMax) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, argumentsMax);
        var isBoth = Name == "BTRIM";
        if (!isBoth)
        {
            BindErrors.RefuseNull(arguments);
        }

        var word = TrimSideName(side);
        if (argumentsMax == 3 && arguments.Count > 1)
        {
            if (arguments.Count != 3 || arguments[0] is not Expression.Literal { Value: "BOTH" or "LEADING" or "TRAILING" } literal)
            {
                throw BindErrors.CannotApply(Name, arguments);
            }

            word = (string)literal.Value!; // one of the three
            arguments = [arguments[2], arguments[1]];
        }

        var text = arguments[0].Type is DataType.Null ? TypeCoercion.Coerce(arguments[0], DataTypes.String) : arguments[0];
        var characters = arguments.Count > 1 ? TypeCoercion.Coerce(arguments[1], arguments[1].Type is DataType.Null ? DataTypes.String : arguments[1].Type) : Blank;
        if (!text.Type.IsCharacter() || !characters.Type.IsCharacter())
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        var type = isBoth ? DataTypes.String : new DataType.VarChar(ResultTypes.LengthOf(text.Type));
        return new Expression.Call(this, [text, characters, new Expression.Literal(word, new DataType.Char(word.Length).AsNotNull())], type.WithNullability(text.Type.IsNullable || characters.Type.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        object state = (string)((Expression.Literal)call.Arguments[2]).Value! switch // written by Bind
        {
            "LEADING" => TrimSide.Left,
            "TRAILING" => TrimSide.Right,
            _ => TrimSide.Both,
        };
        return new RowKernel<TrimOp, BytesWriter>(call.Type, [arguments[0], arguments[1]], state, settings);
    }

    private static Expression.Literal Blank => new(" ", new DataType.Char(1).AsNotNull());

    private static string TrimSideName(TrimSide side) => side switch
    {
        TrimSide.Left => "LEADING",
        TrimSide.Right => "TRAILING",
        _ => "BOTH",
    };

    private readonly ref struct TrimOp(BytesReader text, BytesReader characters, TrimSide side) : IRowOp<TrimOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _characters = characters;

        public static TrimOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), (TrimSide)arguments.State!); // made by Compile

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            var characters = _characters[row];
            while (side != TrimSide.Right && !text.IsEmpty)
            {
                var width = CharacterMath.ByteOf(text, 1);
                if (characters.IndexOf(text[..width]) < 0)
                {
                    break;
                }

                text = text[width..];
            }

            while (side != TrimSide.Left && !text.IsEmpty)
            {
                var start = text.Length - 1;
                while (start > 0 && (text[start] & 0xC0) == 0x80)
                {
                    start--;
                }

                if (characters.IndexOf(text[start..]) < 0)
                {
                    break;
                }

                text = text[..start];
            }

            output.Append(text);
        }
    }
}
