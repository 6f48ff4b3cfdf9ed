using System.Text;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Kernels.Casts;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>The functions of text: lengths and positions in code points, positions 1-based.</summary>
internal static class TextFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        Make<CharLengthOp, FixedWriter<int>>("CHAR_LENGTH", new Signature(ArgumentKind.Text), ResultTypes.Int),
        Make<CharLengthOp, FixedWriter<int>>("CHARACTER_LENGTH", new Signature(ArgumentKind.Text), ResultTypes.Int),
        Make<UpperOp, BytesWriter>("UPPER", new Signature(ArgumentKind.Text), ResultTypes.OfFirst),
        Make<LowerOp, BytesWriter>("LOWER", new Signature(ArgumentKind.Text), ResultTypes.OfFirst),
        Make<InitCapOp, BytesWriter>("INITCAP", new Signature(ArgumentKind.Text), ResultTypes.OfFirst),
        Make<ReverseOp, BytesWriter>("REVERSE", new Signature(ArgumentKind.Text), ResultTypes.String, ResultNullability.Always),
        Make<SubstringOp, BytesWriter>("SUBSTRING", SubstringSignature, ResultTypes.VarCharOf(0), ResultNullability.Always),
        Make<SubstringOp, BytesWriter>("SUBSTR", SubstringSignature, ResultTypes.VarCharOf(0), ResultNullability.Always),
        Make<LeftOp, BytesWriter>("LEFT", new Signature(ArgumentKind.Text, ArgumentKind.Int), ResultTypes.VarCharOf(0), ResultNullability.Always),
        Make<RightOp, BytesWriter>("RIGHT", new Signature(ArgumentKind.Text, ArgumentKind.Int), ResultTypes.VarCharOf(0), ResultNullability.Always),
        Make<ReplaceOp, BytesWriter>("REPLACE", new Signature(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text), ResultTypes.String),
        Make<ConcatAllOp, BytesWriter>("CONCAT", new Signature(ArgumentKind.Text, ArgumentKind.Text) { IsLastRepeated = true }, ResultTypes.String),
        ("CONCAT_WS", new ConcatWithSeparatorFunction()),
        Make<RepeatOp, BytesWriter>("REPEAT", new Signature(ArgumentKind.Text, ArgumentKind.Int), ResultTypes.String),
        ("LPAD", new PadFunction<PadOp<PadLeft>>("LPAD")),
        ("RPAD", new PadFunction<PadOp<PadRight>>("RPAD")),
        Make<PositionOp<NeedleFirst>, FixedWriter<int>>("POSITION", PositionSignature, ResultTypes.Int),
        Make<PositionOp<NeedleFirst>, FixedWriter<int>>("LOCATE", PositionSignature, ResultTypes.Int),
        Make<PositionOp<NeedleSecond>, FixedWriter<int>>("INSTR", PositionSignature, ResultTypes.Int),
        Make<OverlayOp, BytesWriter>(
            "OVERLAY", new Signature(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Int, ArgumentKind.Int) { OptionalCount = 1 }, OverlayType),
        ("TRIM", new TrimFunction("TRIM", TrimSide.Both, argumentsMax: 3)),
        ("LTRIM", new TrimFunction("LTRIM", TrimSide.Left, argumentsMax: 2)),
        ("RTRIM", new TrimFunction("RTRIM", TrimSide.Right, argumentsMax: 2)),
        ("BTRIM", new TrimFunction("BTRIM", TrimSide.Both, argumentsMax: 2)),
        ("SPLIT_INDEX", new SplitIndexFunction()),
        Make<StartsWithOp, BooleanWriter>("STARTSWITH", new Signature(ArgumentKind.TextOrBinary, ArgumentKind.TextOrBinary) { AdmitsNull = true }, ResultTypes.Boolean),
        Make<EndsWithOp, BooleanWriter>("ENDSWITH", new Signature(ArgumentKind.TextOrBinary, ArgumentKind.TextOrBinary) { AdmitsNull = true }, ResultTypes.Boolean),
        Make<AsciiOp, FixedWriter<int>>("ASCII", new Signature(ArgumentKind.Text), ResultTypes.Int),
        Make<ChrOp, BytesWriter>("CHR", new Signature(ArgumentKind.BigInt), ResultTypes.String, ResultNullability.Always),
        Make<TranslateOp, BytesWriter>("TRANSLATE", new Signature(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text), ResultTypes.String),
        Make<TranslateOp, BytesWriter>("TRANSLATE3", new Signature(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text), ResultTypes.String),
    ];

    private static Signature SubstringSignature => new(ArgumentKind.Text, ArgumentKind.Int, ArgumentKind.Int) { OptionalCount = 1 };

    private static Signature PositionSignature => new(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Int) { OptionalCount = 1 };

    private static (string Name, ScalarFunction Function) Make<TOp, TWriter>(
        string name, Signature signature, Func<IReadOnlyList<Expression>, DataType> typeOf, ResultNullability nullability = ResultNullability.OfArguments)
        where TOp : struct, IRowOp<TOp, TWriter>, allows ref struct
        where TWriter : ColumnWriter, IColumnWriter<TWriter> => (name, new RowFunction<TOp, TWriter>(name, signature, typeOf, nullability));

    /// <summary>LPAD and RPAD: NULL for a negative length or an empty pad, so NOT NULL only where literals rule that out.</summary>
    private sealed class PadFunction<TOp>(string name) : ScalarFunction(name)
        where TOp : struct, IRowOp<TOp, BytesWriter>, allows ref struct
    {
        private static readonly Signature Arguments = new(ArgumentKind.Text, ArgumentKind.Int, ArgumentKind.Text);

        public override bool CanFail(Expression.Call call) => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            var bound = Arguments.Bind(Name, arguments);
            var isSure = ConstantFolder.Fold(bound[1], EvaluationSettings.Default) is Expression.Literal { Value: >= 0 } && bound[2] is Expression.Literal { Value: string { Length: > 0 } };
            return new Expression.Call(this, new(bound), DataTypes.String.WithNullability(!isSure || BindErrors.AnyNullable(bound)));
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            new RowKernel<TOp, BytesWriter>(call.Type, arguments, null, settings);
    }

    /// <summary>SPLIT_INDEX(s, separator, i), 0-based; a separator may be the code of a character.</summary>
    private sealed class SplitIndexFunction() : ScalarFunction("SPLIT_INDEX")
    {
        private static readonly Signature Arguments = new(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Int);

        public override bool CanFail(Expression.Call call) => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            if (arguments.Count == 3 && arguments[1].Type.IsInteger() && FunctionCatalog.Find("CHR") is { } character)
            {
                arguments = [arguments[0], character.Bind([arguments[1]]), arguments[2]];
            }

            return new Expression.Call(this, new(Arguments.Bind(Name, arguments)), DataTypes.String);
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            new RowKernel<SplitIndexOp, BytesWriter>(call.Type, arguments, null, settings);
    }

    private static DataType.VarChar OverlayType(IReadOnlyList<Expression> arguments) =>
        new((int)Math.Min(DataType.MaxLength, (long)ResultTypes.LengthOf(arguments[0].Type) + ResultTypes.LengthOf(arguments[1].Type)));

    private readonly ref struct CharLengthOp(BytesReader text) : IRowOp<CharLengthOp, FixedWriter<int>>
    {
        private readonly BytesReader _text = text;

        public static CharLengthOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, FixedWriter<int> output) => output.Set(CharacterMath.Count(_text[row]));
    }

    // Java's full mapping (sharp s becomes SS), cut back to a CHAR's length. Without cultures .NET maps one to one, so the exceptions are here.
    private readonly ref struct UpperOp(BytesReader text, DataType type) : IRowOp<UpperOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static UpperOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Type);

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            if (Ascii.IsValid(text))
            {
                Ascii.ToUpper(text, output.Reserve(text.Length), out var written);
                output.Advance(written);
                return;
            }

            output.Append(Encoding.UTF8.GetString(text).ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal).Replace("ı", "I", StringComparison.Ordinal));
            TextCasts.Fit(output, ResultTypes.LengthOf(type), type is DataType.Char);
        }
    }

    private readonly ref struct LowerOp(BytesReader text, DataType type) : IRowOp<LowerOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static LowerOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Type);

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            if (Ascii.IsValid(text))
            {
                Ascii.ToLower(text, output.Reserve(text.Length), out var written);
                output.Advance(written);
                return;
            }

            output.Append(Encoding.UTF8.GetString(text).ToLowerInvariant().Replace("İ", "i̇", StringComparison.Ordinal));
            TextCasts.Fit(output, ResultTypes.LengthOf(type), type is DataType.Char);
        }
    }

    // Words are runs of ASCII letters and digits.
    private readonly ref struct InitCapOp(BytesReader text) : IRowOp<InitCapOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static InitCapOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            var target = output.Reserve(text.Length);
            var isInWord = false;
            for (var i = 0; i < text.Length; i++)
            {
                var c = (char)text[i];
                var isWord = char.IsAsciiLetterOrDigit(c);
                target[i] = !isWord ? text[i] : isInWord ? (byte)(c is >= 'A' and <= 'Z' ? c + 32 : c) : (byte)(c is >= 'a' and <= 'z' ? c - 32 : c);
                isInWord = isWord;
            }

            output.Advance(text.Length);
        }
    }

    private readonly ref struct ReverseOp(BytesReader text) : IRowOp<ReverseOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static ReverseOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            while (!text.IsEmpty)
            {
                var start = text.Length - 1;
                while (start > 0 && (text[start] & 0xC0) == 0x80)
                {
                    start--;
                }

                output.Append(text[start..]);
                text = text[..start];
            }
        }
    }

    private readonly ref struct SubstringOp(BytesReader text, FixedReader<int> start, FixedReader<int> count, bool hasCount) : IRowOp<SubstringOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly FixedReader<int> _start = start;
        private readonly FixedReader<int> _count = count;

        public static SubstringOp Open(in KernelArguments arguments)
        {
            var hasCount = arguments.Columns.Length > 2;
            return new SubstringOp(arguments.Bytes(0), arguments.Fixed<int>(1), hasCount ? arguments.Fixed<int>(2) : default, hasCount);
        }

        // Positions before the first character from the end: none of it is taken. 0 counts as 1.
        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            var count = hasCount ? _count[row] : int.MaxValue;
            if (count < 0)
            {
                output.SetNull();
                return;
            }

            long start = _start[row] > 0 ? _start[row] - 1 : _start[row];
            if (start < 0)
            {
                start += CharacterMath.Count(text);
            }

            if (start < 0)
            {
                return;
            }

            var rest = text[CharacterMath.ByteOf(text, (int)start)..];
            output.Append(count >= rest.Length ? rest : rest[..CharacterMath.ByteOf(rest, count)]);
        }
    }

    private readonly ref struct LeftOp(BytesReader text, FixedReader<int> count) : IRowOp<LeftOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly FixedReader<int> _count = count;

        public static LeftOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Fixed<int>(1));

        public void Apply(int row, BytesWriter output) => output.Append(_text[row][..CharacterMath.ByteOf(_text[row], Math.Max(0, _count[row]))]);
    }

    private readonly ref struct RightOp(BytesReader text, FixedReader<int> count) : IRowOp<RightOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly FixedReader<int> _count = count;

        public static RightOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Fixed<int>(1));

        public void Apply(int row, BytesWriter output)
        {
            var skip = CharacterMath.Count(_text[row]) - Math.Max(0, _count[row]);
            output.Append(_text[row][CharacterMath.ByteOf(_text[row], Math.Max(0, skip))..]);
        }
    }

    // An empty search text stands between all characters, and at both ends.
    private readonly ref struct ReplaceOp(BytesReader text, BytesReader search, BytesReader replacement) : IRowOp<ReplaceOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _search = search;
        private readonly BytesReader _replacement = replacement;

        public static ReplaceOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), arguments.Bytes(2));

        public void Apply(int row, BytesWriter output)
        {
            var (text, search) = new SpanPair(_text[row], _search[row]);
            if (search.IsEmpty)
            {
                foreach (var b in text)
                {
                    if ((b & 0xC0) != 0x80)
                    {
                        output.Append(_replacement[row]);
                    }

                    output.Append(b);
                }

                output.Append(_replacement[row]);
                return;
            }

            for (var found = text.IndexOf(search); found >= 0; found = text.IndexOf(search))
            {
                output.Append(text[..found]);
                output.Append(_replacement[row]);
                text = text[(found + search.Length)..];
            }

            output.Append(text);
        }
    }

    private readonly ref struct SpanPair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        private readonly ReadOnlySpan<byte> _first = first;
        private readonly ReadOnlySpan<byte> _second = second;

        public void Deconstruct(out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second)
        {
            first = _first;
            second = _second;
        }
    }

    private readonly ref struct ConcatAllOp(ReadOnlySpan<Arctic.Columnar.Columns.Column> columns) : IRowOp<ConcatAllOp, BytesWriter>
    {
        private readonly ReadOnlySpan<Arctic.Columnar.Columns.Column> _columns = columns;

        public static ConcatAllOp Open(in KernelArguments arguments) => new(arguments.Columns);

        public void Apply(int row, BytesWriter output)
        {
            foreach (var column in _columns)
            {
                output.Append(new BytesReader(column)[row]);
            }
        }
    }

    private readonly ref struct RepeatOp(BytesReader text, FixedReader<int> count) : IRowOp<RepeatOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly FixedReader<int> _count = count;

        public static RepeatOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Fixed<int>(1));

        public void Apply(int row, BytesWriter output)
        {
            for (var i = 0; i < _count[row]; i++)
            {
                output.Append(_text[row]);
            }
        }
    }

    private interface IPadSide
    {
        static abstract bool IsLeft { get; }
    }

    private readonly struct PadLeft : IPadSide
    {
        public static bool IsLeft => true;
    }

    private readonly struct PadRight : IPadSide
    {
        public static bool IsLeft => false;
    }

    private readonly ref struct PadOp<TSide>(BytesReader text, FixedReader<int> length, BytesReader pad) : IRowOp<PadOp<TSide>, BytesWriter>
        where TSide : struct, IPadSide
    {
        private readonly BytesReader _text = text;
        private readonly FixedReader<int> _length = length;
        private readonly BytesReader _pad = pad;

        public static PadOp<TSide> Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Fixed<int>(1), arguments.Bytes(2));

        public void Apply(int row, BytesWriter output)
        {
            var length = _length[row];
            if (length < 0 || _pad[row].IsEmpty)
            {
                output.SetNull();
                return;
            }

            var missing = length - CharacterMath.Count(_text[row]);
            if (missing <= 0)
            {
                output.Append(_text[row][..CharacterMath.ByteOf(_text[row], length)]);
                return;
            }

            if (!TSide.IsLeft)
            {
                output.Append(_text[row]);
            }

            var padLength = CharacterMath.Count(_pad[row]);
            for (; missing > 0; missing -= padLength)
            {
                output.Append(missing >= padLength ? _pad[row] : _pad[row][..CharacterMath.ByteOf(_pad[row], missing)]);
            }

            if (TSide.IsLeft)
            {
                output.Append(_text[row]);
            }
        }
    }

    private interface INeedleOrder
    {
        static abstract int NeedleIndex { get; }
    }

    private readonly struct NeedleFirst : INeedleOrder
    {
        public static int NeedleIndex => 0;
    }

    private readonly struct NeedleSecond : INeedleOrder
    {
        public static int NeedleIndex => 1;
    }

    private readonly ref struct PositionOp<TOrder>(BytesReader needle, BytesReader text, FixedReader<int> from, bool hasFrom) : IRowOp<PositionOp<TOrder>, FixedWriter<int>>
        where TOrder : struct, INeedleOrder
    {
        private readonly BytesReader _needle = needle;
        private readonly BytesReader _text = text;
        private readonly FixedReader<int> _from = from;

        public static PositionOp<TOrder> Open(in KernelArguments arguments)
        {
            var hasFrom = arguments.Columns.Length > 2;
            return new(arguments.Bytes(TOrder.NeedleIndex), arguments.Bytes(1 - TOrder.NeedleIndex), hasFrom ? arguments.Fixed<int>(2) : default, hasFrom);
        }

        public void Apply(int row, FixedWriter<int> output)
        {
            var text = _text[row];
            var from = hasFrom ? _from[row] : 1;
            if (TOrder.NeedleIndex == 1 && from <= 0)
            {
                output.Set(from == 0 ? 0 : FindBackwards(text, _needle[row], -from));
                return;
            }

            var start = CharacterMath.ByteOf(text, Math.Max(0, from - 1));
            var found = text[start..].IndexOf(_needle[row]);
            output.Set(found < 0 ? 0 : CharacterMath.PositionOf(text, start + found));
        }

        // The last occurrence that starts at or before the n-th character from the end.
        private static int FindBackwards(ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, int fromEnd)
        {
            var last = CharacterMath.Count(text) - fromEnd;
            if (last < 0)
            {
                return 0;
            }

            var end = Math.Min(text.Length, CharacterMath.ByteOf(text, last) + needle.Length);
            var found = text[..end].LastIndexOf(needle);
            return found < 0 ? 0 : CharacterMath.PositionOf(text, found);
        }
    }

    private readonly ref struct OverlayOp(BytesReader text, BytesReader replacement, FixedReader<int> start, FixedReader<int> count, bool hasCount) : IRowOp<OverlayOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _replacement = replacement;
        private readonly FixedReader<int> _start = start;
        private readonly FixedReader<int> _count = count;

        public static OverlayOp Open(in KernelArguments arguments)
        {
            var hasCount = arguments.Columns.Length > 3;
            return new OverlayOp(arguments.Bytes(0), arguments.Bytes(1), arguments.Fixed<int>(2), hasCount ? arguments.Fixed<int>(3) : default, hasCount);
        }

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            var start = _start[row];
            var length = CharacterMath.Count(text);
            if (start <= 0 || start > length)
            {
                output.Append(text);
                return;
            }

            var count = hasCount ? _count[row] : CharacterMath.Count(_replacement[row]);
            output.Append(text[..CharacterMath.ByteOf(text, start - 1)]);
            output.Append(_replacement[row]);
            var end = Math.Clamp((long)start - 1 + count, 0, length);
            output.Append(text[CharacterMath.ByteOf(text, (int)end)..]);
        }
    }

    private readonly ref struct SplitIndexOp(BytesReader text, BytesReader separator, FixedReader<int> index) : IRowOp<SplitIndexOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _separator = separator;
        private readonly FixedReader<int> _index = index;

        public static SplitIndexOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), arguments.Fixed<int>(2));

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            var separator = _separator[row];
            if (_index[row] < 0 || text.IsEmpty)
            {
                output.SetNull();
                return;
            }

            for (var i = _index[row]; i > 0; i--)
            {
                var at = separator.IsEmpty ? -1 : text.IndexOf(separator);
                if (at < 0)
                {
                    output.SetNull();
                    return;
                }

                text = text[(at + separator.Length)..];
            }

            var end = separator.IsEmpty ? -1 : text.IndexOf(separator);
            output.Append(end < 0 ? text : text[..end]);
        }
    }

    private readonly ref struct StartsWithOp(BytesReader text, BytesReader prefix) : IRowOp<StartsWithOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _prefix = prefix;

        public static StartsWithOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1));

        public void Apply(int row, BooleanWriter output) => output.Set(_text[row].StartsWith(_prefix[row]));
    }

    private readonly ref struct EndsWithOp(BytesReader text, BytesReader suffix) : IRowOp<EndsWithOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _suffix = suffix;

        public static EndsWithOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1));

        public void Apply(int row, BooleanWriter output) => output.Set(_text[row].EndsWith(_suffix[row]));
    }

    private readonly ref struct AsciiOp(BytesReader text) : IRowOp<AsciiOp, FixedWriter<int>>
    {
        private readonly BytesReader _text = text;

        public static AsciiOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, FixedWriter<int> output) => output.Set(_text[row].IsEmpty ? 0 : (sbyte)_text[row][0]);
    }

    private readonly ref struct ChrOp(FixedReader<long> code) : IRowOp<ChrOp, BytesWriter>
    {
        private readonly FixedReader<long> _code = code;

        public static ChrOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0));

        public void Apply(int row, BytesWriter output)
        {
            if (_code[row] >= 0)
            {
                output.Append([(char)(_code[row] & 255)]);
            }
        }
    }

    // Characters of the second text become those at the same place of the third, or go.
    private readonly ref struct TranslateOp(BytesReader text, BytesReader from, BytesReader to) : IRowOp<TranslateOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _from = from;
        private readonly BytesReader _to = to;

        public static TranslateOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), arguments.Bytes(2));

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            while (!text.IsEmpty)
            {
                var character = text[..CharacterMath.ByteOf(text, 1)];
                text = text[character.Length..];
                var found = _from[row].IndexOf(character);
                if (found < 0)
                {
                    output.Append(character);
                    continue;
                }

                var rest = _to[row][CharacterMath.ByteOf(_to[row], CharacterMath.PositionOf(_from[row], found) - 1)..];
                output.Append(rest[..CharacterMath.ByteOf(rest, 1)]);
            }
        }
    }
}
