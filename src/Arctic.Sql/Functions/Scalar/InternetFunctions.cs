using System.Globalization;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>INET_ATON and INET_NTOA: IPv4 addresses as numbers and back; what is none is NULL.</summary>
internal static class InternetFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("INET_ATON", new RowFunction<ToNumberOp, FixedWriter<long>>("INET_ATON", new Signature(ArgumentKind.Text), ResultTypes.BigInt, ResultNullability.Always)),
        ("INET_NTOA", new RowFunction<ToTextOp, BytesWriter>("INET_NTOA", new Signature(ArgumentKind.BigInt), ResultTypes.String, ResultNullability.Always)),
    ];

    // As MySQL: with fewer than four parts the last one stands at the end, '127.1' is 127.0.0.1; a single one is the number itself. Leading zeros mean nothing.
    private readonly ref struct ToNumberOp(BytesReader text) : IRowOp<ToNumberOp, FixedWriter<long>>
    {
        private readonly BytesReader _text = text;

        public static ToNumberOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, FixedWriter<long> output)
        {
            var text = _text[row];
            var count = text.Count((byte)'.') + 1;
            var address = 0L;
            for (var index = 0; index < count && count <= 4; index++)
            {
                var dot = text.IndexOf((byte)'.');
                if (!uint.TryParse(dot < 0 ? text : text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var part) || (part > 255 && count > 1))
                {
                    output.SetNull();
                    return;
                }

                address |= index == count - 1 ? part : (long)part << (24 - (8 * index));
                text = text[(dot + 1)..];
            }

            if (count > 4)
            {
                output.SetNull();
            }
            else
            {
                output.Set(address);
            }
        }
    }

    private readonly ref struct ToTextOp(FixedReader<long> number) : IRowOp<ToTextOp, BytesWriter>
    {
        private readonly FixedReader<long> _number = number;

        public static ToTextOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0));

        public void Apply(int row, BytesWriter output)
        {
            if (_number[row] is < 0 or > uint.MaxValue)
            {
                output.SetNull();
                return;
            }

            var address = (uint)_number[row];
            output.Append(string.Create(CultureInfo.InvariantCulture, $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}"));
        }
    }
}
