using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Scanning;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;

namespace Arctic.UnitTests.Sessions;

/// <summary>DELETE, UPDATE and INSERT OVERWRITE beside other writers and beside streaming readers.</summary>
public sealed class ConcurrentRowChangeTests
{
    private const string Retries = "'commit.retry.num-retries' = '100', 'commit.retry.min-wait-ms' = '1', 'commit.retry.max-wait-ms' = '20'";

    private readonly IObjectStore _store = ObjectStoreRouter.CreateDefault(TimeProvider.System);
    private int _sessions;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Tables => new(
        $"(id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', {Retries})",
        $"(id INT, v INT) WITH ({Retries})",
        $"(id INT, v INT) WITH ('write.delete.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read', {Retries})");

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task No_update_of_two_sessions_is_lost(string table)
    {
        await using var one = await OpenAsync();
        await one.RunAsync($"CREATE TABLE t {table}");
        await one.RunAsync("INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)");
        await using var two = await OpenAsync();

        await Task.WhenAll(CountUpAsync(one), CountUpAsync(two));

        Assert.Equal(["1|20", "2|10", "3|0"], (await one.RunAsync("SELECT id, v FROM t")).Order());

        // Both count the first row up, each another one half of the times.
        static async Task CountUpAsync(Session session)
        {
            for (var i = 0; i < 10; i++)
            {
                await session.RunAsync(i % 2 == 0 ? "UPDATE t SET v = v + 1 WHERE id = 1" : "UPDATE t SET v = v + 1 WHERE id < 3");
            }
        }
    }

