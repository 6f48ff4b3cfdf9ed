using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.InteropTests.CommandLine;
using Arctic.InteropTests.Mixed;
using Arctic.Tables;

namespace Arctic.InteropTests;

/// <summary><c>arctic table</c>: any table is opened by its folder alone, also one of another writer and one that was moved.</summary>
public sealed class TableCommandTests(CommandFolder folder) : IClassFixture<CommandFolder>
{
    // Read with an error that is about their format, not about how they were opened.
    private static readonly string[] Unreadable = ["t01_orc"];

    [Fact]
    public async Task Keyed_tables_of_the_original_are_merged_by_their_folders_alone()
    {
        var root = Golden.Find("mixed");
        Assert.SkipWhen(root is null, "The golden tables are not here.");
        await using var session = new SessionBuilder().Build();
        var problems = new List<string>();
        foreach (var golden in Directory.GetDirectories(root!).Where(f => File.Exists(Path.Combine(f, "rows.jsonl")) && !Unreadable.Contains(Path.GetFileName(f))))
        {
            var name = Path.GetFileName(golden).Split('.')[0];
            var table = await session.TableOpener.OpenAsync(Path.Combine(golden, "table", name), TestContext.Current.CancellationToken);
            var rows = await ReadAsync(session, table, new TableReadRequest());
            var expected = GoldenRows.ReadLines(Path.Combine(golden, "rows.jsonl")).Order(StringComparer.Ordinal);
            if (!rows.Order(StringComparer.Ordinal).SequenceEqual(expected))
            {
                problems.Add(golden);
            }
        }

        Assert.Empty(problems);
    }

    [Fact]
    public async Task A_moved_keyed_table_is_read_merged_and_store_by_store()
    {
        var golden = Golden.Find("mixed/t02_cdc");
        Assert.SkipWhen(golden is null, "The golden tables are not here.");
        var moved = Path.Combine(folder.Root, "moved");
        CopyFolder(Path.Combine(golden!, "table"), moved);
        var table = Path.Combine(moved, "t02_cdc");

        var merged = await ArcticCommand.RunAsync("table", "read", table, "--output", "json", "--columns", "id, name", "--where", "id < 100 AND name LIKE 'l%'");
        Assert.Equal((0, ""), (merged.ExitCode, merged.Errors));
        Assert.Equal(["""{"id":5,"name":"lina"}""", """{"id":7,"name":"lone-update"}"""], Lines(merged).Order(StringComparer.Ordinal));

        var stored = await ArcticCommand.RunAsync("table", "read", table, "--store", "base", "--output", "json");
        Assert.Equal((0, "", ""), (stored.ExitCode, stored.Output, stored.Errors));

        var changes = await ArcticCommand.RunAsync("table", "read", table, "--store", "change", "--output", "json");
        Assert.Equal(File.ReadLines(Path.Combine(golden!, "change-rows.jsonl")).Count(), Lines(changes).Length);

        // Without its change store the merged rows are not to be had, and half of them are not shown.
        Directory.Move(Path.Combine(moved, "t02_cdc_change_"), Path.Combine(moved, "elsewhere"));
        var torn = await ArcticCommand.RunAsync("table", "read", table);
        Assert.Equal((1, ""), (torn.ExitCode, torn.Output));
        Assert.Contains("its change store should lie in", torn.Errors, StringComparison.Ordinal);
        Assert.Contains("--store base", torn.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("formats_parquet.1")]
    [InlineData("evo.1")]
    [InlineData("nested_parquet.1")]
    [InlineData("eq_null.1")]
    [InlineData("v3dv.6")]
    [InlineData("v3_default.1")]
    [InlineData("gzmeta.1")]
    [InlineData("types.1")]
    public async Task Tables_of_other_engines_are_read_where_they_lie(string name)
    {
        var golden = Golden.Find($"engines/{name}");
        Assert.SkipWhen(golden is null, "The golden tables are not here.");
        await using var session = new SessionBuilder().Build();
        var table = await session.TableOpener.OpenAsync(Path.Combine(golden!, "table"), TestContext.Current.CancellationToken);

        var rows = await ReadAsync(session, table, new TableReadRequest());
        Assert.Equal(GoldenRows.ReadLines(Path.Combine(golden!, "rows.jsonl")).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));

        var printed = await ArcticCommand.RunAsync("table", "read", Path.Combine(golden!, "table"), "--output", "json");
        Assert.Equal((0, ""), (printed.ExitCode, printed.Errors));
        Assert.Equal(rows.Count, Lines(printed).Length);
    }

