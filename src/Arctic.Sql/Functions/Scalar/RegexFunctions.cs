using System.Text;
using System.Text.RegularExpressions;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>Regular expressions: Java's and .NET's common syntax. A bad pattern is FALSE or NULL, as the function says.</summary>
internal static class RegexFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        Make<MatchesOp, BooleanWriter>("REGEXP", Two, ResultTypes.Boolean, ResultNullability.OfArguments),
        Make<ReplaceOp, BytesWriter>("REGEXP_REPLACE", new Signature(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text), ResultTypes.String, ResultNullability.OfArguments),
        Make<ExtractOp, BytesWriter>("REGEXP_EXTRACT", Three, ResultTypes.String, ResultNullability.Always),
        Make<ExtractOp, BytesWriter>("REGEXP_SUBSTR", Two, ResultTypes.String, ResultNullability.Always),
        Make<ExtractAllOp, TextListWriter>("REGEXP_EXTRACT_ALL", Three, _ => new DataType.Array(DataTypes.String), ResultNullability.Always),
        Make<CountOp, FixedWriter<int>>("REGEXP_COUNT", Two, ResultTypes.Int, ResultNullability.Always),
        Make<InstrOp, FixedWriter<int>>("REGEXP_INSTR", Two, ResultTypes.Int, ResultNullability.Always),
        Make<SimilarOp, BooleanWriter>("SIMILAR", SimilarSignature, ResultTypes.Boolean, ResultNullability.OfArguments),
    ];

    private static Signature Two => new(ArgumentKind.Text, ArgumentKind.Text);

    private static Signature Three => new(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Int) { OptionalCount = 1 };

    private static Signature SimilarSignature => new(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 1 };

    private static (string Name, ScalarFunction Function) Make<TOp, TWriter>(string name, Signature signature, Func<IReadOnlyList<Expression>, DataType> typeOf, ResultNullability nullability)
        where TOp : struct, IRowOp<TOp, TWriter>, allows ref struct
        where TWriter : ColumnWriter, IColumnWriter<TWriter> => (name, new RowFunction<TOp, TWriter>(name, signature, typeOf, nullability, (_, _) => new RegexCache()));

    private readonly ref struct MatchesOp(BytesReader text, BytesReader pattern, RegexCache cache) : IRowOp<MatchesOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;

        public static MatchesOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), (RegexCache)arguments.State!); // made by Make

        public void Apply(int row, BooleanWriter output) =>
            output.Set(!_pattern[row].IsEmpty && cache.Get(_pattern[row]) is { } regex && regex.IsMatch(Encoding.UTF8.GetString(_text[row])));
    }

    private readonly ref struct SimilarOp(BytesReader text, BytesReader pattern, BytesReader escape, bool hasEscape, RegexCache cache) : IRowOp<SimilarOp, BooleanWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;
        private readonly BytesReader _escape = escape;

        public static SimilarOp Open(in KernelArguments arguments)
        {
            var hasEscape = arguments.Columns.Length > 2;
            return new SimilarOp(arguments.Bytes(0), arguments.Bytes(1), hasEscape ? arguments.Bytes(2) : default, hasEscape, (RegexCache)arguments.State!); // made by Make
        }

        public void Apply(int row, BooleanWriter output)
        {
            var regex = cache.GetSimilar(_pattern[row], hasEscape ? Encoding.UTF8.GetString(_escape[row]) : null)
                ?? throw EvaluationErrors.Failed($"Cannot evaluate SIMILAR TO: '{Encoding.UTF8.GetString(_pattern[row])}' is no pattern.");
            output.Set(regex.IsMatch(Encoding.UTF8.GetString(_text[row])));
        }
    }

    // The replacement is taken literally, as in Flink: no references to groups.
    private readonly ref struct ReplaceOp(BytesReader text, BytesReader pattern, BytesReader replacement, RegexCache cache) : IRowOp<ReplaceOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;
        private readonly BytesReader _replacement = replacement;

        public static ReplaceOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), arguments.Bytes(2), (RegexCache)arguments.State!); // made by Make

        public void Apply(int row, BytesWriter output)
        {
            if (cache.Get(_pattern[row]) is { } regex)
            {
                output.Append(regex.Replace(Encoding.UTF8.GetString(_text[row]), Encoding.UTF8.GetString(_replacement[row]).Replace("$", "$$", StringComparison.Ordinal)));
            }
            else
            {
                output.SetNull();
            }
        }
    }

    private readonly ref struct ExtractOp(BytesReader text, BytesReader pattern, FixedReader<int> group, bool hasGroup, RegexCache cache) : IRowOp<ExtractOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;
        private readonly FixedReader<int> _group = group;

        public static ExtractOp Open(in KernelArguments arguments)
        {
            var hasGroup = arguments.Columns.Length > 2;
            return new ExtractOp(arguments.Bytes(0), arguments.Bytes(1), hasGroup ? arguments.Fixed<int>(2) : default, hasGroup, (RegexCache)arguments.State!); // made by Make
        }

        public void Apply(int row, BytesWriter output)
        {
            var index = hasGroup ? _group[row] : 0;
            var match = index < 0 ? null : cache.Get(_pattern[row])?.Match(Encoding.UTF8.GetString(_text[row]));
            if (match is { Success: true } && index < match.Groups.Count && match.Groups[index].Success)
            {
                output.Append(match.Groups[index].ValueSpan);
            }
            else
            {
                output.SetNull();
            }
        }
    }

    private readonly ref struct ExtractAllOp(BytesReader text, BytesReader pattern, FixedReader<int> group, bool hasGroup, RegexCache cache) : IRowOp<ExtractAllOp, TextListWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;
        private readonly FixedReader<int> _group = group;

        public static ExtractAllOp Open(in KernelArguments arguments)
        {
            var hasGroup = arguments.Columns.Length > 2;
            return new ExtractAllOp(arguments.Bytes(0), arguments.Bytes(1), hasGroup ? arguments.Fixed<int>(2) : default, hasGroup, (RegexCache)arguments.State!); // made by Make
        }

        public void Apply(int row, TextListWriter output)
        {
            var index = hasGroup ? _group[row] : 1;
            var regex = cache.Get(_pattern[row]);
            if (regex is null || index < 0 || index >= regex.GetGroupNumbers().Length)
            {
                output.SetNull();
                return;
            }

            foreach (Match match in regex.Matches(Encoding.UTF8.GetString(_text[row])))
            {
                output.Add(Encoding.UTF8.GetBytes(match.Groups[index].Value));
            }
        }
    }

    private readonly ref struct CountOp(BytesReader text, BytesReader pattern, RegexCache cache) : IRowOp<CountOp, FixedWriter<int>>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;

        public static CountOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), (RegexCache)arguments.State!); // made by Make

        public void Apply(int row, FixedWriter<int> output)
        {
            if (cache.Get(_pattern[row]) is { } regex)
            {
                output.Set(regex.Count(Encoding.UTF8.GetString(_text[row])));
            }
            else
            {
                output.SetNull();
            }
        }
    }

    private readonly ref struct InstrOp(BytesReader text, BytesReader pattern, RegexCache cache) : IRowOp<InstrOp, FixedWriter<int>>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;

        public static InstrOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), (RegexCache)arguments.State!); // made by Make

        public void Apply(int row, FixedWriter<int> output)
        {
            if (cache.Get(_pattern[row]) is not { } regex)
            {
                output.SetNull();
                return;
            }

            var match = regex.Match(Encoding.UTF8.GetString(_text[row]));
            output.Set(match.Success ? match.Index + 1 : 0);
        }
    }
}

