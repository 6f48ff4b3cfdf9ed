namespace Arctic.InteropTests.Judging;

/// <summary>The family of tables: every scalar type, every partition transform, with and without a key, small and odd.</summary>
internal static class JudgedTables
{
    private static readonly string[] TypeColumns =
    [
        "flag BOOLEAN", "i8 TINYINT", "i16 SMALLINT", "i32 INT", "i64 BIGINT", "f32 FLOAT", "f64 DOUBLE", "d9 DECIMAL(9, 2)", "d18 DECIMAL(18, 4)", "d38 DECIMAL(38, 10)",
        "dt DATE", "ts0 TIMESTAMP(0)", "ts3 TIMESTAMP(3)", "ts6 TIMESTAMP(6)", "tz3 TIMESTAMP_LTZ(3)", "tz6 TIMESTAMP(6) WITH LOCAL TIME ZONE",
        "c CHAR(3)", "v VARCHAR(10)", "s STRING", "bin BINARY(4)", "vb VARBINARY(8)", "b BYTES",
    ];

    private static readonly string[] TypeRows =
    [
        """
        TRUE, CAST(1 AS TINYINT), CAST(2 AS SMALLINT), 3, CAST(4 AS BIGINT), CAST(1.5 AS FLOAT), CAST(2.25 AS DOUBLE), CAST(1.10 AS DECIMAL(9, 2)), CAST(-2.3456 AS DECIMAL(18, 4)), CAST(3.0000000001 AS DECIMAL(38, 10)),
        DATE '2024-02-29', TIMESTAMP '2024-02-29 12:34:56', TIMESTAMP '2024-02-29 12:34:56.789', TIMESTAMP '2024-02-29 12:34:56.789012', CAST(TIMESTAMP '2024-02-29 12:34:56.789' AS TIMESTAMP_LTZ(3)), CAST(TIMESTAMP '2024-02-29 12:34:56.789012' AS TIMESTAMP_LTZ(6)),
        'abc', 'v', 'plain', CAST(x'41424344' AS BINARY(4)), CAST(x'4142' AS VARBINARY(8)), x'4243'
        """,
        """
        FALSE, CAST(-128 AS TINYINT), CAST(-32768 AS SMALLINT), -2147483648, CAST('-9223372036854775808' AS BIGINT), CAST('-3.4028235E38' AS FLOAT), CAST('-1.7976931348623157E308' AS DOUBLE), CAST('-9999999.99' AS DECIMAL(9, 2)), CAST('-99999999999999.9999' AS DECIMAL(18, 4)), CAST('-9999999999999999999999999999.9999999999' AS DECIMAL(38, 10)),
        DATE '1900-01-01', TIMESTAMP '1900-01-01 00:00:00', TIMESTAMP '1969-12-31 23:59:59.999', TIMESTAMP '1969-12-31 23:59:59.999999', CAST(TIMESTAMP '1900-01-01 00:00:00' AS TIMESTAMP_LTZ(3)), CAST(TIMESTAMP '1969-12-31 23:59:59.999999' AS TIMESTAMP_LTZ(6)),
        '   ', '', '', CAST(x'00000000' AS BINARY(4)), CAST(x'' AS VARBINARY(8)), x''
        """,
        """
        TRUE, CAST(127 AS TINYINT), CAST(32767 AS SMALLINT), 2147483647, 9223372036854775807, CAST('3.4028235E38' AS FLOAT), CAST('1.7976931348623157E308' AS DOUBLE), CAST('9999999.99' AS DECIMAL(9, 2)), CAST('99999999999999.9999' AS DECIMAL(18, 4)), CAST('9999999999999999999999999999.9999999999' AS DECIMAL(38, 10)),
        DATE '2299-12-31', TIMESTAMP '2299-12-31 23:59:59', TIMESTAMP '2262-04-11 23:47:16.854', TIMESTAMP '2262-04-11 23:47:16.854775', CAST(TIMESTAMP '2262-04-11 23:47:16.854' AS TIMESTAMP_LTZ(3)), CAST(TIMESTAMP '2262-04-11 23:47:16.854775' AS TIMESTAMP_LTZ(6)),
        'äöü', 'ten chars!', 'é€𝄞' || ' "quoted" \ back' || U&'\000a' || 'line', CAST(x'7f7f7f7f' AS BINARY(4)), CAST(x'4142434445464748' AS VARBINARY(8)), x'097e7f'
        """,
        """
        FALSE, CAST(0 AS TINYINT), CAST(0 AS SMALLINT), 0, CAST(0 AS BIGINT), CAST('1.4E-45' AS FLOAT), CAST('4.9E-324' AS DOUBLE), CAST(0 AS DECIMAL(9, 2)), CAST('0.0001' AS DECIMAL(18, 4)), CAST('-0.0000000001' AS DECIMAL(38, 10)),
        DATE '1970-01-01', TIMESTAMP '1970-01-01 00:00:00', TIMESTAMP '1970-01-01 00:00:00.001', TIMESTAMP '1970-01-01 00:00:00.000001', CAST(TIMESTAMP '1970-01-01 00:00:00' AS TIMESTAMP_LTZ(3)), CAST(TIMESTAMP '1970-01-01 00:00:00.000001' AS TIMESTAMP_LTZ(6)),
        'a', 'b', 'NULL', CAST(x'01020304' AS BINARY(4)), CAST(x'00' AS VARBINARY(8)), x'00'
        """,
        """
        CAST(NULL AS BOOLEAN), CAST(NULL AS TINYINT), CAST(NULL AS SMALLINT), CAST(NULL AS INT), CAST(NULL AS BIGINT), CAST(NULL AS FLOAT), CAST(NULL AS DOUBLE), CAST(NULL AS DECIMAL(9, 2)), CAST(NULL AS DECIMAL(18, 4)), CAST(NULL AS DECIMAL(38, 10)),
        CAST(NULL AS DATE), CAST(NULL AS TIMESTAMP(0)), CAST(NULL AS TIMESTAMP(3)), CAST(NULL AS TIMESTAMP(6)), CAST(NULL AS TIMESTAMP_LTZ(3)), CAST(NULL AS TIMESTAMP_LTZ(6)),
        CAST(NULL AS CHAR(3)), CAST(NULL AS VARCHAR(10)), CAST(NULL AS STRING), CAST(NULL AS BINARY(4)), CAST(NULL AS VARBINARY(8)), CAST(NULL AS BYTES)
        """,
    ];

