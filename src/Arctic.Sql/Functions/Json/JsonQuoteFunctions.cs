using System.Text;
using System.Text.Json;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Sql.Functions.Scalar;

namespace Arctic.Sql.Functions.Json;

/// <summary>Text as a JSON string, and back.</summary>
internal static class JsonQuoteFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("JSON_QUOTE", new RowFunction<QuoteOp, BytesWriter>("JSON_QUOTE", new Signature(ArgumentKind.Text), ResultTypes.String)),
        ("JSON_UNQUOTE", new RowFunction<UnquoteOp, BytesWriter>("JSON_UNQUOTE", new Signature(ArgumentKind.Text), ResultTypes.String)),
    ];

    // The escapes that JSON has a letter for; other control characters by number.
    private readonly ref struct QuoteOp(BytesReader text) : IRowOp<QuoteOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static QuoteOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            output.Append((byte)'"');
            foreach (var b in _text[row])
            {
                var letter = b switch
                {
                    (byte)'"' or (byte)'\\' or (byte)'/' => b,
                    (byte)'\b' => (byte)'b',
                    (byte)'\f' => (byte)'f',
                    (byte)'\n' => (byte)'n',
                    (byte)'\r' => (byte)'r',
                    (byte)'\t' => (byte)'t',
                    _ => (byte)0,
                };
                if (letter != 0)
                {
                    output.Append((byte)'\\');
                    output.Append(letter);
                }
                else if (b < 0x20)
                {
                    output.Append($"\\u{(int)b:x4}");
                }
                else
                {
                    output.Append(b);
                }
            }

            output.Append((byte)'"');
        }
    }

    // What is no JSON string passes through.
    private readonly ref struct UnquoteOp(BytesReader text) : IRowOp<UnquoteOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static UnquoteOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            if (text.Length < 2 || text[0] != '"' || text[^1] != '"')
            {
                output.Append(text);
                return;
            }

            try
            {
                var reader = new Utf8JsonReader(text);
                reader.Read();
                var value = reader.GetString()!; // a string, for it begins with a quote
                output.Append(reader.Read() ? Encoding.UTF8.GetString(text) : value);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                output.Append(text);
            }
        }
    }
}
