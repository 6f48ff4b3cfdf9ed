using Arctic.Columnar.Errors;
using Arctic.Sql.Parsing;

namespace Arctic.UnitTests.Sql.Parsing;

public sealed class ExpressionParsingTests
{
    [Theory]
    [InlineData("1 + 2 * 3", "(1 Plus (2 Multiply 3))")]
    [InlineData("1 + 2 || 'a'", "(1 Plus (2 Concatenate 'a'))")]
    [InlineData("1 - 2 - 3", "((1 Minus 2) Minus 3)")]
    [InlineData("a OR b AND NOT c", "(a Or (b And (Not c)))")]
    [InlineData("NOT a = b", "(Not (a Equal b))")]
    [InlineData("NOT a IS NULL", "(Not (a IS Null))")]
    [InlineData("a = b IS TRUE", "((a Equal b) IS True)")]
    [InlineData("a = b IS NOT UNKNOWN", "((a Equal b) IS NOT Unknown)")]
    [InlineData("a = b BETWEEN 1 AND 2", "(a Equal (b BETWEEN 1 AND 2))")]
    [InlineData("x BETWEEN 1 AND 2 AND y", "((x BETWEEN 1 AND 2) And y)")]
    [InlineData("x NOT BETWEEN SYMMETRIC 1 + 1 AND 2", "(x NOT BETWEEN SYMMETRIC (1 Plus 1) AND 2)")]
    [InlineData("x IN (1, 2) OR x NOT IN (3)", "((x IN [1, 2]) Or (x NOT IN [3]))")]
    [InlineData("x IN (SELECT 1)", "(x IN query)")]
    [InlineData("x NOT LIKE 'a!%' ESCAPE '!'", "(x NOT Like 'a!%' ESCAPE '!')")]
    [InlineData("x SIMILAR TO 'a|b' AND y", "((x Similar 'a|b') And y)")]
    [InlineData("a IS DISTINCT FROM b AND c", "((a IsDistinctFrom b) And c)")]
    [InlineData("a IS NOT DISTINCT FROM b + 1", "(a IsNotDistinctFrom (b Plus 1))")]
    [InlineData("x > ALL (SELECT 1)", "(x Greater ALL query)")]
    [InlineData("x = SOME (SELECT 1)", "(x Equal ANY query)")]
    public void Operators_group_by_precedence(string sql, string shape) => Assert.Equal(shape, Shape(sql));

    [Theory]
    [InlineData("-2147483648", "-2147483648")]
    [InlineData("-(-2147483648)", "2147483648")]
    [InlineData("- - 5", "5")]
    [InlineData("+5", "(Plus 5)")]
    [InlineData("-a", "(Minus a)")]
    [InlineData("2-1", "(2 Minus 1)")]
    [InlineData("2 * -1", "(2 Multiply -1)")]
    [InlineData(".5", ".5")]
    [InlineData("5.", "5.")]
    [InlineData("1.5E-3", "1.5E-3")]
    [InlineData("'it''s'", "'it's'")]
    [InlineData("U&'\\263A'", "'☺'")]
    [InlineData("U&'#263A##' UESCAPE '#'", "'☺#'")]
    [InlineData("U&'\\+01F600'", "'😀'")]
    [InlineData("E'a\\tb\\x41\\u0042\\103\\''", "'a\tbABC''")]
    [InlineData("N'a'", "'a'")]
    [InlineData("_utf8'a'", "'a'")]
    [InlineData("X'48aF'", "X'48AF'")]
    [InlineData("x''", "X''")]
    [InlineData("DATE '2024-01-01'", "Date'2024-01-01'")]
    [InlineData("TIMESTAMP WITH LOCAL TIME ZONE '2024-01-01 00:00:00'", "TimestampLtz'2024-01-01 00:00:00'")]
    [InlineData("{ts '2024-01-01 00:00:00'}", "Timestamp'2024-01-01 00:00:00'")]
    [InlineData("{fn UPPER('a')}", "UPPER('a')")]
    [InlineData("INTERVAL '10' DAYS", "INTERVAL'10' Day")]
    [InlineData("INTERVAL -'1 02:03:04.5' DAY(3) TO SECOND(3)", "INTERVAL-'1 02:03:04.5' Day(3) TO Second(3)")]
    [InlineData("INTERVAL '2-10' YEAR TO MONTH", "INTERVAL'2-10' Year TO Month")]
    [InlineData("INTERVAL 5 DAY", "INTERVAL 5 Day")]
    [InlineData("(a - b) DAY TO SECOND", "DIFF(a, b, Day TO Second)")]
    public void Literals(string sql, string shape) => Assert.Equal(shape, Shape(sql));