    // Delimiters of paths, of URLs and of our own formats, dots, blanks at the ends, text beyond the BMP, the empty text and NULL.
    private static readonly string[] OddTexts =
        ["a/b", "a=b", "a b", "a%2Fb", "ä€𝄞", "", "..", ".", "a+b", "a:b", "a?b#c", "a\\b", "'", "\"", "[x]", "{x}", "*", "a&b", " lead", "trail ", "null", "NULL", "__HIVE_DEFAULT_PARTITION__", new string('x', 80)];

    /// <summary>All tables.</summary>
    /// <param name="feeds">A folder for the files that the tables are filled from.</param>
    public static IReadOnlyList<JudgedTable> Create(string feeds) => [.. TypeTables(), .. Unkeyed(), .. Partitioned(), .. Keyed(feeds)];

    private static IEnumerable<JudgedTable> TypeTables()
    {
        yield return new JudgedTable(
            "types", [$"CREATE TABLE types (id INT, {string.Join(", ", TypeColumns)})", $"INSERT INTO types VALUES {string.Join(", ", TypeRows.Select((r, i) => $"({i}, {r})"))}"]);
        yield return new JudgedTable(
            "types_required", [$"CREATE TABLE types_required (id INT NOT NULL, {string.Join(" NOT NULL, ", TypeColumns)} NOT NULL)", $"INSERT INTO types_required VALUES {string.Join(", ", TypeRows.SkipLast(1).Select((r, i) => $"({i}, {r})"))}"]);
        yield return new JudgedTable(
            "types_null", [$"CREATE TABLE types_null (id INT, {string.Join(", ", TypeColumns)})", $"INSERT INTO types_null VALUES (1, {TypeRows[^1]}), (2, {TypeRows[^1]})"]);
        yield return new JudgedTable(
            "types_keyed",
            [
                $"CREATE TABLE types_keyed (id INT, {string.Join(", ", TypeColumns)}, PRIMARY KEY (id) NOT ENFORCED)",
                $"INSERT INTO types_keyed VALUES {string.Join(", ", TypeRows.Select((r, i) => $"({i}, {r})"))}",
                "CALL sys.optimize('types_keyed')",
            ])
        { IsKeyed = true };
        yield return new JudgedTable(
            "floats",
            [
                "CREATE TABLE floats (id INT, f FLOAT, d DOUBLE)",
                """
                INSERT INTO floats VALUES (1, CAST('NaN' AS FLOAT), CAST('NaN' AS DOUBLE)), (2, CAST('Infinity' AS FLOAT), CAST('Infinity' AS DOUBLE)), (3, CAST('-Infinity' AS FLOAT), CAST('-Infinity' AS DOUBLE)),
                (4, CAST('-0.0' AS FLOAT), CAST('-0.0' AS DOUBLE)), (5, CAST('0.1' AS FLOAT), CAST('0.1' AS DOUBLE)), (6, CAST('16777217' AS FLOAT), CAST('9007199254740993' AS DOUBLE))
                """,
            ]);
        yield return new JudgedTable("times", ["CREATE TABLE times (id INT, t TIME)", "INSERT INTO times VALUES (1, TIME '00:00:00'), (2, TIME '12:34:56'), (3, TIME '23:59:59'), (4, CAST(NULL AS TIME))"]);
        yield return new JudgedTable("far_dates", ["CREATE TABLE far_dates (id INT, dt DATE)", "INSERT INTO far_dates VALUES (1, DATE '0001-01-01'), (2, DATE '9999-12-31'), (3, DATE '1582-10-10')"]);
        yield return new JudgedTable(
            "far_times",
            [
                "CREATE TABLE far_times (id INT, ts TIMESTAMP(6), tz TIMESTAMP_LTZ(6))",
                """
                INSERT INTO far_times VALUES (1, TIMESTAMP '0001-01-01 00:00:00', CAST(TIMESTAMP '0001-01-01 00:00:00' AS TIMESTAMP_LTZ(6))),
                (2, TIMESTAMP '9999-12-31 23:59:59.999999', CAST(TIMESTAMP '9999-12-31 23:59:59.999999' AS TIMESTAMP_LTZ(6)))
                """,
            ]);
        yield return new JudgedTable("bytes_any", ["CREATE TABLE bytes_any (id INT, fix BINARY(2), b BYTES)", "INSERT INTO bytes_any VALUES (1, CAST(x'ff00' AS BINARY(2)), x'80ff00fe'), (2, CAST(x'c328' AS BINARY(2)), x'ffffffff'), (3, CAST(NULL AS BINARY(2)), x'')"]);
    }

