using Arctic.Columnar.Errors;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.UnitTests.Sql.Parsing;

public class SqlPrinterTests
{
    [Theory]
    [InlineData("id*2", "`id` * 2")]
    [InlineData("(a + b) * c - (d - e)", "(`a` + `b`) * `c` - (`d` - `e`)")]
    [InlineData("a + (b + c)", "`a` + (`b` + `c`)")]
    [InlineData("1 + 2 || 'it''s'", "1 + 2 || 'it''s'")]
    [InlineData("not (a or b) and c = -1", "NOT (`a` OR `b`) AND `c` = -1")]
    [InlineData("(a = b) is true", "`a` = `b` IS TRUE")]
    [InlineData("a = (b is true)", "`a` = (`b` IS TRUE)")]
    [InlineData("a between 1 and 2 or x not in (1, 2)", "`a` BETWEEN 1 AND 2 OR `x` NOT IN (1, 2)")]
    [InlineData("upper(`my col`)", "UPPER(`my col`)")]
    [InlineData("ts - interval '5' second", "`ts` - INTERVAL '5' SECOND")]
    [InlineData("interval '1 02' day(3) to hour", "INTERVAL '1 02' DAY(3) TO HOUR")]
    [InlineData("cast(a as timestamp_ltz(3))", "CAST(`a` AS TIMESTAMP(3) WITH LOCAL TIME ZONE)")]
    [InlineData("try_cast(a as row<x int not null, y array<string>>)", "TRY_CAST(`a` AS ROW<`x` INTEGER NOT NULL, `y` ARRAY<STRING>>)")]
    [InlineData("extract(day from d)", "EXTRACT(DAY FROM `d`)")]
    [InlineData("floor(ts to hour)", "FLOOR(`ts` TO HOUR)")]
    [InlineData("trim(leading 'x' from s)", "TRIM(LEADING 'x' FROM `s`)")]
    [InlineData("case a when 1 then 'x' else 'y' end", "CASE `a` WHEN 1 THEN 'x' ELSE 'y' END")]
    [InlineData("count(distinct x) filter (where y > 1)", "COUNT(DISTINCT `x`) FILTER (WHERE `y` > 1)")]
    [InlineData("sum(x) over (partition by k order by t desc rows between 2 preceding and current row)", "SUM(`x`) OVER (PARTITION BY `k` ORDER BY `t` DESC ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)")]
    [InlineData("json_object(key 'a' value 1 null on null)", "JSON_OBJECT(KEY 'a' VALUE 1 NULL ON NULL)")]
    [InlineData("json_value(j, '$.x' returning integer default 0 on empty error on error)", "JSON_VALUE(`j`, '$.x' RETURNING INTEGER DEFAULT 0 ON EMPTY ERROR ON ERROR)")]
    [InlineData("a[1].b", "`a`[1].`b`")]
    [InlineData("x'48AF'", "X'48AF'")]
    [InlineData("position('a' in s)", "POSITION('a' IN `s`)")]
    [InlineData("current_date", "CURRENT_DATE")]
    public void An_expression_is_written_in_one_form(string text, string expected)
    {
        var printed = SqlPrinter.Print(SqlParser.ParseExpression(text));

        Assert.Equal(expected, printed);
        Assert.Equal(expected, SqlPrinter.Print(SqlParser.ParseExpression(printed)));
    }

    [Theory]
    [InlineData("01-arith")]
    [InlineData("02-cast")]
    [InlineData("03-string")]
    [InlineData("04-datetime")]
    [InlineData("05-math-coll")]
    [InlineData("06-query")]
    [InlineData("06b-correlated-values")]
    [InlineData("07-stream")]
    [InlineData("08-window")]
    [InlineData("11-runtime")]
    public void A_query_that_was_written_back_is_the_same_query(string theme)
    {
        var count = 0;
        foreach (var query in RecordedStatement.Load(theme).Select(s => TryParse(s.Sql)).OfType<Statement.Select>().Select(s => s.Query))
        {
            var printed = SqlPrinter.Print(query);

            var again = Assert.IsType<Statement.Select>(TryParse(printed)).Query;
            Assert.Equal(printed, SqlPrinter.Print(again));
            Assert.Equal(ShapeOf(query), ShapeOf(again), ignoreCase: true);
            count++;
        }

        Assert.True(count > 5, $"{count} queries");
    }

    // The tables and expressions of a query, without what only the writing of parentheses changes.
    private static string ShapeOf(Query query) => string.Join('\n', TableNames.In(query).Select(n => n.ToString()).Append(query.Body switch
    {
        QueryBody.Select select => string.Join(", ", select.Items.Select(i => ExpressionShape.Of(i.Expression))) + ExpressionShapeOrNone(select.Where),
        var other => other.GetType().Name,
    }));

    private static string ExpressionShapeOrNone(SqlExpression? expression) => expression is null ? "" : ExpressionShape.Of(expression);

    private static Statement? TryParse(string sql)
    {
        try
        {
            return SqlParser.Parse(sql);
        }
        catch (ArcticException)
        {
            return null;
        }
    }
}
