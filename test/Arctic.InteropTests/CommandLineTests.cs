using System.Text.RegularExpressions;
using Arctic.InteropTests.CommandLine;
using Arctic.Testing.Judging;

namespace Arctic.InteropTests;

/// <summary>The manners of the command line: what goes to stdout and in what form, exit statuses, pipes and signals.</summary>
public sealed class CommandLineTests(CommandFolder folder) : IClassFixture<CommandFolder>
{
    private const string Numbers = "CREATE TEMPORARY TABLE numbers (id BIGINT) WITH ('connector'='datagen', 'fields.id.kind'='sequence', 'fields.id.start'='1', 'fields.id.end'='1000000', 'rows-per-second'='10000000');\n";
    private const string Endless = "CREATE TEMPORARY TABLE endless (id BIGINT) WITH ('connector'='datagen', 'fields.id.min'='1', 'fields.id.max'='100000', 'rows-per-second'='200');\n";

    /// <summary>An expression, and its cell in JSON.</summary>
    public static TheoryData<string, string> JsonCells => new()
    {
        { "TRUE", "true" },
        { "CAST(-128 AS TINYINT)", "-128" },
        { "CAST(32767 AS SMALLINT)", "32767" },
        { "2147483647", "2147483647" },
        { "CAST('-9223372036854775808' AS BIGINT)", "-9223372036854775808" },
        { "CAST(0.1 AS FLOAT)", "0.1" },
        { "CAST('1.7976931348623157E308' AS DOUBLE)", "1.7976931348623157E+308" },
        { "CAST('-0.0' AS DOUBLE)", "-0" },
        { "CAST('NaN' AS DOUBLE)", "\"NaN\"" },
        { "CAST('Infinity' AS FLOAT)", "\"Infinity\"" },
        { "CAST('-Infinity' AS DOUBLE)", "\"-Infinity\"" },
        { "CAST('1.10' AS DECIMAL(9, 2))", "1.10" },
        { "CAST('-9999999999999999999999999999.9999999999' AS DECIMAL(38, 10))", "-9999999999999999999999999999.9999999999" },
        { "DATE '0001-02-03'", "\"0001-02-03\"" },
        { "TIME '01:02:03'", "\"01:02:03\"" },
        { "TIMESTAMP '2024-02-29 01:02:03'", "\"2024-02-29T01:02:03\"" },
        { "CAST('2024-02-29 01:02:03.123456' AS TIMESTAMP(6))", "\"2024-02-29T01:02:03.123456\"" },
        { "CAST(TIMESTAMP '1969-12-31 23:59:59.999' AS TIMESTAMP_LTZ(3))", "\"1969-12-31T23:59:59.999Z\"" },
        { "'a \"quoted\" \\ text, é€𝄞'", "\"a \\\"quoted\\\" \\\\ text, é€𝄞\"" },
        { "CAST('ab' AS CHAR(4))", "\"ab  \"" },
        { "x'00ff'", "\"hex:00ff\"" },
        { "CAST(x'0102' AS BINARY(2))", "\"hex:0102\"" },
        { "CAST(NULL AS INT)", "null" },
        { "ARRAY[1, CAST(NULL AS INT), 3]", "[1,null,3]" },
        { "MAP['k', 1, 'j', 2]", "[[\"k\",1],[\"j\",2]]" },
        { "CAST(ROW(1, 'x') AS ROW<a INT, b STRING>)", "{\"a\":1,\"b\":\"x\"}" },
    };

