using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.UnitTests.Iceberg.Catalog;

namespace Arctic.UnitTests.Iceberg.Maintenance;

public sealed class RewriteTests
{
    private static readonly PartitionSpec ByName = new(0, [new PartitionField(3, 1000, "name", new Transform.Identity())]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Small_files_of_a_partition_become_one_and_their_deletes_go(int version)
    {
        var table = await RandomTable.CreateAsync(1, version, ByName);
        for (var i = 0; i < 5; i++)
        {
            await table.AppendAsync();
        }

        if (version > 1)
        {
            await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(1, 5));
            await table.EqualityDeleteAsync();
        }

        var partitions = (await TableFixture.EntriesAsync(table.Table)).Where(e => e.File.Content == FileContent.Data).Select(e => e.File.Partition).Distinct().Count();

        var result = await new DataFileRewrite(table.Table, new DataFileRewriteOptions { InputFilesMin = 2 }).RunAsync(Token);

        table.Keep(result.Table);
        await table.CheckAsync();
        Assert.Equal(partitions, result.FilesAdded);
        Assert.True(result.FilesRemoved > 3 * partitions, $"{result.FilesRemoved} files of {partitions} partitions");
        Assert.Equal("replace", table.Table.Metadata.CurrentSnapshot!.Operation);
        var entries = await TableFixture.EntriesAsync(table.Table);
        Assert.Equal(partitions, entries.Count(e => e.File.Content == FileContent.Data));
        Assert.DoesNotContain(entries, e => e.File.Content == FileContent.PositionDeletes);

        // The equality delete is as old as the new files, which it no longer applies to.
        table.Keep((await new DanglingDeletes(table.Table).RunAsync(Token)).Table);
        await table.CheckAsync();
        Assert.DoesNotContain(await TableFixture.EntriesAsync(table.Table), e => e.File.Content != FileContent.Data);

        // A second run finds nothing to do.
        Assert.Equal((0, 0), await new DataFileRewrite(table.Table, new DataFileRewriteOptions { InputFilesMin = 2 }).RunAsync(Token) is var again ? (again.FilesRemoved, again.FilesAdded) : default);
        Assert.Equal(table.Table.MetadataLocation, again.Table.MetadataLocation);
    }

    [Fact]
    public async Task Deletes_by_value_that_come_meanwhile_apply_to_the_new_files()
    {
        var (table, gate, slow) = await RaceAsync(2);
        var late = new DataFileRewrite(slow, new DataFileRewriteOptions { InputFilesMin = 2 }).RunAsync(Token).AsTask();
        await gate.Reached;
        var before = table.Rows.Count;
        await table.EqualityDeleteAsync();
        Assert.True(table.Rows.Count < before);
        gate.Open();

        table.Keep((await late).Table);

        await table.CheckAsync();
        Assert.Single(await TableFixture.EntriesAsync(table.Table), e => e.File.Content == FileContent.Data);
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(3, null)]
    [InlineData(3, 1)]
    public async Task Rows_that_are_deleted_by_position_meanwhile_do_not_come_back(int version, int? groupsPerCommit)
    {
        var (table, gate, slow) = await RaceAsync(version);
        var late = new DataFileRewrite(slow, new DataFileRewriteOptions { InputFilesMin = 2, GroupsPerCommit = groupsPerCommit }).RunAsync(Token).AsTask();
        await gate.Reached;
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.In(0, 1L, 2L));
        gate.Open();

        if (groupsPerCommit is null)
        {
            await Assert.ThrowsAsync<CommitConflictException>(() => late);
        }
        else
        {
            Assert.Equal((0, 1), await late is var result ? (result.FilesAdded, result.GroupsFailed) : default);
        }

        await table.CheckAsync();
        table.Time.Advance(TimeSpan.FromDays(4));
        Assert.Equal(await table.ReachableAsync(), (await table.ObjectsAsync()).Where(o => !RandomTable.IsOfCatalog(o)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Each_data_file_gets_one_file_of_positions_or_one_vector(int version)
    {
        var table = await RandomTable.CreateAsync(5, 2, ByName);
        await table.AppendAsync(Enumerable.Range(0, 60).Select(_ => table.RandomRow()).ToList());
        var data = (await TableFixture.EntriesAsync(table.Table)).Select(e => e.File).ToList();

        // One file for two data files of a partition, as other engines write them, and two for single ones.
        await table.AppendAsync([[200L, 1, "a", 0, 0.0], [201L, 1, "a", 0, 0.0]]);
        var a = (await TableFixture.EntriesAsync(table.Table)).Select(e => e.File).Where(f => Equals(f.Partition[0], "a")).ToList();
        await table.DeletePositionsAsync((a[0], 0), (a[1], 0));
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.In(0, 200L, 201L));
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(0, 20L));
        if (version == 3)
        {
            var upgrade = table.Table.NewTransaction();
            upgrade.UpgradeFormatVersion(3);
            table.Keep(await upgrade.CommitAsync(Token));
        }

        await table.CheckAsync();
        var newest = table.Table.Metadata.LastSequenceNumber;

        var (committed, removed, added) = await new PositionDeleteRewrite(table.Table).RunAsync(Token);

        table.Keep(committed);
        await table.CheckAsync();
        Assert.True(removed > 0 && added > 0);
        var deletes = (await TableFixture.EntriesAsync(table.Table)).Where(e => e.File.Content != FileContent.Data).ToList();
        Assert.All(deletes, d => Assert.True(d.SequenceNumber <= newest));
        Assert.Equal(deletes.Count, deletes.Select(d => DeleteScope.OnlyTargetOf(d.File) ?? "several").Distinct().Count());
        Assert.DoesNotContain(deletes, d => DeleteScope.OnlyTargetOf(d.File) is null);
        Assert.Equal(version == 3 ? deletes.Count : 0, deletes.Count(d => d.File.IsDeletionVector));
        Assert.Equal((0, 0), await new PositionDeleteRewrite(table.Table).RunAsync(Token) is var again ? (again.FilesRemoved, again.FilesAdded) : default);
    }

