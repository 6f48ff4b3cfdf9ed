using Arctic.Sql.Catalog;

namespace Arctic.Sql.Syntax;

/// <summary>A statement as written; the span covers it without its semicolon.</summary>
internal abstract record Statement(SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>A query that is run for its rows. <c>EXECUTE SELECT</c> too.</summary>
    public sealed record Select(Query Query, SourceSpan Span) : Statement(Span);

    /// <summary>INSERT.</summary>
    /// <param name="Columns">The column list; empty for none.</param>
    public sealed record Insert(QualifiedName Table, IReadOnlyList<Identifier> Columns, Query Query, bool IsOverwrite, SourceSpan Span) : Statement(Span)
    {
        /// <summary>Hints behind the table's name.</summary>
        public IReadOnlyList<Hint> Hints { get; init; } = [];

        /// <summary>PARTITION (k = literal, …); empty for none.</summary>
        public IReadOnlyList<PartitionValue> Partition { get; init; } = [];

        /// <summary>ON CONFLICT DO …: ERROR, NOTHING or DEDUPLICATE; null for none.</summary>
        public string? OnConflict { get; init; }
    }

    /// <summary>EXECUTE STATEMENT SET BEGIN … END: inserts that run as one job.</summary>
    public sealed record StatementSet(IReadOnlyList<Insert> Inserts, SourceSpan Span) : Statement(Span);

    /// <summary>BEGIN STATEMENT SET: the inserts up to END are one set.</summary>
    public sealed record BeginStatementSet(SourceSpan Span) : Statement(Span);

    /// <summary>END of a statement set.</summary>
    public sealed record EndStatementSet(SourceSpan Span) : Statement(Span);

    /// <summary>EXPLAIN.</summary>
    /// <param name="Details">CHANGELOG_MODE and kin, in upper case.</param>
    public sealed record Explain(Statement Target, IReadOnlyList<string> Details, SourceSpan Span) : Statement(Span);

    /// <summary>UPDATE.</summary>
    public sealed record Update(QualifiedName Table, IReadOnlyList<(Identifier Column, SqlExpression Value)> Assignments, SqlExpression? Where, SourceSpan Span) : Statement(Span);

    /// <summary>DELETE.</summary>
    public sealed record Delete(QualifiedName Table, SqlExpression? Where, SourceSpan Span) : Statement(Span);

    /// <summary>TRUNCATE TABLE.</summary>
    public sealed record Truncate(QualifiedName Table, SourceSpan Span) : Statement(Span);

    /// <summary>CREATE CATALOG.</summary>
    public sealed record CreateCatalog(Identifier Name, bool IfNotExists, string? Comment, IReadOnlyList<OptionPair> Options, SourceSpan Span) : Statement(Span);

    /// <summary>DROP CATALOG.</summary>
    public sealed record DropCatalog(Identifier Name, bool IfExists, SourceSpan Span) : Statement(Span);

    /// <summary>ALTER CATALOG.</summary>
    public sealed record AlterCatalog(Identifier Name, OptionChange Change, SourceSpan Span) : Statement(Span);

    /// <summary>CREATE DATABASE.</summary>
    public sealed record CreateDatabase(QualifiedName Name, bool IfNotExists, string? Comment, IReadOnlyList<OptionPair> Options, SourceSpan Span) : Statement(Span);

    /// <summary>DROP DATABASE.</summary>
    public sealed record DropDatabase(QualifiedName Name, bool IfExists, DropBehavior Behavior, SourceSpan Span) : Statement(Span);

    /// <summary>ALTER DATABASE.</summary>
    public sealed record AlterDatabase(QualifiedName Name, OptionChange Change, SourceSpan Span) : Statement(Span);

    /// <summary>CREATE TABLE, with LIKE or AS.</summary>
    public sealed record CreateTable(QualifiedName Name, TableElements Elements, SourceSpan Span) : Statement(Span)
    {
        /// <summary>TEMPORARY.</summary>
        public bool IsTemporary { get; init; }

        /// <summary>IF NOT EXISTS.</summary>
        public bool IfNotExists { get; init; }

        /// <summary>[CREATE OR] REPLACE TABLE … AS.</summary>
        public ReplaceMode Replace { get; init; }

        /// <summary>COMMENT; null for none.</summary>
        public string? Comment { get; init; }

        /// <summary>DISTRIBUTED; null for none.</summary>
        public DistributionClause? Distribution { get; init; }

        /// <summary>PARTITIONED BY; empty for none.</summary>
        public IReadOnlyList<PartitionElement> Partitioning { get; init; } = [];

        /// <summary>WITH; empty for none.</summary>
        public IReadOnlyList<OptionPair> Options { get; init; } = [];

        /// <summary>LIKE; null for none.</summary>
        public LikeClause? Like { get; init; }

        /// <summary>AS; null for none.</summary>
        public Query? AsQuery { get; init; }
    }

    /// <summary>DROP TABLE or DROP VIEW.</summary>
    public sealed record DropTable(QualifiedName Name, DroppedKind Kind, bool IsTemporary, bool IfExists, SourceSpan Span) : Statement(Span);

    /// <summary>ALTER TABLE.</summary>
    public sealed record AlterTable(QualifiedName Name, bool IfExists, TableChange Change, SourceSpan Span) : Statement(Span);

    /// <summary>CREATE VIEW.</summary>
    public sealed record CreateView(QualifiedName Name, IReadOnlyList<Identifier> Columns, Query Query, SourceSpan Span) : Statement(Span)
    {
        /// <summary>TEMPORARY.</summary>
        public bool IsTemporary { get; init; }

        /// <summary>IF NOT EXISTS.</summary>
        public bool IfNotExists { get; init; }

        /// <summary>OR REPLACE.</summary>
        public bool IsReplace { get; init; }

        /// <summary>COMMENT; null for none.</summary>
        public string? Comment { get; init; }

        /// <summary>The query as written.</summary>
        public required string QueryText { get; init; }
    }

    /// <summary>ALTER VIEW.</summary>
    /// <param name="RenameTo">Null unless it is renamed.</param>
    /// <param name="Query">Null unless the query is replaced.</param>
    public sealed record AlterView(QualifiedName Name, QualifiedName? RenameTo, Query? Query, SourceSpan Span) : Statement(Span)
    {
        /// <summary>The query as written; empty without one.</summary>
        public string QueryText { get; init; } = "";
    }

    /// <summary>USE CATALOG.</summary>
    public sealed record UseCatalog(Identifier Name, SourceSpan Span) : Statement(Span);

    /// <summary>USE database.</summary>
    public sealed record UseDatabase(QualifiedName Name, SourceSpan Span) : Statement(Span);

    /// <summary>SHOW and what it lists.</summary>
    public sealed record Show(ShowKind Kind, SourceSpan Span) : Statement(Span)
    {
        /// <summary>FROM or IN, or the object of SHOW CREATE, SHOW COLUMNS and SHOW PARTITIONS; null for none.</summary>
        public QualifiedName? Object { get; init; }

        /// <summary>PARTITION of SHOW PARTITIONS; empty for none.</summary>
        public IReadOnlyList<PartitionValue> Partition { get; init; } = [];

        /// <summary>LIKE; null for none.</summary>
        public ShowPattern? Pattern { get; init; }
    }

    /// <summary>DESCRIBE of a table or view.</summary>
    public sealed record Describe(QualifiedName Table, bool IsExtended, SourceSpan Span) : Statement(Span);

    /// <summary>DESCRIBE CATALOG, DATABASE, FUNCTION, MODEL or JOB.</summary>
    public sealed record DescribeObject(string Kind, QualifiedName? Name, string? Id, bool IsExtended, SourceSpan Span) : Statement(Span);

    /// <summary>SET; without a key it lists all options.</summary>
    public sealed record Set(string? Key, string? Value, SourceSpan Span) : Statement(Span);

    /// <summary>RESET; without a key it resets all options.</summary>
    public sealed record Reset(string? Key, SourceSpan Span) : Statement(Span);

    /// <summary>CALL of a procedure.</summary>
    public sealed record Call(QualifiedName Procedure, IReadOnlyList<SqlExpression> Arguments, SourceSpan Span) : Statement(Span);

    /// <summary>STOP JOB.</summary>
    public sealed record StopJob(string JobId, bool WithSavepoint, bool WithDrain, SourceSpan Span) : Statement(Span);

    /// <summary>ANALYZE TABLE.</summary>
    public sealed record Analyze(QualifiedName Table, SourceSpan Span) : Statement(Span);

    /// <summary>HELP, CLEAR, QUIT or EXIT of the client.</summary>
    public sealed record ClientCommand(string Word, SourceSpan Span) : Statement(Span);

    /// <summary>A statement of the dialect that parses and that nothing executes: modules, functions, models, jars, plans, materialized tables.</summary>
    /// <param name="What">Its words, for the message: <c>CREATE FUNCTION</c>.</param>
    public sealed record NotExecuted(string What, SourceSpan Span) : Statement(Span);
}

