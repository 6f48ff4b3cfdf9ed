using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Testing.Faults;

namespace Arctic.UnitTests.Iceberg.Maintenance;

/// <summary>All of maintenance against the model: rows stay, kept snapshots stay readable, and of the files exactly those stay that something leads to.</summary>
public sealed class MaintenanceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int> SeedsAndVersions => new(Enumerable.Range(100, 4).SelectMany(s => new[] { 1, 2, 3 }.Select(v => (s, v))));

    [Theory]
    [MemberData(nameof(SeedsAndVersions))]
    public async Task Random_maintenance_changes_no_row(int seed, int version)
    {
        var table = await RandomTable.CreateAsync(seed, version, RandomTable.RandomSpec(new Random(seed)), null, ("commit.manifest.min-count-to-merge", "6"));
        for (var step = 0; step < 25; step++)
        {
            if (table.Random.Next(2) == 0)
            {
                await ChangeAsync(table);
            }
            else
            {
                await MaintainAsync(table, table.Table);
            }

            await table.CheckAsync();
        }

        await table.CheckHistoryAsync();

        // Everything that is left over is found once it is old, and nothing else is.
        table.Time.Advance(TimeSpan.FromDays(4));
        await new OrphanRemoval(table.Table, new OrphanRemovalOptions { FilesAtOnce = 7 }).RunAsync(Token);
        await table.CheckHistoryAsync();
        Assert.Equal(await table.ReachableAsync(), (await table.ObjectsAsync()).Where(o => !RandomTable.IsOfCatalog(o)));
    }

    [Theory]
    [MemberData(nameof(SeedsAndVersions))]
    public async Task Maintenance_that_fails_anywhere_leaves_the_rows_and_every_kept_snapshot(int seed, int version)
    {
        var table = await RandomTable.CreateAsync(seed, version, RandomTable.RandomSpec(new Random(seed)));
        var faulty = new FaultInjectingObjectStore(
            table.Store, new SeededFaults(new Random(seed), new FaultRates { FailBefore = 0.01, FailAfter = 0.01 }), TimeProvider.System);
        var catalog = new FileSystemCatalog("faulty", "memory:///w", faulty, table.Environment);
        var (done, failed) = (0, 0);
        for (var step = 0; step < 25; step++)
        {
            await ChangeAsync(table);
            for (var i = 0; i < 3; i++)
            {
                try
                {
                    await MaintainAsync(table, await catalog.LoadTableAsync(RandomTable.Name, Token));
                    done++;
                }
                catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed || e is CommitConflictException or CommitOutcomeUnknownException)
                {
                    failed++;
                }

                // The sound store tells what became of it.
                table.Keep(await table.Catalog.LoadTableAsync(RandomTable.Name, Token));
                await table.CheckAsync();
            }
        }

        await table.CheckHistoryAsync();
        Assert.True(done > 10 && failed > 5, $"{done} done, {failed} failed");
        table.Time.Advance(TimeSpan.FromDays(4));
        await new OrphanRemoval(table.Table, new()).RunAsync(Token);
        await table.CheckHistoryAsync();
        Assert.Equal(await table.ReachableAsync(), (await table.ObjectsAsync()).Where(o => !RandomTable.IsOfCatalog(o)));
    }

    private static async Task ChangeAsync(RandomTable table)
    {
        switch (table.Random.Next(6))
        {
            case 0:
                await table.EqualityDeleteAsync();
                break;
            case 1:
                await table.DeleteAsync(RowChangeMode.CopyOnWrite);
                break;
            case 2:
                await table.DeleteAsync(RowChangeMode.MergeOnRead);
                break;
            default:
                await table.AppendAsync(table.RandomRows(40));
                break;
        }
    }

    private static async Task MaintainAsync(RandomTable table, IcebergTable handle)
    {
        switch (table.Random.Next(7))
        {
            case 6:
                table.Keep((await new PositionDeleteRewrite(handle).RunAsync(Token)).Table);
                break;
            case 0:
                table.Keep((await new DataFileRewrite(handle, new DataFileRewriteOptions { RewriteAll = true, TargetFileBytes = table.Random.Next(1, 20_000) }).RunAsync(Token)).Table);
                break;
            case 1:
                table.Keep((await new DataFileRewrite(
                    handle, new DataFileRewriteOptions { InputFilesMin = 2, GroupBytesMax = 10_000, GroupsPerCommit = 2 }, _ => RowTest.Next(table.Random, 1).Filter).RunAsync(Token)).Table);
                break;
            case 2:
                var transaction = handle.NewTransaction();
                transaction.RewriteManifests().TargetSize(table.Random.Next(1, 20_000));
                table.Keep(await transaction.CommitAsync(Token));
                break;
            case 3:
                table.Keep((await new DanglingDeletes(handle).RunAsync(Token)).Table);
                break;
            case 4:
                var expiry = new SnapshotExpiryOptions { OlderThan = table.Time.GetUtcNow(), RetainLast = table.Random.Next(1, 6), FilesAtOnce = table.Random.Next(1, 20) };
                table.Keep((await new SnapshotExpiry(handle, expiry).RunAsync(Token)).Table);
                break;
            default:
                await table.Store.PutAsync(table.NextLocation() + ".left-over", "x"u8.ToArray(), Token);
                await new OrphanRemoval(handle, new OrphanRemovalOptions { OlderThan = table.Time.GetUtcNow(), FilesAtOnce = table.Random.Next(1, 20) }).RunAsync(Token);
                break;
        }
    }
}