    private static IEnumerable<JudgedTable> Unkeyed()
    {
        yield return new JudgedTable("no_commit", ["CREATE TABLE no_commit (id INT, s STRING)"]) { ExpectedRows = [] };
        yield return new JudgedTable("no_rows", ["CREATE TABLE no_rows (id INT, s STRING)", "INSERT INTO no_rows SELECT id, s FROM no_rows WHERE id > 0"]) { ExpectedRows = [] };
        yield return new JudgedTable(
            "commits",
            [
                "CREATE TABLE commits (id INT, s STRING)",
                "INSERT INTO commits VALUES (1, 'one'), (2, 'two')", "INSERT INTO commits VALUES (3, CAST(NULL AS STRING))", "INSERT INTO commits SELECT id + 10, UPPER(s) FROM commits", "INSERT INTO commits VALUES (1, 'one')",
            ])
        {
            ExpectedRows = ["1 | one", "1 | one", "11 | ONE", "12 | TWO", "13 | <NULL>", "2 | two", "3 | <NULL>"],
        };
        yield return new JudgedTable(
            "wide_p3",
            [
                "SET 'parallelism.default' = '3'",
                "CREATE TABLE wide_p3 (id BIGINT, k INT, s STRING, d DOUBLE)",
                "CREATE TEMPORARY TABLE wide_feed (id BIGINT, k INT, s STRING, d DOUBLE) WITH ('connector'='datagen', 'number-of-rows'='5000', 'scan.parallelism'='3', 'seed'='7', 'fields.s.length'='20', 'fields.s.null-rate'='0.1')",
                "INSERT INTO wide_p3 SELECT * FROM wide_feed",
                "INSERT INTO wide_p3 SELECT * FROM wide_feed WHERE k > 0",
                "RESET 'parallelism.default'",
            ]);
        var names = new[] { "Breed Name", "a.b", "x/y", "select", "ünï", "9lives", "a-b", "UPPER", "upper" };
        yield return new JudgedTable(
            "odd_names",
            [
                $"CREATE TABLE odd_names ({string.Join(", ", names.Select(n => $"`{n}` INT"))})",
                $"INSERT INTO odd_names VALUES ({string.Join(", ", names.Select((_, i) => i))})",
            ])
        { ExpectedRows = [string.Join(" | ", names.Select((_, i) => i))] };
        foreach (var codec in new[] { "zstd", "snappy", "gzip", "uncompressed" })
        {
            var rows = Enumerable.Range(0, 300).ToList();
            yield return new JudgedTable(
                $"codec_{codec}",
                [
                    $"CREATE TABLE codec_{codec} (id INT, s STRING) WITH ('write.parquet.compression-codec'='{codec}')",
                    $"INSERT INTO codec_{codec} VALUES {string.Join(", ", rows.Select(i => $"({i}, 'text {i % 7}')"))}",
                ])
            { ExpectedRows = rows.Select(i => $"{i} | text {i % 7}").Order(StringComparer.Ordinal).ToList() };
        }
    }