/// <summary>SIMILAR TO's patterns as regular expressions.</summary>
internal static class SimilarPattern
{
    private static readonly (string Sql, string Regex)[] Classes =
    [
        ("[:ALPHA:]", "\\p{L}"), ("[:UPPER:]", "\\p{Lu}"), ("[:LOWER:]", "\\p{Ll}"), ("[:DIGIT:]", "\\d"), ("[:SPACE:]", " "), ("[:WHITESPACE:]", "\\s"), ("[:ALNUM:]", "\\p{L}\\d"),
    ];

    /// <summary>A regular expression that matches the whole text.</summary>
    public static string ToRegex(string pattern, string? escape)
    {
        var output = new StringBuilder("^(?:");
        var isInClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (escape is { Length: > 0 } && c == escape[0] && i + 1 < pattern.Length)
            {
                output.Append(Regex.Escape(pattern[++i].ToString()));
            }
            else if (c == '[' && isInClass && Array.Find(Classes, k => string.Compare(pattern, i, k.Sql, 0, k.Sql.Length, StringComparison.OrdinalIgnoreCase) == 0) is { Sql: not null } found)
            {
                output.Append(found.Regex);
                i += found.Sql.Length - 1;
            }
            else
            {
                isInClass = c == '[' || (isInClass && c != ']');
                output.Append(c switch
                {
                    '%' when !isInClass => "(?s:.*)",
                    '_' when !isInClass => ".",
                    '.' or '\\' or '^' or '$' when !isInClass => "\\" + c,
                    _ => c.ToString(),
                });
            }
        }

        return output.Append(")\\z").ToString();
    }
}
