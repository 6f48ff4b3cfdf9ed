using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

/// <summary>Cuts a script into tokens, one a call, so that the parser may read the tail of a SET as it stands (spec/flink-sql.md, 1.1).</summary>
internal sealed class SqlLexer(string script)
{
    private const int NameLengthMax = 256;

    private static readonly string[] TwoCharacterSymbols = ["<>", "<=", ">=", "||", "=>", "!=", "->", "**", "=="];

    private int _offset;
    private int _line = 1;
    private int _lineStart;
    private bool _inHint;

    /// <summary>The text that is read.</summary>
    public string Script => script;

    /// <summary>Where the next call starts to look.</summary>
    public int Offset => _offset;

    private char Current => CharAt(_offset);

    /// <summary>The next token; <see cref="TokenKind.End"/> for ever behind the last one.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.SyntaxError"/>: a string or comment does not end, or a character starts nothing.</exception>
    public Token Next()
    {
        SkipBlanksAndComments();
        var start = Mark();
        if (_offset >= script.Length)
        {
            return Finish(TokenKind.End, start, "");
        }

        if (_inHint && Current == '*' && CharAt(_offset + 1) == '/')
        {
            _inHint = false;
            _offset += 2;
            return Finish(TokenKind.HintEnd, start, "*/");
        }

        if (Current == '/' && CharAt(_offset + 1) == '*' && CharAt(_offset + 2) == '+')
        {
            _inHint = true;
            _offset += 3;
            return Finish(TokenKind.HintStart, start, "/*+");
        }

        return Current switch
        {
            '\'' => Finish(TokenKind.Text, start, ReadQuoted('\'', start, "string")),
            '`' => ReadQuotedName(start),
            '.' when char.IsAsciiDigit(CharAt(_offset + 1)) => ReadNumber(start),
            _ when char.IsAsciiDigit(Current) => ReadNumber(start),
            _ when IsNameStart(_offset) => ReadWordOrPrefixedString(start),
            _ => ReadSymbol(start),
        };
    }

    /// <summary>The next character that is not blank, without taking it; <c>\0</c> at the end.</summary>
    public char PeekCharacter()
    {
        var offset = _offset;
        while (offset < script.Length && char.IsWhiteSpace(script[offset]))
        {
            offset++;
        }

        return CharAt(offset);
    }

    /// <summary>Reads to the end of the line or to a semicolon outside single quotes, which is left in place: what stands behind an unquoted SET.</summary>
    /// <returns>The text without blanks at its ends, and where it stands.</returns>
    public (string Text, SourceSpan Span) ReadLine()
    {
        while (_offset < script.Length && char.IsWhiteSpace(Current))
        {
            Advance();
        }

        var start = Mark();
        var isQuoted = false;
        while (_offset < script.Length && Current is not ('\n' or '\r') && (isQuoted || Current != ';'))
        {
            isQuoted ^= Current == '\'';
            Advance();
        }

        return (script[start.Offset.._offset].TrimEnd(), SpanFrom(start));
    }