    [Fact]
    public async Task Manifests_are_gathered_by_partition_and_those_of_others_kept()
    {
        var table = await RandomTable.CreateAsync(3, 3, ByName, null, ("commit.manifest-merge.enabled", "false"));
        for (var i = 0; i < 8; i++)
        {
            await table.AppendAsync();
        }

        var gate = new GatedStore(table.Store);
        var slow = await new FileSystemCatalog("slow", "memory:///w", gate, table.Environment).LoadTableAsync(RandomTable.Name, Token);
        gate.Close("v10.metadata.json");
        var transaction = slow.NewTransaction();
        transaction.RewriteManifests().TargetSize(6000);
        var late = transaction.CommitAsync(Token).AsTask();
        await gate.Reached;
        await table.AppendAsync();
        gate.Open();

        table.Keep(await late);

        await table.CheckAsync();
        await table.CheckHistoryAsync();
        var snapshot = table.Table.Metadata.CurrentSnapshot!;
        Assert.Equal(("replace", "8", "1"), (snapshot.Operation, snapshot.Summary["manifests-replaced"], snapshot.Summary["manifests-kept"]));
        var manifests = await table.Table.ReadManifestsAsync(snapshot, Token);
        Assert.Equal(int.Parse(snapshot.Summary["manifests-created"]) + 1, manifests.Count);
        var ofPartition = new Dictionary<PartitionTuple, int>();
        var rewritten = manifests.Where(m => m.AddedSnapshotId == snapshot.SnapshotId).ToList();
        Assert.InRange(rewritten.Count, 2, 5);
        foreach (var manifest in rewritten)
        {
            var partitions = new HashSet<PartitionTuple>();
            await foreach (var entry in table.Table.ReadEntriesAsync(manifest, new(), Token))
            {
                Assert.Equal(EntryStatus.Existing, entry.Status);
                partitions.Add(entry.File.Partition);
            }

            foreach (var partition in partitions)
            {
                ofPartition[partition] = ofPartition.GetValueOrDefault(partition) + 1;
            }
        }

        Assert.All(ofPartition.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Manifests_that_are_as_they_should_be_make_no_commit()
    {
        var table = await RandomTable.CreateAsync(4, 2);
        await table.AppendAsync();

        var transaction = table.Table.NewTransaction();
        transaction.RewriteManifests();
        var committed = await transaction.CommitAsync(Token);

        Assert.Equal(table.Table.MetadataLocation, committed.MetadataLocation);
    }

    [Theory]
    [InlineData("8388608")]
    [InlineData("3000")]
    [InlineData("20000")]
    public async Task A_second_rewrite_of_manifests_in_a_row_commits_nothing(string target)
    {
        foreach (var spec in new[] { ByName, PartitionSpec.Unpartitioned })
        {
            var table = await RandomTable.CreateAsync(7, 2, spec, null, ("commit.manifest-merge.enabled", "false"), ("commit.manifest.target-size-bytes", target));
            for (var i = 0; i < 8; i++)
            {
                await table.AppendAsync();
            }

            await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Less(0, 20L));
            var handle = await table.Catalog.LoadTableAsync(RandomTable.Name, Token);
            Assert.NotNull(await handle.RewriteManifestsAsync(cancellationToken: Token));
            var location = handle.MetadataLocation;

            Assert.Null(await handle.RewriteManifestsAsync(cancellationToken: Token));

            Assert.Equal(location, handle.MetadataLocation);
            table.Keep(handle);
            await table.CheckAsync();

            // What comes later is gathered again.
            await table.AppendAsync();
            Assert.NotNull(await table.Table.RewriteManifestsAsync(cancellationToken: Token));
        }
    }

    [Fact]
    public async Task Manifests_of_partitions_of_their_own_stay_unless_they_are_many_and_small()
    {
        var table = await RandomTable.CreateAsync(8, 2, ByName, null, ("commit.manifest-merge.enabled", "false"));
        await table.AppendAsync([[1L, 1, "a", 0, 0.0]]);
        await table.AppendAsync([[2L, 1, "b", 0, 0.0]]);
        Assert.Null(await table.Table.RewriteManifestsAsync(cancellationToken: Token));

        await table.AppendAsync([[3L, 1, "c", 0, 0.0]]);

        Assert.NotNull(await table.Table.RewriteManifestsAsync(cancellationToken: Token));
        Assert.Single(await table.Table.ReadManifestsAsync(table.Table.Metadata.CurrentSnapshot!, Token));
        await table.CheckAsync();
    }

    private static async Task<(RandomTable Table, GatedStore Gate, IcebergTable Slow)> RaceAsync(int version)
    {
        var table = await RandomTable.CreateAsync(2, version);
        await table.AppendAsync();
        await table.AppendAsync();
        var gate = new GatedStore(table.Store);
        gate.Close("v4.metadata.json");
        return (table, gate, await new FileSystemCatalog("slow", "memory:///w", gate, table.Environment).LoadTableAsync(RandomTable.Name, Token));
    }
}