/// <summary>What ALTER CATALOG and ALTER DATABASE change.</summary>
internal sealed record OptionChange(IReadOnlyList<OptionPair> Set, IReadOnlyList<string> Reset, string? Comment);

/// <summary>Whether CREATE TABLE … AS replaces a table.</summary>
internal enum ReplaceMode
{
    /// <summary>CREATE.</summary>
    None,

    /// <summary>REPLACE.</summary>
    Replace,

    /// <summary>CREATE OR REPLACE.</summary>
    CreateOrReplace,
}

/// <summary>What DROP removes.</summary>
internal enum DroppedKind
{
    /// <summary>DROP TABLE.</summary>
    Table,

    /// <summary>DROP VIEW.</summary>
    View,
}

/// <summary><c>k = literal</c> of a PARTITION clause.</summary>
/// <param name="Value">Null where only the column is named.</param>
internal sealed record PartitionValue(Identifier Column, SqlExpression? Value);

/// <summary>LIKE or ILIKE of SHOW.</summary>
internal sealed record ShowPattern(string Pattern, bool IgnoresCase, bool IsNegated);

/// <summary>What SHOW lists.</summary>
internal enum ShowKind
{
    /// <summary>SHOW CATALOGS.</summary>
    Catalogs,

    /// <summary>SHOW CURRENT CATALOG.</summary>
    CurrentCatalog,

