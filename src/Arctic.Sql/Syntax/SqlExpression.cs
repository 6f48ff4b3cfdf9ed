using Arctic.Columnar.Types;

namespace Arctic.Sql.Syntax;

/// <summary>A scalar expression as written.</summary>
internal abstract record SqlExpression(SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary><c>NULL</c>.</summary>
    public sealed record NullLiteral(SourceSpan Span) : SqlExpression(Span);

    /// <summary>TRUE, FALSE, or UNKNOWN when <paramref name="Value"/> is null.</summary>
    public sealed record BooleanLiteral(bool? Value, SourceSpan Span) : SqlExpression(Span);

    /// <summary>A number; <paramref name="Text"/> may start with the sign, which belongs to the literal.</summary>
    public sealed record NumericLiteral(string Text, SourceSpan Span) : SqlExpression(Span);

    /// <summary>A character string, decoded.</summary>
    public sealed record StringLiteral(string Value, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>X'…'</c>.</summary>
    public sealed record BinaryLiteral(EquatableList<byte> Value, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>DATE '…'</c>, <c>TIME '…'</c>, <c>TIMESTAMP '…'</c>, <c>TIMESTAMP WITH LOCAL TIME ZONE '…'</c>.</summary>
    public sealed record DateTimeLiteral(DateTimeLiteralKind Kind, string Text, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>INTERVAL '…' qualifier</c>.</summary>
    /// <param name="IsNegative">A minus sign before the quotes.</param>
    public sealed record IntervalLiteral(string Text, bool IsNegative, IntervalQualifier Qualifier, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>INTERVAL expression unit</c>: a number of units that is not a quoted literal.</summary>
    public sealed record IntervalExpression(SqlExpression Value, IntervalQualifier Qualifier, SourceSpan Span) : SqlExpression(Span);

    /// <summary>A column, perhaps qualified, perhaps with fields of rows behind it: what the dots mean is for the binder to say.</summary>
    public sealed record Name(IReadOnlyList<Identifier> Parts, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>*</c> or <c>t.*</c>.</summary>
    /// <param name="Qualifier">Empty for a bare star.</param>
    public sealed record Star(IReadOnlyList<Identifier> Qualifier, SourceSpan Span) : SqlExpression(Span);

    /// <summary>A prefix operator.</summary>
    public sealed record Unary(UnaryOperator Operator, SqlExpression Operand, SourceSpan Span) : SqlExpression(Span);

    /// <summary>An infix operator.</summary>
    public sealed record Binary(BinaryOperator Operator, SqlExpression Left, SqlExpression Right, SourceSpan Span) : SqlExpression(Span)
    {
        /// <summary>Where the operator stands.</summary>
        public required SourceSpan OperatorSpan { get; init; }
    }

    /// <summary><c>IS [NOT] NULL | TRUE | FALSE | UNKNOWN</c>.</summary>
    public sealed record Is(SqlExpression Operand, IsTest Test, bool IsNegated, SourceSpan Span) : SqlExpression(Span)
    {
        /// <summary>VALUE, OBJECT, ARRAY or SCALAR of IS JSON.</summary>
        public string JsonKind { get; init; } = "VALUE";
    }

    /// <summary><c>[NOT] BETWEEN [SYMMETRIC] low AND high</c>.</summary>
    public sealed record Between(SqlExpression Operand, SqlExpression Low, SqlExpression High, bool IsSymmetric, bool IsNegated, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>[NOT] IN (a, b, …)</c>.</summary>
    public sealed record InList(SqlExpression Operand, IReadOnlyList<SqlExpression> Items, bool IsNegated, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>[NOT] IN (query)</c>.</summary>
    public sealed record InQuery(SqlExpression Operand, Query Query, bool IsNegated, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>operand op ANY | ALL (query)</c>; SOME is ANY.</summary>
    public sealed record Quantified(SqlExpression Operand, BinaryOperator Operator, bool IsAll, Query Query, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>[NOT] LIKE | SIMILAR TO pattern [ESCAPE e]</c>.</summary>
    public sealed record Like(SqlExpression Operand, SqlExpression Pattern, SqlExpression? Escape, LikeKind Kind, bool IsNegated, SourceSpan Span) : SqlExpression(Span);

    /// <summary>CASE, with an operand when it is the simple form.</summary>
    public sealed record Case(SqlExpression? Operand, IReadOnlyList<CaseWhen> Branches, SqlExpression? Else, SourceSpan Span) : SqlExpression(Span);

    /// <summary>CAST or TRY_CAST.</summary>
    public sealed record Cast(SqlExpression Operand, SqlTypeName Type, bool IsTry, SourceSpan Span) : SqlExpression(Span);

    /// <summary>
    /// A call. Special syntax arrives as plain arguments: <c>EXTRACT('DAY', x)</c>, <c>FLOOR(x, 'DAY')</c>, <c>TRIM('BOTH', chars, s)</c>,
    /// <c>TIMESTAMPADD('DAY', n, t)</c>, the unit being an upper-case <see cref="TimeUnitArgument"/>.
    /// </summary>
    public sealed record Call(QualifiedName Function, IReadOnlyList<SqlExpression> Arguments, SourceSpan Span) : SqlExpression(Span)
    {
        /// <summary><c>COUNT(DISTINCT x)</c>.</summary>
        public bool IsDistinct { get; init; }

        /// <summary><c>COUNT(*)</c>.</summary>
        public bool IsStar { get; init; }

        /// <summary>Whether it was written without parentheses: <c>CURRENT_DATE</c>.</summary>
        public bool IsBare { get; init; }

        /// <summary><c>FILTER (WHERE …)</c>; null for none.</summary>
        public SqlExpression? Filter { get; init; }

        /// <summary><c>ORDER BY</c> inside the parentheses or in WITHIN GROUP.</summary>
        public IReadOnlyList<OrderItem> Order { get; init; } = [];

        /// <summary>Whether the order stood in WITHIN GROUP.</summary>
        public bool IsWithinGroup { get; init; }

        /// <summary><c>IGNORE NULLS</c> true, <c>RESPECT NULLS</c> false, null when neither was written.</summary>
        public bool? IgnoresNulls { get; init; }

        /// <summary><c>OVER …</c>; null for none.</summary>
        public WindowReference? Over { get; init; }

        /// <summary>Further clauses of SQL/JSON functions as written, in upper case: <c>RETURNING INTEGER</c>, <c>NULL ON ERROR</c>.</summary>
        public IReadOnlyList<CallClause> Clauses { get; init; } = [];
    }

    /// <summary>A word that special syntax passes to a function: a unit of time, a trim side.</summary>
    public sealed record TimeUnitArgument(string Word, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>(a, b)</c> or <c>ROW(a, b)</c>.</summary>
    /// <param name="IsExplicit">Whether ROW was written.</param>
    public sealed record Row(IReadOnlyList<SqlExpression> Items, bool IsExplicit, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>ARRAY[a, b]</c>.</summary>
    public sealed record Array(IReadOnlyList<SqlExpression> Items, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>MAP[k, v, …]</c>: keys and values in turn.</summary>
    public sealed record Map(IReadOnlyList<SqlExpression> Items, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>ARRAY(query)</c>, <c>MULTISET(query)</c>, <c>MAP(query)</c>, <c>MULTISET[…]</c>: constructors that nothing executes yet.</summary>
    /// <param name="Constructor">The word.</param>
    /// <param name="Query">Null when items were given.</param>
    public sealed record CollectionQuery(string Constructor, Query? Query, IReadOnlyList<SqlExpression> Items, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>operand[index]</c>.</summary>
    public sealed record ElementAccess(SqlExpression Operand, SqlExpression Index, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>(operand).field</c> of an operand that is not a name.</summary>
    public sealed record FieldAccess(SqlExpression Operand, Identifier Field, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>(operand).*</c> of an operand that is not a name.</summary>
    public sealed record RowStar(SqlExpression Operand, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>(query)</c> where a value is wanted.</summary>
    public sealed record ScalarQuery(Query Query, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>EXISTS (query)</c>.</summary>
    public sealed record Exists(Query Query, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>(a - b) DAY</c>: the difference of two points in time as an interval.</summary>
    public sealed record DateTimeDifference(SqlExpression Left, SqlExpression Right, IntervalQualifier Qualifier, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>name =&gt; value</c>.</summary>
    public sealed record NamedArgument(Identifier ArgumentName, SqlExpression Value, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>DEFAULT</c> in the place of an argument.</summary>
    public sealed record Default(SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>DESCRIPTOR(a, b)</c>.</summary>
    public sealed record Descriptor(IReadOnlyList<Identifier> Columns, SourceSpan Span) : SqlExpression(Span);

    /// <summary><c>TABLE t [PARTITION BY …] [ORDER BY …]</c> or <c>TABLE (query)</c> as an argument of a table function.</summary>
    public sealed record TableArgument(TableReference Table, IReadOnlyList<SqlExpression> PartitionBy, IReadOnlyList<OrderItem> OrderBy, SourceSpan Span) : SqlExpression(Span);
}

/// <summary>One <c>WHEN … THEN …</c>.</summary>
internal sealed record CaseWhen(SqlExpression Condition, SqlExpression Result);

/// <summary>A clause of an SQL/JSON function.</summary>
/// <param name="Words">Upper-case words: <c>DEFAULT ON EMPTY</c>, <c>RETURNING</c>.</param>
/// <param name="Value">The expression of DEFAULT; null for none.</param>
/// <param name="Type">The type of RETURNING; null for none.</param>
internal sealed record CallClause(string Words, SqlExpression? Value, SqlTypeName? Type);

/// <summary>The prefix operators.</summary>
internal enum UnaryOperator
{
    /// <summary><c>+</c>.</summary>
    Plus,

    /// <summary><c>-</c>.</summary>
    Minus,

    /// <summary><c>NOT</c>.</summary>
    Not,
}

/// <summary>The infix operators.</summary>
internal enum BinaryOperator
{
    /// <summary><c>OR</c>.</summary>
    Or,

    /// <summary><c>AND</c>.</summary>
    And,

    /// <summary><c>=</c>.</summary>
    Equal,

    /// <summary><c>&lt;&gt;</c>.</summary>
    NotEqual,

    /// <summary><c>&lt;</c>.</summary>
    Less,

    /// <summary><c>&lt;=</c>.</summary>
    LessOrEqual,

    /// <summary><c>&gt;</c>.</summary>
    Greater,

    /// <summary><c>&gt;=</c>.</summary>
    GreaterOrEqual,

    /// <summary><c>IS DISTINCT FROM</c>.</summary>
    IsDistinctFrom,

    /// <summary><c>IS NOT DISTINCT FROM</c>.</summary>
    IsNotDistinctFrom,

    /// <summary><c>+</c>.</summary>
    Plus,

    /// <summary><c>-</c>.</summary>
    Minus,

    /// <summary><c>*</c>.</summary>
    Multiply,

    /// <summary><c>/</c>.</summary>
    Divide,

    /// <summary><c>%</c>.</summary>
    Modulo,

    /// <summary><c>||</c>.</summary>
    Concatenate,

    /// <summary><c>OVERLAPS</c>, of two rows of two.</summary>
    Overlaps,
}

/// <summary>What IS asks.</summary>
internal enum IsTest
{
    /// <summary>IS NULL.</summary>
    Null,

    /// <summary>IS TRUE.</summary>
    True,

    /// <summary>IS FALSE.</summary>
    False,

    /// <summary>IS UNKNOWN.</summary>
    Unknown,

    /// <summary>IS JSON and its kinds.</summary>
    Json,
}

/// <summary>The pattern languages.</summary>
internal enum LikeKind
{
    /// <summary>LIKE.</summary>
    Like,

    /// <summary>SIMILAR TO.</summary>
    Similar,
}

/// <summary>The literals of points in time.</summary>
internal enum DateTimeLiteralKind
{
    /// <summary>DATE.</summary>
    Date,

    /// <summary>TIME.</summary>
    Time,

    /// <summary>TIMESTAMP.</summary>
    Timestamp,

    /// <summary>TIMESTAMP WITH LOCAL TIME ZONE.</summary>
    TimestampLtz,
}

/// <summary>The units of an interval.</summary>
/// <param name="Start">The leading unit.</param>
/// <param name="End">The unit behind TO; null for a single unit.</param>
/// <param name="StartPrecision">Digits of the leading field; null when not written (2).</param>
/// <param name="FractionPrecision">Digits of fractions of a second; null when not written (6).</param>
internal sealed record IntervalQualifier(IntervalUnit Start, IntervalUnit? End, int? StartPrecision, int? FractionPrecision)
{
    /// <summary>Whether it counts months rather than milliseconds.</summary>
    public bool IsYearMonth => Start is IntervalUnit.Year or IntervalUnit.Quarter or IntervalUnit.Month;
}

/// <summary>The units of intervals.</summary>
internal enum IntervalUnit
{
    /// <summary>YEAR.</summary>
    Year,

    /// <summary>QUARTER.</summary>
    Quarter,

    /// <summary>MONTH.</summary>
    Month,

    /// <summary>WEEK.</summary>
    Week,

    /// <summary>DAY.</summary>
    Day,

    /// <summary>HOUR.</summary>
    Hour,

    /// <summary>MINUTE.</summary>
    Minute,

    /// <summary>SECOND.</summary>
    Second,
}
