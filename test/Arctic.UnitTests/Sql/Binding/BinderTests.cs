using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;

namespace Arctic.UnitTests.Sql.Binding;

public sealed class BinderTests
{
    private const string Tables = """
        CREATE TABLE t (id INT, k STRING, n BIGINT NOT NULL, r ROW<f INT, g STRING>) WITH ('connector' = 'x');
        CREATE TABLE u (id INT, w STRING) WITH ('connector' = 'x', 'a' = '1');
        CREATE TABLE sink (id INT, v VARCHAR(3), d DOUBLE, n INT NOT NULL) WITH ('connector' = 'x');
        CREATE TABLE parts (id INT, p STRING) PARTITIONED BY (p) WITH ('connector' = 'x');
        CREATE TABLE computed (s STRING, ts AS CAST(s AS TIMESTAMP(3)), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'x');
        CREATE VIEW v (a, b) AS SELECT id, UPPER_CASE FROM (SELECT id, k AS UPPER_CASE FROM t)
        """;

    [Theory]
    [InlineData("SELECT *, t.id AS again FROM t", "id INT, k STRING, n BIGINT NOT NULL, r ROW<`f` INT, `g` STRING>, again INT")]
    [InlineData("SELECT r.f, t.r.g, r.* FROM t", "f INT, g STRING, f0 INT, g0 STRING")]
    [InlineData("SELECT x.id FROM t AS x (id, b, c, d)", "id INT")]
    [InlineData("SELECT default_database.t.id FROM default_database.t", "id INT")]
    [InlineData("SELECT * FROM t JOIN u USING (id)", "id INT, k STRING, n BIGINT NOT NULL, r ROW<`f` INT, `g` STRING>, w STRING")]
    [InlineData("SELECT n, u.* FROM u LEFT JOIN t ON t.id = u.id", "n BIGINT, id INT, w STRING")]
    [InlineData("SELECT a, b FROM v", "a INT, b STRING")]
    [InlineData("WITH c (x) AS (SELECT id FROM t) SELECT x FROM c", "x INT")]
    [InlineData("SELECT k, SUM(n), SUM(n) + COUNT(*), MAX(id) FROM t GROUP BY k", "k STRING, EXPR$1 BIGINT NOT NULL, EXPR$2 BIGINT NOT NULL, EXPR$3 INT")]
    [InlineData("SELECT SUM(n) FROM t", "EXPR$0 BIGINT")]
    [InlineData("SELECT n / 2, COUNT(*) FROM t GROUP BY n / 2 ORDER BY COUNT(*)", "EXPR$0 BIGINT NOT NULL, EXPR$1 BIGINT NOT NULL")]
    [InlineData("SELECT id IN (SELECT id FROM u), (SELECT MAX(w) FROM u) FROM t", "EXPR$0 BOOLEAN, EXPR$1 STRING")]
    [InlineData("SELECT s, ts FROM computed", "s STRING, ts TIMESTAMP(3)")]
    [InlineData("SELECT 'a' UNION SELECT 'bcd'", "EXPR$0 VARCHAR(3) NOT NULL")]
    [InlineData("VALUES (1, 'a'), (2.5, 'b')", "EXPR$0 DECIMAL(11, 1) NOT NULL, EXPR$1 CHAR(1) NOT NULL")]
    public async Task Names_and_types_of_results(string sql, string expected)
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var plan = await bench.PlanAsync(sql);

