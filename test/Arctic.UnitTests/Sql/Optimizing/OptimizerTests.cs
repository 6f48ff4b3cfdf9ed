using Arctic.Columnar.Expressions;
using Arctic.Sql.Optimizing;

namespace Arctic.UnitTests.Sql.Optimizing;

public sealed class OptimizerTests
{
    private const string Tables = """
        CREATE TABLE t (id INT, k STRING, n INT, d DOUBLE) WITH ('connector' = 'x');
        CREATE TABLE u (id BIGINT, w STRING) WITH ('connector' = 'x');
        CREATE TABLE keyed (a INT, b INT, c INT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'x')
        """;

    [Theory]
    [InlineData("SELECT id + (1 + 2) FROM t", """
        Calc(select=[(id + 3) AS EXPR$0])
        +- TableSourceScan(table=[[c, d, t]], fields=[id])
        """)]
    [InlineData("SELECT k FROM (SELECT id, k, n + 1 AS m FROM t) WHERE m > 2 AND 1 = 1", """
        Calc(select=[k])
        +- TableSourceScan(table=[[c, d, t, filter=[((n + 1) > 2)]]], fields=[k, n])
        """)]
    [InlineData("SELECT t.k, u.w FROM t, u WHERE t.id = u.id AND t.n > 1 AND u.w = 'x' AND t.n < u.id", """
        Calc(select=[k, w])
        +- Join(joinType=[InnerJoin], where=[$key4 = id AND (CAST(n AS BIGINT) < id)], select=[k, n, $key4, id, w])
           :- Calc(select=[k, n, CAST(id AS BIGINT) AS $key4])
           :  +- TableSourceScan(table=[[c, d, t, filter=[(n > 1)]]], fields=[id, k, n])
           +- TableSourceScan(table=[[c, d, u, filter=[(w = 'x')]]], fields=[id, w])
        """)]
    [InlineData("SELECT id FROM t WHERE FALSE", """
        Values(tuples=[[]])
        """)]
    [InlineData("SELECT id FROM t ORDER BY n LIMIT 3 OFFSET 2", """
        Calc(select=[id])
        +- SortLimit(orderBy=[n ASC], offset=[2], fetch=[3])
           +- TableSourceScan(table=[[c, d, t]], fields=[id, n])
        """)]
    [InlineData("SELECT id FROM t LIMIT 5", """
        Limit(offset=[0], fetch=[5])
        +- TableSourceScan(table=[[c, d, t, limit=[5]]], fields=[id])
        """)]
    [InlineData("SELECT COUNT(*) FROM t", """
        GroupAggregate(select=[COUNT(*) AS EXPR$0])
        +- TableSourceScan(table=[[c, d, t]], fields=[id])
        """)]
    [InlineData("SELECT k FROM (SELECT k, COUNT(*) AS c, SUM(n) AS s FROM t GROUP BY k) WHERE k = 'a' AND c > 1", """
        Calc(select=[k])
        +- Calc(select=[k, EXPR$1], where=[(EXPR$1 > 1)])
           +- GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS EXPR$1])
              +- TableSourceScan(table=[[c, d, t, filter=[(k = 'a')]]], fields=[k])
        """)]
    [InlineData("SELECT id FROM t WHERE id > 0 UNION ALL SELECT n FROM t WHERE n > 0", """
        Union(all=[true], union=[id])
        :- TableSourceScan(table=[[c, d, t, filter=[(id > 0)]]], fields=[id])
        +- TableSourceScan(table=[[c, d, t, filter=[(n > 0)]]], fields=[n])
        """)]
    [InlineData("SELECT a FROM keyed", """
        Calc(select=[a])
        +- TableSourceScan(table=[[c, d, keyed]], fields=[a, b])
        """)]
    [InlineData("SELECT k FROM t WHERE id IN (SELECT n FROM t WHERE d > 1)", """
        Calc(select=[k])
        +- Join(joinType=[LeftSemiJoin], where=[id = n], select=[id, k])
           :- TableSourceScan(table=[[c, d, t]], fields=[id, k])
           +- Calc(select=[n])
              +- TableSourceScan(table=[[c, d, t, filter=[(d > 1)]]], fields=[n, d])
        """)]
    [InlineData("SELECT t.id FROM t LEFT JOIN u ON t.k = u.w AND t.n > 1 AND u.id > 2 WHERE t.id > 5", """
        Calc(select=[id])
        +- Join(joinType=[LeftOuterJoin], where=[k = w AND (n > 1)], select=[id, k, n, id, w])
           :- TableSourceScan(table=[[c, d, t, filter=[(id > 5)]]], fields=[id, k, n])
           +- TableSourceScan(table=[[c, d, u, filter=[(id > 2)]]], fields=[id, w])
        """)]
    public async Task Plans_become_smaller(string sql, string expected)
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var plan = await bench.PlanAsync(sql);
        var optimized = new Optimizer(EvaluationSettings.Default).Optimize(plan);

        Assert.Equal(plan.Schema, optimized.Schema);
        Assert.Equal(expected.ReplaceLineEndings("\n"), optimized.ToString().Replace("default_catalog, default_database", "c, d", StringComparison.Ordinal));
    }
}
