using System.Text;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>UUID, random numbers, tests of text, and splitting.</summary>
internal static class MiscFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("UUID", new RandomFunction<UuidOp, BytesWriter>("UUID", 0, new DataType.Char(36))),
        ("RAND", new RandomFunction<RandOp, FixedWriter<double>>("RAND", 1, DataTypes.Double)),
        ("RAND_INTEGER", new RandomFunction<RandIntegerOp, FixedWriter<int>>("RAND_INTEGER", 2, DataTypes.Int)),
        Test<IsAlphaOp>("IS_ALPHA"),
        Test<IsDigitOp>("IS_DIGIT"),
        Test<IsDecimalOp>("IS_DECIMAL"),
        ("SPLIT", new RowFunction<SplitOp, TextListWriter>("SPLIT", new Signature(ArgumentKind.Text, ArgumentKind.Text) { AdmitsNull = true }, _ => new DataType.Array(DataTypes.String))),
    ];

    private static (string Name, ScalarFunction Function) Test<TOp>(string name)
        where TOp : struct, IRowOp<TOp, BooleanWriter>, allows ref struct =>
        (name, new RowFunction<TOp, BooleanWriter>(name, new Signature(ArgumentKind.Text), ResultTypes.Boolean, ResultNullability.Never));

    /// <summary>A function of chance: per row; with a seed as its first argument, java.util.Random's sequence.</summary>
    private sealed class RandomFunction<TOp, TWriter>(string name, int argumentsMax, DataType type) : ScalarFunction(name)
        where TOp : struct, IRowOp<TOp, TWriter>, allows ref struct
        where TWriter : ColumnWriter, IColumnWriter<TWriter>
    {
        public override bool IsDeterministic => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, argumentsMax == 2 ? 1 : 0, argumentsMax);
            BindErrors.RefuseNull(arguments);
            if (arguments.Any(a => !a.Type.IsInteger()))
            {
                throw BindErrors.CannotApply(Name, arguments);
            }

            return new Expression.Call(this, new(arguments.Select(a => TypeCoercion.Coerce(a, DataTypes.Int))), type.WithNullability(BindErrors.AnyNullable(arguments)));
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
        {
            var isSeeded = argumentsMax > 0 && arguments.Count == argumentsMax;
            var seed = isSeeded && ConstantFolder.Fold(call.Arguments[0], settings) is Expression.Literal { Value: int value } ? value : (settings.Random ?? NewRandom()).NextInt64();
            return new RowKernel<TOp, TWriter>(call.Type, arguments, new JavaRandom(seed), settings, isDeterministic: false);
        }

        private static Random NewRandom() => new(BitConverter.ToInt32(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4)));
    }

    /// <summary>The generator of java.util.Random, so that seeds mean what they mean in Flink.</summary>
    private sealed class JavaRandom(long seed)
    {
        private long _state = (seed ^ 0x5DEECE66DL) & ((1L << 48) - 1);

        public double NextDouble() => (((long)Next(26) << 27) + Next(27)) * (1.0 / (1L << 53));

        public long NextLong() => ((long)Next(32) << 32) + Next(32);

        public int NextInt(int bound)
        {
            if ((bound & -bound) == bound)
            {
                return (int)((bound * (long)Next(31)) >> 31);
            }

            int bits, value;
            do
            {
                bits = Next(31);
                value = bits % bound;
            }
            while (unchecked(bits - value + (bound - 1)) < 0);
            return value;
        }

        private int Next(int bits)
        {
            _state = ((_state * 0x5DEECE66DL) + 0xBL) & ((1L << 48) - 1);
            return (int)(_state >> (48 - bits));
        }
    }

    private readonly ref struct UuidOp(JavaRandom random) : IRowOp<UuidOp, BytesWriter>
    {
        public static UuidOp Open(in KernelArguments arguments) => new((JavaRandom)arguments.State!); // made by Compile

        public void Apply(int row, BytesWriter output)
        {
            Span<byte> bytes = stackalloc byte[16];
            BitConverter.TryWriteBytes(bytes, random.NextLong());
            BitConverter.TryWriteBytes(bytes[8..], random.NextLong());
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            new Guid(bytes, bigEndian: true).TryFormat(output.Reserve(36), out var written);
            output.Advance(written);
        }
    }

    private readonly ref struct RandOp(JavaRandom random) : IRowOp<RandOp, FixedWriter<double>>
    {
        public static RandOp Open(in KernelArguments arguments) => new((JavaRandom)arguments.State!); // made by Compile

        public void Apply(int row, FixedWriter<double> output) => output.Set(random.NextDouble());
    }

    private readonly ref struct RandIntegerOp(FixedReader<int> bound, JavaRandom random) : IRowOp<RandIntegerOp, FixedWriter<int>>
    {
        private readonly FixedReader<int> _bound = bound;

        public static RandIntegerOp Open(in KernelArguments arguments) => new(arguments.Fixed<int>(arguments.Columns.Length - 1), (JavaRandom)arguments.State!); // made by Compile

        public void Apply(int row, FixedWriter<int> output) =>
            output.Set(_bound[row] > 0 ? random.NextInt(_bound[row]) : throw EvaluationErrors.Failed($"Cannot evaluate RAND_INTEGER: the bound {_bound[row]} is not positive."));
    }

    private readonly ref struct IsAlphaOp(BytesReader text, NullReader nulls) : IRowOp<IsAlphaOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly NullReader _nulls = nulls;

        public static bool IsStrict => false;

        public static IsAlphaOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Nulls(0));

        public void Apply(int row, BooleanWriter output) => output.Set(!_nulls[row] && !_text[row].IsEmpty && Encoding.UTF8.GetString(_text[row]).EnumerateRunes().All(Rune.IsLetter));
    }

    private readonly ref struct IsDigitOp(BytesReader text, NullReader nulls) : IRowOp<IsDigitOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly NullReader _nulls = nulls;

        public static bool IsStrict => false;

        public static IsDigitOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Nulls(0));

        public void Apply(int row, BooleanWriter output) => output.Set(!_nulls[row] && !_text[row].IsEmpty && Encoding.UTF8.GetString(_text[row]).EnumerateRunes().All(Rune.IsDigit));
    }

    private readonly ref struct IsDecimalOp(BytesReader text, NullReader nulls) : IRowOp<IsDecimalOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly NullReader _nulls = nulls;

        public static bool IsStrict => false;

        public static IsDecimalOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Nulls(0));

        public void Apply(int row, BooleanWriter output) => output.Set(!_nulls[row] && NumberText.TryParseDouble(_text[row], out _));
    }

    private readonly ref struct SplitOp(BytesReader text, BytesReader separator) : IRowOp<SplitOp, TextListWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _separator = separator;

        public static SplitOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1));

        public void Apply(int row, TextListWriter output)
        {
            var text = _text[row];
            var separator = _separator[row];
            if (text.IsEmpty)
            {
                return;
            }

            while (true)
            {
                var end = separator.IsEmpty ? CharacterMath.ByteOf(text, 1) : text.IndexOf(separator);
                if (end < 0 || (separator.IsEmpty && end == text.Length))
                {
                    output.Add(text);
                    return;
                }

                output.Add(text[..end]);
                text = text[(end + separator.Length)..];
            }
        }
    }
}