    /// <summary>SHOW DATABASES.</summary>
    Databases,

    /// <summary>SHOW CURRENT DATABASE.</summary>
    CurrentDatabase,

    /// <summary>SHOW TABLES.</summary>
    Tables,

    /// <summary>SHOW VIEWS.</summary>
    Views,

    /// <summary>SHOW MATERIALIZED TABLES.</summary>
    MaterializedTables,

    /// <summary>SHOW FUNCTIONS.</summary>
    Functions,

    /// <summary>SHOW USER FUNCTIONS.</summary>
    UserFunctions,

    /// <summary>SHOW PROCEDURES.</summary>
    Procedures,

    /// <summary>SHOW MODELS.</summary>
    Models,

    /// <summary>SHOW MODULES.</summary>
    Modules,

    /// <summary>SHOW FULL MODULES.</summary>
    FullModules,

    /// <summary>SHOW JARS.</summary>
    Jars,

    /// <summary>SHOW JOBS.</summary>
    Jobs,

    /// <summary>SHOW COLUMNS.</summary>
    Columns,

    /// <summary>SHOW PARTITIONS.</summary>
    Partitions,

    /// <summary>SHOW CREATE TABLE.</summary>
    CreateTable,

    /// <summary>SHOW CREATE VIEW.</summary>
    CreateView,

    /// <summary>SHOW CREATE CATALOG.</summary>
    CreateCatalog,

    /// <summary>SHOW CREATE MODEL.</summary>
    CreateModel,

    /// <summary>SHOW CREATE MATERIALIZED TABLE.</summary>
    CreateMaterializedTable,
}
