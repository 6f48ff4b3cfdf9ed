using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

/// <summary>
/// Reads statements by recursive descent, expressions by operator precedence. A script is parsed as a whole before anything of it runs, so that a
/// mistake in its last line leaves nothing half done. This file holds the machinery and the dispatch; the grammar is in the other parts.
/// </summary>
internal sealed partial class SqlParser
{
    private readonly SqlLexer _lexer;
    private readonly List<Token> _tokens = [];
    private readonly SortedSet<string> _expected = new(StringComparer.Ordinal);
    private int _index;
    private int _expectedIndex = -1;

    private SqlParser(string script) => _lexer = new SqlLexer(script);

    /// <summary>All statements of a script, in order; empty ones between semicolons are left out.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.SyntaxError"/>, with the place.</exception>
    public static IReadOnlyList<Statement> ParseScript(string script)
    {
        var parser = new SqlParser(script);
        var statements = new List<Statement>();
        while (true)
        {
            while (parser.TrySymbol(";"))
            {
            }

            if (parser.Current.Kind == TokenKind.End)
            {
                return statements;
            }

            statements.Add(parser.ParseStatement());
            parser.ExpectStatementEnd();
        }
    }

    /// <summary>The one statement of a text; a semicolon may follow it.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.SyntaxError"/>: none, more than one, or a mistake.</exception>
    public static Statement Parse(string text)
    {
        var parser = new SqlParser(text);
        var statement = parser.ParseStatement();
        while (parser.TrySymbol(";"))
        {
        }

        return parser.Current.Kind == TokenKind.End ? statement : throw parser.Unexpected();
    }

    /// <summary>A scalar expression that fills the text: what catalogs keep of computed columns and watermarks.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.SyntaxError"/>.</exception>
    public static SqlExpression ParseExpression(string text)
    {
        var parser = new SqlParser(text);
        var expression = parser.ParseExpression();
        return parser.Current.Kind == TokenKind.End ? expression : throw parser.Unexpected();
    }

    /// <summary>A type that fills the text.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.SyntaxError"/>.</exception>
    public static SqlTypeName ParseType(string text)
    {
        var parser = new SqlParser(text);
        var type = parser.ParseTypeName();
        return parser.Current.Kind == TokenKind.End ? type : throw parser.Unexpected();
    }

    private Statement ParseStatement()
    {
        var start = Current;
        if (TrySymbol("("))
        {
            _index--;
            return ParseSelectStatement();
        }

        return start.Keyword switch
        {
            "SELECT" or "WITH" or "VALUES" => ParseSelectStatement(),
            "TABLE" => ParseSelectStatement(),
            "INSERT" => ParseInsert(),
            "EXPLAIN" => ParseExplain(),
            "EXECUTE" => ParseExecute(),
            "BEGIN" => ParseBegin(),
            "END" => ParseEnd(),
            "UPDATE" => ParseUpdate(),
            "DELETE" => ParseDelete(),
            "TRUNCATE" => ParseTruncate(),
            "CREATE" or "REPLACE" => ParseCreate(),
            "DROP" => ParseDrop(),
            "ALTER" => ParseAlter(),
            "USE" => ParseUse(),
            "SHOW" => ParseShow(),
            "DESCRIBE" or "DESC" => ParseDescribe(),
            "SET" => ParseSet(),
            "RESET" => ParseReset(),
            "CALL" => ParseCallStatement(),
            "STOP" => ParseStopJob(),
            "ANALYZE" => ParseAnalyze(),
            "LOAD" or "UNLOAD" or "ADD" or "REMOVE" => ParseModuleOrJar(),
            "COMPILE" => ParseCompilePlan(),
            "HELP" or "CLEAR" or "QUIT" or "EXIT" => ParseClientCommand(),
            _ => throw UnknownStatement(),
        };
    }

    private ArcticException UnknownStatement()
    {
        string[] starts =
        [
            "SELECT", "WITH", "VALUES", "INSERT", "EXPLAIN", "EXECUTE", "CREATE", "DROP", "ALTER", "USE", "SHOW", "DESCRIBE", "SET", "RESET", "CALL", "STOP", "UPDATE", "DELETE",
            "TRUNCATE", "ANALYZE", "BEGIN", "END", "TABLE", "LOAD", "UNLOAD", "ADD", "REMOVE", "COMPILE", "REPLACE",
        ];
        return Error(
            Current,
            Current.Kind == TokenKind.End ? "A statement was expected, but the text ends." : $"{Current.Description} does not start a statement.",
            Current.Kind == TokenKind.Word ? NameSuggestion.For(Current.Keyword, starts) : null);
    }

    private void ExpectStatementEnd()
    {
        if (Current.Kind != TokenKind.End && !TrySymbol(";"))
        {
            throw Unexpected();
        }
    }

    // Tokens are read when first looked at: the lexer must not run ahead into a SET that is not made of tokens.
    private Token Current => Peek(0);

    private Token Peek(int ahead)
    {
        while (_tokens.Count <= _index + ahead)
        {
            _tokens.Add(_lexer.Next());
        }

        return _tokens[_index + ahead];
    }

    private Token Take()
    {
        var token = Current;
        _index++;
        return token;
    }

    private Token Previous => _tokens[_index - 1];

    private bool IsKeyword(string keyword) => Peek(0).Keyword == keyword;

    private bool IsKeyword(int ahead, string keyword) => Peek(ahead).Keyword == keyword;

    private bool IsSymbol(string symbol) => IsSymbol(0, symbol);

    private bool IsSymbol(int ahead, string symbol) => Peek(ahead) is { Kind: TokenKind.Symbol } token && token.Text == symbol;