    private static IEnumerable<JudgedTable> Partitioned()
    {
        const string Columns = "id INT, n BIGINT, amt DECIMAL(10, 2), dt DATE, ts TIMESTAMP(6), tz TIMESTAMP_LTZ(6), s STRING, flag BOOLEAN, bin BYTES";
        const string Rows = """
            (1, 0, 12.34, DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59.999999', CAST(TIMESTAMP '1969-12-31 23:59:59.999999' AS TIMESTAMP_LTZ(6)), 'abcdef', TRUE, x'6162636465'),
            (2, -1, -0.05, DATE '1970-01-01', TIMESTAMP '1970-01-01 00:00:00', CAST(TIMESTAMP '1970-01-01 00:00:00' AS TIMESTAMP_LTZ(6)), 'äöü€𝄞x', FALSE, x'61'),
            (3, 34, 10.65, DATE '2024-02-29', TIMESTAMP '2024-02-29 13:00:00', CAST(TIMESTAMP '2024-02-29 13:00:00' AS TIMESTAMP_LTZ(6)), '', TRUE, x''),
            (4, -11, 0, DATE '1968-03-01', TIMESTAMP '1968-03-01 01:02:03', CAST(TIMESTAMP '1968-03-01 01:02:03' AS TIMESTAMP_LTZ(6)), 'iceberg', FALSE, x'6162636466'),
            (5, CAST(NULL AS BIGINT), CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS DATE), CAST(NULL AS TIMESTAMP(6)), CAST(NULL AS TIMESTAMP_LTZ(6)), CAST(NULL AS STRING), CAST(NULL AS BOOLEAN), CAST(NULL AS BYTES)),
            (6, 9223372036854775807, 99999999.99, DATE '2024-02-29', TIMESTAMP '2024-02-29 13:59:59.999999', CAST(TIMESTAMP '2024-02-29 13:59:59.999999' AS TIMESTAMP_LTZ(6)), 'abcdxx', TRUE, x'6162636467')
            """;
        var partitionings = new (string Name, string By)[]
        {
            ("identity_int", "n"), ("identity_decimal", "amt"), ("identity_date", "dt"), ("identity_timestamp", "ts"), ("identity_zoned", "tz"), ("identity_string", "s"), ("identity_boolean", "flag"), ("identity_bytes", "bin"),
            ("years_date", "years(dt)"), ("years_ts", "years(ts)"), ("months_date", "months(dt)"), ("months_tz", "months(tz)"), ("days_date", "days(dt)"), ("days_ts", "days(ts)"), ("days_tz", "days(tz)"),
            ("hours_ts", "hours(ts)"), ("hours_tz", "hours(tz)"), ("bucket_int", "bucket(16, id)"), ("bucket_long", "bucket(4, n)"), ("bucket_decimal", "bucket(4, amt)"), ("bucket_date", "bucket(4, dt)"), ("bucket_ts", "bucket(4, ts)"),
            ("bucket_string", "bucket(4, s)"), ("bucket_bytes", "bucket(4, bin)"), ("truncate_long", "truncate(10, n)"), ("truncate_decimal", "truncate(50, amt)"), ("truncate_string", "truncate(4, s)"), ("truncate_bytes", "truncate(4, bin)"),
            ("two", "flag, days(ts)"), ("three", "truncate(4, s), bucket(4, id), years(dt)"),
        };
        foreach (var (name, by) in partitionings)
        {
            yield return new JudgedTable($"by_{name}", [$"CREATE TABLE by_{name} ({Columns}) PARTITIONED BY ({by})", $"INSERT INTO by_{name} VALUES {Rows}", $"INSERT INTO by_{name} SELECT * FROM by_{name} WHERE id < 4"]);
        }

        yield return new JudgedTable(
            "by_odd_text",
            [
                "CREATE TABLE by_odd_text (id INT, s STRING) PARTITIONED BY (s)",
                $"INSERT INTO by_odd_text VALUES {OddValues()}, ({OddTexts.Length}, CAST(NULL AS STRING))",
            ])
        {
            ExpectedRows = OddTexts.Select((t, i) => $"{i} | {t}").Append($"{OddTexts.Length} | <NULL>").Order(StringComparer.Ordinal).ToList(),
        };
        yield return new JudgedTable("by_odd_name", ["CREATE TABLE by_odd_name (`my id` INT, `p/q r` STRING) PARTITIONED BY (`p/q r`)", "INSERT INTO by_odd_name VALUES (1, 'a'), (2, 'b c')"]) { ExpectedRows = ["1 | a", "2 | b c"] };
    }