        Assert.Equal(expected, string.Join(", ", plan.Schema.Fields.Select(f => $"{f.Name} {f.Type}")));
    }

    [Theory]
    [InlineData("SELECT nn FROM t", "UNKNOWN_NAME", "Column 'nn' not found in any table.", 8, "Did you mean 'n'?")]
    [InlineData("SELECT t.kk FROM t", "UNKNOWN_NAME", "Column 'kk' not found in table 't'.", 10, "Did you mean 'k'?")]
    [InlineData("SELECT K FROM t", "UNKNOWN_NAME", "Column 'K' not found in any table.", 8, "Did you mean 'k'?")]
    [InlineData("SELECT id FROM tt", "UNKNOWN_NAME", "Table 'default_catalog.default_database.tt' does not exist.", 16, "Did you mean 't'?")]
    [InlineData("SELECT id FROM t, u", "INVALID_STATEMENT", "Column 'id' is ambiguous.", 8, null)]
    [InlineData("SELECT COALESC(id, 1) FROM t", "UNKNOWN_NAME", "No match found for function signature COALESC(<INT>, <INT>).", 8, "Did you mean 'COALESCE'?")]
    [InlineData("SELECT k + 1 FROM t", "TYPE_MISMATCH", "Cannot apply '+'", 8, null)]
    [InlineData("SELECT k, n FROM t GROUP BY k", "INVALID_STATEMENT", "Expression 'n' is not being grouped.", 11, null)]
    [InlineData("SELECT k AS kk, COUNT(*) FROM t GROUP BY kk", "UNKNOWN_NAME", "Column 'kk' not found in any table.", 42, null)]
    [InlineData("SELECT k FROM t WHERE COUNT(*) > 1", "INVALID_STATEMENT", "An aggregate does not belong in WHERE.", 23, null)]
    [InlineData("SELECT SUM(COUNT(*)) FROM t", "INVALID_STATEMENT", "Aggregate expressions cannot be nested.", 12, null)]
    [InlineData("SELECT 1, NULL", "INVALID_STATEMENT", "Illegal use of 'NULL'.", 11, null)]
    [InlineData("SELECT *", "INVALID_STATEMENT", "SELECT * requires a FROM clause.", 8, null)]
    [InlineData("SELECT id FROM t ORDER BY 2", "INVALID_STATEMENT", "Ordinal out of range", 27, null)]
    [InlineData("SELECT 1, 2 UNION ALL SELECT 1", "INVALID_STATEMENT", "Column count mismatch in UNION ALL", 23, null)]
    [InlineData("SELECT CAST(1 AS TEXT)", "UNKNOWN_NAME", "There is no type 'TEXT'.", 18, "Write STRING.")]
    [InlineData("SELECT r.h FROM t", "UNKNOWN_NAME", "has no field 'h'", 10, null)]
    [InlineData("SELECT 9223372036854775808", "INVALID_STATEMENT", "out of range", 8, null)]
    public async Task Mistakes_are_told_with_place_and_hint(string sql, string code, string message, int column, string? hint)
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var error = await Assert.ThrowsAsync<ArcticException>(() => bench.PlanAsync(sql));

        Assert.Equal(code, error.Code.Name);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(new SourcePosition(1, column), error.Position);
        Assert.Contains(hint ?? "", error.Hint ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Insert_casts_by_position_and_fills_missing_columns_with_null()
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var sink = Assert.IsType<LogicalPlan.Sink>(await bench.PlanAsync("INSERT INTO sink /*+ OPTIONS('b'='2') */ (n, v) SELECT id, 'abcd' FROM t"));

        Assert.Equal("id INT, v VARCHAR(3) NOT NULL, d DOUBLE, n INT", string.Join(", ", sink.Schema.Fields.Select(f => $"{f.Name} {f.Type}")));
        Assert.Equal("2", sink.Options["b"]);
        Assert.Equal("[NULL, CAST(EXPR$1 AS VARCHAR(3)), NULL, id]", Assert.IsType<LogicalPlan.Project>(sink.Input).Expressions.ToString());
    }

    [Fact]
    public async Task Insert_of_values_gives_a_bare_null_the_type_of_its_column()
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var sink = await bench.PlanAsync("INSERT INTO u VALUES (NULL, 'a'), (1, NULL)");

        Assert.Equal("id INT, w STRING", string.Join(", ", sink.Schema.Fields.Select(f => $"{f.Name} {f.Type}")));
    }

    [Theory]
    [InlineData("INSERT INTO u SELECT id FROM t", "Cause: Different number of columns.")]
    [InlineData("INSERT INTO u SELECT n, k FROM t", "Cause: Incompatible types for sink column 'id' at position 1.\n\nQuery schema: [n: BIGINT NOT NULL, k: STRING]\nSink schema:  [id: INT, w: STRING]")]
    [InlineData("INSERT INTO u (id, nosuch) SELECT 1, 'a'", "Unknown target column 'nosuch'.")]
    [InlineData("INSERT INTO sink (id) SELECT 1", "Column 'n' has no default value and does not allow NULLs.")]
    [InlineData("INSERT INTO u PARTITION (id = 1) SELECT 'a'", "Static partition column 'id' should be in the partition keys list [] for table 'default_catalog.default_database.u'.")]
    [InlineData("INSERT INTO v SELECT 1, 'a'", "'v' is a view")]
    public async Task Insert_refuses_what_does_not_fit(string sql, string message)
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var error = await Assert.ThrowsAsync<ArcticException>(() => bench.PlanAsync(sql));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Position);
    }

    [Fact]
    public async Task A_static_partition_is_no_column_of_the_query()
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var sink = Assert.IsType<LogicalPlan.Sink>(await bench.PlanAsync("INSERT OVERWRITE parts PARTITION (p = 'x') SELECT id FROM t"));

        Assert.Equal(InsertMode.Overwrite, sink.Mode);
        Assert.Equal("p", Assert.Single(sink.StaticPartition).Key);
        Assert.Equal("[id, CAST('x' AS STRING)]", Assert.IsType<LogicalPlan.Project>(sink.Input).Expressions.ToString());
    }

    [Theory]
    [InlineData("CREATE TABLE x (id INT, id STRING)", "A column named 'id' already exists in the table.")]
    [InlineData("CREATE TABLE x (id INT PRIMARY KEY)", "ENFORCED mode is not supported")]
    [InlineData("CREATE TABLE x (id INT UNIQUE NOT ENFORCED)", "UNIQUE constraint is not supported yet.")]
    [InlineData("CREATE TABLE x (id INT, PRIMARY KEY (nosuch) NOT ENFORCED)", "Primary key column 'nosuch' is not defined in the schema.")]
    [InlineData("CREATE TABLE x (id INT, c AS id + 1, PRIMARY KEY (c) NOT ENFORCED)", "must be declared on physical columns")]
    [InlineData("CREATE TABLE x (id INT) PARTITIONED BY (nosuch)", "Partition column 'nosuch' not defined in the table schema. Available columns: ['id'].")]
    [InlineData("CREATE TABLE x (id INT) PARTITIONED BY (days(id))", "The transform 'days' cannot be applied to column 'id' of type INT.")]
    [InlineData("CREATE TABLE x (id INT) PARTITIONED BY (bucket(id))", "needs a number of 1 at least: bucket(16, id)")]
    [InlineData("CREATE TABLE x (id INT) PARTITIONED BY (bukket(4, id))", "There is no partition transform 'bukket'.")]
    [InlineData("CREATE TABLE x (ts TIMESTAMP(6), WATERMARK FOR ts AS ts)", "the supported precision 'p' is from 0 to 3")]
    [InlineData("CREATE TABLE x (id INT, c AS nosuch + 1)", "Column 'nosuch' not found in any table.")]
    [InlineData("CREATE TABLE x (id)", "Column 'id' needs a type.")]
    [InlineData("CREATE TABLE u (id INT)", "already exists")]
    public async Task Create_table_refuses_what_contradicts_itself(string sql, string message)
    {
        var bench = await new SqlBench().DefineAsync(Tables);

        var error = await Assert.ThrowsAsync<ArcticException>(() => bench.DefineAsync(sql));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_table_defines_keys_partitions_and_options()
    {
        var bench = await new SqlBench().DefineAsync("""
            CREATE TABLE x (id INT, ts TIMESTAMP(6), name VARCHAR, CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED)
            COMMENT 'c' PARTITIONED BY (days(ts), bucket(16, id)) WITH ('connector' = 'y', 'connector' = 'z')
            """);

        var table = await bench.Catalogs.FindTableAsync(new ObjectPath("default_catalog", "default_database", "x"), default);

        Assert.NotNull(table);
        Assert.Equal("[id: INT NOT NULL, ts: TIMESTAMP(6), name: VARCHAR(1)]", table.Schema.ToString());
        Assert.Equal((EquatableList<string>)["id"], table.PrimaryKey);
        Assert.Equal(["days(ts)", "bucket(16, id)"], table.Partitioning.Select(p => p.ToString()));
        Assert.Equal(("pk", "c", "z"), (table.PrimaryKeyName, table.Comment, table.Connector));
    }
}