    [Fact]
    public async Task A_branch_is_read_by_its_name()
    {
        var golden = Golden.Find("engines/refs.1");
        Assert.SkipWhen(golden is null, "The golden tables are not here.");
        await using var session = new SessionBuilder().Build();
        var table = await session.TableOpener.OpenAsync(Path.Combine(golden!, "table"), TestContext.Current.CancellationToken);
        var store = await table.StoreAsync(TableStore.All, TestContext.Current.CancellationToken);
        var branch = store.Metadata.Refs.Single(r => r.Key != "main" && r.Value.Type == Iceberg.Spec.SnapshotRefType.Branch).Key;

        var rows = await ReadAsync(session, table, new TableReadRequest { Moment = new TableMoment.Reference(branch) });

        Assert.Equal(GoldenRows.ReadLines(Path.Combine(golden!, "extra.jsonl")).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Earlier_states_are_read_by_snapshot_and_by_time()
    {
        var warehouse = await folder.CreateWarehouseAsync("history");
        await using var session = new SessionBuilder().Build();
        var first = (await (await OpenAsync(session, warehouse)).StoreAsync(TableStore.All, default)).Metadata;
        await using (await session.ExecuteAsync($"CREATE CATALOG lake WITH ('type'='arctic', 'warehouse'='{warehouse}')"))
        await using (await session.ExecuteAsync("INSERT INTO lake.db.orders VALUES (3, 'three', 3.00)"))
        {
        }

        string[] read = ["table", "read", "db.orders", "-w", warehouse, "--output", "csv", "--columns", "id"];
        Assert.Equal(["id", "1", "2", "3"], Lines(await ArcticCommand.RunAsync(read)).Order(StringComparer.Ordinal).OrderByDescending(l => l == "id"));
        Assert.Equal(["id", "1", "2"], Lines(await ArcticCommand.RunAsync([.. read, "--snapshot", $"{first.CurrentSnapshotId}"])));
        Assert.Equal(["id", "1", "2"], Lines(await ArcticCommand.RunAsync([.. read, "--as-of", $"{first.CurrentSnapshot!.TimestampMs}"])));
        Assert.Equal(["id", "1", "2"], Lines(await ArcticCommand.RunAsync([.. read, "--as-of", DateTimeOffset.FromUnixTimeMilliseconds(first.CurrentSnapshot.TimestampMs).ToString("O")])));
        Assert.Equal(2, Lines(await ArcticCommand.RunAsync([.. read, "--limit", "1"])).Length);
        Assert.Single(Lines(await ArcticCommand.RunAsync([.. read, "--limit", "0"])));
    }

    [Fact]
    public async Task A_catalog_of_an_init_script_is_looked_into()
    {
        var result = await ArcticCommand.RunAsync("table", "read", "lake.db.orders", "-i", folder.Init, "--output", "json", "--where", "amount > 1.5");
        Assert.Equal((0, """{"id":2,"name":"two","amount":2.00}""" + "\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task The_schema_shows_every_column_and_what_is_nested_in_it()
    {
        var golden = Golden.Find("engines/evo.1");
        Assert.SkipWhen(golden is null, "The golden tables are not here.");
        var result = await ArcticCommand.RunAsync("table", "schema", Path.Combine(golden!, "table"), "--output", "json");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        var fields = Lines(result).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(
            ["4 title string", "1 id long", "9 extra string", "2 f double", "3 d decimal(20, 2)", "5 st struct", "7 st.aa int", "8 st.b string", "10 st.c int", "11 ts timestamptz"],
            fields.Select(f => $"{f.GetProperty("id")} {f.GetProperty("name").GetString()} {f.GetProperty("type").GetString()}"));

        var table = await ArcticCommand.RunAsync("table", "schema", "db.orders", "-w", folder.Warehouse);
        Assert.Contains("format version: 2", table.Output, StringComparison.Ordinal);
        Assert.Contains("partition spec 0 (current): unpartitioned", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshots_files_and_manifests_are_listed()
    {
        string[] where = ["db.orders", "-w", folder.Warehouse, "--output", "json"];
        var snapshot = JsonDocument.Parse(Assert.Single(Lines(await ArcticCommand.RunAsync(["table", "snapshots", .. where])))).RootElement;
        Assert.Equal("append", snapshot.GetProperty("operation").GetString());
        var id = snapshot.GetProperty("snapshot_id").GetInt64();

        var files = Lines(await ArcticCommand.RunAsync(["table", "files", .. where, "--columns", "record_count,file_path"])).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(2, files.Sum(f => f.GetProperty("record_count").GetInt64()));
        Assert.All(files, f => Assert.True(File.Exists(new Uri(f.GetProperty("file_path").GetString()!).LocalPath)));
        Assert.Equal(["record_count", "file_path"], files[0].EnumerateObject().Select(p => p.Name));

        // For people, too, values are whole.
        var drawn = await ArcticCommand.RunAsync("table", "files", "db.orders", "-w", folder.Warehouse);
        Assert.Contains(files[0].GetProperty("file_path").GetString()!, drawn.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("...", drawn.Output, StringComparison.Ordinal);

        Assert.Single(Lines(await ArcticCommand.RunAsync(["table", "manifests", .. where, "--snapshot", $"{id}"])));
        Assert.Single(Lines(await ArcticCommand.RunAsync(["table", "history", .. where])));
        Assert.Contains("\"main\"", Assert.Single(Lines(await ArcticCommand.RunAsync(["table", "refs", .. where]))), StringComparison.Ordinal);
        Assert.Contains("2", Assert.Single(Lines(await ArcticCommand.RunAsync(["table", "partitions", .. where, "--columns", "record_count"]))), StringComparison.Ordinal);

        // The change store has snapshots of its own.
        Assert.Empty(Lines(await ArcticCommand.RunAsync("table", "snapshots", "db.keyed", "-w", folder.Warehouse, "--store", "change", "--output", "json")));
    }

    public static TheoryData<string[], int, string[]> Mistakes => new()
    {
        { ["read", "orders"], 1, ["error UNKNOWN_NAME: 'orders' is neither a folder nor a table's name", "hint:"] },
        { ["read", "{warehouse}/db/ordres"], 1, ["error OBJECT_NOT_FOUND", "{warehouse}/db/ordres': there is no such folder"] },
        { ["read", "{warehouse}/db"], 1, ["error OBJECT_NOT_FOUND", "is not an Iceberg table"] },
        { ["read", "db.ordres", "-w", "{warehouse}"], 1, ["error UNKNOWN_NAME: The warehouse '{warehouse}' has no table 'db.ordres'.", "hint: Did you mean 'orders'?"] },
        { ["optimize", "db.ordres", "-w", "{warehouse}"], 1, ["error UNKNOWN_NAME: The warehouse '{warehouse}' has no table 'db.ordres'.", "hint: Did you mean 'orders'?"] },
        { ["read", "db.orders", "-w", "{warehouse}-gone"], 1, ["error OBJECT_NOT_FOUND: The warehouse folder '{warehouse}-gone' does not exist."] },
        { ["expire", "orders", "-w", "{warehouse}"], 1, ["error INVALID_STATEMENT: Cannot expire 'orders': the table is named as database.table."] },
        { ["expire", "db.orders", "-w", "{warehouse}", "--older-than", "yesterday"], 1, ["error", "yesterday"] },
        { ["orphans", "db.orders", "-w", "{warehouse}", "--older-than", "2999-01-01 00:00:00"], 1, ["error INVALID_OPTION", "future"] },
        { ["optimize", "db.orders", "-w", "{warehouse}-gone"], 1, ["error OBJECT_NOT_FOUND: The warehouse folder '{warehouse}-gone' does not exist."] },
        { ["read", "{warehouse}/db/orders", "-w", "{warehouse}"], 1, ["error INVALID_STATEMENT", "only one of them can be meant", "hint: Leave --warehouse out"] },
        { ["read", "{warehouse}/db/orders", "--snapshot", "abc"], 2, ["arctic: --snapshot takes the id of a snapshot, a whole number; 'abc' is none.\n"] },
        { ["read", "{warehouse}/db/orders", "--limit", "ten"], 2, ["arctic: --limit takes a number of 0 or more; 'ten' is none.\n"] },
        { ["read", "{warehouse}/db/orders", "--colums", "id"], 2, ["arctic: There is no option '--colums'. Did you mean '--columns'?\n"] },
        { ["schema", "--outptu"], 2, ["arctic: There is no option '--outptu'. Did you mean '--output'?\n"] },
        { ["read", "orders", "-w", "{warehouse}"], 1, ["error INVALID_STATEMENT", "database.table"] },
        { ["read", "{warehouse}/db/orders", "--columns", "id,nmae"], 1, ["error UNKNOWN_NAME", "'nmae'", "hint: Did you mean 'name'?"] },
        { ["read", "{warehouse}/db/orders", "--where", "nmae = 'x'"], 1, ["error UNKNOWN_NAME", "(line 1, column 1)", "hint: Did you mean 'name'?"] },
        { ["read", "{warehouse}/db/orders", "--where", "id ="], 1, ["error SYNTAX_ERROR", "(line 1, column"] },
        { ["read", "{warehouse}/db/orders", "--where", "id"], 1, ["error TYPE_MISMATCH", "(line 1, column 1)"] },
        { ["read", "{warehouse}/db/orders", "--where", "id IN (SELECT 1)"], 1, ["error INVALID_STATEMENT", "sub-queries"] },
        { ["read", "{warehouse}/db/orders", "--snapshot", "12"], 1, ["error UNKNOWN_NAME", "no snapshot 12"] },
        { ["read", "{warehouse}/db/orders", "--ref", "mian"], 1, ["error UNKNOWN_NAME", "hint: Did you mean 'main'?"] },
        { ["read", "{warehouse}/db/orders", "--as-of", "1999-01-01"], 1, ["error UNKNOWN_NAME", "no snapshot as old as"] },
        { ["read", "{warehouse}/db/orders", "--as-of", "yesterday"], 2, ["'yesterday' is not a time"] },
        { ["read", "{warehouse}/db/orders", "--as-of", "1999-01-01", "--snapshot", "1"], 2, ["give one of them"] },
        { ["read", "{warehouse}/db/orders", "--limit", "-1"], 2, ["--limit takes a number of 0 or more"] },
        { ["read", "{warehouse}/db/orders", "--store", "change"], 1, ["error INVALID_STATEMENT", "has no change store"] },
        { ["files", "{warehouse}/db/orders", "--columns", "file_pth"], 1, ["error UNKNOWN_NAME", "hint: Did you mean 'file_path'?"] },
        { ["manifests", "{warehouse}/db/orders", "--snapshot", "7"], 1, ["error UNKNOWN_NAME", "no snapshot 7"] },
        { ["read", "{warehouse}/db/keyed", "--snapshot", "1"], 1, ["error INVALID_STATEMENT", "--store base"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_told_with_what_to_try(string[] arguments, int exitCode, string[] parts)
    {
        var result = await ArcticCommand.RunAsync(["table", .. arguments.Select(a => a.Replace("{warehouse}", folder.Warehouse, StringComparison.Ordinal))]);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.All(parts, p => Assert.Contains(p.Replace("{warehouse}", folder.Warehouse, StringComparison.Ordinal), result.Errors, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rows_of_a_change_store_say_what_they_are()
    {
        var warehouse = await folder.CreateWarehouseAsync("changes");
        var catalog = $"CREATE CATALOG lake WITH ('type'='arctic', 'warehouse'='{warehouse}'); ";
        var made = await ArcticCommand.RunAsync(
            "sql", "-e", catalog + "CREATE TABLE lake.db.upserts (id INT, s STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled'='true'); INSERT INTO lake.db.upserts VALUES (1, 'a'); INSERT INTO lake.db.upserts VALUES (2, 'b')");
        Assert.True(made.ExitCode == 0, made.Errors);
        string[] read = ["table", "read", "db.upserts", "-w", warehouse, "--store", "change", "--output", "json"];

        var changes = Lines(await ArcticCommand.RunAsync([.. read, "--where", "id = 2"]));
        Assert.Equal(["""{"_change_action":"DELETE","id":2,"s":"b"}""", """{"_change_action":"INSERT","id":2,"s":"b"}"""], changes.Order(StringComparer.Ordinal));

        var ordered = Lines(await ArcticCommand.RunAsync([.. read, "--columns", "_transaction_id,id,_file_offset,_change_action"]));
        Assert.Equal(
            [
                """{"_transaction_id":1,"id":1,"_file_offset":1,"_change_action":"DELETE"}""", """{"_transaction_id":1,"id":1,"_file_offset":2,"_change_action":"INSERT"}""",
                """{"_transaction_id":2,"id":2,"_file_offset":1,"_change_action":"DELETE"}""", """{"_transaction_id":2,"id":2,"_file_offset":2,"_change_action":"INSERT"}""",
            ],
            ordered.Order(StringComparer.Ordinal));
        Assert.Equal(["""{"id":1}""", """{"id":1}"""], Lines(await ArcticCommand.RunAsync([.. read, "--columns", "id", "--where", "id = 1"])));
    }

    [Fact]
    public async Task Uuids_are_shown_and_asked_for_as_people_write_them()
    {
        var folderOfTable = Path.Combine(folder.Warehouse, "uuids");
        await using (var catalog = Iceberg.IcebergCatalog.OpenFileSystem(folderOfTable))
        {
            var table = await catalog.CreateTableAsync<Tagged>("db.t", TestContext.Current.CancellationToken);
            await table.AppendAsync(
                [new Tagged(1, Guid.Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7"), null), new Tagged(2, Guid.Empty, Guid.Empty)], TestContext.Current.CancellationToken);
        }

        string[] read = ["table", "read", Path.Combine(folderOfTable, "db", "t"), "--output", "json"];
        const string First = """{"id":1,"tag":"f79c3e09-677c-4bbd-a479-3f349cb785e7","other":null}""";
        const string Second = """{"id":2,"tag":"00000000-0000-0000-0000-000000000000","other":"00000000-0000-0000-0000-000000000000"}""";

        Assert.Equal([First, Second], Lines(await ArcticCommand.RunAsync(read)));
        Assert.Equal([First], Lines(await ArcticCommand.RunAsync([.. read, "--where", "tag = 'F79C3E09-677C-4BBD-A479-3F349CB785E7'"])));
        Assert.Equal([First], Lines(await ArcticCommand.RunAsync([.. read, "--where", "tag = x'f79c3e09677c4bbda4793f349cb785e7'"])));
        Assert.Equal([Second], Lines(await ArcticCommand.RunAsync([.. read, "--where", "tag IN ('00000000-0000-0000-0000-000000000000', '11111111-0000-0000-0000-000000000000') AND id > 1"])));
        Assert.Equal([First], Lines(await ArcticCommand.RunAsync([.. read, "--where", "other IS NULL"])));
        Assert.Equal([Second], Lines(await ArcticCommand.RunAsync([.. read, "--where", "tag = other"])));
        var wrong = await ArcticCommand.RunAsync([.. read, "--where", "tag = 'abc'"]);
        Assert.Contains("'abc' is compared with a uuid, and is none", wrong.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_metadata_file_is_a_clear_error()
    {
        var warehouse = await folder.CreateWarehouseAsync("damaged");
        var metadata = Path.Combine(warehouse, "db", "orders", "metadata");
        foreach (var file in Directory.GetFiles(metadata, "*.metadata.json"))
        {
            await File.WriteAllTextAsync(file, "{\"format-version\": 2");
        }

        var result = await ArcticCommand.RunAsync("table", "read", Path.Combine(warehouse, "db", "orders"));
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("error TABLE_CORRUPT", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_command_quietly()
    {
        var result = await ArcticCommand.RunShellAsync($"set -o pipefail; $ARCTIC table read {folder.Warehouse}/db/orders --output csv | head -0");
        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Errors));
    }

    private sealed record Tagged(int Id, Guid Tag, Guid? Other);

    private static async ValueTask<OpenedTable> OpenAsync(Session session, string warehouse) =>
        await session.TableOpener.OpenAsync(Path.Combine(warehouse, "db", "orders"), TestContext.Current.CancellationToken);

    private static async Task<List<string>> ReadAsync(Session session, OpenedTable table, TableReadRequest request)
    {
        await using var result = await new TableReading(table, session.EvaluationSettings).ReadAsync(request, TestContext.Current.CancellationToken);
        var rows = new List<string>();
        await foreach (var batch in result.ReadAsync(TestContext.Current.CancellationToken))
        {
            rows.AddRange(GoldenRows.Of(batch));
        }

        return rows;
    }

    private static string[] Lines(CommandResult result)
    {
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
