using System.Security.Cryptography;
using System.Text;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>Hashes and codings of text and bytes.</summary>
internal static class EncodingFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        Hash<Md5>("MD5", 32), Hash<Sha1>("SHA1", 40), Hash<Sha224>("SHA224", 56), Hash<Sha256>("SHA256", 64), Hash<Sha384>("SHA384", 96), Hash<Sha512>("SHA512", 128),
        ("SHA2", new RowFunction<Sha2Op, BytesWriter>("SHA2", new Signature(ArgumentKind.Text, ArgumentKind.Int), _ => new DataType.VarChar(128))),
        ("TO_BASE64", new RowFunction<ToBase64Op, BytesWriter>("TO_BASE64", new Signature(ArgumentKind.Text), ResultTypes.String)),
        ("FROM_BASE64", new RowFunction<FromBase64Op, BytesWriter>("FROM_BASE64", new Signature(ArgumentKind.Text), ResultTypes.String)),
        ("HEX", new HexFunction()),
        ("UNHEX", new RowFunction<UnhexOp, BytesWriter>("UNHEX", new Signature(ArgumentKind.Text), ResultTypes.Bytes, ResultNullability.Always)),
        ("BIN", new RowFunction<BinOp, BytesWriter>("BIN", new Signature(ArgumentKind.BigInt), ResultTypes.String)),
        ("ENCODE", new RowFunction<EncodeOp, BytesWriter>("ENCODE", new Signature(ArgumentKind.Text, ArgumentKind.Text), ResultTypes.Bytes)),
        ("DECODE", new RowFunction<DecodeOp, BytesWriter>("DECODE", new Signature(ArgumentKind.Binary, ArgumentKind.Text), ResultTypes.String)),
    ];

    private interface IHash
    {
        static abstract int Compute(ReadOnlySpan<byte> source, Span<byte> target);
    }

    private static (string Name, ScalarFunction Function) Hash<T>(string name, int digits)
        where T : struct, IHash => (name, new RowFunction<HashOp<T>, BytesWriter>(name, new Signature(ArgumentKind.Text), _ => new DataType.Char(digits)));

    private static Encoding FindEncoding(ReadOnlySpan<byte> name)
    {
        var text = Encoding.UTF8.GetString(name);
        return text.ToUpperInvariant() switch
        {
            "UTF-8" => new UTF8Encoding(false),
            "US-ASCII" => Encoding.ASCII,
            "ISO-8859-1" => Encoding.Latin1,
            "UTF-16BE" or "UTF-16" => new UnicodeEncoding(bigEndian: true, byteOrderMark: text.Length == 6),
            "UTF-16LE" => new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
            _ => throw EvaluationErrors.Failed($"Cannot use the character set '{text}'. Take one of US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE and UTF-16LE."),
        };
    }

    private readonly struct Md5 : IHash
    {
        public static int Compute(ReadOnlySpan<byte> source, Span<byte> target) => MD5.HashData(source, target);
    }

    private readonly struct Sha1 : IHash
    {
        public static int Compute(ReadOnlySpan<byte> source, Span<byte> target) => SHA1.HashData(source, target);
    }

    private readonly struct Sha224 : IHash
    {
        public static int Compute(ReadOnlySpan<byte> source, Span<byte> target) => Sha224Hash.Compute(source, target);
    }

    private readonly struct Sha256 : IHash
    {
        public static int Compute(ReadOnlySpan<byte> source, Span<byte> target) => SHA256.HashData(source, target);
    }

    private readonly struct Sha384 : IHash
    {
        public static int Compute(ReadOnlySpan<byte> source, Span<byte> target) => SHA384.HashData(source, target);
    }

    private readonly struct Sha512 : IHash
    {
        public static int Compute(ReadOnlySpan<byte> source, Span<byte> target) => SHA512.HashData(source, target);
    }

    private readonly ref struct HashOp<T>(BytesReader text) : IRowOp<HashOp<T>, BytesWriter>
        where T : struct, IHash
    {
        private readonly BytesReader _text = text;

        public static HashOp<T> Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            Span<byte> hash = stackalloc byte[64];
            var count = T.Compute(_text[row], hash);
            output.Append(Convert.ToHexStringLower(hash[..count]));
        }
    }

    private readonly ref struct Sha2Op(BytesReader text, FixedReader<int> bits) : IRowOp<Sha2Op, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly FixedReader<int> _bits = bits;

        public static Sha2Op Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Fixed<int>(1));

        public void Apply(int row, BytesWriter output)
        {
            Span<byte> hash = stackalloc byte[64];
            var count = _bits[row] switch
            {
                224 => Sha224Hash.Compute(_text[row], hash),
                256 => SHA256.HashData(_text[row], hash),
                384 => SHA384.HashData(_text[row], hash),
                512 => SHA512.HashData(_text[row], hash),
                var other => throw EvaluationErrors.Failed($"Cannot evaluate SHA2: there is no hash of {other} bits. Take 224, 256, 384 or 512."),
            };
            output.Append(Convert.ToHexStringLower(hash[..count]));
        }
    }

    private readonly ref struct ToBase64Op(BytesReader text) : IRowOp<ToBase64Op, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static ToBase64Op Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output) => output.Append(Convert.ToBase64String(_text[row]));
    }

    private readonly ref struct FromBase64Op(BytesReader text) : IRowOp<FromBase64Op, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static FromBase64Op Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            var target = output.Reserve(_text[row].Length);
            if (System.Buffers.Text.Base64.DecodeFromUtf8(_text[row], target, out _, out var written) != System.Buffers.OperationStatus.Done)
            {
                throw EvaluationErrors.Failed("Cannot evaluate FROM_BASE64: the text is not Base64.");
            }

            output.Advance(written);
        }
    }

    /// <summary>HEX of an integer (negative ones as 64 bits) or of text's bytes, in upper case.</summary>
    private sealed class HexFunction() : ScalarFunction("HEX")
    {
        public override bool CanFail(Expression.Call call) => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, 1, 1);
            BindErrors.RefuseNull(arguments);
            var type = arguments[0].Type;
            if (!type.IsInteger() && !type.IsCharacter())
            {
                throw BindErrors.CannotApply(Name, arguments);
            }

            return new Expression.Call(this, [type.IsInteger() ? TypeCoercion.Coerce(arguments[0], DataTypes.BigInt) : arguments[0]], DataTypes.String.WithNullability(type.IsNullable));
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => call.Arguments[0].Type is DataType.BigInt
            ? new RowKernel<HexNumberOp, BytesWriter>(call.Type, arguments, null, settings)
            : new RowKernel<HexTextOp, BytesWriter>(call.Type, arguments, null, settings);

        private readonly ref struct HexNumberOp(FixedReader<long> value) : IRowOp<HexNumberOp, BytesWriter>
        {
            private readonly FixedReader<long> _value = value;

            public static HexNumberOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0));

            public void Apply(int row, BytesWriter output) => output.Append(_value[row].ToString("X", System.Globalization.CultureInfo.InvariantCulture));
        }

        private readonly ref struct HexTextOp(BytesReader text) : IRowOp<HexTextOp, BytesWriter>
        {
            private readonly BytesReader _text = text;

            public static HexTextOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

            public void Apply(int row, BytesWriter output) => output.Append(Convert.ToHexString(_text[row]));
        }
    }

    // Of an odd number of digits the first is dropped and a zero byte put in front, as in Flink.
    private readonly ref struct UnhexOp(BytesReader text) : IRowOp<UnhexOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static UnhexOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            foreach (var b in text)
            {
                if (!char.IsAsciiHexDigit((char)b))
                {
                    output.SetNull();
                    return;
                }
            }

            if (text.Length % 2 != 0)
            {
                output.Append(0);
                text = text[1..];
            }

            output.Append(Convert.FromHexString(Encoding.ASCII.GetString(text)));
        }
    }

    private readonly ref struct BinOp(FixedReader<long> value) : IRowOp<BinOp, BytesWriter>
    {
        private readonly FixedReader<long> _value = value;

        public static BinOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0));

        public void Apply(int row, BytesWriter output) => output.Append(_value[row].ToString("B", System.Globalization.CultureInfo.InvariantCulture));
    }

    private readonly ref struct EncodeOp(BytesReader text, BytesReader charset) : IRowOp<EncodeOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _charset = charset;

        public static EncodeOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1));

        public void Apply(int row, BytesWriter output)
        {
            var encoding = FindEncoding(_charset[row]);
            output.Append(encoding.GetPreamble());
            output.Append(encoding.GetBytes(Encoding.UTF8.GetString(_text[row])));
        }
    }

    private readonly ref struct DecodeOp(BytesReader bytes, BytesReader charset) : IRowOp<DecodeOp, BytesWriter>
    {
        private readonly BytesReader _bytes = bytes;
        private readonly BytesReader _charset = charset;

        public static DecodeOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1));

        public void Apply(int row, BytesWriter output) => output.Append(FindEncoding(_charset[row]).GetString(_bytes[row]));
    }
}
