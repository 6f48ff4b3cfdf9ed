using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

/// <summary>The smallest parts of a script.</summary>
internal enum TokenKind
{
    /// <summary>The end of the script.</summary>
    End,

    /// <summary>A keyword or an unquoted name.</summary>
    Word,

    /// <summary>A name in backticks.</summary>
    QuotedName,

    /// <summary>A character string, decoded.</summary>
    Text,

    /// <summary><c>U&amp;'…'</c>: escapes are decoded once the escape character is known.</summary>
    UnicodeText,

    /// <summary><c>X'…'</c>: the digits.</summary>
    Hex,

    /// <summary>Digits, perhaps with a point or an exponent.</summary>
    Number,

    /// <summary>An operator or punctuation.</summary>
    Symbol,

    /// <summary><c>/*+</c>.</summary>
    HintStart,

    /// <summary><c>*/</c> that ends a hint.</summary>
    HintEnd,
}

/// <summary>One token.</summary>
/// <param name="Text">Names without quotes, strings decoded, all else as written.</param>
/// <param name="Keyword">A word in upper case; empty for every other kind.</param>
internal readonly record struct Token(TokenKind Kind, string Text, string Keyword, SourceSpan Span)
{
    /// <summary>Where it starts.</summary>
    public SourcePosition Position => Span.Start;

    /// <summary>The token as a message names it.</summary>
    public string Description => Kind switch
    {
        TokenKind.End => "the end of the text",
        TokenKind.Text or TokenKind.UnicodeText => $"the string '{(Text.Length > 20 ? Text[..20] + "…" : Text)}'",
        TokenKind.Hex => $"X'{Text}'",
        TokenKind.QuotedName => $"`{Text}`",
        _ => $"'{Text}'",
    };
}
