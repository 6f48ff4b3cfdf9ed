using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.UnitTests.Iceberg.Catalog;

namespace Arctic.UnitTests.Iceberg.Maintenance;

/// <summary>Maintenance as a C# program calls it: what it refuses, what it returns and what its reports say.</summary>
public sealed class MaintenanceCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Func<IcebergTable, DateTimeOffset, Task>, string> Mistakes() => new()
    {
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { GroupsPerCommit = 0 }), "Cannot rewrite data files: 'GroupsPerCommit' is 0" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { TargetFileBytes = 0 }), "Cannot rewrite data files: 'TargetFileBytes' is 0" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { SmallBelow = 1.5 }), "'SmallBelow' is 1.5" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { LargeAbove = double.NaN }), "'LargeAbove' is NaN" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { GroupBytesMax = 0 }), "'GroupBytesMax' is 0" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { InputFilesMin = 0 }), "'InputFilesMin' is 0" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { DeleteFilesMin = 0 }), "'DeleteFilesMin' is 0" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { DeletedPartMin = -1 }), "'DeletedPartMin' is -1" },
        { async (t, _) => await t.RewriteDataFilesAsync(new DataFileRewriteOptions { Branch = " " }), "'Branch' is  " },
        { async (t, _) => await t.ExpireSnapshotsAsync(new SnapshotExpiryOptions { FilesAtOnce = 0 }), "Cannot expire snapshots: 'FilesAtOnce' is 0" },
        { async (t, _) => await t.ExpireSnapshotsAsync(new SnapshotExpiryOptions { RetainLast = 0 }), "'RetainLast' is 0" },
        { async (t, _) => await t.RemoveOrphansAsync(new OrphanRemovalOptions { FilesAtOnce = 0 }), "Cannot look for orphans: 'FilesAtOnce' is 0" },
        { async (t, _) => await t.RemoveOrphansAsync(new OrphanRemovalOptions { Location = "" }), "'Location' is " },
        { async (t, now) => await t.RemoveOrphansAsync(new OrphanRemovalOptions { OlderThan = now.AddSeconds(1) }), "must not be in the future" },
        { async (t, now) => await t.FindOrphansAsync(new OrphanRemovalOptions { OlderThan = now.AddSeconds(1) }).ToListAsync(), "must not be in the future" },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task Options_that_make_no_sense_are_refused(Func<IcebergTable, DateTimeOffset, Task> call, string message)
    {
        var table = await RandomTable.CreateAsync(1, 2);
        await table.AppendAsync();
        var before = await table.ObjectsAsync();

        var error = await Assert.ThrowsAsync<ArcticException>(() => call(table.Table, table.Time.GetUtcNow()));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await table.ObjectsAsync());
    }

    [Theory]
    [InlineData("rewrite of data files")]
    [InlineData("rewrite of manifests")]
    [InlineData("rewrite of position deletes")]
    [InlineData("removal of dangling deletes")]
    [InlineData("deletion of rows")]
    [InlineData("deletion of files")]
    public async Task Maintenance_and_deletions_start_no_branch(string what)
    {
        var table = await RandomTable.CreateAsync(2, 2);
        await table.AppendAsync();
        await table.AppendAsync();
        if (what == "rewrite of position deletes")
        {
            var data = await TableFixture.EntriesAsync(table.Table);
            await table.DeletePositionsAsync((data[0].File, 0), (data[1].File, 0));
        }
        else if (what == "removal of dangling deletes")
        {
            await table.EqualityDeleteAsync();
            await table.Table.RewriteDataFilesAsync(new DataFileRewriteOptions { RewriteAll = true }, cancellationToken: Token);
        }

        var references = table.Table.NewTransaction();
        references.ManageSnapshots().CreateBranch("audit");
        table.Keep(await references.CommitAsync(Token));
        var before = await table.ObjectsAsync();
        var file = (await TableFixture.EntriesAsync(table.Table))[0].File;

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await RunAsync("audt"));

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Contains("audt", error.Message, StringComparison.Ordinal);
        Assert.Contains("audit", error.Hint, StringComparison.Ordinal);
        Assert.Equal(before, await table.ObjectsAsync());
        var main = table.Table.Metadata.CurrentSnapshotId;
        await RunAsync("audit");
        var after = await table.Catalog.LoadTableAsync(RandomTable.Name, Token);
        Assert.NotEqual(main, after.Metadata.FindSnapshot("audit")!.SnapshotId);
        Assert.Equal((2, main), (after.Metadata.Refs.Count, after.Metadata.CurrentSnapshotId));
        await table.CheckAsync();
        if (!what.StartsWith("deletion", StringComparison.Ordinal))
        {
            table.Keep(await MoveToAsync(table.Table, "audit"));
            await table.CheckAsync();
        }

        async Task RunAsync(string branch)
        {
            var transaction = table.Table.NewTransaction().ToBranch(branch);
            switch (what)
            {
                case "rewrite of data files":
                    await table.Table.RewriteDataFilesAsync(new DataFileRewriteOptions { Branch = branch, RewriteAll = true }, cancellationToken: Token);
                    break;
                case "rewrite of manifests":
                    await table.Table.RewriteManifestsAsync(branch, Token);
                    break;
                case "rewrite of position deletes":
                    await table.Table.RewritePositionDeletesAsync(branch, Token);
                    break;
                case "removal of dangling deletes":
                    await table.Table.RemoveDanglingDeletesAsync(branch, Token);
                    break;
                case "deletion of rows":
                    await new RowDeleter(table.Table, new RowDeletion { Filter = RowTest.Less(0, 3L).Filter, Schema = RandomTable.Columns, Branch = branch }).CommitAsync(Token);
                    break;
                default:
                    transaction.Delete().Remove(file);
                    await transaction.CommitAsync(Token);
                    break;
            }
        }
    }

    [Fact]
    public async Task Position_deletes_are_gathered_and_dangling_ones_removed()
    {
        var table = await RandomTable.CreateAsync(3, 2);
        await table.AppendAsync(Enumerable.Range(1, 50).Select(i => new object?[] { (long)i, i, "a", 0, 0.0 }).ToList());
        await table.AppendAsync([[200L, 200, "a", 0, 0.0]]);
        var data = (await TableFixture.EntriesAsync(table.Table)).Select(e => e.File).ToList();
        await table.DeletePositionsAsync((data.First(f => f.RecordCount == 50), 3), (data.First(f => f.RecordCount == 1), 0));

        var result = await table.Table.RewritePositionDeletesAsync(cancellationToken: Token);

        Assert.Equal((1, 2), (result.FilesRemoved, result.FilesAdded));
        Assert.Equal("db.t: 1 position delete files became 2", result.ToString());
        Assert.Equal(table.Table.Metadata.CurrentSnapshotId, result.Table.Metadata.CurrentSnapshotId);
        await table.CheckAsync();

        // An equality delete that everything is newer than.
        await table.EqualityDeleteAsync();
        var rewrite = await table.Table.RewriteDataFilesAsync(new DataFileRewriteOptions { RewriteAll = true }, cancellationToken: Token);
        Assert.Contains("data files became", rewrite.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await table.Table.RemoveDanglingDeletesAsync(cancellationToken: Token));
        Assert.DoesNotContain(await TableFixture.EntriesAsync(table.Table), e => e.File.Content != FileContent.Data);
        Assert.Equal(0, await table.Table.RemoveDanglingDeletesAsync(cancellationToken: Token));
        await table.CheckAsync();
    }

    [Fact]
    public async Task Deletes_that_dangle_no_more_when_the_table_is_rolled_back_meanwhile_stay()
    {
        var table = await RandomTable.CreateAsync(5, 2);
        await table.AppendAsync();
        await table.EqualityDeleteAsync();
        var deleted = table.Table.Metadata.CurrentSnapshotId!.Value;
        await table.Table.RewriteDataFilesAsync(new DataFileRewriteOptions { RewriteAll = true }, cancellationToken: Token);
        var gate = new GatedStore(table.Store);
        gate.Close("v5.metadata.json");
        var slow = await new FileSystemCatalog("slow", "memory:///w", gate, table.Environment).LoadTableAsync(RandomTable.Name, Token);
        var late = slow.RemoveDanglingDeletesAsync(cancellationToken: Token).AsTask();
        await gate.Reached;
        var rollback = (await table.Catalog.LoadTableAsync(RandomTable.Name, Token)).NewTransaction();
        rollback.ManageSnapshots().RollbackTo(deleted);
        table.Keep(await rollback.CommitAsync(Token));
        gate.Open();

        await Assert.ThrowsAsync<CommitConflictException>(() => late);

        table.Keep(await table.Catalog.LoadTableAsync(RandomTable.Name, Token));
        await table.CheckAsync();
    }

    [Fact]
    public async Task Reports_say_in_one_line_what_was_done()
    {
        var table = await RandomTable.CreateAsync(4, 2);
        await table.AppendAsync();
        await table.AppendAsync();

        var expiry = await table.Table.ExpireSnapshotsAsync(new SnapshotExpiryOptions { OlderThan = table.Time.GetUtcNow().AddDays(1) }, Token);

        Assert.Equal("db.t: 1 snapshots expired, 1 files deleted", expiry.ToString());
        var failures = new RemovalReport(2, 1, [new RemovalFailure("memory:///x", new ArcticException(ErrorCodes.StorageFailed, "no"))]);
        Assert.Equal("2 files deleted, 1 not: 'memory:///x' (no)", failures.ToString());
    }

    private static async Task<IcebergTable> MoveToAsync(IcebergTable table, string branch)
    {
        var current = await table.Catalog.LoadTableAsync(table.Identifier, Token);
        var transaction = current.NewTransaction();
        transaction.ManageSnapshots().SetCurrentSnapshot(current.Metadata.FindSnapshot(branch)!.SnapshotId);
        return await transaction.CommitAsync(Token);
    }
}