    [Theory]
    [InlineData("EXTRACT(DAY FROM x)", "EXTRACT(#DAY, x)")]
    [InlineData("FLOOR(x TO DAY)", "FLOOR(x, #DAY)")]
    [InlineData("ceil(x)", "ceil(x)")]
    [InlineData("TRIM(x)", "TRIM(#BOTH, ' ', x)")]
    [InlineData("TRIM(LEADING FROM x)", "TRIM(#LEADING, ' ', x)")]
    [InlineData("TRIM(TRAILING 'a' FROM x)", "TRIM(#TRAILING, 'a', x)")]
    [InlineData("TRIM('a' FROM x)", "TRIM(#BOTH, 'a', x)")]
    [InlineData("SUBSTRING(x FROM 2 FOR 3)", "SUBSTRING(x, 2, 3)")]
    [InlineData("SUBSTRING(x, 2)", "SUBSTRING(x, 2)")]
    [InlineData("POSITION('a' IN x)", "POSITION('a', x)")]
    [InlineData("OVERLAY(x PLACING y FROM 1 FOR 2)", "OVERLAY(x, y, 1, 2)")]
    [InlineData("TIMESTAMPADD(DAY, 1, x)", "TIMESTAMPADD(#DAY, 1, x)")]
    [InlineData("TIMESTAMPDIFF(SECONDS, a, b)", "TIMESTAMPDIFF(#SECOND, a, b)")]
    [InlineData("LEFT(x, 1)", "LEFT(x, 1)")]
    [InlineData("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP()")]
    [InlineData("COUNT(*)", "COUNT(*)")]
    [InlineData("COUNT(DISTINCT x) FILTER (WHERE y > 1)", "COUNT(DISTINCT x) FILTER (y Greater 1)")]
    [InlineData("f(a => 1, b => 'x')", "f(a => 1, b => 'x')")]
    [InlineData("SUM(x) OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", "SUM(x) OVER")]
    [InlineData("CASE WHEN a THEN 1 ELSE 2 END", "CASE WHEN a THEN 1 ELSE 2 END")]
    [InlineData("CASE a WHEN 1, 2 THEN 'x' END", "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'x' END")]
    [InlineData("JSON_VALUE(x, '$.a' RETURNING INTEGER DEFAULT 0 ON EMPTY NULL ON ERROR)", "JSON_VALUE(x, '$.a')")]
    [InlineData("JSON_OBJECT(KEY 'a' VALUE 1 ABSENT ON NULL)", "JSON_OBJECT('a', 1)")]
    public void Calls(string sql, string shape) => Assert.Equal(shape, Shape(sql));

    [Theory]
    [InlineData("(1, 'a')", "ROW(1, 'a')")]
    [InlineData("ROW(1)", "ROW(1)")]
    [InlineData("(1)", "1")]
    [InlineData("ARRAY[1, 2][1]", "ARRAY[1, 2][1]")]
    [InlineData("MAP['a', 1]['a']", "MAP['a', 1]['a']")]
    [InlineData("t.r.f", "t.r.f")]
    [InlineData("a[1].f", "(a[1]).f")]
    [InlineData("(SELECT 1)", "(query)")]
    [InlineData("((SELECT 1) + 1)", "((query) Plus 1)")]
    [InlineData("((SELECT 1) UNION (SELECT 2))", "(query)")]
    [InlineData("EXISTS (SELECT 1)", "EXISTS(query)")]
    public void Constructors_access_and_parentheses(string sql, string shape) => Assert.Equal(shape, Shape(sql));

    [Theory]
    [InlineData("INTEGER", "INT")]
    [InlineData("DEC(5, 1) NOT NULL", "DECIMAL(5, 1) NOT NULL")]
    [InlineData("DOUBLE PRECISION", "DOUBLE")]
    [InlineData("CHAR VARYING(3)", "VARCHAR(3)")]
    [InlineData("TIMESTAMP(3) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ(3)")]
    [InlineData("TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP")]
    [InlineData("ARRAY<ROW<a INT NOT NULL, b MAP<STRING, ARRAY<INT>>>> NOT NULL", "ARRAY<ROW<a INT NOT NULL, b MAP<STRING, ARRAY<INT>>>> NOT NULL")]
    [InlineData("ROW(x INT, y STRING) ARRAY", "ARRAY<ROW<x INT, y STRING>>")]
    [InlineData("INT MULTISET", "MULTISET<INT>")]
    [InlineData("INTERVAL DAY TO SECOND(3)", "INTERVAL Day TO Second(3)")]
    public void Types(string sql, string shape) => Assert.Equal(shape, ExpressionShape.Of(SqlParser.ParseType(sql)));

    [Theory]
    [InlineData("1 != 2", "'!=' is not an operator", 1, 3, "Write '<>'.")]
    [InlineData("'abc", "has no end", 1, 1, null)]
    [InlineData("1 +", "Found the end of the text where an expression was expected", 1, 4, null)]
    [InlineData("\"a\"", "The character '\"' starts nothing", 1, 1, "backticks")]
    [InlineData("CAST(1 AS )", "Found ')' where a type was expected", 1, 11, null)]
    [InlineData("1 +\n  * 2", "Found '*'", 2, 3, null)]
    [InlineData("INTERVAL '1' FORTNIGHT", "Found 'FORTNIGHT'", 1, 14, null)]
    [InlineData("X'4'", "even number of hexadecimal digits", 1, 1, null)]
    [InlineData("/* never", "has no end", 1, 1, null)]
    [InlineData("MAP['a']", "even number of items", 1, 1, null)]
    public void Mistakes_are_told_with_their_place(string sql, string message, int line, int column, string? hint)
    {
        var error = Assert.Throws<ArcticException>(() => SqlParser.ParseExpression(sql));

        Assert.Equal(ErrorCodes.SyntaxError, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(new SourcePosition(line, column), error.Position);
        if (hint is not null)
        {
            Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_nesting_without_end_is_an_error_not_a_crash()
    {
        var error = Assert.Throws<ArcticException>(() => SqlParser.ParseExpression(new string('(', 50_000) + "SELECT"));

        Assert.Equal("The statement is nested too deeply.", error.Message);
    }

    private static string Shape(string sql) => ExpressionShape.Of(SqlParser.ParseExpression(sql));
}
