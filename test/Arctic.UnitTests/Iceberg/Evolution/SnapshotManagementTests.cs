using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using static Arctic.UnitTests.Iceberg.TableFixture;

namespace Arctic.UnitTests.Iceberg.Evolution;

public sealed class SnapshotManagementTests
{
    [Fact]
    public async Task Branches_and_tags_are_made_moved_renamed_and_removed()
    {
        var (table, ids) = await CreateAsync(3);

        table = await CommitAsync(table, t => t.ManageSnapshots().CreateBranch("dev").CreateBranch("old", ids[0]).CreateTag("v1", ids[1]).CreateTag("now")
            .SetMinSnapshotsToKeep("dev", 3).SetMaxSnapshotAge("dev", TimeSpan.FromDays(2)).SetMaxRefAge("v1", TimeSpan.FromDays(1)));

        Assert.Equal(["dev", "main", "now", "old", "v1"], table.Metadata.Refs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new SnapshotRef(ids[2], SnapshotRefType.Branch) { MinSnapshotsToKeep = 3, MaxSnapshotAgeMs = 172_800_000 }, table.Metadata.Refs["dev"]);
        Assert.Equal(new SnapshotRef(ids[1], SnapshotRefType.Tag) { MaxRefAgeMs = 86_400_000 }, table.Metadata.Refs["v1"]);

        table = await CommitAsync(table, t => t.ManageSnapshots().ReplaceBranch("dev", ids[1]).ReplaceTag("v1", ids[0]).RenameBranch("old", "older").RemoveTag("now"));

        Assert.Equal(["dev", "main", "older", "v1"], table.Metadata.Refs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((ids[1], (int?)3, ids[0], ids[0]), (table.Metadata.Refs["dev"].SnapshotId, table.Metadata.Refs["dev"].MinSnapshotsToKeep, table.Metadata.Refs["v1"].SnapshotId, table.Metadata.Refs["older"].SnapshotId));
        await RefusesAsync(ErrorCodes.AlreadyExists, "'dev' already", table, t => t.ManageSnapshots().CreateTag("dev"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "'v1' is a tag", table, t => t.ManageSnapshots().RemoveBranch("v1"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "'main' is the table", table, t => t.ManageSnapshots().RemoveBranch("main"));
        await RefusesAsync(ErrorCodes.UnknownName, "no snapshot 17", table, t => t.ManageSnapshots().CreateTag("x", 17));
        var error = await RefusesAsync(ErrorCodes.UnknownName, "'devv'", table, t => t.ManageSnapshots().RemoveBranch("devv"));
        Assert.Equal("Did you mean 'dev'?", error.Hint);
    }

    [Fact]
    public async Task A_branch_is_fast_forwarded_along_its_own_line_only()
    {
        var (table, _) = await CreateAsync(2);
        table = await CommitAsync(table, t => t.ToBranch("dev").Append().Add(File("d1")));
        table = await CommitAsync(table, t => t.ToBranch("dev").Append().Add(File("d2")));

        Assert.Equal(["f0", "f1"], NamesOf(await EntriesAsync(table)));
        var forwarded = await CommitAsync(table, t => t.ManageSnapshots().FastForward("main", "dev").FastForward("copy", "dev"));

        Assert.Equal(["d1", "d2", "f0", "f1"], NamesOf(await EntriesAsync(forwarded)));
        Assert.Equal(forwarded.Metadata.CurrentSnapshotId, forwarded.Metadata.Refs["copy"].SnapshotId);
        Assert.Equal(forwarded.Metadata.CurrentSnapshotId, forwarded.Metadata.SnapshotLog[^1].SnapshotId);
        var diverged = await CommitAsync(forwarded, t => t.Append().Add(File("m")));
        await RefusesAsync(ErrorCodes.InvalidStatement, "not an ancestor", diverged, t => t.ManageSnapshots().FastForward("main", "dev"));
    }

    [Fact]
    public async Task A_rollback_goes_to_ancestors_and_what_came_after_stays_until_it_expires()
    {
        var (table, ids) = await CreateAsync(4);

        var back = await CommitAsync(table, t => t.ManageSnapshots().RollbackTo(ids[1]));
        var on = await CommitAsync(back, t => t.Append().Add(File("n")));

        Assert.Equal(["f0", "f1", "n"], NamesOf(await EntriesAsync(on)));
        Assert.Equal(ids[1], on.Metadata.CurrentSnapshot!.ParentSnapshotId);
        Assert.Equal(5L, on.Metadata.CurrentSnapshot.SequenceNumber);
        Assert.Equal(5, on.Metadata.Snapshots.Count);
        await RefusesAsync(ErrorCodes.InvalidStatement, "not an ancestor", on, t => t.ManageSnapshots().RollbackTo(ids[3]));
        var any = await CommitAsync(on, t => t.ManageSnapshots().SetCurrentSnapshot(ids[3]));
        Assert.Equal(["f0", "f1", "f2", "f3"], NamesOf(await EntriesAsync(any)));
    }

    [Fact]
    public async Task A_rollback_to_a_time_takes_the_newest_ancestor_before_it()
    {
        var table = await EvolutionTables.CreateAsync(Columns, PartitionSpec.Unpartitioned, 2);
        var clock = (Microsoft.Extensions.Time.Testing.FakeTimeProvider)table.Catalog.Environment.Time;
        var times = new List<DateTimeOffset>();
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            times.Add(clock.GetUtcNow());
            table = await CommitAsync(table, t => t.Append().Add(File("f" + i)));
        }

        var back = await CommitAsync(table, t => t.ManageSnapshots().RollbackToTime(times[1]));

        Assert.Equal(table.Metadata.Snapshots[0].SnapshotId, back.Metadata.CurrentSnapshotId);

        // The way back took place now: at any time before, the table was what it was.
        clock.Advance(TimeSpan.FromHours(1));
        var again = await CommitAsync(table, t => t.ManageSnapshots().SetCurrentSnapshot(table.Metadata.Snapshots[1].SnapshotId));
        Assert.Equal(clock.GetUtcNow().ToUnixTimeMilliseconds(), again.Metadata.SnapshotLog[^1].TimestampMs);
        Assert.Equal(back.Metadata.CurrentSnapshotId, new TableScan(again.Store, again.Metadata).AsOf(clock.GetUtcNow().AddMinutes(-1)).Snapshot!.SnapshotId);
        Assert.Equal(again.Metadata.CurrentSnapshotId, new TableScan(again.Store, again.Metadata).AsOf(clock.GetUtcNow()).Snapshot!.SnapshotId);
        await RefusesAsync(ErrorCodes.InvalidStatement, "no ancestor that is older", table, t => t.ManageSnapshots().RollbackToTime(times[0]));
    }

    [Fact]
    public async Task Staged_snapshots_are_unseen_until_they_are_published_once()
    {
        var (table, _) = await CreateAsync(1);

        var first = await StageAsync(table, "s1", "audit-1");
        table = first.Table;
        var second = await StageAsync(table, "s2", "audit-2");
        table = second.Table;

        Assert.Equal(["f0"], NamesOf(await EntriesAsync(table)));
        Assert.Equal(("audit-1", 3), (table.Metadata.FindSnapshot(first.Id)!.Summary["wap.id"], table.Metadata.Snapshots.Count));

        // The first one was made on the current snapshot, the second is not any more.
        table = await CommitAsync(table, t => t.CherryPick(first.Id));
        Assert.Equal(first.Id, table.Metadata.CurrentSnapshotId);
        table = await CommitAsync(table, t => t.CherryPick(second.Id));

        Assert.Equal(["f0", "s1", "s2"], NamesOf(await EntriesAsync(table)));
        var published = table.Metadata.CurrentSnapshot!;
        Assert.Equal(("audit-2", $"{second.Id}", "append"), (published.Summary["published-wap-id"], published.Summary["source-snapshot-id"], published.Operation));
        await RefusesAsync(ErrorCodes.InvalidStatement, "has it already", table, t => t.CherryPick(first.Id));
        await RefusesAsync(ErrorCodes.InvalidStatement, "has it already", table, t => t.CherryPick(second.Id));
        var twin = await StageAsync(table, "s3", "audit-1");
        await RefusesAsync(ErrorCodes.InvalidStatement, "audit-1 was published already", twin.Table, t => t.CherryPick(twin.Id));
    }

    [Fact]
    public async Task Only_appends_are_picked_from_elsewhere()
    {
        var (table, _) = await CreateAsync(2);
        var transaction = table.NewTransaction().Stage();
        var delete = transaction.Delete().Remove(File("f0"));
        table = await transaction.CommitAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("x")));

        await RefusesAsync(ErrorCodes.InvalidStatement, "not an append (delete)", table, t => t.CherryPick(delete.SnapshotId));
    }

