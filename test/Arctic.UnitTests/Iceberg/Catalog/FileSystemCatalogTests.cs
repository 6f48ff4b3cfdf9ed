using System.IO.Compression;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;
using Arctic.UnitTests.Conformance;

namespace Arctic.UnitTests.Iceberg.Catalog;

public sealed class LocalFileSystemCatalogConformanceTests : IcebergCatalogConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LocalFileSystemCatalogConformanceTests() =>
        Catalog = new FileSystemCatalog("local", _folder.Path, new LocalObjectStore(), new CommitEnvironment(TimeProvider.System, new Random(1)));

    private protected override IIcebergCatalog Catalog { get; }

    public void Dispose() => _folder.Dispose();
}

public sealed class MemoryFileSystemCatalogConformanceTests : IcebergCatalogConformance
{
    private protected override IIcebergCatalog Catalog { get; } = new TableFixture().Catalog;
}

public sealed class MemoryCatalogConformanceTests : IcebergCatalogConformance
{
    private protected override IIcebergCatalog Catalog { get; } =
        new MemoryCatalog("memory", "memory:///w", new MemoryObjectStore(TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(1)));
}

public sealed class FileSystemCatalogTests
{
    private const string Metadata = "memory:///warehouse/shop/orders/metadata/";

    private readonly TableFixture _fixture = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_and_the_hint_have_the_names_that_other_engines_look_for()
    {
        await _fixture.CreateAsync();
        await SetAsync("a", "1");

        Assert.NotNull(await _fixture.Store.FindAsync(Metadata + "v1.metadata.json", Token));
        Assert.NotNull(await _fixture.Store.FindAsync(Metadata + "v2.metadata.json", Token));
        Assert.Equal("2", Encoding.UTF8.GetString((await _fixture.Store.ReadAllAsync(Metadata + "version-hint.text", 100, Token)).Span));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1")]
    [InlineData("nonsense")]
    public async Task A_missing_stale_or_broken_hint_finds_the_newest_version(string? hint)
    {
        await _fixture.CreateAsync();
        for (var i = 0; i < 12; i++)
        {
            await SetAsync("a", i.ToString());
        }

        if (hint is null)
        {
            await _fixture.Store.DeleteAsync(Metadata + "version-hint.text", Token);
        }
        else
        {
            await _fixture.Store.PutAsync(Metadata + "version-hint.text", Encoding.UTF8.GetBytes(hint), Token);
        }

        Assert.EndsWith("/v13.metadata.json", (await LoadAsync()).MetadataLocation);
    }

    [Fact]
    public async Task A_newest_version_that_is_missing_undoes_no_commit()
    {
        await _fixture.CreateAsync();
        await SetAsync("a", "1");
        await _fixture.Store.DeleteAsync(Metadata + "v2.metadata.json", Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await LoadAsync());

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("names version 2", error.Message);
    }

    [Theory]
    [InlineData("v1.gz.metadata.json")]
    [InlineData("v1.metadata.json.gz")]
    [InlineData("v1.metadata.json")]
    public async Task Gzipped_metadata_is_read_whatever_its_name_says(string name)
    {
        await _fixture.CreateAsync();
        var plain = await _fixture.Store.ReadAllAsync(Metadata + "v1.metadata.json", 1 << 20, Token);
        await _fixture.Store.DeleteAsync(Metadata + "v1.metadata.json", Token);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(plain.Span);
        }

        await _fixture.Store.PutAsync(Metadata + name, packed.ToArray(), Token);

        Assert.Equal(3, (await LoadAsync()).Metadata.LastColumnId);
        await SetAsync("a", "1");
        Assert.EndsWith("/v2.metadata.json", (await LoadAsync()).MetadataLocation);
    }

    [Fact]
    public async Task Old_versions_go_as_the_properties_say()
    {
        await _fixture.CreateAsync(null, ("write.metadata.previous-versions-max", "3"), ("write.metadata.delete-after-commit.enabled", "true"));
        for (var i = 0; i < 10; i++)
        {
            await SetAsync("a", i.ToString());
        }

        var table = await LoadAsync();
        Assert.Equal(["v8.metadata.json", "v9.metadata.json", "v10.metadata.json"], table.Metadata.MetadataLog.Select(e => e.MetadataFile.Split('/')[^1]));
        Assert.Null(await _fixture.Store.FindAsync(Metadata + "v7.metadata.json", Token));
        Assert.NotNull(await _fixture.Store.FindAsync(Metadata + "v8.metadata.json", Token));
    }

