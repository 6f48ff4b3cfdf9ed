using Arctic.Columnar.Errors;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.UnitTests.Sql.Parsing;

public sealed class StatementParsingTests
{
    [Fact]
    public void Create_table_keeps_every_clause()
    {
        var table = Parse<Statement.CreateTable>("""
            CREATE TABLE IF NOT EXISTS c.d.orders (
              id BIGINT COMMENT 'the id',
              name STRING NOT NULL,
              ts TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL,
              twice AS id * 2,
              WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
              CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED
            ) COMMENT 'orders'
            PARTITIONED BY (name, days(ts), bucket(16, id), truncate(4, name))
            WITH ('connector' = 'x', 'k' = 'it''s')
            """);

        Assert.Equal("c.d.orders", table.Name.ToString());
        Assert.True(table.IfNotExists);
        Assert.Equal(["id", "name", "ts", "twice"], table.Elements.Columns.Select(c => c.Name.Name));
        Assert.Equal("the id", table.Elements.Columns[0].Comment);
        Assert.Equal("id * 2", Assert.IsType<ColumnElement.Computed>(table.Elements.Columns[3]).Text);
        Assert.True(Assert.IsType<ColumnElement.Metadata>(table.Elements.Columns[2]) is { Key: "timestamp", IsVirtual: true });
        Assert.Equal("ts - INTERVAL '5' SECOND", Assert.Single(table.Elements.Watermarks).Text);
        Assert.True(Assert.Single(table.Elements.Constraints) is { Name.Name: "pk", IsPrimaryKey: true, IsEnforced: false });
        Assert.Equal([("name", null, null), ("ts", "days", null), ("id", "bucket", 16), ("name", "truncate", 4)], table.Partitioning.Select(p => (p.Column.Name, p.Transform, p.Parameter)));
        Assert.Equal([("connector", "x"), ("k", "it's")], table.Options.Select(o => (o.Key, o.Value)));
    }

    [Fact]
    public void Insert_keeps_hints_columns_and_query()
    {
        var insert = Parse<Statement.Insert>("INSERT INTO t /*+ OPTIONS('a'='b') */ PARTITION (p = 'x') (id, v) SELECT 1, 'v'");

        Assert.Equal(["id", "v"], insert.Columns.Select(c => c.Name));
        Assert.Equal("a", Assert.Single(Assert.Single(insert.Hints).Options).Key);
        Assert.Equal("p", Assert.Single(insert.Partition).Column.Name);
    }

    [Theory]
    [InlineData("SET 'a.b' = 'c d'", "a.b", "c d")]
    [InlineData("SET execution.runtime-mode = streaming", "execution.runtime-mode", "streaming")]
    [InlineData("SET warehouse=file:///tmp/x -- a comment", "warehouse", "file:///tmp/x")]
    [InlineData("set a = 'b''c'", "a", "b'c")]
    [InlineData("SET a =", "a", "")]
    public void Set_takes_quoted_and_unquoted_pairs(string sql, string key, string value)
    {
        var set = Parse<Statement.Set>(sql);

        Assert.Equal((key, value), (set.Key, set.Value));
    }

    [Fact]
    public void Set_and_reset_without_a_key_mean_all()
    {
        Assert.Null(Parse<Statement.Set>("SET;").Key);
        Assert.Null(Parse<Statement.Reset>("RESET").Key);
        Assert.Equal("a.b-c", Parse<Statement.Reset>("RESET a.b-c;").Key);
    }

    [Fact]
    public void A_script_is_cut_at_semicolons_outside_strings_comments_and_statement_sets()
    {
        var script = """
            -- first; not a statement
            SET a = b;
            ;
            SELECT ';' /* ; */;
            EXECUTE STATEMENT SET BEGIN
              INSERT INTO t SELECT 1;
              INSERT INTO u SELECT 2;
            END;
            SELECT 2
            """;

        var statements = SqlParser.ParseScript(script);

        Assert.Equal(["Set", "Select", "StatementSet", "Select"], statements.Select(s => s.GetType().Name));
        Assert.Equal([2, 4, 5, 9], statements.Select(s => s.Position.Line));
        Assert.Equal("SELECT ';'", statements[1].Span.TextIn(script));
        Assert.Equal(2, ((Statement.StatementSet)statements[2]).Inserts.Count);
    }

