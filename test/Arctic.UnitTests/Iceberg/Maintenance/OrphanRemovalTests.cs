using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Time.Testing;

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

        Assert.Equal(0, (await new OrphanRemoval(committed, new()).RunAsync(Token)).Deleted);

        Assert.NotNull(await table.Store.FindAsync("memory:///w/db/t/data/x.parquet", Token));
    }

    [Theory]
    [InlineData("memory:///x", null)] // as long as the old one
    [InlineData("memory:///", null)] // shorter
    [InlineData("memory:///elsewhere/of-another-name", null)]
    [InlineData("memory:///w/db/t/copies", null)] // within the original
    [InlineData("memory:///elsewhere", "memory:///elsewhere/db/t")] // where it lies now
    [InlineData("memory:///elsewhere", "memory:///elsewhere/db/t/data")]
    [InlineData("memory:///elsewhere", "memory:///w/db/t")] // as it is recorded
    [InlineData("memory:///elsewhere", "memory:///elsewhere")] // above the table
    public async Task A_copied_table_keeps_its_files(string warehouse, string? location)
    {
        var original = await RandomTable.CreateAsync(5, 2);
        await original.AppendAsync();
        await original.AppendAsync();
        var before = await original.ObjectsAsync();
        string CopyOf(string file) => ObjectLocation.Combine(warehouse, file["memory:///w/".Length..]);
        foreach (var file in before)
        {
            await original.Store.PutAsync(CopyOf(file), await original.Store.ReadAllAsync(file, 1 << 24, Token), Token);
        }

        var catalog = new FileSystemCatalog("copy", warehouse, original.Store, original.Environment);
        var copied = await catalog.LoadTableAsync(RandomTable.Name, Token);
        var orphan = CopyOf("memory:///w/db/t/data/orphan.parquet");
        await original.Store.PutAsync(orphan, "x"u8.ToArray(), Token);
        var ofInner = CopyOf("memory:///w/db/t/data/inner/data/x.parquet");
        await original.Store.PutAsync(ofInner, "x"u8.ToArray(), Token);
        await original.Store.PutAsync(CopyOf("memory:///w/db/t/data/inner/metadata/v1.metadata.json"), "x"u8.ToArray(), Token);
        original.Time.Advance(TimeSpan.FromDays(4));

        Assert.Equal(1, (await new OrphanRemoval(copied, new() { Location = location }).RunAsync(Token)).Deleted);

        Assert.Null(await original.Store.FindAsync(orphan, Token));
        foreach (var file in before.Concat(before.Select(CopyOf)).Append(ofInner))
        {
            Assert.NotNull(await original.Store.FindAsync(file, Token));
        }
    }

    [Fact]
    public async Task A_path_with_empty_parts_is_spared()
    {
        var table = await RandomTable.CreateAsync(6, 2);
        await table.Store.PutAsync("memory:///w/db/t/data/x.parquet", "x"u8.ToArray(), Token);
        var transaction = table.Table.NewTransaction();
        transaction.Append().Add(new DataFile { FilePath = "memory:///w/db/t//data///x.parquet", Format = FileFormat.Parquet, SpecId = 0, RecordCount = 1, FileSizeBytes = 1 });
        var committed = await transaction.CommitAsync(Token);
        table.Time.Advance(TimeSpan.FromDays(4));

        Assert.Equal(0, (await new OrphanRemoval(committed, new()).RunAsync(Token)).Deleted);
    }

    [Fact]
    public async Task Hidden_files_and_those_in_hidden_folders_are_spared()
    {
        var spec = new PartitionSpec(0, [new PartitionField(4, 1000, "_day", new Transform.Identity())]);
        var table = await RandomTable.CreateAsync(7, 2, spec);
        string[] hidden = ["data/_SUCCESS", "data/.x.crc", "_temporary/0/x.parquet", "data/.x/y/x.parquet", "data/_temporary/_day=1/x.parquet"];
        foreach (var name in hidden.Append("data/_day=1/x.parquet"))
        {
            await table.Store.PutAsync("memory:///w/db/t/" + name, "x"u8.ToArray(), Token);
        }

        table.Time.Advance(TimeSpan.FromDays(4));

        Assert.Equal(["memory:///w/db/t/data/_day=1/x.parquet"], await ToListAsync(new OrphanRemoval(table.Table, new()).FindAsync(Token)));
        Assert.Equal(["memory:///w/db/t/_temporary/0/x.parquet"], await ToListAsync(new OrphanRemoval(table.Table, new() { Location = "memory:///w/db/t/_temporary" }).FindAsync(Token)));
    }

    [Fact]
    public async Task A_file_of_unknown_age_is_young()
    {
        var time = new FakeTimeProvider(default);
        var table = await RandomTable.CreateAsync(8, 2, null, new MemoryObjectStore(time));
        await table.Store.PutAsync("memory:///w/db/t/data/x.parquet", "x"u8.ToArray(), Token);

        Assert.Equal(default, (await table.Store.FindAsync("memory:///w/db/t/data/x.parquet", Token))!.LastModified);
        Assert.Empty(await ToListAsync(new OrphanRemoval(table.Table, new()).FindAsync(Token)));
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

    [Fact]
    public async Task A_table_whose_files_became_those_of_others_meanwhile_is_left_alone()
    {
        var table = await RandomTable.CreateAsync(9, 2);
        var stale = table.Table;
        await table.Store.PutAsync("memory:///w/db/t/data/x.parquet", "x"u8.ToArray(), Token);
        var transaction = (await table.Catalog.LoadTableAsync(RandomTable.Name, Token)).NewTransaction();
        transaction.UpdateProperties().Set("gc.enabled", "false");
        await transaction.CommitAsync(Token);
        table.Time.Advance(TimeSpan.FromDays(4));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await stale.RemoveOrphansAsync(cancellationToken: Token));

        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.NotNull(await table.Store.FindAsync("memory:///w/db/t/data/x.parquet", Token));
    }

    [Fact]
    public async Task A_copied_table_deletes_no_files_outside_of_its_folder_which_the_original_may_need()
    {
        var original = await RandomTable.CreateAsync(10, 2, null, null, ("write.data.path", "memory:///shared/t"));
        await WriteAsync(original.Table);
        foreach (var file in await original.ObjectsAsync())
        {
            await original.Store.PutAsync(ObjectLocation.Combine("memory:///copy", file["memory:///w/".Length..]), await original.Store.ReadAllAsync(file, 1 << 24, Token), Token);
        }

        await WriteAsync(original.Table);
        var copied = await new FileSystemCatalog("copy", "memory:///copy", original.Store, original.Environment).LoadTableAsync(RandomTable.Name, Token);
        await copied.DeleteAsync(Filter.All, Token);
        original.Time.Advance(TimeSpan.FromDays(10));

        var expiry = await copied.ExpireSnapshotsAsync(new SnapshotExpiryOptions { OlderThan = original.Time.GetUtcNow() }, Token);
        var orphans = await copied.RemoveOrphansAsync(new OrphanRemovalOptions { Location = "memory:///shared/t" }, Token);

        Assert.Equal((1, 2), (expiry.Files.Failed, orphans.Failed));
        Assert.Contains("outside of its folder", expiry.Files.Failures[0].Error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await original.Table.ReadAsync<Row>(Token).CountAsync(Token));
        Assert.Equal(0, await copied.ReadAsync<Row>(Token).CountAsync(Token));

        static async Task WriteAsync(IcebergTable table) => await table.AppendAsync([new Row(1)], Token);
    }

    private sealed record Row(long Uid);

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
