using Arctic.Columnar.Errors;

namespace Arctic.Sql.Syntax;

/// <summary>A part of a statement as written: names unresolved, nothing typed.</summary>
/// <param name="Span">Where it stands in the script.</param>
internal abstract record SyntaxNode(SourceSpan Span)
{
    /// <summary>Where it starts; what errors point at.</summary>
    public SourcePosition Position => Span.Start;
}

/// <summary>A stretch of the script.</summary>
/// <param name="Start">Line and column of its first character.</param>
/// <param name="Offset">The index of its first character in the script.</param>
/// <param name="End">The index behind its last character.</param>
internal readonly record struct SourceSpan(SourcePosition Start, int Offset, int End)
{
    /// <summary>From the start of this span to the end of another.</summary>
    public SourceSpan To(SourceSpan last) => this with { End = Math.Max(End, last.End) };

    /// <summary>The text of the span.</summary>
    public string TextIn(string script) => script[Offset..End];
}

/// <summary>A name, without its quotes.</summary>
internal sealed record Identifier(string Name, SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>Whether it was written in backticks.</summary>
    public bool IsQuoted { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A name of several parts: <c>catalog.database.table</c>.</summary>
internal sealed record QualifiedName(IReadOnlyList<Identifier> Parts, SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>The last part.</summary>
    public Identifier Last => Parts[^1];

    /// <inheritdoc/>
    public override string ToString() => string.Join('.', Parts.Select(p => p.Name));
}

/// <summary>One <c>'key' = 'value'</c> of WITH, SET or a hint.</summary>
internal sealed record OptionPair(string Key, string Value, SourceSpan Span) : SyntaxNode(Span);

/// <summary>One hint of a <c>/*+ … */</c> block.</summary>
/// <param name="Name">In upper case.</param>
/// <param name="Options">Its key-value arguments.</param>
/// <param name="Arguments">Its plain arguments, names or literals.</param>
internal sealed record Hint(string Name, IReadOnlyList<OptionPair> Options, IReadOnlyList<string> Arguments, SourceSpan Span) : SyntaxNode(Span);