    /// <summary>Decodes the escapes of <c>U&amp;'…'</c>: four hexadecimal digits behind the escape character, or six behind it and a plus sign.</summary>
    public static string DecodeUnicode(Token token, char escape)
    {
        var text = token.Text;
        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != escape)
            {
                decoded.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == escape)
            {
                decoded.Append(escape);
                i++;
            }
            else
            {
                var (skip, digits) = i + 1 < text.Length && text[i + 1] == '+' ? (2, 6) : (1, 4);
                if (i + skip + digits > text.Length || !TryParseCodePoint(text.AsSpan(i + skip, digits), out var codePoint))
                {
                    throw Error(token.Position, $"Cannot read the string: '{escape}' must be followed by four hexadecimal digits.");
                }

                decoded.Append(codePoint);
                i += skip + digits - 1;
            }
        }

        return decoded.ToString();
    }

    private static bool TryParseCodePoint(ReadOnlySpan<char> hex, out string text)
    {
        text = "";
        if (!int.TryParse(hex, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value) || value > 0x10FFFF)
        {
            return false;
        }

        // A surrogate half is kept as it is: its other half may be the next escape.
        text = value is >= 0xD800 and <= 0xDFFF ? ((char)value).ToString() : char.ConvertFromUtf32(value);
        return true;
    }

    private void SkipBlanksAndComments()
    {
        while (_offset < script.Length)
        {
            if (char.IsWhiteSpace(Current) || Current == '\uFEFF')
            {
                Advance();
            }
            else if ((Current == '-' && CharAt(_offset + 1) == '-') || (Current == '/' && CharAt(_offset + 1) == '/'))
            {
                while (_offset < script.Length && Current != '\n')
                {
                    Advance();
                }
            }
            else if (Current == '/' && CharAt(_offset + 1) == '*' && CharAt(_offset + 2) != '+')
            {
                SkipBlockComment();
            }
            else
            {
                return;
            }
        }
    }

    private void SkipBlockComment()
    {
        var start = Mark();
        _offset += 2;
        while (!(Current == '*' && CharAt(_offset + 1) == '/'))
        {
            if (_offset >= script.Length)
            {
                throw Error(start.Start, "The comment that starts here has no end: '*/' is missing.");
            }

            Advance();
        }

        _offset += 2;
    }

    private Token ReadQuotedName(SourceSpan start)
    {
        var name = ReadQuoted('`', start, "name");
        if (name.Length == 0)
        {
            throw Error(start.Start, "A name in backticks must not be empty.");
        }

        return Finish(TokenKind.QuotedName, start, CheckLength(name, start));
    }

    // The quote character stands twice for itself.
    private string ReadQuoted(char quote, SourceSpan start, string what)
    {
        var text = new StringBuilder();
        for (Advance(); ; Advance())
        {
            if (_offset >= script.Length)
            {
                throw Error(start.Start, $"The {what} that starts here has no end: {quote} is missing.");
            }

            if (Current == quote)
            {
                if (CharAt(_offset + 1) != quote)
                {
                    _offset++;
                    return text.ToString();
                }

                _offset++;
            }
            else if (quote == '`' && Current == '\n')
            {
                throw Error(start.Start, "The name that starts here must end on the same line: ` is missing.");
            }

            text.Append(Current);
        }
    }

    private Token ReadNumber(SourceSpan start)
    {
        SkipDigits();
        if (Current == '.')
        {
            _offset++;
            SkipDigits();
        }

        if (Current is 'e' or 'E')
        {
            var sign = CharAt(_offset + 1) is '+' or '-' ? 1 : 0;
            if (char.IsAsciiDigit(CharAt(_offset + 1 + sign)))
            {
                _offset += 1 + sign;
                SkipDigits();
            }
        }

        return Finish(TokenKind.Number, start, script[start.Offset.._offset]);
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Current))
        {
            _offset++;
        }
    }

    private Token ReadWordOrPrefixedString(SourceSpan start)
    {
        var next = CharAt(_offset + 1);
        switch (Current)
        {
            case 'U' or 'u' when next == '&' && CharAt(_offset + 2) == '\'':
                _offset += 2;
                return Finish(TokenKind.UnicodeText, start, ReadQuoted('\'', start, "string"));
            case 'X' or 'x' when next == '\'':
                _offset++;
                return Finish(TokenKind.Hex, start, ReadQuoted('\'', start, "binary string"));
            case 'N' or 'n' when next == '\'':
                _offset++;
                return Finish(TokenKind.Text, start, ReadQuoted('\'', start, "string"));
            case 'E' or 'e' when next == '\'':
                _offset++;
                return ReadEscapedString(start);
        }

        while (IsNamePart(_offset))
        {
            _offset += char.IsHighSurrogate(Current) ? 2 : 1;
        }

        var word = script[start.Offset.._offset];

        // _utf8'…' names the character set of a string; all of ours are Unicode.
        if (Current == '\'' && word.Length > 1 && word[0] == '_' && IsCharacterSet(word[1..]))
        {
            return Finish(TokenKind.Text, start, ReadQuoted('\'', start, "string"));
        }

        return Finish(TokenKind.Word, start, CheckLength(word, start)) with { Keyword = word.ToUpperInvariant() };
    }

    private Token ReadEscapedString(SourceSpan start)
    {
        Advance();
        var content = _offset;
        while (Current != '\'' || CharAt(_offset + 1) == '\'')
        {
            if (_offset >= script.Length)
            {
                throw Error(start.Start, "The string that starts here has no end: ' is missing.");
            }

            if (Current is '\\' or '\'')
            {
                Advance();
            }

            Advance();
        }

        var raw = script.AsSpan(content, _offset - content);
        _offset++;
        return Finish(TokenKind.Text, start, EscapedString.Decode(raw, start.Start));
    }

    private static bool IsCharacterSet(string word) =>
        word.ToUpperInvariant() is "UTF8" or "UTF16" or "UTF32" or "UTF-8" or "LATIN1" or "ISO_8859_1" or "UNICODE";

    private Token ReadSymbol(SourceSpan start)
    {
        var two = _offset + 1 < script.Length ? script.Substring(_offset, 2) : "";
        if (TwoCharacterSymbols.Contains(two))
        {
            _offset += 2;
            return two switch
            {
                "!=" => throw Error(start.Start, "'!=' is not an operator of this dialect.", "Write '<>'."),
                "==" => throw Error(start.Start, "'==' is not an operator of this dialect.", "Write '='."),
                _ => Finish(TokenKind.Symbol, start, two),
            };
        }

        if (!"()[]{},.;+-*/%<>=?|:&^~@".Contains(Current, StringComparison.Ordinal))
        {
            throw Error(start.Start, $"The character '{Current}' starts nothing that SQL knows.", Current == '"' ? "Names stand in backticks, strings in single quotes." : null);
        }

        _offset++;
        return Finish(TokenKind.Symbol, start, script[start.Offset].ToString());
    }

    private static string CheckLength(string name, SourceSpan start) =>
        name.Length <= NameLengthMax ? name : throw Error(start.Start, $"The name '{name[..20]}…' has {name.Length} characters; {NameLengthMax} are allowed.");

    private bool IsNameStart(int offset)
    {
        var c = CharAt(offset);
        return c is '_' or '$' || char.IsLetter(c) || (char.IsHighSurrogate(c) && offset + 1 < script.Length && Rune.IsLetter(new Rune(c, script[offset + 1])));
    }

    private bool IsNamePart(int offset) => IsNameStart(offset) || char.IsDigit(CharAt(offset)) || CharAt(offset) is '\u00B7' || IsCombining(CharAt(offset));

    private static bool IsCombining(char c) => char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    private char CharAt(int offset) => offset < script.Length ? script[offset] : '\0';

    private void Advance()
    {
        if (_offset < script.Length && script[_offset] == '\n')
        {
            _line++;
            _lineStart = _offset + 1;
        }

        _offset++;
    }

    private SourceSpan Mark() => new(new SourcePosition(_line, _offset - _lineStart + 1), _offset, _offset);

    private SourceSpan SpanFrom(SourceSpan start) => start with { End = Math.Min(_offset, script.Length) };

    private Token Finish(TokenKind kind, SourceSpan start, string text) => new(kind, text, "", SpanFrom(start));

    private static ArcticException Error(SourcePosition position, string message, string? hint = null) =>
        new(ErrorCodes.SyntaxError, message) { Position = position, Hint = hint };
}
