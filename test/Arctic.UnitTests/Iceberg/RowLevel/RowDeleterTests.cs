using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Testing.Faults;
using Arctic.UnitTests.Iceberg.Catalog;

namespace Arctic.UnitTests.Iceberg.RowLevel;

public sealed class RowDeleterTests
{
    private static readonly PartitionSpec ByName = new(0, [new PartitionField(3, 1000, "name", new Transform.Identity())]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int> SeedsAndVersions => new(Enumerable.Range(0, 8).SelectMany(s => new[] { 1, 2, 3 }.Select(v => (s, v))));

    [Theory]
    [MemberData(nameof(SeedsAndVersions))]
    public async Task Random_deletions_leave_what_the_model_leaves(int seed, int version)
    {
        var table = await RandomTable.CreateAsync(seed, version, RandomTable.RandomSpec(new Random(seed)), null, ("commit.manifest.min-count-to-merge", "4"));
        for (var step = 0; step < 12; step++)
        {
            switch (table.Random.Next(6))
            {
                case 0 or 1:
                    await table.AppendAsync();
                    break;
                case 2:
                    await table.EqualityDeleteAsync();
                    break;
                default:
                    await table.DeleteAsync(table.Random.Next(2) == 0 ? RowChangeMode.CopyOnWrite : RowChangeMode.MergeOnRead);
                    break;
            }

            await table.CheckAsync();
        }

        await table.CheckHistoryAsync();
    }

    [Fact]
    public async Task Whole_partitions_go_without_a_look_into_their_files()
    {
        var table = await RandomTable.CreateAsync(1, 2, ByName);
        await table.AppendAsync(Enumerable.Range(0, 100).Select(_ => table.RandomRow()).ToList());
        var names = table.Rows.Select(r => r[2]).Distinct().Count();
        foreach (var entry in await TableFixture.EntriesAsync(table.Table))
        {
            // Who opened a file would fail.
            await table.Store.PutAsync(entry.File.FilePath, "no Parquet"u8.ToArray(), Token);
        }

        var result = await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Is(2, "a"));
        result = await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.In(2, "b", "c"));
        await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.IsNull(2));

        Assert.Equal((2, 0, 0), (result.FilesRemoved, result.FilesRewritten, result.FilesMarked));
        Assert.Equal("delete", table.Table.Metadata.CurrentSnapshot!.Operation);
        Assert.Equal(names - 4, (await TableFixture.EntriesAsync(table.Table)).Count);
    }

    [Fact]
    public async Task A_second_deletion_merges_its_positions_into_the_one_vector_of_the_file()
    {
        var table = await RandomTable.CreateAsync(2, 3);
        await table.AppendAsync(Enumerable.Range(0, 50).Select(_ => table.RandomRow()).ToList());

        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(0, 11L));
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(0, 21L));

        var entries = await TableFixture.EntriesAsync(table.Table);
        var vector = Assert.Single(entries, e => e.File.IsDeletionVector).File;
        Assert.Equal(20, vector.RecordCount);
        Assert.Equal(entries.Single(e => e.File.Content == FileContent.Data).File.FilePath, vector.ReferencedDataFile);
        var summary = table.Table.Metadata.CurrentSnapshot!.Summary;
        Assert.Equal(("delete", "1", "1", "20", "10", "20", "1"), (
            summary["operation"], summary["added-dvs"], summary["removed-dvs"], summary["added-position-deletes"], summary["removed-position-deletes"], summary["total-position-deletes"],
            summary["total-delete-files"]));

        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(0, 51L));
        await table.CheckAsync();
        Assert.Empty(await TableFixture.EntriesAsync(table.Table));
        Assert.Equal("0", table.Table.Metadata.CurrentSnapshot!.Summary["total-delete-files"]);
    }

    [Fact]
    public async Task Position_deletes_of_format_version_2_become_part_of_the_vector()
    {
        var table = await RandomTable.CreateAsync(3, 2);
        await table.AppendAsync(Enumerable.Range(0, 50).Select(_ => table.RandomRow()).ToList());
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(0, 6L));
        var upgrade = table.Table.NewTransaction();
        upgrade.UpgradeFormatVersion(3);
        table.Table = await upgrade.CommitAsync(Token);

        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(0, 11L));

        await table.CheckAsync();
        var deletes = (await TableFixture.EntriesAsync(table.Table)).Where(e => e.File.Content != FileContent.Data).ToList();
        Assert.Equal((true, 10L), (Assert.Single(deletes).File.IsDeletionVector, deletes[0].File.RecordCount));
    }

    [Fact]
    public async Task Nothing_found_commits_nothing()
    {
        var table = await RandomTable.CreateAsync(4, 2);
        await table.AppendAsync();
        var before = (table.Table.MetadataLocation, await table.ObjectsAsync());

        var result = await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Less(0, 0L));

        Assert.Null(result.SnapshotId);
        Assert.Equal(before.MetadataLocation, result.Table.MetadataLocation);
        Assert.Equal(before.Item2, await table.ObjectsAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Rows_that_are_given_by_their_places_go_and_no_others(int formatVersion)
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            var mode = formatVersion > 1 && seed % 2 == 0 ? RowChangeMode.MergeOnRead : RowChangeMode.CopyOnWrite;
            var table = await RandomTable.CreateAsync(100 * formatVersion + seed, formatVersion, RandomTable.RandomSpec(random));
            for (var step = 0; step < 4; step++)
            {
                await table.AppendAsync();
                await table.EqualityDeleteAsync();
                await table.DeleteAsync(mode);
                var (places, uids) = await ChooseAsync(table.Table, random);

                var result = await new RowDeleter(table.Table, Given(places) with { Mode = mode }).CommitAsync(Token);

                table.Rows.RemoveAll(r => uids.Contains((long)r[0]!));
                table.Keep(result.Table);
                await table.CheckAsync();
                Assert.Equal(uids.Count == 0, result.SnapshotId is null);
            }
        }
    }

    [Fact]
    public async Task Given_rows_that_others_have_rewritten_meanwhile_are_a_conflict_and_leave_nothing()
    {
        foreach (var mode in new[] { RowChangeMode.CopyOnWrite, RowChangeMode.MergeOnRead })
        {
            var table = await RandomTable.CreateAsync(7, 2);
            await table.AppendAsync(Enumerable.Range(0, 50).Select(_ => table.RandomRow()).ToList());
            var (places, _) = await ChooseAsync(table.Table, new Random(1));
            var seen = table.Table;
            await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Less(0, 5L));
            var before = await table.ObjectsAsync();

            await Assert.ThrowsAsync<CommitConflictException>(async () => await new RowDeleter(seen, Given(places) with { Mode = mode }).CommitAsync(Token));

            Assert.Equal(before, await table.ObjectsAsync());
            await table.CheckAsync();
        }
    }

    private static RowDeletion Given(Dictionary<string, PositionBitmap> places) =>
        new() { Filter = new Expression.Literal(true, DataTypes.Boolean.AsNotNull()), Schema = RandomTable.Columns, Rows = places };

    // About a third of the live rows.
    private static async Task<(Dictionary<string, PositionBitmap> Places, HashSet<long> Uids)> ChooseAsync(IcebergTable table, Random random)
    {
        var (places, uids) = (new Dictionary<string, PositionBitmap>(), new HashSet<long>());
        await foreach (var batch in table.NewScan().Select([RandomTable.Columns.Fields[0], MetadataColumns.FilePath, MetadataColumns.Position]).ReadAsync(Token))
        {
            using (batch)
            {
                foreach (var (_, row) in TestRows.Changes(batch).Where(_ => random.Next(3) == 0))
                {
                    uids.Add((long)row[0]!);
                    if (!places.TryGetValue((string)row[1]!, out var positions))
                    {
                        places.Add((string)row[1]!, positions = new PositionBitmap());
                    }

                    positions.Add((long)row[2]!);
                }
            }
        }

        return (places, uids);
    }

    [Fact]
    public async Task Rows_are_overwritten_exactly_in_one_commit()
    {
        foreach (var mode in new[] { RowChangeMode.CopyOnWrite, RowChangeMode.MergeOnRead })
        {
            var table = await RandomTable.CreateAsync(5, 3, ByName);
            await table.AppendAsync();
            var rows = table.RandomRows();
            var test = RowTest.Less(1, 20);

            var result = await new RowDeleter(table.Table, new RowDeletion { Filter = test.Filter, Schema = RandomTable.Columns, Mode = mode, Added = await table.WriteAsync(rows) }).CommitAsync(Token);

            table.Rows.RemoveAll(r => test.Holds(r) == true);
            table.Rows.AddRange(rows);
            table.Keep(result.Table);
            await table.CheckAsync();
            Assert.Equal("overwrite", table.Table.Metadata.CurrentSnapshot!.Operation);
            Assert.Equal(2, table.Table.Metadata.Snapshots.Count);
        }
    }

    [Theory]
    [InlineData("copy-on-write", "serializable", 2)]
    [InlineData("copy-on-write", "snapshot", 2)]
    [InlineData("merge-on-read", "serializable", 2)]
    [InlineData("merge-on-read", "snapshot", 3)]
    public async Task A_deletion_that_lost_a_race_is_planned_anew_where_its_isolation_asks_for_it(string mode, string isolation, int version)
    {
        var (table, gate, slow) = await RaceAsync(mode, isolation, version);
        gate.Close("v3.metadata.json");
        var late = new RowDeleter(slow, new RowDeletion { Filter = RowTest.Less(0, 1_000L).Filter, Schema = RandomTable.Columns }).CommitAsync(Token).AsTask();
        await gate.Reached;
        var added = Enumerable.Range(0, 10).Select(_ => table.RandomRow()).ToList();
        var kept = table.Rows.Where(r => (long)r[0]! >= 1000).ToList();
        await table.AppendAsync(added);
        gate.Open();

        var result = await late;

        // Serializable: as if the append had come first. Snapshot: as if the deletion had.
        table.Rows.Clear();
        table.Rows.AddRange(isolation == "serializable" ? kept : [.. kept, .. added]);
        table.Keep(result.Table);
        await table.CheckAsync();
        await AssertNoLeftoversAsync(table);
    }

    [Theory]
    [InlineData("copy-on-write", 2)]
    [InlineData("merge-on-read", 2)]
    [InlineData("merge-on-read", 3)]
    public async Task Two_deletions_of_one_file_both_take_effect(string mode, int version)
    {
        var (table, gate, slow) = await RaceAsync(mode, "snapshot", version);
        gate.Close("v3.metadata.json");
        var late = new RowDeleter(slow, new RowDeletion { Filter = RowTest.Less(0, 10L).Filter, Schema = RandomTable.Columns }).CommitAsync(Token).AsTask();
        await gate.Reached;
        await table.DeleteAsync(mode == "copy-on-write" ? RowChangeMode.CopyOnWrite : RowChangeMode.MergeOnRead, RowTest.In(0, 5L, 15L));
        gate.Open();

        var result = await late;

        table.Rows.RemoveAll(r => (long)r[0]! < 10);
        table.Keep(result.Table);
        await table.CheckAsync();
        await AssertNoLeftoversAsync(table);
        Assert.Equal(version == 3 ? 1 : 0, (await TableFixture.EntriesAsync(table.Table)).Count(e => e.File.IsDeletionVector));
    }

    [Fact]
    public async Task Without_retries_the_conflict_is_told_and_nothing_is_left()
    {
        var (table, gate, slow) = await RaceAsync("merge-on-read", "serializable", 3, ("commit.retry.num-retries", "0"));
        gate.Close("v3.metadata.json");
        var late = new RowDeleter(slow, new RowDeletion { Filter = RowTest.Less(0, 10L).Filter, Schema = RandomTable.Columns }).CommitAsync(Token).AsTask();
        await gate.Reached;
        await table.AppendAsync();
        gate.Open();

        await Assert.ThrowsAsync<CommitConflictException>(() => late);

        await table.CheckAsync();
        await AssertNoLeftoversAsync(table);
    }

    [Fact]
    public async Task New_plans_and_new_attempts_share_the_retries_of_the_table()
    {
        var table = await RandomTable.CreateAsync(6, 2, null, null, ("commit.retry.num-retries", "2"));
        await table.AppendAsync();
        var rival = new Rival(table.Catalog);
        var catalog = new FileSystemCatalog("slow", "memory:///w", new FaultInjectingObjectStore(table.Store, rival, TimeProvider.System), table.Environment);
        var deleter = new RowDeleter(await catalog.LoadTableAsync(RandomTable.Name, Token), new RowDeletion { Filter = RowTest.Less(0, 10L).Filter, Schema = RandomTable.Columns });

        await Assert.ThrowsAsync<CommitConflictException>(async () => await deleter.CommitAsync(Token));

        Assert.Equal(3, rival.Commits);
    }

    [Theory]
    [MemberData(nameof(SeedsAndVersions))]
    public async Task A_deletion_that_fails_anywhere_took_place_or_did_not(int seed, int version)
    {
        var table = await RandomTable.CreateAsync(seed, version, RandomTable.RandomSpec(new Random(seed)));
        var faulty = new FaultInjectingObjectStore(table.Store, new SeededFaults(new Random(seed), new FaultRates { FailBefore = 0.003, FailAfter = 0.003 }), TimeProvider.System);
        var catalog = new FileSystemCatalog("faulty", "memory:///w", faulty, table.Environment);
        var (done, failed) = (0, 0);
        for (var step = 0; step < 20; step++)
        {
            await table.AppendAsync(table.RandomRows(30));
            var test = RowTest.Next(table.Random, 2);
            var mode = table.Random.Next(2) == 0 ? RowChangeMode.CopyOnWrite : RowChangeMode.MergeOnRead;
            var isGone = false;
            try
            {
                await new RowDeleter(await catalog.LoadTableAsync(RandomTable.Name, Token), new RowDeletion { Filter = test.Filter, Schema = RandomTable.Columns, Mode = mode }).CommitAsync(Token);
                isGone = true;
                done++;
            }
            catch (CommitOutcomeUnknownException)
            {
                isGone = (await table.Catalog.LoadTableAsync(RandomTable.Name, Token)).Metadata.CurrentSnapshotId != table.Table.Metadata.CurrentSnapshotId;
                failed++;
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed)
            {
                failed++;
            }

            if (isGone)
            {
                table.Rows.RemoveAll(r => test.Holds(r) == true);
            }

            table.Keep(await table.Catalog.LoadTableAsync(RandomTable.Name, Token));
            await table.CheckAsync();
        }

        Assert.True(done > 3 && failed > 0, $"{done} done, {failed} failed");
    }

    private static async Task<(RandomTable Table, GatedStore Gate, IcebergTable Slow)> RaceAsync(string mode, string isolation, int version, params (string, string)[] properties)
    {
        var table = await RandomTable.CreateAsync(6, version, null, null, [("write.delete.mode", mode), ("write.delete.isolation-level", isolation), .. properties]);
        await table.AppendAsync(Enumerable.Range(0, 30).Select(_ => table.RandomRow()).Append([1_000L, 1, "z", 0, 0.0]).ToList());
        var gate = new GatedStore(table.Store);
        return (table, gate, await new FileSystemCatalog("slow", "memory:///w", gate, table.Environment).LoadTableAsync(RandomTable.Name, Token));
    }

    /// <summary>Every data and delete file that lies there belongs to some snapshot.</summary>
    private static async Task AssertNoLeftoversAsync(RandomTable table)
    {
        var used = new HashSet<string>();
        foreach (var snapshot in table.Table.Metadata.Snapshots)
        {
            foreach (var manifest in await table.Table.ReadManifestsAsync(snapshot, Token))
            {
                await foreach (var entry in table.Table.ReadEntriesAsync(manifest, new(), Token))
                {
                    used.Add(entry.File.FilePath);
                }
            }
        }

        Assert.Equal(used.Order(StringComparer.Ordinal), (await table.ObjectsAsync()).Where(o => !o.Contains("/metadata/", StringComparison.Ordinal)));
    }

    /// <summary>Commits right before each commit of the other, and contradicts none.</summary>
    private sealed class Rival(IIcebergCatalog catalog) : IFaultPlan
    {
        public int Commits { get; private set; }

        public Fault Next(StoreOperation operation, string location)
        {
            if (operation == StoreOperation.CreateIfAbsent)
            {
                // The store is memory: nothing waits.
                Commits++;
                CommitAsync().AsTask().GetAwaiter().GetResult();
            }

            return Fault.None;
        }

        private async ValueTask CommitAsync()
        {
            var transaction = (await catalog.LoadTableAsync(RandomTable.Name, Token)).NewTransaction();
            transaction.UpdateProperties().Set("rival", $"{Commits}");
            await transaction.CommitAsync(Token);
        }
    }
}