    [Fact]
    public async Task Changes_beside_a_writer_and_an_optimizer_are_those_of_the_model()
    {
        await using var writer = await OpenAsync();
        await writer.RunAsync($"CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', {Retries})");
        await writer.RunAsync("INSERT INTO t VALUES (1, 0), (2, 0)");
        await using var changer = await OpenAsync();

        var writes = Task.Run(async () =>
        {
            for (var i = 0; i < 15; i++)
            {
                await writer.RunAsync($"INSERT INTO t VALUES ({100 + i % 5}, {i}), ({200 + i}, {i})");
                if (i % 4 == 3)
                {
                    await writer.RunAsync("CALL sys.optimize('t')");
                }
            }
        }, Token);
        var tries = 0;
        while (!writes.IsCompleted || tries < 10)
        {
            await changer.RunAsync("UPDATE t SET v = v + 1 WHERE id = 1");
            tries++;
        }

        await writes;
        await changer.RunAsync("DELETE FROM t WHERE id = 2 OR id BETWEEN 205 AND 300");

        var expected = Enumerable.Range(0, 5).Select(i => $"{100 + i}|{10 + i}").Concat(Enumerable.Range(0, 5).Select(i => $"{200 + i}|{i}")).Append($"1|{tries}");
        Assert.Equal(expected.Order(), (await changer.RunAsync("SELECT id, v FROM t")).Order());
        await changer.RunAsync("CALL sys.optimize('t')");
        Assert.Equal(expected.Order(), (await changer.RunAsync("SELECT id, v FROM t")).Order());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_streaming_reader_sees_deletes_and_updates_as_changes()
    {
        await using var session = await OpenAsync();
        await session.RunAsync("CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED)");
        await session.RunAsync("INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)");
        await session.RunAsync("CALL sys.optimize('t')");
        await session.RunAsync("INSERT INTO t VALUES (4, 40)");
        await session.RunAsync("SET 'execution.runtime-mode' = 'automatic'");
        await using var stream = await session.ExecuteAsync("SELECT id, v FROM t /*+ OPTIONS('streaming' = 'true') */", TestContext.Current.CancellationToken);

        // Two rows of the base store and one of the changes are changed, in one statement each.
        await session.RunAsync("UPDATE t SET v = v + 1 WHERE id IN (1, 4)");
        await session.RunAsync("DELETE FROM t WHERE v = 20");
        var counts = new Dictionary<string, int>();
        var kinds = new HashSet<RowKind>();
        await foreach (var batch in stream.ReadAsync(TestContext.Current.CancellationToken))
        {
            using var rows = batch.Compact();
            for (var i = 0; i < rows.RowCount; i++)
            {
                var row = string.Join('|', rows.Columns.Select(c => ValueText.Format(c, i, TimeZoneInfo.Utc)));
                kinds.Add(rows.KindAt(i));
                counts[row] = counts.GetValueOrDefault(row) + (rows.KindAt(i).IsAddition() ? 1 : -1);
                Assert.True(counts[row] >= 0, $"{row} was taken back and never given");
            }

            if (counts.Where(c => c.Value > 0).Select(c => c.Key).Order().SequenceEqual(["1|11", "3|30", "4|41"]))
            {
                break;
            }
        }

        Assert.Equal([RowKind.Insert, RowKind.UpdateBefore, RowKind.UpdateAfter, RowKind.Delete], kinds.Order());
    }

    [Fact]
    public async Task Changes_beside_an_overwrite_are_replaced_or_come_on_top()
    {
        await using var one = await OpenAsync();
        await one.RunAsync("CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')");
        await using var two = await OpenAsync();
        for (var round = 0; round < 6; round++)
        {
            var inserts = Task.Run(async () =>
            {
                for (var i = 0; i < 4; i++)
                {
                    await one.RunAsync($"INSERT INTO t VALUES (7, {i}), ({10 + i}, {i})");
                    await one.RunAsync("CALL sys.optimize('t')");
                }
            }, Token);
            await two.RunAsync("INSERT OVERWRITE t VALUES (7, 1000), (8, 1000)");
            await inserts;

            // Of the inserts those before the overwrite are gone, the others all there: whatever order the two came in, it was one.
            var rows = (await two.RunAsync("SELECT id, v FROM t")).ToHashSet();
            var kept = Enumerable.Range(0, 4).Where(i => rows.Contains($"{10 + i}|{i}")).ToArray();
            Assert.Equal(Enumerable.Range(4 - kept.Length, kept.Length), kept);
            Assert.Contains("8|1000", rows);
            Assert.Contains(kept.Length == 0 ? "7|1000" : "7|3", rows);
            Assert.Equal(2 + kept.Length, rows.Count);
        }
    }

    [Fact]
    public async Task An_update_that_always_meets_others_gives_up_and_changes_nothing()
    {
        await using var session = await OpenAsync();
        await session.RunAsync("CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', 'commit.retry.num-retries' = '2', 'commit.retry.min-wait-ms' = '1')");
        await session.RunAsync("INSERT INTO t VALUES (1, 0)");
        await using var late = await OpenAsync(new OvertakenStore(_store, "t_change_/metadata/v", int.MaxValue, () => session.RunAsync("INSERT INTO t VALUES (1, 5)")));

        var error = await Assert.ThrowsAsync<Arctic.Iceberg.Catalog.CommitConflictException>(() => late.RunAsync("UPDATE t SET v = v + 1 WHERE id = 1"));

        Assert.Equal(ErrorCodes.CommitConflict, error.Code);
        Assert.Contains("others have changed the same rows", error.Message);
        Assert.Contains("tried 3 times", error.Message);
        Assert.Equal(["1|5"], await session.RunAsync("SELECT id, v FROM t"));
        Assert.Empty(await session.RunAsync("CALL sys.remove_orphans(table => 't', dry_run => TRUE)"));
    }

    [Theory]
    [InlineData("DELETE FROM t WHERE v = 5")]
    [InlineData("DELETE FROM t WHERE id IN (SELECT id FROM t WHERE v = 5)")]
    [InlineData("UPDATE t SET v = 6 WHERE v = 5")]
    public async Task A_statement_over_a_table_without_a_key_sees_rows_that_come_before_its_commit(string statement)
    {
        await using var session = await OpenAsync();
        await session.RunAsync("CREATE TABLE t (id INT, v INT) WITH ('commit.retry.min-wait-ms' = '1')");
        await session.RunAsync("INSERT INTO t VALUES (1, 5), (2, 0)");
        await using var late = await OpenAsync(new OvertakenStore(_store, "/t/metadata/v", 1, () => session.RunAsync("INSERT INTO t VALUES (3, 5)")));

        await late.RunAsync(statement);

        Assert.Equal(statement.StartsWith("DELETE", StringComparison.Ordinal) ? ["2|0"] : ["1|6", "2|0", "3|6"], (await session.RunAsync("SELECT id, v FROM t")).Order());
        Assert.Empty(await session.RunAsync("CALL sys.remove_orphans(table => 't', dry_run => TRUE)"));
    }

    [Fact]
    public async Task Commits_of_other_keys_do_not_make_a_statement_run_anew()
    {
        await using var session = await OpenAsync();
        await session.RunAsync("CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', 'commit.retry.num-retries' = '4', 'commit.retry.min-wait-ms' = '1')");
        await session.RunAsync("INSERT INTO t VALUES (1, 0), (2, 0), (3, 7)");
        await using var late = await OpenAsync(new OvertakenStore(_store, "t_change_/metadata/v", 4, () => session.RunAsync("INSERT INTO t VALUES (2, 5)")));

        await late.RunAsync("UPDATE t SET v = v + 1 WHERE id = 1");
        await late.RunAsync("DELETE FROM t WHERE id = 3");

        Assert.Equal(["1|1", "2|5"], (await session.RunAsync("SELECT id, v FROM t")).Order());
    }

    [Fact]
    public async Task What_contradicts_a_statement_is_told_when_its_files_cannot_be_deleted_either()
    {
        await using var session = await OpenAsync();
        await session.RunAsync("CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', 'commit.retry.num-retries' = '0')");
        await session.RunAsync("INSERT INTO t VALUES (1, 0)");
        var plan = new FailingDeletes();
        await using var late = await OpenAsync(new FaultInjectingObjectStore(
            new OvertakenStore(_store, "t_change_/metadata/v", int.MaxValue, () => session.RunAsync("INSERT INTO t VALUES (1, 5)")), plan, TimeProvider.System));

        var error = await Assert.ThrowsAsync<Arctic.Iceberg.Catalog.CommitConflictException>(() => late.RunAsync("UPDATE t SET v = v + 1 WHERE id = 1"));

        Assert.Equal(ErrorCodes.CommitConflict, error.Code);
        Assert.True(plan.WasMet);
    }

    private sealed class FailingDeletes : IFaultPlan
    {
        public bool WasMet { get; private set; }

        public Fault Next(StoreOperation operation, string location)
        {
            WasMet |= operation == StoreOperation.Delete;
            return operation == StoreOperation.Delete ? new Fault(FaultKind.FailBefore) : Fault.None;
        }
    }

    [Fact]
    public async Task A_statement_that_commits_of_other_keys_always_overtake_gives_up()
    {
        await using var session = await OpenAsync();
        await session.RunAsync("CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', 'commit.retry.num-retries' = '1', 'commit.retry.min-wait-ms' = '1')");
        await session.RunAsync("INSERT INTO t VALUES (1, 0)");
        var overtaken = 0;
        await using var late = await OpenAsync(new OvertakenStore(_store, "t_change_/metadata/v", int.MaxValue, () => session.RunAsync($"INSERT INTO t VALUES (2, {++overtaken})")));

        var error = await Assert.ThrowsAsync<Arctic.Iceberg.Catalog.CommitConflictException>(() => late.RunAsync("UPDATE t SET v = v + 1 WHERE id = 1"));

        Assert.Contains("others have committed to it each time", error.Message);
        Assert.Contains("commit.retry.num-retries", error.Hint);
        Assert.Equal(["1|0", $"2|{overtaken}"], (await session.RunAsync("SELECT id, v FROM t")).Order());
        Assert.Empty(await session.RunAsync("CALL sys.remove_orphans(table => 't', dry_run => TRUE)"));
    }

    [Theory]
    [InlineData("(id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')")]
    [InlineData("(id INT, v INT)")]
    [InlineData("(id INT, v INT) PARTITIONED BY (v)")]
    public async Task Rows_computed_of_the_table_itself_do_not_replace_what_they_have_not_seen(string table)
    {
        await using var session = await OpenAsync();
        await session.RunAsync($"CREATE TABLE t {table}");
        await session.RunAsync("INSERT INTO t VALUES (1, 1), (2, 2)");

        // While the old rows are read, and before the new ones are committed, another writer commits twice.
        await using var late = await OpenAsync(new OvertakenStore(_store, ".parquet", 2, () => session.RunAsync("INSERT INTO t VALUES (9, 2)")));
        await late.RunAsync("INSERT OVERWRITE t SELECT id + 10, v FROM t");

        var expected = table.Contains("KEY", StringComparison.Ordinal) ? ["11|1", "12|2", "19|2"] : new[] { "11|1", "12|2", "19|2", "19|2" };
        Assert.Equal(expected, (await session.RunAsync("SELECT id, v FROM t")).Order());
    }

    [Fact]
    public async Task Updated_rows_of_format_version_3_keep_their_ids()
    {
        await using var session = await OpenAsync();
        foreach (var mode in new[] { "copy-on-write", "merge-on-read" })
        {
            var name = mode[..4];
            await session.RunAsync($"CREATE TABLE `{name}` (id INT, v INT) WITH ('format-version' = '3', 'write.update.mode' = '{mode}')");
            await session.RunAsync($"INSERT INTO `{name}` VALUES (1, 1), (2, 2), (3, 3)");
            await session.RunAsync($"UPDATE `{name}` SET v = v * 10 WHERE id >= 2");
            await session.RunAsync($"UPDATE `{name}` SET v = v + 1 WHERE id = 3");

            var table = await Arctic.Iceberg.IcebergTable.OpenAsync($"memory:///lake/db/{name}", _store, Token);
            var scan = table.NewScan();
            var rows = await TestRows.ReadAsync(scan.Select([.. table.Metadata.CurrentSchema.Fields, MetadataColumns.RowId, MetadataColumns.LastUpdatedSequenceNumber]).ReadAsync(Token));

            Assert.Equal(["1|1|0|1", "2|20|1|2", "3|31|2|3"], rows.Select(TestRows.Text).Order());
        }
    }

    private async Task<Session> OpenAsync(IObjectStore? store = null)
    {
        var session = new SessionBuilder { ObjectStore = store ?? _store }.Build();
        await session.RunAsync("SET 'execution.runtime-mode' = 'batch'");
        await session.RunAsync($"SET 'pipeline.name' = 'session-{++_sessions}'");
        await session.RunAsync("CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')");
        if ((await session.RunAsync("SHOW DATABASES IN lake")).Count == 0)
        {
            await session.RunAsync("CREATE DATABASE lake.db");
        }

        await session.RunAsync("USE CATALOG lake");
        await session.RunAsync("USE db");
        return session;
    }
}
