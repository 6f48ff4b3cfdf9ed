using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Maintenance;

public sealed class OrphanRemovalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Old_files_that_nothing_leads_to_go_and_no_others()
    {
        var table = await RandomTable.CreateAsync(1, 2, null, null, ("write.metadata.previous-versions-max", "2"));
        for (var i = 0; i < 4; i++)
        {
            await table.AppendAsync();
        }

        var before = await table.ObjectsAsync();
        string[] orphans = ["memory:///w/db/t/data/a.parquet", "memory:///w/db/t/data/day=1/b.parquet", "memory:///w/db/t/metadata/snap-1-1-x.avro", "memory:///w/db/t/other/c.txt"];
        foreach (var orphan in orphans)
        {
            await table.Store.PutAsync(orphan, "x"u8.ToArray(), Token);
        }

        table.Time.Advance(TimeSpan.FromDays(3) + TimeSpan.FromMinutes(1));
        await table.Store.PutAsync("memory:///w/db/t/data/young.parquet", "x"u8.ToArray(), Token);
        var removal = new OrphanRemoval(table.Table, new OrphanRemovalOptions { FilesAtOnce = 3 });

        Assert.Equal(orphans.Order(), (await ToListAsync(removal.FindAsync(Token))).Order());
        Assert.Equal(before.Count + 5, (await table.ObjectsAsync()).Count);
        Assert.Equal(4, (await removal.RunAsync(Token)).Deleted);

        // All versions of the metadata are left, those that the log has forgotten too.
        Assert.Equal(before.Append("memory:///w/db/t/data/young.parquet").Order(StringComparer.Ordinal), await table.ObjectsAsync());
        await table.CheckAsync();
    }

    [Fact]
    public async Task A_table_within_the_folder_of_another_is_not_touched()
    {
        var table = await RandomTable.CreateAsync(2, 2);
        await table.Catalog.CreateNamespaceAsync(Namespace.Parse("db.t"), new Dictionary<string, string>(), Token);
        await table.Catalog.CreateTableAsync(TableIdentifier.Parse("db.t.inner"), new TableCreation { Schema = RandomTable.Columns }, Token);
        await table.Store.PutAsync("memory:///w/db/t/inner/data/x.parquet", "x"u8.ToArray(), Token);
        await table.Store.PutAsync("memory:///w/db/t/outer/data/x.parquet", "x"u8.ToArray(), Token);
        table.Time.Advance(TimeSpan.FromDays(4));

        Assert.Equal(["memory:///w/db/t/outer/data/x.parquet"], await ToListAsync(new OrphanRemoval(table.Table, new()).FindAsync(Token)));
    }

    [Fact]
    public async Task A_path_that_a_snapshot_names_under_another_scheme_is_spared()
    {
        var table = await RandomTable.CreateAsync(3, 2);
        await table.Store.PutAsync("memory:///w/db/t/data/x.parquet", "x"u8.ToArray(), Token);
        var transaction = table.Table.NewTransaction();
        transaction.Append().Add(new DataFile { FilePath = "hdfs://name-node:8020/w/db/t/data/x.parquet", Format = FileFormat.Parquet, SpecId = 0, RecordCount = 1, FileSizeBytes = 1 });
        var committed = await transaction.CommitAsync(Token);
        table.Time.Advance(TimeSpan.FromDays(4));
        var removal = new OrphanRemoval(committed, new());

        Assert.Equal(0, (await removal.RunAsync(Token)).Deleted);

        Assert.Equal(1, removal.Ambiguous);
        Assert.NotNull(await table.Store.FindAsync("memory:///w/db/t/data/x.parquet", Token));
    }

    [Fact]
    public async Task What_a_commit_names_while_the_folder_is_searched_is_no_orphan()
    {
        var table = await RandomTable.CreateAsync(4, 2);
        await table.AppendAsync();
        var stale = table.Table;
        var rows = table.RandomRows();
        var files = await table.WriteAsync(rows);
        table.Time.Advance(TimeSpan.FromDays(4));
        var transaction = table.Table.NewTransaction();
        transaction.Append().Add(files);
        table.Rows.AddRange(rows);
        table.Keep(await transaction.CommitAsync(Token));

        Assert.Equal(0, (await new OrphanRemoval(stale, new()).RunAsync(Token)).Deleted);

        await table.CheckAsync();
    }

    private static async Task<List<string>> ToListAsync(IAsyncEnumerable<ObjectInfo> found)
    {
        var result = new List<string>();
        await foreach (var info in found)
        {
            result.Add(info.Location);
        }

        return result;
    }
}
