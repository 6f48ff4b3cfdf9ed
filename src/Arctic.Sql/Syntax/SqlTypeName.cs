namespace Arctic.Sql.Syntax;

/// <summary>A type as written; the binder makes a <see cref="Columnar.Types.DataType"/> of it.</summary>
/// <param name="IsNullable">False when NOT NULL was written behind it.</param>
internal abstract record SqlTypeName(bool IsNullable, SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>A type of one name: <c>DECIMAL(10, 2)</c>, <c>TIMESTAMP(3) WITH LOCAL TIME ZONE</c>.</summary>
    /// <param name="Name">In upper case, spellings unified: INTEGER is INT, DEC and NUMERIC are DECIMAL, DOUBLE PRECISION is DOUBLE, <c>TIMESTAMP WITH LOCAL TIME ZONE</c> is TIMESTAMP_LTZ.</param>
    /// <param name="Arguments">The numbers in parentheses.</param>
    public sealed record Simple(string Name, IReadOnlyList<int> Arguments, bool IsNullable, SourceSpan Span) : SqlTypeName(IsNullable, Span);

    /// <summary>An INTERVAL type.</summary>
    public sealed record Interval(IntervalQualifier Qualifier, bool IsNullable, SourceSpan Span) : SqlTypeName(IsNullable, Span);

    /// <summary><c>ARRAY&lt;t&gt;</c> or <c>t ARRAY</c>.</summary>
    public sealed record Array(SqlTypeName Element, bool IsNullable, SourceSpan Span) : SqlTypeName(IsNullable, Span);

    /// <summary><c>MULTISET&lt;t&gt;</c> or <c>t MULTISET</c>.</summary>
    public sealed record Multiset(SqlTypeName Element, bool IsNullable, SourceSpan Span) : SqlTypeName(IsNullable, Span);

    /// <summary><c>MAP&lt;k, v&gt;</c>.</summary>
    public sealed record Map(SqlTypeName Key, SqlTypeName Value, bool IsNullable, SourceSpan Span) : SqlTypeName(IsNullable, Span);

    /// <summary><c>ROW&lt;n t, …&gt;</c> or <c>ROW(n t, …)</c>.</summary>
    public sealed record Row(IReadOnlyList<RowTypeField> Fields, bool IsNullable, SourceSpan Span) : SqlTypeName(IsNullable, Span);

    /// <summary>A name that is not a built-in type: refused by the binder, with a suggestion.</summary>
    public sealed record Unknown(QualifiedName Name, bool IsNullable, SourceSpan Span) : SqlTypeName(IsNullable, Span);

    /// <summary>The same type with the given nullability.</summary>
    public SqlTypeName WithNullability(bool isNullable) => this with { IsNullable = isNullable };
}

/// <summary>A field of a ROW type.</summary>
internal sealed record RowTypeField(Identifier Name, SqlTypeName Type, string? Comment);
