using System.Text;
using System.Text.RegularExpressions;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>Form encoding (blank as <c>+</c>), and the parts of URLs. What cannot be read gives NULL.</summary>
internal static partial class UrlFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("URL_ENCODE", new RowFunction<UrlEncodeOp, BytesWriter>("URL_ENCODE", new Signature(ArgumentKind.Text), ResultTypes.String, ResultNullability.Always)),
        ("URL_DECODE", new RowFunction<UrlDecodeOp, BytesWriter>("URL_DECODE", new Signature(ArgumentKind.Text), ResultTypes.String, ResultNullability.Always)),
        ("PARSE_URL", new RowFunction<ParseUrlOp, BytesWriter>("PARSE_URL", ParseSignature, ResultTypes.String, ResultNullability.Always)),
    ];

    private static Signature ParseSignature => new(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 1 };

    // RFC 3986, appendix B, with the protocols that java.net.URL knows; its parts are taken as they stand, without decoding.
    [GeneratedRegex(@"\A(?<protocol>https?|ftp|file|jar|mailto):(//(?<authority>[^/?#]*))?(?<path>[^?#]*)(\?(?<query>[^#]*))?(#(?<ref>.*))?\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Url();

    [GeneratedRegex(@"\A((?<user>[^@]*)@)?(?<host>\[[^\]]*\]|[^:@]*)(:(?<port>[0-9]*))?\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Authority();

    // Null when there is no such part, or no such URL.
    private static string? FindPart(string url, string part, string? key)
    {
        if (Url().Match(url) is not { Success: true } parts || Authority().Match(parts.Groups["authority"].Value) is not { Success: true } authority)
        {
            return null;
        }

        if (key is not null)
        {
            return part == "QUERY" && parts.Groups["query"].Success ? FindParameter(parts.Groups["query"].Value, key) : null;
        }

        var query = parts.Groups["query"];
        return part switch
        {
            "HOST" => authority.Groups["host"].Value,
            "PATH" => parts.Groups["path"].Value,
            "QUERY" => TextOf(query),
            "REF" => TextOf(parts.Groups["ref"]),
            "PROTOCOL" => parts.Groups["protocol"].Value.ToLowerInvariant(),
            "AUTHORITY" => TextOf(parts.Groups["authority"]),
            "FILE" => parts.Groups["path"].Value + (query.Success ? "?" + query.Value : ""),
            "USERINFO" => TextOf(authority.Groups["user"]),
            _ => null,
        };
    }

    private static string? FindParameter(string query, string key)
    {
        foreach (var parameter in query.Split('&'))
        {
            if (parameter.StartsWith(key, StringComparison.Ordinal) && parameter.Length > key.Length && parameter[key.Length] == '=')
            {
                return parameter[(key.Length + 1)..];
            }
        }

        return null;
    }

    private static string? TextOf(Group group) => group.Success ? group.Value : null;

    private readonly ref struct UrlEncodeOp(BytesReader text) : IRowOp<UrlEncodeOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static UrlEncodeOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            foreach (var b in _text[row])
            {
                if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'.' or (byte)'-' or (byte)'*' or (byte)'_')
                {
                    output.Append(b);
                }
                else if (b == ' ')
                {
                    output.Append((byte)'+');
                }
                else
                {
                    output.Append((byte)'%');
                    output.Append(Convert.ToHexString([b]));
                }
            }
        }
    }

    private readonly ref struct UrlDecodeOp(BytesReader text) : IRowOp<UrlDecodeOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static UrlDecodeOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            var text = _text[row];
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] != '%')
                {
                    output.Append(text[i] == '+' ? (byte)' ' : text[i]);
                }
                else if (i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
                {
                    output.Append((byte)((ValueOf(text[i + 1]) << 4) | ValueOf(text[i + 2])));
                    i += 2;
                }
                else
                {
                    output.SetNull();
                    return;
                }
            }

            RepairText(output);
        }

        private static int ValueOf(byte digit) => char.IsAsciiDigit((char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

        // Bytes that are no UTF-8 become replacement characters, as Java's decoder makes them.
        private static void RepairText(BytesWriter output)
        {
            if (!System.Text.Unicode.Utf8.IsValid(output.Written))
            {
                var repaired = Encoding.UTF8.GetString(output.Written);
                output.Truncate(0);
                output.Append(repaired);
            }
        }
    }

    private readonly ref struct ParseUrlOp(BytesReader url, BytesReader part, BytesReader key, bool hasKey) : IRowOp<ParseUrlOp, BytesWriter>
    {
        private readonly BytesReader _url = url;
        private readonly BytesReader _part = part;
        private readonly BytesReader _key = key;

        public static ParseUrlOp Open(in KernelArguments arguments)
        {
            var hasKey = arguments.Columns.Length > 2;
            return new ParseUrlOp(arguments.Bytes(0), arguments.Bytes(1), hasKey ? arguments.Bytes(2) : default, hasKey);
        }

        public void Apply(int row, BytesWriter output)
        {
            if (FindPart(Encoding.UTF8.GetString(_url[row]), Encoding.UTF8.GetString(_part[row]), hasKey ? Encoding.UTF8.GetString(_key[row]) : null) is { } found)
            {
                output.Append(found);
            }
            else
            {
                output.SetNull();
            }
        }
    }
}
