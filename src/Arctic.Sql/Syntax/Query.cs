namespace Arctic.Sql.Syntax;

/// <summary>A query: WITH, a body, ORDER BY, LIMIT.</summary>
internal sealed record Query(QueryBody Body, SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>WITH; empty for none.</summary>
    public IReadOnlyList<CommonTable> With { get; init; } = [];

    /// <summary>Whether RECURSIVE was written.</summary>
    public bool IsRecursive { get; init; }

    /// <summary>ORDER BY; empty for none.</summary>
    public IReadOnlyList<OrderItem> OrderBy { get; init; } = [];

    /// <summary>OFFSET; null for none.</summary>
    public long? Offset { get; init; }

    /// <summary>LIMIT or FETCH; null for none and for LIMIT ALL.</summary>
    public long? Limit { get; init; }
}

/// <summary>One <c>name [(columns)] AS (query)</c> of WITH.</summary>
internal sealed record CommonTable(Identifier Name, IReadOnlyList<Identifier> Columns, Query Query);

/// <summary>One item of ORDER BY.</summary>
/// <param name="NullsFirst">NULLS FIRST true, NULLS LAST false, null when not written.</param>
internal sealed record OrderItem(SqlExpression Expression, bool IsDescending, bool? NullsFirst);

/// <summary>What stands between WITH and ORDER BY.</summary>
internal abstract record QueryBody(SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>SELECT.</summary>
    public sealed record Select(IReadOnlyList<SelectItem> Items, SourceSpan Span) : QueryBody(Span)
    {
        /// <summary>SELECT DISTINCT.</summary>
        public bool IsDistinct { get; init; }

        /// <summary>FROM; null for none. A comma is a cross join.</summary>
        public TableReference? From { get; init; }

        /// <summary>WHERE; null for none.</summary>
        public SqlExpression? Where { get; init; }

        /// <summary>GROUP BY; null for none, empty items for <c>GROUP BY ()</c>.</summary>
        public GroupBy? GroupBy { get; init; }

        /// <summary>HAVING; null for none.</summary>
        public SqlExpression? Having { get; init; }

        /// <summary>WINDOW name AS (…).</summary>
        public IReadOnlyList<NamedWindow> Windows { get; init; } = [];

        /// <summary>QUALIFY; null for none.</summary>
        public SqlExpression? Qualify { get; init; }

        /// <summary>The hints behind SELECT.</summary>
        public IReadOnlyList<Hint> Hints { get; init; } = [];
    }

    /// <summary>VALUES.</summary>
    /// <param name="Rows">One list a row.</param>
    public sealed record Values(IReadOnlyList<SqlExpression.Row> Rows, SourceSpan Span) : QueryBody(Span);

    /// <summary>UNION, INTERSECT or EXCEPT.</summary>
    public sealed record SetOperation(QueryBody Left, QueryBody Right, SetOperator Operator, bool IsAll, SourceSpan Span) : QueryBody(Span);

    /// <summary><c>TABLE t</c>.</summary>
    public sealed record Table(QualifiedName Name, SourceSpan Span) : QueryBody(Span);

    /// <summary>A query in parentheses.</summary>
    public sealed record Nested(Query Query, SourceSpan Span) : QueryBody(Span);
}

/// <summary>The operators between queries.</summary>
internal enum SetOperator
{
    /// <summary>UNION.</summary>
    Union,

    /// <summary>INTERSECT; binds tighter.</summary>
    Intersect,

    /// <summary>EXCEPT.</summary>
    Except,
}

/// <summary>One item of a select list.</summary>
/// <param name="Alias">Null for none.</param>
internal sealed record SelectItem(SqlExpression Expression, Identifier? Alias);

/// <summary>GROUP BY.</summary>
/// <param name="Items">In order.</param>
internal sealed record GroupBy(IReadOnlyList<GroupItem> Items, SourceSpan Span) : SyntaxNode(Span);

/// <summary>One item of GROUP BY.</summary>
internal abstract record GroupItem(SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>An expression, or several in parentheses; none for <c>()</c>.</summary>
    public sealed record Expressions(IReadOnlyList<SqlExpression> Items, SourceSpan Span) : GroupItem(Span);

    /// <summary>ROLLUP, CUBE or GROUPING SETS.</summary>
    public sealed record Sets(GroupingKind Kind, IReadOnlyList<GroupItem> Items, SourceSpan Span) : GroupItem(Span);
}

/// <summary>The shorthands for several groupings.</summary>
internal enum GroupingKind
{
    /// <summary>ROLLUP.</summary>
    Rollup,

    /// <summary>CUBE.</summary>
    Cube,

    /// <summary>GROUPING SETS.</summary>
    GroupingSets,
}

/// <summary>What stands behind OVER: a name or a specification.</summary>
internal abstract record WindowReference(SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary><c>OVER w</c>.</summary>
    public sealed record Named(Identifier Name, SourceSpan Span) : WindowReference(Span);

    /// <summary><c>OVER (…)</c>.</summary>
    /// <param name="Base">A window that this one refines; null for none.</param>
    /// <param name="Frame">Null when not written.</param>
    public sealed record Specification(Identifier? Base, IReadOnlyList<SqlExpression> PartitionBy, IReadOnlyList<OrderItem> OrderBy, WindowFrame? Frame, SourceSpan Span)
        : WindowReference(Span);
}

/// <summary><c>name AS (specification)</c> of the WINDOW clause.</summary>
internal sealed record NamedWindow(Identifier Name, WindowReference.Specification Window);

/// <summary>ROWS or RANGE BETWEEN bounds.</summary>
/// <param name="IsRows">ROWS rather than RANGE.</param>
internal sealed record WindowFrame(bool IsRows, FrameBound Start, FrameBound End, SourceSpan Span) : SyntaxNode(Span);

/// <summary>One bound of a frame.</summary>
/// <param name="Offset">The expression before PRECEDING or FOLLOWING; null for UNBOUNDED and CURRENT ROW.</param>
internal sealed record FrameBound(FrameBoundKind Kind, SqlExpression? Offset);

/// <summary>The kinds of bounds.</summary>
internal enum FrameBoundKind
{
    /// <summary>UNBOUNDED PRECEDING.</summary>
    UnboundedPreceding,

    /// <summary>n PRECEDING.</summary>
    Preceding,

    /// <summary>CURRENT ROW.</summary>
    CurrentRow,

    /// <summary>n FOLLOWING.</summary>
    Following,

    /// <summary>UNBOUNDED FOLLOWING.</summary>
    UnboundedFollowing,
}