    [Fact]
    public async Task A_branch_that_another_writer_moved_is_looked_at_again()
    {
        var (table, ids) = await CreateAsync(2);
        var late = table.NewTransaction();
        late.ManageSnapshots().CreateTag("t");
        await CommitAsync(table, t => t.Append().Add(File("x")));

        var tagged = await late.CommitAsync();

        Assert.NotEqual(ids[1], tagged.Metadata.Refs["t"].SnapshotId);
        Assert.Equal(tagged.Metadata.CurrentSnapshotId, tagged.Metadata.Refs["t"].SnapshotId);
    }

    [Fact]
    public async Task Upgrades_go_up_only_and_reserved_properties_are_none()
    {
        var table = await EvolutionTables.CreateAsync(Columns, PartitionSpec.Unpartitioned, 1);

        table = await CommitAsync(table, t => t.UpgradeFormatVersion(2));
        table = await CommitAsync(table, t => t.UpdateProperties().Set("format-version", "3").Set("a", "b"));

        Assert.Equal((3, 0L), (table.Metadata.FormatVersion, table.Metadata.NextRowId));
        Assert.Equal(["a"], table.Metadata.Properties.Keys);
        await RefusesAsync(ErrorCodes.InvalidStatement, "from format version 3 to 2", table, t => t.UpgradeFormatVersion(2));
        await RefusesAsync(ErrorCodes.InvalidOption, "version 4", table, t => t.UpgradeFormatVersion(4));
        await RefusesAsync(ErrorCodes.InvalidOption, "'uuid'", table, t => t.UpdateProperties().Set("uuid", "x"));
    }

