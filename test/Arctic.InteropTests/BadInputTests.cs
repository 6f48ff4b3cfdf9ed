using System.Net;
using System.Net.Sockets;
using Arctic.InteropTests.CommandLine;

namespace Arctic.InteropTests;

/// <summary>What a user sees who got something wrong: exit status, code, message with place and hint on stderr; nothing on stdout, and nothing half-done.</summary>
public sealed class BadInputTests(CommandFolder folder) : IClassFixture<CommandFolder>
{
    private const string Feed = "CREATE TEMPORARY TABLE feed (id INT, s STRING) WITH ('connector'='filesystem', 'path'='{root}/bad.csv', 'format'='changelog-csv'{more});\n";

    /// <summary>Statement, error code, then what the message must hold.</summary>
    public static TheoryData<string, string, string[]> Statements => new()
    {
        // Names.
        { "SELECT *\nFROM ordres", "UNKNOWN_NAME", ["Table 'lake.db.ordres' does not exist. (line 2, column 6)", "hint: Did you mean 'orders'?"] },
        { "SELECT id, nmae FROM orders", "UNKNOWN_NAME", ["Column 'nmae' not found in any table. (line 1, column 12)", "hint: Did you mean 'name'?"] },
        { "SELECT o.nmae FROM orders AS o", "UNKNOWN_NAME", ["'nmae' not found in table 'o'", "(line 1, column 10)", "hint: Did you mean 'name'?"] },
        { "SELECT UPER(name) FROM orders", "UNKNOWN_NAME", ["UPER(<STRING>)", "(line 1, column 8)", "hint: Did you mean 'UPPER'?"] },
        { "INSERT INTO ordres VALUES (1, 'a', 1)", "UNKNOWN_NAME", ["ordres", "(line 1, column 13)", "hint: Did you mean 'orders'?"] },
        { "USE lake.dbx", "UNKNOWN_NAME", ["dbx", "(line 1, column", "hint: Did you mean 'db'?"] },
        { "USE lake.elsewhere", "UNKNOWN_NAME", ["'elsewhere'", "hint: Databases of the catalog: db."] },
        { "SELECT * FROM lake.bd.orders", "UNKNOWN_NAME", ["'lake.bd.orders' does not exist", "hint: Did you mean 'db'?"] },
        { "SELECT * FROM lake.elsewhere.orders", "UNKNOWN_NAME", ["hint: There is no database 'elsewhere' in catalog 'lake'"] },
        { "USE CATALOG default_catalog; SELECT * FROM elsewhere.db.orders", "UNKNOWN_NAME", ["'elsewhere.db.orders' does not exist", "hint: There is no catalog 'elsewhere' in this session: CREATE CATALOG elsewhere WITH"] },
        { "USE CATALOG elsewhere", "UNKNOWN_NAME", ["hint: There is no catalog 'elsewhere' in this session"] },
        { "USE CATALOG lkae", "UNKNOWN_NAME", ["lkae", "(line 1, column", "hint: Did you mean 'lake'?"] },
        { "DROP TABLE oders", "UNKNOWN_NAME", ["'lake.db.oders' does not exist", "(line 1, column 12)", "hint: Did you mean 'orders'?"] },
        { "DESCRIBE oders", "UNKNOWN_NAME", ["lake.db.oders", "(line 1, column 10)", "hint: Did you mean 'orders'?"] },
        { "CALL sys.optimise('keyed')", "UNKNOWN_NAME", ["sys.optimise", "(line 1, column 6)", "hint: Did you mean 'sys.optimize'?"] },
        { "CREATE TABLE orders (id INT)", "ALREADY_EXISTS", ["orders", "(line 1, column 1)"] },

        // Options: SET, WITH, hints, catalogs, connectors.
        { "SET 'parallelism.defualt' = '2'", "INVALID_OPTION", ["'parallelism.defualt'", "(line 1, column 1)", "hint: Did you mean 'parallelism.default'?"] },
        { "SET 'parallelism.default' = 'two'", "INVALID_OPTION", ["parallelism.default", "two", "(line 1, column 1)"] },
        { "SET 'taskmanager.numberOfTaskSlots' = '0'", "INVALID_OPTION", ["taskmanager.numberOfTaskSlots", "at least 1", "(line 1, column 1)"] },
        { "SET 'table.local-time-zone' = 'Europe/Berlim'", "INVALID_OPTION", ["Europe/Berlim", "(line 1, column 1)"] },
        { "CREATE TABLE x (id INT) WITH ('write.upsrt.enabled' = 'true')", "INVALID_OPTION", ["'write.upsrt.enabled'", "hint: Did you mean 'write.upsert.enabled'?"] },
        { "CREATE TABLE x (id INT) WITH ('monitor-intervall' = '1 s')", "INVALID_OPTION", ["monitor-intervall", "hint: Did you mean 'monitor-interval'?"] },
        { "CREATE TABLE x (id INT) WITH ('write.upsert.enabled' = 'yes')", "INVALID_OPTION", ["write.upsert.enabled", "yes"] },
        { "SELECT * FROM orders /*+ OPTIONS('steaming' = 'true') */", "INVALID_OPTION", ["steaming", "hint: Did you mean 'streaming'?"] },
        { "CREATE CATALOG c WITH ('type' = 'artic', 'warehouse' = '/x')", "INVALID_OPTION", ["Unknown type 'artic'", "(line 1, column 1)", "hint: Did you mean 'arctic'?"] },
        { "CREATE CATALOG c WITH ('type' = 'arctic', 'warehose' = '/x')", "INVALID_OPTION", ["warehose", "hint: Did you mean 'warehouse'?"] },
        { "CREATE CATALOG c WITH ('type' = 'arctic')", "INVALID_OPTION", ["'warehouse' is missing for catalog 'c'"] },
        { "CREATE TEMPORARY TABLE x (id INT) WITH ('connector' = 'filesystm')", "INVALID_OPTION", ["Unknown connector 'filesystm'", "hint: Did you mean 'filesystem'?"] },
        { "CREATE TEMPORARY TABLE x (id INT) WITH ('connector' = 'print', 'print-identifer' = 'x'); INSERT INTO x SELECT 1", "INVALID_OPTION", ["Unsupported options found for table 'lake.db.x': 'print-identifer'. (line 1", "hint: Did you mean 'print-identifier'?"] },
        { "CREATE TEMPORARY TABLE x (id INT) WITH ('connector' = 'print', 'colour' = 'red'); INSERT INTO x SELECT 1", "INVALID_OPTION", ["'colour'", "hint: Supported options: connector, "] },
        { "CREATE TABLE x (id INT) WITH ('connector' = 'datagen')", "INVALID_OPTION", ["the connector 'datagen'", "hint: CREATE TEMPORARY TABLE"] },
        { "CREATE TEMPORARY TABLE x (id INT) WITH ('connector' = 'filesystem', 'path' = '/x', 'format' = 'cvs'); SELECT * FROM x", "INVALID_OPTION", ["Unknown format 'cvs'", "hint: Did you mean 'csv'?"] },

        // Syntax.
        { "SELECT 'abc", "SYNTAX_ERROR", ["has no end", "(line 1, column 8)"] },
        { "SELECT 1 +", "SYNTAX_ERROR", ["end of the text", "(line 1, column 11)"] },
        { "CREATE TABLE half_done (id INT);\n  SELEC 1", "SYNTAX_ERROR", ["'SELEC' does not start a statement. (line 2, column 3)", "hint: Did you mean 'SELECT'?"] },
        { "CREATE TABLE table (id INT)", "SYNTAX_ERROR", ["(line 1, column 14)", "reserved word"] },

        // Types and values.
        { "SELECT name + TRUE FROM orders", "TYPE_MISMATCH", ["'+(<STRING>, <BOOLEAN>)'", "(line 1, column 8)"] },
        { "INSERT INTO orders SELECT id, name, TRUE FROM orders", "TYPE_MISMATCH", ["Incompatible types for sink column 'amount'", "hint: CAST"] },
        { "INSERT INTO orders SELECT id, name FROM orders", "TYPE_MISMATCH", ["lake.db.orders", "(line 1, column"] },
        { "SELECT *\nFROM orders\nWHERE id", "TYPE_MISMATCH", ["(line 3, column 7)"] },
        { "SELECT id, COUNT(*) FROM orders", "INVALID_STATEMENT", ["'id'", "(line 1, column 8)"] },
        { "SELECT CAST('abc' AS INT)", "EVALUATION_FAILED", ["'abc'", "out of range, in CAST('abc' AS INT). (line 1, column 8)", "hint: TRY_CAST"] },
        { "SELECT id,\n  CAST(name AS INT) FROM orders", "EVALUATION_FAILED", ["Cannot read 'one' as INT", "in CAST(name AS INT). (line 2, column 3)", "hint: TRY_CAST"] },
        { "SELECT 1 / 0", "EVALUATION_FAILED", ["Cannot divide: / by zero, in ", "(line 1, column 8)"] },
        { "SELECT * FROM orders WHERE amount > 1 AND 10 / (id - 2) > 1", "EVALUATION_FAILED", ["by zero, in ", "(line 1, column 43)"] },
        { "INSERT INTO orders SELECT id / (id - 2), name, amount FROM orders", "EVALUATION_FAILED", ["error EVALUATION_FAILED: Cannot divide: / by zero, in ", "(line 1, column 27)"] },
        { "SET 'execution.runtime-mode' = 'streaming';\nSELECT SUM(id / (id - 2)) FROM orders", "EVALUATION_FAILED", ["error EVALUATION_FAILED: Cannot divide: / by zero, in ", "(line 2, column 12)"] },
        { "SELECT CAST(amount * 123.45 AS DECIMAL(2, 1)), CAST(1234.50 AS DECIMAL(4, 2)) FROM orders", "EVALUATION_FAILED", ["DECIMAL(4, 2)", "in CAST(1234.50 AS DECIMAL(4, 2)). (line 1, column 48)"] },
        { "CREATE TEMPORARY VIEW v AS SELECT 1 / (id - 2) AS x FROM orders;\nSELECT x FROM v", "EVALUATION_FAILED", ["by zero. (line 2, column 1)"] },
        { "INSERT INTO orders VALUES (3, 'three', 3), (CAST(NULL AS INT), 'none', 0)", "EVALUATION_FAILED", ["Column 'id' is NOT NULL", "(line 1, column 1)"] },

        // Jobs.
        { "SET 'taskmanager.numberOfTaskSlots' = '2';\nSET 'parallelism.default' = '3';\nINSERT INTO orders SELECT * FROM orders", "NO_SLOTS", ["needs 3 task slots", "only 2 of 2 are free", "(line 3, column 1)", "hint: Lower 'parallelism.default'"] },
        { Feed.Replace("{more}", "", StringComparison.Ordinal) + "INSERT INTO orders SELECT id, s, CAST(1 AS DECIMAL(10, 2)) FROM feed", "INVALID_STATEMENT", ["'lake.db.orders' doesn't support consuming update and delete changes", "(line 2, column 1)", "hint: Write into a table with a primary key"] },
        { "SET 'execution.runtime-mode' = 'batch';\nCREATE TEMPORARY TABLE g (id INT) WITH ('connector' = 'datagen');\nSELECT * FROM g", "INVALID_STATEMENT", ["unbounded table 'lake.db.g' in batch mode", "(line 3, column 1)", "hint: SET 'execution.runtime-mode'"] },
        { "CALL sys.optimize('orders')", "INVALID_STATEMENT", ["has no primary key", "(line 1, column 1)"] },

        // Files and lines.
        { "CREATE TEMPORARY TABLE f (id INT) WITH ('connector' = 'filesystem', 'path' = '/no/such.csv', 'format' = 'csv');\nSELECT * FROM f", "OBJECT_NOT_FOUND", ["/no/such.csv", "(line 2, column 1)"] },
        { Feed.Replace("{more}", "", StringComparison.Ordinal) + "INSERT INTO keyed SELECT * FROM feed", "INVALID_INPUT", ["Cannot read line 2 of", "bad.csv", "column 'id' of type INT has 'x'", "changelog-csv.ignore-parse-errors"] },
        { "CREATE TEMPORARY TABLE f (id INT, s STRING) WITH ('connector' = 'filesystem', 'path' = '{root}/header.csv', 'format' = 'csv');\nSELECT * FROM f", "INVALID_INPUT", ["Cannot read line 1 of", "hint: Files have no header: if line 1 names the columns, take it out."] },
        { Feed.Replace("{more}", "", StringComparison.Ordinal) + "SELECT * FROM feed", "INVALID_INPUT", ["Cannot read line 2 of", "(line 2, column 1)"] },
    };