    private bool TryKeyword(string keyword)
    {
        if (IsKeyword(keyword))
        {
            _index++;
            return true;
        }

        Expect(keyword);
        return false;
    }

    private bool TryKeywords(string first, string second)
    {
        if (IsKeyword(first) && IsKeyword(1, second))
        {
            _index += 2;
            return true;
        }

        Expect(IsKeyword(first) ? $"{first} {second}" : first);
        return false;
    }

    private bool TryKeywords(string first, string second, string third)
    {
        if (IsKeyword(first) && IsKeyword(1, second) && IsKeyword(2, third))
        {
            _index += 3;
            return true;
        }

        Expect(first);
        return false;
    }

    private bool TrySymbol(string symbol)
    {
        if (IsSymbol(symbol))
        {
            _index++;
            return true;
        }

        Expect($"'{symbol}'");
        return false;
    }

    private Token TakeKeyword(string keyword) => TryKeyword(keyword) ? Previous : throw Unexpected();

    private Token TakeSymbol(string symbol) => TrySymbol(symbol) ? Previous : throw Unexpected();

    // Remembers what would have been right at this token, for the message if nothing is.
    private void Expect(string what)
    {
        if (_expectedIndex != _index)
        {
            _expected.Clear();
            _expectedIndex = _index;
        }

        _expected.Add(what);
    }

    private List<T> ParseList<T>(Func<T> parseItem)
    {
        var items = new List<T> { parseItem() };
        while (TrySymbol(","))
        {
            items.Add(parseItem());
        }

        return items;
    }

    private List<T> ParseParenthesized<T>(Func<T> parseItem)
    {
        TakeSymbol("(");
        var items = ParseList(parseItem);
        TakeSymbol(")");
        return items;
    }

    private SourceSpan SpanFrom(Token start) => start.Span.To(Previous.Span);

    private SourceSpan SpanFrom(SyntaxNode start) => start.Span.To(Previous.Span);

    private string TextOf(SyntaxNode node) => node.Span.TextIn(_lexer.Script);

    private bool IsIdentifier(int ahead = 0)
    {
        var token = Peek(ahead);
        return token.Kind == TokenKind.QuotedName || (token.Kind == TokenKind.Word && !ReservedWords.Contains(token.Keyword));
    }

    private Identifier ParseIdentifier()
    {
        if (IsIdentifier())
        {
            var token = Take();
            return new Identifier(token.Text, token.Span) { IsQuoted = token.Kind == TokenKind.QuotedName };
        }

        Expect("a name");
        throw Unexpected();
    }

    private QualifiedName ParseQualifiedName()
    {
        var parts = new List<Identifier> { ParseIdentifier() };
        while (TrySymbol("."))
        {
            parts.Add(ParseIdentifier());
        }

        return new QualifiedName(parts, SpanFrom(parts[0]));
    }

    private string ParseString()
    {
        if (Current.Kind == TokenKind.Text)
        {
            return Take().Text;
        }

        if (Current.Kind == TokenKind.UnicodeText)
        {
            return ParseUnicodeString();
        }

        Expect("a string in single quotes");
        throw Unexpected();
    }

    private string ParseUnicodeString()
    {
        var token = Take();
        var escape = '\\';
        if (TryKeyword("UESCAPE"))
        {
            var text = ParseString();
            escape = text.Length == 1 ? text[0] : throw Error(Previous, "UESCAPE needs one character.");
        }

        return SqlLexer.DecodeUnicode(token, escape);
    }

    private int ParseInteger()
    {
        if (Current.Kind == TokenKind.Number && int.TryParse(Current.Text, System.Globalization.NumberStyles.None, null, out var value))
        {
            _index++;
            return value;
        }

        Expect("a whole number");
        throw Unexpected();
    }

    private List<OptionPair> ParseOptionPairs()
    {
        TakeSymbol("(");
        var pairs = new List<OptionPair>();
        if (TrySymbol(")"))
        {
            return pairs;
        }

        pairs = ParseList(ParseOptionPair);
        TakeSymbol(")");
        return pairs;
    }

    private OptionPair ParseOptionPair()
    {
        var start = Current;
        var key = ParseString();
        TakeSymbol("=");
        return new OptionPair(key, ParseString(), SpanFrom(start));
    }

    private ArcticException Unexpected()
    {
        var expected = _expectedIndex == _index ? _expected.ToList() : [];
        var words = expected.Where(e => char.IsAsciiLetterUpper(e[0])).Select(e => e.Split(' ')[0]).ToList();
        var hint = Current.Kind != TokenKind.Word ? null
            : (Current.Text.Length > 3 ? NameSuggestion.For(Current.Keyword, words) : null)
            ?? (expected.Contains("a name") && ReservedWords.Contains(Current.Keyword) ? $"'{Current.Text}' is a reserved word: write `{Current.Text}` to use it as a name." : null);
        return Error(Current, $"Found {Current.Description}{ListExpected(expected)}.", hint);
    }

    private static string ListExpected(List<string> expected)
    {
        const int shownMax = 8;
        return expected.Count switch
        {
            0 => ", which does not belong here",
            1 => $" where {expected[0]} was expected",
            <= shownMax => $" where one of these was expected: {string.Join(", ", expected)}",
            _ => $" where one of these was expected: {string.Join(", ", expected.Take(shownMax))}, …",
        };
    }

    private static ArcticException Error(Token token, string message, string? hint = null) =>
        new(ErrorCodes.SyntaxError, message) { Position = token.Position, Hint = hint };
}