    private static IEnumerable<JudgedTable> Keyed(string feeds)
    {
        yield return new JudgedTable("keyed_empty", ["CREATE TABLE keyed_empty (id INT, s STRING, PRIMARY KEY (id) NOT ENFORCED)", "CALL sys.optimize('keyed_empty')"]) { IsKeyed = true, ExpectedRows = [] };
        yield return Cdc("cdc", seed: 1, by: "", parallelism: 1, feeds);
        yield return Cdc("cdc_p3", seed: 2, by: "", parallelism: 3, feeds);
        yield return Cdc("cdc_region", seed: 3, by: "PARTITIONED BY (region)", parallelism: 1, feeds);
        yield return Cdc("cdc_region_p3", seed: 4, by: "PARTITIONED BY (region)", parallelism: 3, feeds);
        yield return Cdc("cdc_days", seed: 5, by: "PARTITIONED BY (days(seen))", parallelism: 3, feeds, key: "id, seen");
        yield return Cdc("cdc_months", seed: 6, by: "PARTITIONED BY (months(born))", parallelism: 1, feeds, key: "id, born");
        yield return Cdc("cdc_bucket", seed: 7, by: "PARTITIONED BY (bucket(4, id))", parallelism: 3, feeds);
        yield return Cdc("cdc_text_key", seed: 8, by: "", parallelism: 3, feeds, key: "region, id");
        yield return Cdc("cdc_odd", seed: 9, by: "PARTITIONED BY (region)", parallelism: 3, feeds, regions: OddTexts.Where(t => !t.Contains('|', StringComparison.Ordinal)).ToArray());

        var upserts = new ChangeFeedFile(10, ["eu", "us"]);
        upserts.WriteUpserts(Path.Combine(feeds, "upsert1.csv"), keys: 100, rows: 300);
        upserts.WriteUpserts(Path.Combine(feeds, "upsert2.csv"), keys: 150, rows: 200);
        upserts.WriteUpserts(Path.Combine(feeds, "upsert3.csv"), keys: 20, rows: 60);
        yield return new JudgedTable(
            "upsert",
            [
                $"CREATE TABLE upsert ({ChangeFeedFile.Columns}, PRIMARY KEY (id) NOT ENFORCED) PARTITIONED BY (region) WITH ('write.upsert.enabled'='true')",
                "SET 'parallelism.default' = '3'",
                .. Load("upsert", "upsert1", feeds), .. Load("upsert", "upsert2", feeds), "CALL sys.optimize('upsert')", .. Load("upsert", "upsert3", feeds), "CALL sys.optimize('upsert')",
                "RESET 'parallelism.default'",
            ])
        { IsKeyed = true, HasPositionDeletes = true, ExpectedRows = upserts.Rows };

        var ended = new ChangeFeedFile(11, ["eu"]);
        ended.Write(Path.Combine(feeds, "ended1.csv"), keys: 30, changes: 60);
        ended.WriteEnd(Path.Combine(feeds, "ended2.csv"));
        yield return new JudgedTable(
            "all_deleted",
            [
                $"CREATE TABLE all_deleted ({ChangeFeedFile.Columns}, PRIMARY KEY (id) NOT ENFORCED)",
                .. Load("all_deleted", "ended1", feeds), "CALL sys.optimize('all_deleted')", .. Load("all_deleted", "ended2", feeds), "CALL sys.optimize('all_deleted')",
            ])
        { IsKeyed = true, HasPositionDeletes = true, ExpectedRows = [] };
    }

