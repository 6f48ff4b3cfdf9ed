namespace Arctic.Sql.Syntax;

/// <summary>What FROM reads.</summary>
internal abstract record TableReference(SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>The alias; null for none.</summary>
    public Identifier? Alias { get; init; }

    /// <summary>Column names behind the alias; empty for none.</summary>
    public IReadOnlyList<Identifier> ColumnAliases { get; init; } = [];

    /// <summary>A table, view or common table.</summary>
    public sealed record Named(QualifiedName Name, SourceSpan Span) : TableReference(Span)
    {
        /// <summary>Hints behind the name.</summary>
        public IReadOnlyList<Hint> Hints { get; init; } = [];

        /// <summary>FOR SYSTEM_TIME AS OF; null for none.</summary>
        public SqlExpression? AsOf { get; init; }
    }

    /// <summary>A query in parentheses.</summary>
    public sealed record Derived(Query Query, bool IsLateral, SourceSpan Span) : TableReference(Span);

    /// <summary><c>UNNEST(collection) [WITH ORDINALITY]</c>.</summary>
    public sealed record Unnest(SqlExpression Collection, bool WithOrdinality, SourceSpan Span) : TableReference(Span);

    /// <summary><c>[LATERAL] TABLE(f(…))</c> or <c>TUMBLE(…)</c> alone.</summary>
    public sealed record Function(SqlExpression.Call Call, bool IsLateral, SourceSpan Span) : TableReference(Span);

    /// <summary>A join.</summary>
    /// <param name="Kind">Which rows without a partner are kept.</param>
    /// <param name="Condition">ON; null for none.</param>
    public sealed record Join(TableReference Left, TableReference Right, JoinType Kind, SqlExpression? Condition, SourceSpan Span) : TableReference(Span)
    {
        /// <summary>USING; empty for none.</summary>
        public IReadOnlyList<Identifier> Using { get; init; } = [];

        /// <summary>NATURAL.</summary>
        public bool IsNatural { get; init; }
    }
}

/// <summary>The joins as written.</summary>
internal enum JoinType
{
    /// <summary>[INNER] JOIN.</summary>
    Inner,

    /// <summary>LEFT [OUTER] JOIN.</summary>
    Left,

    /// <summary>RIGHT [OUTER] JOIN.</summary>
    Right,

    /// <summary>FULL [OUTER] JOIN.</summary>
    Full,

    /// <summary>CROSS JOIN.</summary>
    Cross,

    /// <summary>A comma.</summary>
    Comma,
}