    [Fact]
    public void A_mistake_in_the_last_statement_refuses_the_script()
    {
        var error = Assert.Throws<ArcticException>(() => SqlParser.ParseScript("CREATE DATABASE d;\nSELECT 1 FORM t;"));

        Assert.Equal(ErrorCodes.SyntaxError, error.Code);
        Assert.Equal(new SourcePosition(2, 15), error.Position);
    }

    [Theory]
    [InlineData("CREATE TABL t (id INT)", 1, 8, "Did you mean 'TABLE'?")]
    [InlineData("SELCT 1", 1, 1, "Did you mean 'SELECT'?")]
    [InlineData("SELECT a AS user FROM t", 1, 13, "'user' is a reserved word: write `user` to use it as a name.")]
    [InlineData("SELECT id FROM t WHERE id = 1 GRUOP BY id", 1, 31, "Did you mean 'GROUP'?")]
    [InlineData("DROP nosuch", 1, 6, null)]
    [InlineData("SELECT id FROM t LIMIT 1, 2", 1, 25, "LIMIT count OFFSET start")]
    [InlineData("CREATE TABLE t (id INT,) WITH ('a'='b')", 1, 24, null)]
    [InlineData("CREATE TABLE t (id INT) WITH (a = 'b')", 1, 31, null)]
    [InlineData("SELECT a FROM t MINUS SELECT b FROM u", 1, 17, "EXCEPT")]
    public void Mistakes_are_told_with_place_and_hint(string sql, int line, int column, string? hint)
    {
        var error = Assert.Throws<ArcticException>(() => SqlParser.Parse(sql));

        Assert.Equal(ErrorCodes.SyntaxError, error.Code);
        Assert.Equal(new SourcePosition(line, column), error.Position);
        Assert.Contains(hint ?? "", error.Hint ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Query_clauses_arrive_in_their_places()
    {
        var query = Parse<Statement.Select>("""
            WITH a (x) AS (SELECT 1)
            SELECT DISTINCT t.*, COUNT(*) AS n
            FROM s.t /*+ OPTIONS('streaming'='true') */ AS t LEFT OUTER JOIN a ON t.x = a.x, u
            WHERE t.y > 1 GROUP BY t.x, (t.y, t.z) HAVING COUNT(*) > 1
            ORDER BY 2 DESC NULLS LAST, n LIMIT 10 OFFSET 5
            """).Query;

        var select = Assert.IsType<QueryBody.Select>(query.Body);
        var comma = Assert.IsType<TableReference.Join>(select.From);
        var left = Assert.IsType<TableReference.Join>(comma.Left);
        var named = Assert.IsType<TableReference.Named>(left.Left);
        Assert.Equal("a", Assert.Single(query.With).Name.Name);
        Assert.True(select.IsDistinct);
        Assert.Equal((JoinType.Comma, JoinType.Left), (comma.Kind, left.Kind));
        Assert.Equal("OPTIONS", Assert.Single(named.Hints).Name);
        Assert.Equal("t", named.Alias!.Name);
        Assert.Equal([1, 2], select.GroupBy!.Items.Select(i => ((GroupItem.Expressions)i).Items.Count));
        Assert.Equal([(true, (bool?)false), (false, null)], query.OrderBy.Select(o => (o.IsDescending, o.NullsFirst)));
        Assert.Equal((10L, 5L), (query.Limit, query.Offset));
    }

    [Fact]
    public void Intersect_binds_tighter_than_union()
    {
        var query = Parse<Statement.Select>("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3").Query;

        var union = Assert.IsType<QueryBody.SetOperation>(query.Body);
        Assert.Equal((SetOperator.Union, true), (union.Operator, union.IsAll));
        Assert.Equal(SetOperator.Intersect, Assert.IsType<QueryBody.SetOperation>(union.Right).Operator);
    }

    private static T Parse<T>(string sql)
        where T : Statement => Assert.IsType<T>(SqlParser.Parse(sql));
}
