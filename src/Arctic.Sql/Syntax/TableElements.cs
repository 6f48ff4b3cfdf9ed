namespace Arctic.Sql.Syntax;

/// <summary>What stands in the parentheses of CREATE TABLE.</summary>
/// <param name="Columns">In declared order.</param>
/// <param name="Watermarks">One at most is valid.</param>
/// <param name="Constraints">Table constraints, and those written behind a column.</param>
/// <param name="Names">Bare column names, which reorder the query of CREATE TABLE … AS.</param>
internal sealed record TableElements(
    IReadOnlyList<ColumnElement> Columns,
    IReadOnlyList<WatermarkElement> Watermarks,
    IReadOnlyList<ConstraintElement> Constraints,
    IReadOnlyList<Identifier> Names)
{
    /// <summary>No parentheses at all.</summary>
    public static readonly TableElements Empty = new([], [], [], []);
}

/// <summary>One column of CREATE TABLE.</summary>
internal abstract record ColumnElement(Identifier Name, SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>COMMENT; null for none.</summary>
    public string? Comment { get; init; }

    /// <summary>The row column that holds the field in ALTER TABLE, and the rows within it; empty for a column of the table.</summary>
    public IReadOnlyList<Identifier> Parents { get; init; } = [];

    /// <summary>FIRST or AFTER of ALTER TABLE; null for none.</summary>
    public ColumnPlace? Place { get; init; }

    /// <summary><c>name TYPE</c>.</summary>
    public sealed record Physical(Identifier Name, SqlTypeName Type, SourceSpan Span) : ColumnElement(Name, Span);

    /// <summary><c>name TYPE METADATA [FROM 'key'] [VIRTUAL]</c>.</summary>
    public sealed record Metadata(Identifier Name, SqlTypeName Type, string? Key, bool IsVirtual, SourceSpan Span) : ColumnElement(Name, Span);

    /// <summary><c>name AS expression</c>.</summary>
    /// <param name="Text">The expression as written.</param>
    public sealed record Computed(Identifier Name, SqlExpression Expression, string Text, SourceSpan Span) : ColumnElement(Name, Span);
}

/// <summary>Where ALTER TABLE puts a column.</summary>
/// <param name="After">The column before it; null for FIRST.</param>
internal sealed record ColumnPlace(Identifier? After);

/// <summary>WATERMARK FOR column AS expression.</summary>
/// <param name="Text">The expression as written.</param>
internal sealed record WatermarkElement(QualifiedName Column, SqlExpression Expression, string Text, SourceSpan Span) : SyntaxNode(Span);

/// <summary>PRIMARY KEY or UNIQUE.</summary>
/// <param name="Name">CONSTRAINT name; null for none.</param>
/// <param name="IsEnforced">True for ENFORCED, and where nothing was written, which means the same.</param>
internal sealed record ConstraintElement(Identifier? Name, bool IsPrimaryKey, IReadOnlyList<Identifier> Columns, bool IsEnforced, SourceSpan Span) : SyntaxNode(Span);

/// <summary>One element of PARTITIONED BY: a column, or a transform of one.</summary>
/// <param name="Transform">In lower case; null for the column itself.</param>
/// <param name="Parameter">The number of bucket and truncate; null for the others.</param>
internal sealed record PartitionElement(Identifier Column, string? Transform, int? Parameter, SourceSpan Span) : SyntaxNode(Span);

/// <summary>DISTRIBUTED BY … INTO n BUCKETS.</summary>
/// <param name="Kind">HASH or RANGE; null when not written.</param>
internal sealed record DistributionClause(string? Kind, IReadOnlyList<Identifier> Columns, int? BucketCount, SourceSpan Span) : SyntaxNode(Span);

/// <summary>LIKE source (options).</summary>
internal sealed record LikeClause(QualifiedName Source, IReadOnlyList<LikeOption> Options, SourceSpan Span) : SyntaxNode(Span);

/// <summary>One INCLUDING, EXCLUDING or OVERWRITING of LIKE; both words in upper case.</summary>
internal sealed record LikeOption(string Strategy, string Feature, SourceSpan Span) : SyntaxNode(Span);

/// <summary>What ALTER TABLE does.</summary>
internal abstract record TableChange
{
    /// <summary>RENAME TO.</summary>
    public sealed record Rename(QualifiedName NewName) : TableChange;

    /// <summary>RENAME column TO column.</summary>
    public sealed record RenameColumn(QualifiedName Column, Identifier NewName) : TableChange;

    /// <summary>SET (…).</summary>
    public sealed record SetOptions(IReadOnlyList<OptionPair> Options) : TableChange;

    /// <summary>RESET (…).</summary>
    public sealed record ResetOptions(IReadOnlyList<string> Keys) : TableChange;

    /// <summary>ADD of columns, a key, a watermark.</summary>
    public sealed record Add(TableElements Elements) : TableChange;

    /// <summary>MODIFY of columns, the key, the watermark.</summary>
    public sealed record Modify(TableElements Elements) : TableChange;

    /// <summary>ADD or MODIFY DISTRIBUTION.</summary>
    public sealed record SetDistribution(DistributionClause Distribution, bool IsAdd) : TableChange;

    /// <summary>DROP of columns.</summary>
    public sealed record DropColumns(IReadOnlyList<QualifiedName> Columns) : TableChange;

    /// <summary>DROP PRIMARY KEY, CONSTRAINT n, WATERMARK or DISTRIBUTION.</summary>
    /// <param name="What">The words in upper case.</param>
    /// <param name="Constraint">The name of CONSTRAINT; null for the others.</param>
    public sealed record DropPart(string What, Identifier? Constraint) : TableChange;

    /// <summary>ADD or DROP PARTITION.</summary>
    public sealed record Partitions(bool IsAdd, bool IsGuarded, IReadOnlyList<IReadOnlyList<PartitionValue>> Specs) : TableChange;
}