    [Fact]
    public async Task A_location_changes_where_new_files_go()
    {
        var (table, _) = await CreateAsync(1);

        table = await CommitAsync(table, t => t.UpdateLocation("memory:///elsewhere/"));
        table = await CommitAsync(table, t => t.Append().Add(File("x")));

        Assert.Equal("memory:///elsewhere", table.Metadata.Location);
        Assert.StartsWith("memory:///elsewhere/metadata/", table.MetadataLocation);
        Assert.StartsWith("memory:///elsewhere/metadata/", table.Metadata.CurrentSnapshot!.ManifestList);
        Assert.Equal(["f0", "x"], NamesOf(await EntriesAsync(table)));
    }

    private static async Task<(IcebergTable Table, long Id)> StageAsync(IcebergTable table, string file, string wapId)
    {
        var transaction = table.NewTransaction().Stage(wapId);
        var append = transaction.Append().Add(File(file));
        return (await transaction.CommitAsync(), append.SnapshotId);
    }

    private static async Task<(IcebergTable Table, List<long> Ids)> CreateAsync(int appends)
    {
        var table = await EvolutionTables.CreateAsync(Columns, PartitionSpec.Unpartitioned, 2);
        for (var i = 0; i < appends; i++)
        {
            table = await CommitAsync(table, t => t.Append().Add(File("f" + i)));
        }

        return (table, table.Metadata.Snapshots.Select(s => s.SnapshotId).ToList());
    }

    private static async Task<IcebergTable> CommitAsync(IcebergTable table, Action<Transaction> steps)
    {
        var transaction = table.NewTransaction();
        steps(transaction);
        return await transaction.CommitAsync();
    }

    private static async Task<ArcticException> RefusesAsync(ErrorCode code, string message, IcebergTable table, Action<Transaction> steps)
    {
        var error = await Assert.ThrowsAnyAsync<ArcticException>(async () => await CommitAsync(table, steps));
        Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message);
        return error;
    }
}