    [Theory]
    [MemberData(nameof(Statements))]
    public async Task A_statement_that_cannot_run_says_why_and_leaves_nothing(string statements, string code, string[] fragments)
    {
        folder.Write("bad.csv", "INSERT|1|a\nINSERT|x|b\nWHAT|3|c\nINSERT|4|d\nINSERT|5\n");
        folder.Write("header.csv", "id,s\n1,a\n");
        var before = folder.Files();

        var result = await ArcticCommand.RunAsync("sql", "--output", "json", "-i", folder.Init, "-e", statements.Replace("{root}", folder.Root, StringComparison.Ordinal));

        AssertFailed(result, code, fragments);
        Assert.Equal(before, folder.Files());
    }

    [Fact]
    public async Task Bad_lines_that_are_to_be_skipped_are_counted_and_named()
    {
        folder.Write("bad.csv", "INSERT|1|a\nINSERT|x|b\nWHAT|3|c\nINSERT|4|d\nINSERT|5\n");
        var feed = Feed.Replace("{root}", folder.Root, StringComparison.Ordinal).Replace("{more}", ", 'changelog-csv.ignore-parse-errors'='true'", StringComparison.Ordinal);

        var result = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", feed + "SELECT s FROM feed");

        Assert.Equal((0, "{\"s\":\"a\"}\n{\"s\":\"d\"}\n"), (result.ExitCode, result.Output.Replace("\"op\":\"+I\",", "", StringComparison.Ordinal)));
        Assert.Contains("skipped 3 bad lines", result.Errors, StringComparison.Ordinal);
        Assert.Contains("line 2 of", result.Errors, StringComparison.Ordinal);
        Assert.Contains("line 3 of", result.Errors, StringComparison.Ordinal);
        Assert.Contains("line 5 of", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-f")]
    [InlineData("-i")]
    [InlineData("--conf")]
    public async Task A_file_that_is_not_there_is_named(string option)
    {
        string[] arguments = ["sql", option, "/no/such/file", .. option == "-f" ? Array.Empty<string>() : ["-e", "SELECT 1"]];

        AssertFailed(await ArcticCommand.RunAsync(arguments), "OBJECT_NOT_FOUND", ["'/no/such/file'"]);
    }

    [Theory]
    [InlineData("parallelism.defualt: 3", "hint: Did you mean 'parallelism.default'?")]
    [InlineData("# a comment\n\nnonsense", "line 3 of")]
    public async Task A_configuration_file_is_checked(string text, string fragment)
    {
        AssertFailed(await ArcticCommand.RunAsync("sql", "--conf", folder.Write("bad.conf", text), "-e", "SELECT 1"), "INVALID_OPTION", [fragment]);
    }

    [Theory]
    [InlineData("noequals", "--set noequals")]
    [InlineData("parallelism.defualt=2", "hint: Did you mean 'parallelism.default'?")]
    public async Task A_setting_of_the_command_line_is_checked(string setting, string fragment)
    {
        AssertFailed(await ArcticCommand.RunAsync("sql", "--set", setting, "-e", "SELECT 1"), "INVALID_OPTION", [fragment]);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_refused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var result = await ArcticCommand.RunAsync(
            "sql", "-e", $"CREATE TABLE s (id INT) WITH ('connector'='socket', 'hostname'='localhost', 'port'='{port}', 'format'='changelog-csv');\nSELECT * FROM s");

        AssertFailed(result with { Output = "" }, "CONNECTION_FAILED", [$"Cannot connect to 'localhost:{port}'", "Connection refused", "nc -lk"]);
    }

    [Fact]
    public async Task A_warehouse_that_cannot_be_written_is_refused()
    {
        // A file system that nobody may make folders in, root neither.
        Assert.SkipUnless(Directory.Exists("/sys"), "There is no /sys here.");

        var result = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", "CREATE CATALOG c WITH ('type'='arctic', 'warehouse'='/sys/warehouse');\nCREATE DATABASE c.db");

        AssertFailed(result, "STORAGE_REFUSED", ["/sys/warehouse", "(line 2, column 1)"]);
    }

    [Theory]
    [InlineData("*.metadata.json", "{\"broken", "TABLE_CORRUPT")]
    [InlineData("*.metadata.json", "{}", "TABLE_CORRUPT")]
    [InlineData("*.metadata.json", "", "TABLE_CORRUPT")]
    [InlineData("snap-*.avro", "not what it was", "TABLE_CORRUPT")]
    [InlineData("*-m0.avro", "not what it was", "TABLE_CORRUPT")]
    [InlineData("*.parquet", "not what it was", "TABLE_CORRUPT")]
    [InlineData("snap-*.avro", null, "OBJECT_NOT_FOUND")]
    [InlineData("*-m0.avro", null, "OBJECT_NOT_FOUND")]
    [InlineData("*.parquet", null, "OBJECT_NOT_FOUND")]
    public async Task A_damaged_or_missing_file_of_a_table_is_named(string pattern, string? content, string code)
    {
        var warehouse = await folder.CreateWarehouseAsync($"damaged-{Guid.NewGuid()}");
        var files = Directory.EnumerateFiles(Path.Combine(warehouse, "db", "orders"), pattern, SearchOption.AllDirectories).ToList();
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            File.Delete(file);
            if (content is not null)
            {
                await File.WriteAllTextAsync(file, content);
            }
        }

        var result = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", $"CREATE CATALOG c WITH ('type'='arctic', 'warehouse'='{warehouse}');\nSELECT * FROM c.db.orders");

        AssertFailed(result, code, [pattern[(pattern.LastIndexOf('*') + 1)..], warehouse, "(line 2, column 1)"]);
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_not_gone_back_behind()
    {
        var warehouse = Path.Combine(folder.Root, "checkpoints");
        var script = folder.Write("job.sql", StreamingInsert(warehouse, "SELECT * FROM g"));
        Assert.Equal(130, (await InterruptAsync(script, warehouse)).ExitCode);
        var jobs = Path.Combine(warehouse, ".arctic", "jobs");
        var checkpoints = Directory.EnumerateFiles(jobs, "checkpoint-*", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllBytes);
        Assert.NotEmpty(checkpoints);

        foreach (var file in checkpoints.Keys)
        {
            await File.WriteAllTextAsync(file, "damaged");
        }

        AssertFailed(await ArcticCommand.RunAsync("sql", "--output", "json", "-f", script), "CHECKPOINT_DAMAGED", ["checkpoint-", "hint: Restore"]);

        // Once they are whole again, another statement of the same name is refused.
        foreach (var (file, content) in checkpoints)
        {
            await File.WriteAllBytesAsync(file, content);
        }

        folder.Write("job.sql", StreamingInsert(warehouse, "SELECT id, UPPER(s) FROM g"));
        AssertFailed(await ArcticCommand.RunAsync("sql", "--output", "json", "-f", script), "PLAN_CHANGED", ["UPPER", "hint:", "pipeline.name"]);
    }

    private static string StreamingInsert(string warehouse, string query) =>
        $"""
        SET 'execution.checkpointing.interval' = '200 ms';
        CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '{warehouse}');
        CREATE DATABASE IF NOT EXISTS lake.db;
        CREATE TABLE IF NOT EXISTS lake.db.t (id BIGINT, s STRING, PRIMARY KEY (id) NOT ENFORCED);
        CREATE TEMPORARY TABLE g (id BIGINT, s STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.id.min' = '1', 'fields.id.max' = '1000', 'fields.s.length' = '3');
        INSERT INTO lake.db.t {query};
        """;

    // Waits for a commit of the table, then stops the job, which takes its last checkpoint.
    private static async Task<CommandResult> InterruptAsync(string script, string warehouse)
    {
        await using var command = ArcticCommand.Start("sql", "-f", script);
        command.Process.StandardInput.Close();
        var output = command.Process.StandardOutput.ReadToEndAsync();
        await TableCommits.WaitAsync(Path.Combine(warehouse, "db", "t_change_"));
        await command.SignalAsync("INT");
        return await command.EndAsync(output);
    }

    private static void AssertFailed(CommandResult result, string code, IEnumerable<string> fragments)
    {
        Assert.Equal("", result.Output);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"error {code}: ", result.Errors, StringComparison.Ordinal);
        Assert.All(fragments, f => Assert.Contains(f, result.Errors, StringComparison.Ordinal));
    }
}
