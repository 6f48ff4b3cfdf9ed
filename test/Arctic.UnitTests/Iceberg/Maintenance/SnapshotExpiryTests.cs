using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Testing.Faults;

namespace Arctic.UnitTests.Iceberg.Maintenance;

public sealed class SnapshotExpiryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Exactly_the_files_of_expired_snapshots_go(int version)
    {
        var table = await RandomTable.CreateAsync(1, version);
        for (var i = 0; i < 6; i++)
        {
            await table.AppendAsync();
            await table.DeleteAsync(version == 1 ? RowChangeMode.CopyOnWrite : RowChangeMode.MergeOnRead, RowTest.Less(1, 10 + i));
        }

        Assert.Equal(await table.ReachableAsync(), (await table.ObjectsAsync()).Where(o => !RandomTable.IsOfCatalog(o)));

        var result = await new SnapshotExpiry(table.Table, new SnapshotExpiryOptions { OlderThan = table.Time.GetUtcNow(), RetainLast = 3, FilesAtOnce = 2 }).RunAsync(Token);

        table.Keep(result.Table);
        Assert.Equal(9, result.Expired.Count);
        Assert.Equal(3, result.Table.Metadata.Snapshots.Count);
        Assert.True(result.Files is { Failed: 0, Deleted: > 15 });
        Assert.Equal(await table.ReachableAsync(), (await table.ObjectsAsync()).Where(o => !RandomTable.IsOfCatalog(o)));
        await table.CheckHistoryAsync();
    }

    [Fact]
    public async Task Branches_and_tags_keep_what_they_name()
    {
        var table = await RandomTable.CreateAsync(2, 2);
        await table.AppendAsync();
        var tagged = table.Table.Metadata.CurrentSnapshotId!.Value;
        var tag = table.Table.NewTransaction();
        tag.ManageSnapshots().CreateTag("keep", tagged);
        table.Keep(await tag.CommitAsync(Token));
        for (var i = 0; i < 4; i++)
        {
            await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Less(0, 10L * (i + 1)));
        }

        var result = await new SnapshotExpiry(table.Table, new SnapshotExpiryOptions { OlderThan = table.Time.GetUtcNow() }).RunAsync(Token);

        table.Keep(result.Table);
        Assert.Equal([tagged, table.Table.Metadata.CurrentSnapshotId!.Value], result.Table.Metadata.Snapshots.Select(s => s.SnapshotId));
        await table.CheckHistoryAsync();
        Assert.NotEmpty(await TestRows.ReadAsync(new TableScan(table.Store, result.Table.Metadata).AtRef("keep").ReadAsync(Token)));
    }

    [Fact]
    public async Task A_chosen_snapshot_expires_whatever_its_age()
    {
        var table = await RandomTable.CreateAsync(3, 2);
        await table.AppendAsync();
        var first = table.Table.Metadata.CurrentSnapshotId!.Value;
        await table.AppendAsync();

        var result = await new SnapshotExpiry(table.Table, new SnapshotExpiryOptions { SnapshotIds = [first] }).RunAsync(Token);

        Assert.Equal([first], result.Expired);
        table.Keep(result.Table);
        await table.CheckAsync();

        // Nothing of the current snapshot was the first one's alone but its list.
        Assert.Equal(1, result.Files.Deleted);
    }

    [Fact]
    public async Task Files_that_cannot_be_deleted_stop_nothing_and_are_told()
    {
        var table = await RandomTable.CreateAsync(4, 2);
        await table.AppendAsync();
        await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Less(0, 5L));
        await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Less(0, 10L));
        var before = await table.ObjectsAsync();
        var faults = new ScriptedFaults();
        faults.Add(StoreOperation.Delete, "/data/", new Fault(FaultKind.FailBefore));
        var catalog = new FileSystemCatalog("faulty", "memory:///w", new FaultInjectingObjectStore(table.Store, faults, TimeProvider.System), table.Environment);

        var result = await new SnapshotExpiry(
            await catalog.LoadTableAsync(RandomTable.Name, Token), new SnapshotExpiryOptions { OlderThan = table.Time.GetUtcNow() }).RunAsync(Token);

        table.Keep(result.Table);
        Assert.Equal((1L, ErrorCodes.StorageFailed), (result.Files.Failed, Assert.Single(result.Files.Failures).Error.Code));
        var left = (await table.ObjectsAsync()).Where(o => !RandomTable.IsOfCatalog(o)).Except(await table.ReachableAsync());
        Assert.Equal(result.Files.Failures[0].Location, Assert.Single(left));
        Assert.Equal(before.Count + 1 - result.Files.Deleted, (await table.ObjectsAsync()).Count);
    }

    [Fact]
    public async Task A_table_whose_files_others_may_use_is_left_alone()
    {
        var table = await RandomTable.CreateAsync(5, 2, null, null, ("gc.enabled", "false"));
        await table.AppendAsync();
        await table.AppendAsync();

        var expiry = await Assert.ThrowsAsync<ArcticException>(async () => await new SnapshotExpiry(table.Table, new()).RunAsync(Token));
        var orphans = await Assert.ThrowsAsync<ArcticException>(async () => await new OrphanRemoval(table.Table, new()).RunAsync(Token));

        Assert.All([expiry, orphans], e =>
        {
            Assert.Equal(ErrorCodes.InvalidStatement, e.Code);
            Assert.Contains("gc.enabled", e.Message);
        });
    }
}