    [Fact]
    public async Task Versions_that_could_not_be_deleted_leave_no_gap_for_a_stale_hint()
    {
        var faults = new ScriptedFaults();
        faults.Add(StoreOperation.Delete, "v2.metadata.json", new Fault(FaultKind.FailBefore));
        faults.Add(StoreOperation.Delete, "v4.metadata.json", new Fault(FaultKind.FailAfter));
        var fixture = new TableFixture(new FaultInjectingObjectStore(_fixture.Store, faults, TimeProvider.System));
        await fixture.CreateAsync(null, ("write.metadata.previous-versions-max", "2"), ("write.metadata.delete-after-commit.enabled", "true"));
        for (var i = 0; i < 12; i++)
        {
            await SetAsync("a", i.ToString());
            await fixture.Catalog.CommitAsync(new TableCommit(TableFixture.Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["b"] = i.ToString() })]), Token);

            // Whatever a late writer of the hint says, the newest version is found.
            var newest = 3 + (2 * i);
            for (var hint = 1; hint <= newest; hint++)
            {
                await _fixture.Store.PutAsync(Metadata + "version-hint.text", Encoding.UTF8.GetBytes(hint.ToString()), Token);
                Assert.Equal(i.ToString(), (await LoadAsync()).Metadata.Properties["b"]);
            }
        }

        Assert.Equal(0, faults.Pending);
        var versions = new List<int>();
        await foreach (var entry in _fixture.Store.ListFolderAsync(Metadata, Token))
        {
            versions.AddRange(MetadataFileName.FindVersion(entry.Name) is { } v ? [v] : []);
        }

        Assert.Equal([23, 24, 25], versions.Order());
    }

    [Fact]
    public async Task A_writer_that_slept_until_its_version_was_expired_does_not_commit_a_ghost()
    {
        var gate = new GatedStore(_fixture.Store);
        await _fixture.CreateAsync(null, ("write.metadata.previous-versions-max", "2"), ("write.metadata.delete-after-commit.enabled", "true"));
        var sleeper = new FileSystemCatalog("sleeper", "memory:///warehouse", gate, _fixture.Environment);
        var table = await sleeper.LoadTableAsync(TableFixture.Orders, Token);
        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(TableFixture.File("late.parquet"));
        gate.Close("v2.metadata.json");

        var late = transaction.CommitAsync(Token).AsTask();
        await gate.Reached;
        for (var i = 0; i < 10; i++)
        {
            await SetAsync("a", i.ToString());
        }

        Assert.Null(await _fixture.Store.FindAsync(Metadata + "v2.metadata.json", Token));
        gate.Open();
        var committed = await late;

        Assert.EndsWith("/v12.metadata.json", committed.MetadataLocation);
        Assert.Equal(["late.parquet"], TableFixture.NamesOf(await TableFixture.EntriesAsync(await LoadAsync())));
        Assert.Equal("9", (await LoadAsync()).Metadata.Properties["a"]);
    }

    [Fact]
    public async Task A_moved_table_is_read_by_its_folder_and_refuses_changes()
    {
        var table = await _fixture.CreateAsync();
        var transaction = table.NewTransaction();
        transaction.Append().Add(TableFixture.File("a.parquet"));
        await transaction.CommitAsync(Token);
        var copied = new MemoryObjectStore(TimeProvider.System);
        await foreach (var info in _fixture.Store.ListAsync("memory:///warehouse/shop/orders", Token))
        {
            await copied.PutAsync(info.Location.Replace("memory:///warehouse/shop/orders", "file:///elsewhere/x", StringComparison.Ordinal), await _fixture.Store.ReadAllAsync(info.Location, 1 << 20, Token), Token);
        }

        var moved = await TableFolder.LoadMovedTableAsync(copied, "/elsewhere/x/", Token);

        Assert.Equal("x", moved.Identifier.ToString());
        Assert.Equal(["a.parquet"], TableFixture.NamesOf(await TableFixture.EntriesAsync(moved)));
        Assert.Equal(ErrorCodes.InvalidStatement, Assert.Throws<ArcticException>(() => moved.NewTransaction().Append()).Code);
    }

    [Theory]
    [InlineData("hdfs://localhost:20500/wh/t/data/a", "file:///here/t/data/a")]
    [InlineData("/wh/t/data/a", "file:///here/t/data/a")]
    [InlineData("file:/wh/t//data/a", "file:///here/t/data/a")]
    [InlineData("file:///wh/t", "file:///here/t")]
    [InlineData("file:///wh/table/data/a", "file:///wh/table/data/a")]
    [InlineData("file:///here/t/data/a", "file:///here/t/data/a")]
    public void Recorded_locations_are_mapped_to_where_the_table_lies(string recorded, string expected) =>
        Assert.Equal(expected, new RelocatingObjectStore(new MemoryObjectStore(TimeProvider.System), "hdfs://localhost:20500/wh/t", "/here/t").Resolve(recorded));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_table_whose_metadata_is_damaged_is_dropped_unless_it_shared_its_files(int damaged)
    {
        foreach (var gc in new[] { "true", "false" })
        {
            await _fixture.CreateAsync(null, ("gc.enabled", gc));
            await SetAsync("a", "1");
            for (var version = 2; version > 2 - damaged; version--)
            {
                await _fixture.Store.PutAsync($"{Metadata}v{version}.metadata.json", "{"u8.ToArray(), Token);
            }

            var kept = await Assert.ThrowsAsync<ArcticException>(async () => await _fixture.Catalog.DropTableAsync(TableFixture.Orders, DropMode.KeepFiles, Token));
            Assert.Equal(ErrorCodes.Unsupported, kept.Code);
            if (gc == "false" && damaged == 1)
            {
                var shared = await Assert.ThrowsAsync<ArcticException>(async () => await _fixture.Catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token));
                Assert.Equal(ErrorCodes.InvalidStatement, shared.Code);
                return;
            }

            await _fixture.Catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token);

            Assert.Null(await _fixture.Catalog.FindTableAsync(TableFixture.Orders, Token));
            await _fixture.Catalog.DropNamespaceAsync(TableFixture.Orders.Namespace, Token);
        }
    }

    [Fact]
    public async Task A_version_that_is_committed_while_the_table_is_dropped_goes_too()
    {
        await _fixture.CreateAsync();
        var plan = new OnFirstDelete(() => _fixture.Store.PutAsync(Metadata + "v2.metadata.json", "{}"u8.ToArray(), Token).AsTask().GetAwaiter().GetResult());
        var catalog = new FileSystemCatalog("dropping", "memory:///warehouse", new FaultInjectingObjectStore(_fixture.Store, plan, TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(1)));

        await catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token);

        Assert.Null(await _fixture.Catalog.FindTableAsync(TableFixture.Orders, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_does_not_land_in_a_table_that_was_created_in_the_place_of_its_own(bool hasRows)
    {
        var gate = new GatedStore(_fixture.Store);
        var table = await _fixture.CreateAsync();
        if (hasRows)
        {
            var first = table.NewTransaction();
            first.FastAppend().Add(TableFixture.File("first.parquet"));
            await first.CommitAsync(Token);
        }

        var sleeper = new FileSystemCatalog("sleeper", "memory:///warehouse", gate, _fixture.Environment);
        var transaction = (await sleeper.LoadTableAsync(TableFixture.Orders, Token)).NewTransaction();
        transaction.FastAppend().Add(TableFixture.File("late.parquet"));
        gate.Close(hasRows ? "v3.metadata.json" : "v2.metadata.json");

        var late = transaction.CommitAsync(Token).AsTask();
        await gate.Reached;
        await _fixture.Catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token);
        var anew = await _fixture.Catalog.CreateTableAsync(TableFixture.Orders, new TableCreation { Schema = TableFixture.Columns }, Token);
        if (hasRows)
        {
            await SetAsync("a", "1");
        }

        gate.Open();
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await late);

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("created anew", error.Message);
        var found = await LoadAsync();
        Assert.Equal(anew.Metadata.TableUuid, found.Metadata.TableUuid);
        Assert.Empty(found.Metadata.Snapshots);
        await SetAsync("b", "2");
        Assert.Equal("2", (await LoadAsync()).Metadata.Properties["b"]);
    }

    [Fact]
    public async Task A_commit_does_not_bring_a_table_back_that_was_dropped_meanwhile()
    {
        var gate = new GatedStore(_fixture.Store);
        var first = (await _fixture.CreateAsync()).NewTransaction();
        first.FastAppend().Add(TableFixture.File("first.parquet"));
        await first.CommitAsync(Token);
        var sleeper = new FileSystemCatalog("sleeper", "memory:///warehouse", gate, _fixture.Environment);
        var transaction = (await sleeper.LoadTableAsync(TableFixture.Orders, Token)).NewTransaction();
        transaction.FastAppend().Add(TableFixture.File("late.parquet"));
        gate.Close("v3.metadata.json");

        var late = transaction.CommitAsync(Token).AsTask();
        await gate.Reached;
        await _fixture.Catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token);
        gate.Open();
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await late);

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Null(await _fixture.Catalog.FindTableAsync(TableFixture.Orders, Token));
    }

    [Fact]
    public async Task A_table_that_is_created_while_its_predecessor_is_dropped_stays()
    {
        await _fixture.CreateAsync();
        var isCreated = false;
        var plan = new OnDelete(location =>
        {
            if (!isCreated && location.EndsWith("version-hint.text", StringComparison.Ordinal))
            {
                isCreated = true;
                _fixture.Catalog.CreateTableAsync(TableFixture.Orders, new TableCreation { Schema = TableFixture.Columns }, Token).AsTask().GetAwaiter().GetResult();
            }
        });
        var catalog = new FileSystemCatalog("dropping", "memory:///warehouse", new FaultInjectingObjectStore(_fixture.Store, plan, TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(1)));

        await catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token);

        Assert.True(isCreated);
        await SetAsync("a", "1");
        Assert.Equal("1", (await LoadAsync()).Metadata.Properties["a"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_drop_that_was_cut_off_is_finished_by_the_next_one(bool hasHint)
    {
        for (var deletes = 1; ; deletes++)
        {
            await _fixture.CreateAsync();
            await SetAsync("a", "1");
            await _fixture.Store.PutAsync("memory:///warehouse/shop/orders/data/a.parquet", "rows"u8.ToArray(), Token);
            if (!hasHint)
            {
                await _fixture.Store.DeleteAsync(Metadata + "version-hint.text", Token);
            }

            var left = deletes;
            var plan = new OnDelete(_ => { if (--left < 0) { throw new OperationCanceledException("Injected: the process ended."); } });
            var crashing = new FileSystemCatalog("crashing", "memory:///warehouse", new FaultInjectingObjectStore(_fixture.Store, plan, TimeProvider.System), _fixture.Environment);
            try
            {
                await crashing.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token);
                Assert.Equal(4, deletes);
                return;
            }
            catch (OperationCanceledException)
            {
                Assert.Empty(await _fixture.Catalog.ListNamespacesAsync(TableFixture.Orders.Namespace, Token));
            }

            await _fixture.Catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token);

            await foreach (var info in _fixture.Store.ListAsync("memory:///warehouse/shop/orders", Token))
            {
                Assert.Fail($"{info.Location} is left after {deletes} deletes.");
            }

            await Assert.ThrowsAsync<ArcticException>(async () => await _fixture.Catalog.DropTableAsync(TableFixture.Orders, DropMode.DeleteFiles, Token));
            await _fixture.Catalog.DropNamespaceAsync(TableFixture.Orders.Namespace, Token);
        }
    }

    [Fact]
    public async Task Where_a_drop_was_cut_off_a_table_can_be_created()
    {
        await _fixture.CreateAsync();
        await SetAsync("a", "1");
        foreach (var version in new[] { 1, 2 })
        {
            await _fixture.Store.DeleteAsync($"{Metadata}v{version}.metadata.json", Token);
        }

        // The hint still names version 2, which would make the new table's first version look like a loss.
        var plan = new ScriptedFaults();
        plan.Add(StoreOperation.Put, "version-hint.text", new Fault(FaultKind.FailBefore));
        var catalog = new FileSystemCatalog("creating", "memory:///warehouse", new FaultInjectingObjectStore(_fixture.Store, plan, TimeProvider.System), _fixture.Environment);
        var anew = await catalog.CreateTableAsync(TableFixture.Orders, new TableCreation { Schema = TableFixture.Columns }, Token);

        Assert.Equal(0, plan.Pending);
        Assert.Equal(anew.Metadata.TableUuid, (await LoadAsync()).Metadata.TableUuid);
    }

    private sealed class OnDelete(Action<string> before) : IFaultPlan
    {
        public Fault Next(StoreOperation operation, string location)
        {
            if (operation == StoreOperation.Delete)
            {
                before(location);
            }

            return Fault.None;
        }
    }

    private sealed class OnFirstDelete(Action then) : IFaultPlan
    {
        private bool _isDone;

        public Fault Next(StoreOperation operation, string location)
        {
            if (operation == StoreOperation.Delete && !_isDone)
            {
                _isDone = true;
                then();
            }

            return Fault.None;
        }
    }

    [Fact]
    public async Task A_folder_without_metadata_is_no_table()
    {
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await TableFolder.LoadMovedTableAsync(_fixture.Store, "memory:///nothing", Token));

        Assert.Equal(ErrorCodes.ObjectNotFound, error.Code);
        Assert.Contains("memory:///nothing", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    public async Task Names_that_are_no_folders_are_refused(string name)
    {
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await _fixture.Catalog.CreateNamespaceAsync(new Namespace(name), new Dictionary<string, string>(), Token));

        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
    }

    private ValueTask<IcebergTable> LoadAsync() => _fixture.Catalog.LoadTableAsync(TableFixture.Orders, Token);

    private async Task SetAsync(string key, string value) =>
        await _fixture.Catalog.CommitAsync(new TableCommit(TableFixture.Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { [key] = value })]), Token);
}