    // Three rounds of changes; self-optimizing runs after the first and, twice, after the third.
    private static JudgedTable Cdc(string name, int seed, string by, int parallelism, string feeds, string key = "id", string[]? regions = null)
    {
        var feed = new ChangeFeedFile(seed, regions ?? ["eu", "us", "asia"]);
        for (var round = 1; round <= 3; round++)
        {
            feed.Write(Path.Combine(feeds, $"{name}{round}.csv"), keys: 80, changes: 150);
        }

        return new JudgedTable(
            name,
            [
                $"CREATE TABLE {name} ({ChangeFeedFile.Columns}, PRIMARY KEY ({key}) NOT ENFORCED) {by}",
                $"SET 'parallelism.default' = '{parallelism}'",
                .. Load(name, name + "1", feeds), $"CALL sys.optimize('{name}')",
                .. Load(name, name + "2", feeds), .. Load(name, name + "3", feeds), $"CALL sys.optimize('{name}')", $"CALL sys.optimize('{name}')",
                "RESET 'parallelism.default'",
            ])
        { IsKeyed = true, HasPositionDeletes = true, ExpectedRows = feed.Rows };
    }

    private static IEnumerable<string> Load(string table, string feed, string feeds) =>
    [
        $"CREATE TEMPORARY TABLE {feed}_feed ({ChangeFeedFile.Columns}) WITH ('connector'='filesystem', 'path'='{feeds}/{feed}.csv', 'format'='changelog-csv')",
        $"INSERT INTO {table} SELECT * FROM {feed}_feed",
    ];

    private static string OddValues() => string.Join(", ", OddTexts.Select((t, i) => $"({i}, '{t.Replace("'", "''", StringComparison.Ordinal)}')"));

}