    [Fact]
    public async Task Json_has_the_value_of_every_type_with_all_its_digits()
    {
        var cells = JsonCells.Select(c => c.Data).ToList();

        var result = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", $"SELECT {string.Join(", ", cells.Select((c, i) => $"{c.Item1} AS c{i}"))}");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Equal("{" + string.Join(",", cells.Select((c, i) => $"\"c{i}\":{c.Item2}")) + "}\n", result.Output);
    }

    [Fact]
    public async Task Zoned_timestamps_are_printed_in_utc_whatever_the_zone_of_the_session()
    {
        var result = await ArcticCommand.RunAsync("sql", "--output", "json", "--set", "table.local-time-zone=Europe/Berlin", "-e", "SELECT CAST(TIMESTAMP '2024-07-01 12:00:00' AS TIMESTAMP_LTZ(0)) AS z, 1");

        Assert.Equal("{\"z\":\"2024-07-01T10:00:00Z\",\"EXPR$1\":1}\n", result.Output);
    }

    [Fact]
    public async Task A_changelog_has_op_first_and_a_column_of_that_name_steps_aside()
    {
        const string Query = "SELECT op, COUNT(*) AS c FROM (VALUES ('a'), ('b'), ('a')) AS t(op) GROUP BY op";

        var stream = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", "SET 'execution.runtime-mode' = 'streaming'; " + Query);
        var batch = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", Query + " ORDER BY op");
        var csv = await ArcticCommand.RunAsync("sql", "--output", "csv", "-e", "SET 'execution.runtime-mode' = 'streaming'; " + Query);

        Assert.Equal("{\"op\":\"+I\",\"op_1\":\"a\",\"c\":1}\n{\"op\":\"+I\",\"op_1\":\"b\",\"c\":1}\n{\"op\":\"-U\",\"op_1\":\"a\",\"c\":1}\n{\"op\":\"+U\",\"op_1\":\"a\",\"c\":2}\n", stream.Output);
        Assert.Equal("{\"op\":\"a\",\"c\":2}\n{\"op\":\"b\",\"c\":1}\n", batch.Output);
        Assert.Equal("op,op_1,c\n+I,a,1\n+I,b,1\n-U,a,1\n+U,a,2\n", csv.Output);
    }

    [Fact]
    public async Task Csv_quotes_what_must_be_quoted_and_tells_null_from_the_empty_text()
    {
        var result = await ArcticCommand.RunAsync("sql", "--output", "csv", "-e", "SELECT 'a,b' AS x, 'say \"hi\"' AS y, CAST(NULL AS STRING) AS n, '' AS e, 1.50 AS d");

        Assert.Equal((0, "x,y,n,e,d\n\"a,b\",\"say \"\"hi\"\"\",,\"\",1.50\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task A_table_is_drawn_with_its_count_and_without_colours()
    {
        var result = await ArcticCommand.RunAsync("sql", "-i", folder.Init, "-e", "SELECT id, name FROM orders ORDER BY id");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("+----+------+\n| id | name |\n+----+------+\n|  1 |  one |\n|  2 |  two |\n+----+------+\n2 rows in set", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Output + result.Errors);
    }

    [Fact]
    public async Task A_table_writes_no_control_characters_to_the_terminal()
    {
        var result = await ArcticCommand.RunAsync("sql", "-e", "SELECT CHR(27) || '[31mred' AS x, 'a' || CHR(10) || 'b' AS y");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("\n| \\u001B[31mred | a b |\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Output);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("NO_COLOR=1", false)]
    public async Task Errors_are_red_on_a_terminal_unless_colours_are_not_wanted(string environment, bool isRed)
    {
        // Util-linux's script gives the command a terminal.
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "There is no 'script' here.");

        var result = await ArcticCommand.RunShellAsync($"unset NO_COLOR; {environment} script -qec \"$ARCTIC sql -e 'SELECT x'\" /dev/null");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error UNKNOWN_NAME", result.Output, StringComparison.Ordinal);
        Assert.Equal(isRed, result.Output.Contains("\e[31merror", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Version_names_the_commit()
    {
        var result = await ArcticCommand.RunAsync("--version");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Matches(new Regex(@"^0\.1\.0( \(commit [0-9a-f]{12}\))?\n$"), result.Output);
    }

    [Fact]
    public async Task Help_lists_the_exit_statuses_once()
    {
        var all = await ArcticCommand.RunAsync("--help");
        var sql = await ArcticCommand.RunAsync("sql", "--help");

        Assert.Equal((0, "", 0, ""), (all.ExitCode, all.Errors, sql.ExitCode, sql.Errors));
        Assert.All(["  0 ", "  1 ", "  2 ", "  130 ", "  143 "], f => Assert.Contains(f, all.Output, StringComparison.Ordinal));
        Assert.Single(Regex.Matches(all.Output + sql.Output, "Exit status:"));
    }

    [Theory]
    [InlineData("arctic: There is no command 'sqll'. Did you mean 'sql'?\nTry 'arctic --help'.\n", "sqll")]
    [InlineData("arctic: There is no option '--outptu'. Did you mean '--output'?\nTry 'arctic sql --help'.\n", "sql", "--outptu", "json")]
    [InlineData("arctic: There is no option '--verison'. Did you mean '--version'?\nTry 'arctic --help'.\n", "--verison")]
    [InlineData("arctic: There is no command 'bogus'. Commands: sql, quickstart, table.\nTry 'arctic --help'.\n", "bogus", "--file", "x")]
    [InlineData("arctic: There is no command 'optimise'. Did you mean 'optimize'?\nTry 'arctic table --help'.\n", "table", "optimise", "db.t")]
    public async Task An_unknown_command_or_option_is_named_with_the_nearest_one(string errors, params string[] arguments)
    {
        Assert.Equal(new CommandResult(2, "", errors), await ArcticCommand.RunAsync(arguments));
    }

    [Theory]
    [InlineData("sqll")]
    [InlineData("sql")]
    [InlineData("sql", "--outptu", "json")]
    [InlineData("sql", "--output", "xml", "-e", "SELECT 1")]
    [InlineData("table", "optimize", "db.t")]
    public async Task A_command_line_that_is_not_understood_ends_with_2(params string[] arguments)
    {
        var result = await ArcticCommand.RunAsync(arguments);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("--help'", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_come_from_a_file_then_the_command_line_then_the_script()
    {
        var conf = folder.Write("arctic.conf", "# comment\n\npipeline.name: file\nparallelism.default = 2\ntable.local-time-zone: 'Europe/Berlin'\n");

        var result = await ArcticCommand.RunAsync("sql", "--output", "json", "--conf", conf, "--set", "parallelism.default=3", "--set", "pipeline.name=line", "-e", "SET 'pipeline.name' = 'script'; SET; RESET 'pipeline.name'; SET");

        Assert.Equal(0, result.ExitCode);
        string[] Lines(string name) => [$"{{\"key\":\"parallelism.default\",\"value\":\"3\"}}", $"{{\"key\":\"pipeline.name\",\"value\":\"{name}\"}}", "{\"key\":\"table.local-time-zone\",\"value\":\"Europe/Berlin\"}"];
        Assert.Equal([.. Lines("script"), .. Lines("line")], result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_script_comes_from_stdin_after_the_init_file_and_before_the_statements()
    {
        var result = await ArcticCommand.RunAsync(["sql", "--output", "json", "-i", folder.Init, "-f", "-", "-e", "SELECT 2 AS two"], "SELECT COUNT(*) AS c FROM orders; -- the end\n");

        Assert.Equal((0, "{\"c\":2}\n{\"two\":2}\n"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("csv")]
    [InlineData("table")]
    public async Task A_reader_that_goes_away_ends_the_command_quietly(string output)
    {
        var script = folder.Write($"head-{output}.sql", Numbers + "SELECT * FROM numbers;");

        var result = await ArcticCommand.RunShellAsync($"$ARCTIC sql --output {output} -f {script} 2>{folder.Root}/head-{output}.err | head -1; echo ${{PIPESTATUS[0]}}");

        Assert.Equal(2, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.EndsWith("\n0\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("error", await File.ReadAllTextAsync($"{folder.Root}/head-{output}.err"), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_ends_a_streaming_select_between_two_rows(string signal, int exitCode)
    {
        await using var command = ArcticCommand.Start("sql", "--output", "json", "-e", Endless + "SELECT * FROM endless");
        command.Process.StandardInput.Close();
        Assert.StartsWith("{\"op\":\"+I\",\"id\":", await command.Process.StandardOutput.ReadLineAsync(ArcticCommand.GiveUp()), StringComparison.Ordinal);

        await command.SignalAsync(signal);
        var result = await command.EndAsync(command.Process.StandardOutput.ReadToEndAsync());

        Assert.Equal(exitCode, result.ExitCode);
        Assert.True(result.Output.Length == 0 || result.Output.EndsWith("}\n", StringComparison.Ordinal), "The last row is not whole.");
        Assert.Contains("arctic: stopping", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("error", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_lets_a_streaming_insert_commit_what_it_has_read(string signal, int exitCode)
    {
        // No checkpoint but the last one: what is in the table came with it.
        var warehouse = Path.Combine(folder.Root, "signal-" + signal);
        var script = folder.Write(
            $"signal-{signal}.sql",
            $"""
            SET 'execution.checkpointing.interval' = '1 h';
            CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '{warehouse}');
            CREATE DATABASE IF NOT EXISTS lake.db;
            CREATE TABLE IF NOT EXISTS lake.db.t (id BIGINT);
            {Endless}
            CREATE TEMPORARY TABLE seen (id BIGINT) WITH ('connector' = 'print');
            EXECUTE STATEMENT SET BEGIN
              INSERT INTO lake.db.t SELECT id FROM endless;
              INSERT INTO seen SELECT id FROM endless;
            END;
            """);
        await using var command = ArcticCommand.Start("sql", "-f", script);
        command.Process.StandardInput.Close();
        Assert.Contains("+I[", await command.Process.StandardOutput.ReadLineAsync(ArcticCommand.GiveUp()), StringComparison.Ordinal);

        await command.SignalAsync(signal);
        var result = await command.EndAsync(command.Process.StandardOutput.ReadToEndAsync());
        var count = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", $"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '{warehouse}'); SELECT COUNT(*) > 0 AS found FROM lake.db.t");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains("has been started", result.Errors, StringComparison.Ordinal);
        Assert.Equal("{\"found\":true}\n", count.Output);
        await JudgedLake.CheckAsync(warehouse, ArcticCommand.GiveUp());
    }

    [Fact]
    public async Task The_tables_of_the_command_line_are_read_by_outside_engines()
    {
        var warehouse = await folder.CreateWarehouseAsync("judged");
        var run = await ArcticCommand.RunAsync(
            "sql", "-e", $"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '{warehouse}'); INSERT INTO lake.db.keyed VALUES (1, 'a'), (2, CAST(NULL AS STRING)); INSERT INTO lake.db.orders VALUES (3, 'three', 3.50)");
        var optimized = await ArcticCommand.RunAsync("table", "optimize", "--warehouse", warehouse, "db.keyed");

        Assert.Equal((0, 0), (run.ExitCode, optimized.ExitCode));
        await JudgedLake.CheckAsync(warehouse, ArcticCommand.GiveUp());
    }

    [Fact]
    public async Task The_quick_start_shows_both_result_sets_and_leaves_a_table_for_everybody()
    {
        var warehouse = Path.Combine(folder.Root, "quickstart");

        var played = await ArcticCommand.RunAsync("quickstart", "--warehouse", warehouse);

        Assert.True(played.ExitCode == 0, played.Errors);
        var tables = Regex.Matches(played.Output, @"\| +(\d+) \| +(\w+) \|$", RegexOptions.Multiline).Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}").ToList();
        Assert.Equal(["1 eric", "3 lee", "4 rock", "5 jack", "6 mars", "5 jack", "6 mars", "7 randy"], tables);
        await JudgedLake.CheckAsync(warehouse, ArcticCommand.GiveUp());

        var again = await ArcticCommand.RunAsync("quickstart", "--warehouse", warehouse);
        Assert.True(again.ExitCode == 0, again.Errors);
    }

    [Fact]
    public async Task A_quick_start_leaves_a_table_of_its_name_alone_that_none_made()
    {
        var warehouse = Path.Combine(folder.Root, "no-quickstart");
        var catalog = $"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '{warehouse}'); ";
        var made = await ArcticCommand.RunAsync("sql", "-e", catalog + "CREATE DATABASE lake.test_db; CREATE TABLE lake.test_db.test_table (id INT); INSERT INTO lake.test_db.test_table VALUES (7)");
        Assert.True(made.ExitCode == 0, made.Errors);

        var played = await ArcticCommand.RunAsync("quickstart", "--warehouse", warehouse);
        var left = await ArcticCommand.RunAsync("sql", "--output", "json", "-e", catalog + "SELECT * FROM lake.test_db.test_table");

        Assert.Equal((1, ""), (played.ExitCode, played.Output));
        Assert.Contains("error ALREADY_EXISTS", played.Errors, StringComparison.Ordinal);
        Assert.Contains("hint: Give another folder", played.Errors, StringComparison.Ordinal);
        Assert.Equal("{\"id\":7}\n", left.Output);
    }
}
