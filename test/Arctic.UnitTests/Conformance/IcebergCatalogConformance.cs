using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Iceberg;

namespace Arctic.UnitTests.Conformance;

/// <summary>What every Iceberg catalog promises; each implementation inherits it.</summary>
public abstract partial class IcebergCatalogConformance
{
    private static readonly TableIdentifier Orders = TableIdentifier.Parse("shop.orders");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The catalog under test, empty when a test starts.</summary>
    private protected abstract IIcebergCatalog Catalog { get; }

    [Fact]
    public async Task Namespaces_are_created_found_listed_and_dropped()
    {
        var shop = new Namespace("shop");
        Assert.Null(await Catalog.FindNamespaceAsync(shop, Token));

        await Catalog.CreateNamespaceAsync(shop, new Dictionary<string, string> { ["owner"] = "me" }, Token);
        await Catalog.CreateNamespaceAsync(new Namespace("shop", "eu"), new Dictionary<string, string>(), Token);

        Assert.Equal("me", (await Catalog.FindNamespaceAsync(shop, Token))!["owner"]);
        Assert.Equal([shop], await Catalog.ListNamespacesAsync(Namespace.Root, Token));
        Assert.Equal(["shop.eu"], (await Catalog.ListNamespacesAsync(shop, Token)).Select(n => n.ToString()));
        await FailsAsync(ErrorCodes.AlreadyExists, async () => await Catalog.CreateNamespaceAsync(shop, new Dictionary<string, string>(), Token));
        await FailsAsync(ErrorCodes.InvalidStatement, async () => await Catalog.DropNamespaceAsync(shop, Token));
        await Catalog.DropNamespaceAsync(new Namespace("shop", "eu"), Token);
        await Catalog.DropNamespaceAsync(shop, Token);
        Assert.Null(await Catalog.FindNamespaceAsync(shop, Token));
        await FailsAsync(ErrorCodes.UnknownName, async () => await Catalog.DropNamespaceAsync(shop, Token));
    }

    [Fact]
    public async Task Namespaces_have_several_levels_each_listed_below_its_parent()
    {
        Namespace[] all = [new("a"), new("a", "b"), new("a", "b", "c"), new("a", "b", "d e"), new("z")];
        foreach (var ns in all)
        {
            await Catalog.CreateNamespaceAsync(ns, new Dictionary<string, string> { ["depth"] = ns.Levels.Count.ToString(CultureInfo.InvariantCulture) }, Token);
        }

        Assert.Equal(["a", "z"], await NamesAsync(Namespace.Root));
        Assert.Equal(["a.b"], await NamesAsync(new Namespace("a")));
        Assert.Equal(["a.b.c", "a.b.d e"], await NamesAsync(new Namespace("a", "b")));
        Assert.Empty(await NamesAsync(new Namespace("a", "b", "c")));
        Assert.Equal("3", (await Catalog.FindNamespaceAsync(all[3], Token))!["depth"]);
        Assert.Null(await Catalog.FindNamespaceAsync(new Namespace("a", "c"), Token));
        Assert.Null(await Catalog.FindNamespaceAsync(new Namespace("b"), Token));

        var deep = new TableIdentifier(all[3], "t");
        await Catalog.CreateTableAsync(deep, Creation(), Token);
        Assert.Equal([deep], await Catalog.ListTablesAsync(all[3], Token));
        Assert.Empty(await Catalog.ListTablesAsync(new Namespace("a", "b"), Token));
        Assert.NotNull(await Catalog.FindTableAsync(deep, Token));
        Assert.Null(await Catalog.FindTableAsync(new TableIdentifier(all[2], "t"), Token));
        await FailsAsync(ErrorCodes.InvalidStatement, async () => await Catalog.DropNamespaceAsync(all[3], Token));

        async Task<IEnumerable<string>> NamesAsync(Namespace parent) => (await Catalog.ListNamespacesAsync(parent, Token)).Select(n => n.ToString()).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Properties_of_a_namespace_are_set_and_removed()
    {
        var shop = new Namespace("shop");
        await Catalog.CreateNamespaceAsync(shop, new Dictionary<string, string> { ["owner"] = "me", ["old"] = "1" }, Token);

        await Catalog.UpdateNamespaceAsync(shop, new Dictionary<string, string> { ["owner"] = "you", ["new"] = "2 & 3" }, ["old", "never there"], Token);
        await Catalog.UpdateNamespaceAsync(shop, new Dictionary<string, string>(), [], Token);

        var properties = (await Catalog.FindNamespaceAsync(shop, Token))!;
        Assert.Equal(("you", "2 & 3", false), (properties["owner"], properties["new"], properties.ContainsKey("old")));
        await FailsAsync(ErrorCodes.InvalidStatement, async () => await Catalog.UpdateNamespaceAsync(shop, new Dictionary<string, string> { ["owner"] = "x" }, ["owner"], Token));
        await FailsAsync(ErrorCodes.UnknownName, async () => await Catalog.UpdateNamespaceAsync(new Namespace("nowhere"), new Dictionary<string, string> { ["a"] = "b" }, [], Token));
        Assert.Equal("you", (await Catalog.FindNamespaceAsync(shop, Token))!["owner"]);
    }

    [Fact]
    public async Task Many_tables_and_namespaces_are_listed_whole()
    {
        var shop = new Namespace("shop");
        await Catalog.CreateNamespaceAsync(shop, new Dictionary<string, string>(), Token);
        var names = Enumerable.Range(0, 11).Select(i => $"t{i:D2}").ToList();
        foreach (var name in names)
        {
            await Catalog.CreateTableAsync(new TableIdentifier(shop, name), Creation(), Token);
            await Catalog.CreateNamespaceAsync(new Namespace("shop", "n" + name), new Dictionary<string, string>(), Token);
        }

        Assert.Equal(names, (await Catalog.ListTablesAsync(shop, Token)).Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.Equal(names, (await Catalog.ListNamespacesAsync(shop, Token)).Select(n => n.Levels[1][1..]).Order(StringComparer.Ordinal));
        await FailsAsync(ErrorCodes.UnknownName, async () => await Catalog.ListTablesAsync(new Namespace("nowhere"), Token));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with space")]
    [InlineData("a+b&c=d")]
    [InlineData("100%25")]
    [InlineData("Größe-日本")]
    [InlineData("dot.ted")]
    public async Task Names_may_have_any_letters(string name)
    {
        var ns = new Namespace("shop", name);
        await Catalog.CreateNamespaceAsync(new Namespace("shop"), new Dictionary<string, string>(), Token);
        await Catalog.CreateNamespaceAsync(ns, new Dictionary<string, string>(), Token);
        var identifier = new TableIdentifier(ns, name);

        await Catalog.CreateTableAsync(identifier, Creation(), Token);

        Assert.Equal([identifier], await Catalog.ListTablesAsync(ns, Token));
        Assert.Equal([ns], await Catalog.ListNamespacesAsync(new Namespace("shop"), Token));
        Assert.Equal(identifier, (await Catalog.LoadTableAsync(identifier, Token)).Identifier);
        await Catalog.DropTableAsync(identifier, DropMode.DeleteFiles, Token);
        Assert.Null(await Catalog.FindTableAsync(identifier, Token));
    }

    [Fact]
    public async Task A_created_table_is_loaded_as_it_was_made()
    {
        var created = await CreateAsync();

        var loaded = await Catalog.LoadTableAsync(Orders, Token);

        Assert.Equal(created.Metadata.TableUuid, loaded.Metadata.TableUuid);
        Assert.Equal(created.MetadataLocation, loaded.MetadataLocation);
        Assert.Equal(2, loaded.Metadata.FormatVersion);
        Assert.True(loaded.Metadata.CurrentSchema.SameAs(TableFixture.Columns));
        Assert.True(loaded.Metadata.DefaultSpec.IsCompatibleWith(TableFixture.ByDay));
        Assert.Equal((3, 1000), (loaded.Metadata.LastColumnId, loaded.Metadata.LastPartitionId));
        Assert.Equal("bar", loaded.Metadata.Properties["foo"]);
        Assert.False(loaded.Metadata.Properties.ContainsKey("format-version"));
        Assert.Null(loaded.Metadata.CurrentSnapshot);
        Assert.Equal([Orders], await Catalog.ListTablesAsync(Orders.Namespace, Token));
    }

    [Fact]
    public async Task Tables_are_created_once_and_in_namespaces_that_exist()
    {
        await FailsAsync(ErrorCodes.UnknownName, async () => await Catalog.CreateTableAsync(Orders, Creation(), Token));
        await CreateAsync();

        await FailsAsync(ErrorCodes.AlreadyExists, async () => await Catalog.CreateTableAsync(Orders, Creation(), Token));
    }

    [Fact]
    public async Task An_unknown_table_is_null_and_loading_it_suggests_another()
    {
        await CreateAsync();

        Assert.Null(await Catalog.FindTableAsync(TableIdentifier.Parse("shop.nothing"), Token));
        var error = await FailsAsync(ErrorCodes.UnknownName, async () => await Catalog.LoadTableAsync(TableIdentifier.Parse("shop.order"), Token));
        Assert.Contains("shop.order", error.Message);
        Assert.Contains("orders", error.Hint);
    }

    [Fact]
    public async Task A_dropped_table_is_gone_and_can_be_made_anew()
    {
        var first = await CreateAsync();

        await Catalog.DropTableAsync(Orders, DropMode.DeleteFiles, Token);

        Assert.Null(await Catalog.FindTableAsync(Orders, Token));
        Assert.Empty(await Catalog.ListTablesAsync(Orders.Namespace, Token));
        await FailsAsync(ErrorCodes.UnknownName, async () => await Catalog.DropTableAsync(Orders, DropMode.DeleteFiles, Token));
        var second = await Catalog.CreateTableAsync(Orders, Creation(), Token);
        Assert.NotEqual(first.Metadata.TableUuid, second.Metadata.TableUuid);
        await FailsAsync(ErrorCodes.TableCorrupt, async () => await first.RefreshAsync(Token));
    }

    [Fact]
    public async Task A_drop_that_keeps_files_leaves_all_or_is_refused()
    {
        var table = await CreateAsync();
        var before = await FilesOfAsync(table);

        if (Catalog is FileSystemCatalog)
        {
            var error = await FailsAsync(ErrorCodes.Unsupported, async () => await Catalog.DropTableAsync(Orders, DropMode.KeepFiles, Token));
            Assert.Contains("DeleteFiles", error.Hint);
            Assert.NotNull(await Catalog.FindTableAsync(Orders, Token));
        }
        else
        {
            await Catalog.DropTableAsync(Orders, DropMode.KeepFiles, Token);
            Assert.Null(await Catalog.FindTableAsync(Orders, Token));
        }

        Assert.Equal(before, await FilesOfAsync(table));
    }

    [Fact]
    public async Task A_table_that_shares_its_files_is_not_dropped_with_them()
    {
        Assert.SkipWhen(Catalog is Arctic.Iceberg.Catalog.Rest.RestCatalog, "The server decides.");
        var table = await CreateAsync();
        var transaction = table.NewTransaction();
        transaction.UpdateProperties().Set("gc.enabled", "false");
        table = await transaction.CommitAsync(Token);
        var before = await FilesOfAsync(table);

        await FailsAsync(ErrorCodes.InvalidStatement, async () => await Catalog.DropTableAsync(Orders, DropMode.DeleteFiles, Token));

        Assert.NotNull(await Catalog.FindTableAsync(Orders, Token));
        Assert.Equal(before, await FilesOfAsync(table));
    }

    [Fact]
    public async Task A_table_with_another_one_in_its_folder_is_not_dropped()
    {
        Assert.SkipWhen(Catalog is Arctic.Iceberg.Catalog.Rest.RestCatalog, "The server decides.");
        await CreateAsync();
        var inner = TableIdentifier.Parse($"{Orders}.inner");
        await Catalog.CreateNamespaceAsync(inner.Namespace, new Dictionary<string, string>(), Token);
        var within = await Catalog.CreateTableAsync(inner, new TableCreation { Schema = TableFixture.Columns }, Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await Catalog.DropTableAsync(Orders, DropMode.DeleteFiles, Token));

        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Contains(within.Metadata.Location, error.Message, StringComparison.Ordinal);
        Assert.NotNull(await Catalog.FindTableAsync(Orders, Token));
        Assert.NotEmpty(await FilesOfAsync(within));
        await Catalog.DropTableAsync(inner, DropMode.DeleteFiles, Token);
        await Catalog.DropTableAsync(Orders, DropMode.DeleteFiles, Token);
    }

    [Fact]
    public async Task A_table_that_is_known_by_two_names_is_not_dropped_with_its_files()
    {
        Assert.SkipWhen(Catalog is Arctic.Iceberg.Catalog.Rest.RestCatalog, "The server decides.");
        if (Catalog is not ITableNaming naming)
        {
            Assert.Skip("Names are places in this catalog.");
            return;
        }

        var table = await CreateAsync();
        var other = TableIdentifier.Parse("shop.again");
        await naming.RegisterTableAsync(other, table.MetadataLocation, Token);

        await FailsAsync(ErrorCodes.InvalidStatement, async () => await Catalog.DropTableAsync(Orders, DropMode.DeleteFiles, Token));

        Assert.NotEmpty(await FilesOfAsync(table));
        await Catalog.DropTableAsync(Orders, DropMode.KeepFiles, Token);
        await Catalog.DropTableAsync(other, DropMode.DeleteFiles, Token);
        Assert.Empty(await FilesOfAsync(table));
    }

    [Fact]
    public async Task A_table_in_a_remote_store_opens_no_files_of_this_machine()
    {
        var table = await CreateAsync();
        Assert.SkipWhen(ObjectLocation.SchemeOf(table.Metadata.Location) == "file", "The table lies on this machine.");

        await FailsAsync(ErrorCodes.TableCorrupt, async () => await (await Catalog.LoadTableAsync(Orders, Token)).Store.OpenReadAsync("/etc/hostname", Token));
        await FailsAsync(ErrorCodes.TableCorrupt, async () => await table.Store.OpenReadAsync("file:///etc/hostname", Token));
    }

    [Fact]
    public async Task A_drop_that_deletes_files_leaves_none()
    {
        var table = await CreateAsync();
        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(TableFixture.File("f", day: 1));
        table = await transaction.CommitAsync(Token);
        Assert.True((await FilesOfAsync(table)).Count >= 4); // Two versions of the metadata, a manifest and its list.

        await Catalog.DropTableAsync(Orders, DropMode.DeleteFiles, Token);

        Assert.Empty(await FilesOfAsync(table));
    }

    [Fact]
    public async Task A_staged_table_appears_with_its_first_rows()
    {
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var staged = await Catalog.StageTableAsync(Orders, Creation(), Token);
        Assert.True(staged.IsStaged);
        Assert.Null(await Catalog.FindTableAsync(Orders, Token));
        Assert.Empty(await Catalog.ListTablesAsync(Orders.Namespace, Token));

        var transaction = staged.NewTransaction();
        transaction.FastAppend().Add(TableFixture.File("f", day: 1));
        transaction.UpdateProperties().Set("made", "at once");
        var created = await transaction.CommitAsync(Token);

        var loaded = await Catalog.LoadTableAsync(Orders, Token);
        Assert.False(loaded.IsStaged);
        Assert.Equal((staged.Metadata.TableUuid, created.MetadataLocation), (loaded.Metadata.TableUuid, loaded.MetadataLocation));
        Assert.Equal((staged.Metadata.Location, 2), (loaded.Metadata.Location, loaded.Metadata.FormatVersion));
        Assert.True(loaded.Metadata.CurrentSchema.SameAs(TableFixture.Columns));
        Assert.True(loaded.Metadata.DefaultSpec.IsCompatibleWith(TableFixture.ByDay));
        Assert.Equal(("bar", "at once"), (loaded.Metadata.Properties["foo"], loaded.Metadata.Properties["made"]));
        Assert.Equal((1, 1, 1), (loaded.Metadata.Schemas.Count, loaded.Metadata.PartitionSpecs.Count, loaded.Metadata.Snapshots.Count));
        Assert.Empty(loaded.Metadata.MetadataLog);
        Assert.Equal(["f"], TableFixture.NamesOf(await TableFixture.EntriesAsync(loaded)));
    }

    [Fact]
    public async Task A_staged_table_that_another_writer_created_first_is_refused()
    {
        await FailsAsync(ErrorCodes.UnknownName, async () => await Catalog.StageTableAsync(Orders, Creation(), Token));
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var staged = await Catalog.StageTableAsync(Orders, Creation(), Token);
        var other = await Catalog.CreateTableAsync(Orders, Creation(), Token);
        var transaction = staged.NewTransaction();
        transaction.FastAppend().Add(TableFixture.File("f", day: 1));

        await FailsAsync(ErrorCodes.AlreadyExists, async () => await transaction.CommitAsync(Token));

        Assert.Equal(other.MetadataLocation, (await Catalog.LoadTableAsync(Orders, Token)).MetadataLocation);
        await FailsAsync(ErrorCodes.AlreadyExists, async () => await Catalog.StageTableAsync(Orders, Creation(), Token));
    }

    [Fact]
    public async Task A_staged_table_that_is_never_committed_leaves_the_name_free()
    {
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        await Catalog.StageTableAsync(Orders, Creation(), Token);

        var created = await Catalog.CreateTableAsync(Orders, Creation(), Token);

        Assert.Equal(created.Metadata.TableUuid, (await Catalog.LoadTableAsync(Orders, Token)).Metadata.TableUuid);
    }

    [Fact]
    public async Task A_renamed_table_is_the_same_under_its_new_name()
    {
        Assert.SkipUnless(Catalog is ITableNaming, "Names are places in this catalog.");
        var naming = (ITableNaming)Catalog;
        var table = await CreateAsync();
        var archive = new Namespace("archive");
        await Catalog.CreateNamespaceAsync(archive, new Dictionary<string, string>(), Token);
        var renamed = new TableIdentifier(archive, "old orders");

        await naming.RenameTableAsync(Orders, renamed, Token);

        Assert.Null(await Catalog.FindTableAsync(Orders, Token));
        var loaded = await Catalog.LoadTableAsync(renamed, Token);
        Assert.Equal((table.Metadata.TableUuid, table.MetadataLocation), (loaded.Metadata.TableUuid, loaded.MetadataLocation));
        var other = await Catalog.CreateTableAsync(Orders, Creation() with { Location = table.Metadata.Location + "-new" }, Token);
        await FailsAsync(ErrorCodes.AlreadyExists, async () => await naming.RenameTableAsync(Orders, renamed, Token));
        await FailsAsync(ErrorCodes.UnknownName, async () => await naming.RenameTableAsync(TableIdentifier.Parse("shop.nothing"), TableIdentifier.Parse("shop.x"), Token));
        await FailsAsync(ErrorCodes.UnknownName, async () => await naming.RenameTableAsync(Orders, TableIdentifier.Parse("nowhere.orders"), Token));
        Assert.Equal(other.Metadata.TableUuid, (await Catalog.LoadTableAsync(Orders, Token)).Metadata.TableUuid);
    }

    [Fact]
    public async Task A_registered_table_goes_on_from_its_metadata_file()
    {
        Assert.SkipUnless(Catalog is ITableNaming, "Names are places in this catalog.");
        var naming = (ITableNaming)Catalog;
        var table = await CreateAsync();
        await Catalog.DropTableAsync(Orders, DropMode.KeepFiles, Token);
        var again = TableIdentifier.Parse("shop.again");

        var registered = await naming.RegisterTableAsync(again, table.MetadataLocation, Token);

        Assert.Equal((table.Metadata.TableUuid, table.MetadataLocation), (registered.Metadata.TableUuid, registered.MetadataLocation));
        var transaction = registered.NewTransaction();
        transaction.UpdateProperties().Set("a", "1");
        await transaction.CommitAsync(Token);
        Assert.Equal("1", (await Catalog.LoadTableAsync(again, Token)).Metadata.Properties["a"]);
        await FailsAsync(ErrorCodes.AlreadyExists, async () => await naming.RegisterTableAsync(again, table.MetadataLocation, Token));
        await FailsAsync(ErrorCodes.UnknownName, async () => await naming.RegisterTableAsync(TableIdentifier.Parse("nowhere.again"), table.MetadataLocation, Token));
    }

    [Fact]
    public async Task Several_tables_are_committed_to_at_once_or_not_at_all()
    {
        Assert.SkipUnless(Catalog is IMultiTableCatalog, "This catalog commits to one table at a time.");
        var multi = (IMultiTableCatalog)Catalog;
        var orders = await CreateAsync();
        var items = TableIdentifier.Parse("shop.items");
        await Catalog.CreateTableAsync(items, Creation(), Token);
        TableUpdate Set(string value) => new TableUpdate.SetProperties(new Dictionary<string, string> { ["both"] = value });

        await multi.CommitAllAsync([new TableCommit(Orders, [new TableRequirement.AssertTableUuid(orders.Metadata.TableUuid)], [Set("1")]), new TableCommit(items, [], [Set("1")])], Token);
        await Assert.ThrowsAsync<CommitConflictException>(async () =>
            await multi.CommitAllAsync([new TableCommit(Orders, [], [Set("2")]), new TableCommit(items, [new TableRequirement.AssertTableUuid(orders.Metadata.TableUuid)], [Set("2")])], Token));

        Assert.Equal("1", (await Catalog.LoadTableAsync(Orders, Token)).Metadata.Properties["both"]);
        Assert.Equal("1", (await Catalog.LoadTableAsync(items, Token)).Metadata.Properties["both"]);
    }

    [Fact]
    public async Task Writers_append_at_the_same_time_and_no_file_is_lost()
    {
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var patient = new Dictionary<string, string> { ["commit.retry.num-retries"] = "1000", ["commit.retry.min-wait-ms"] = "1", ["commit.retry.max-wait-ms"] = "20" };
        await Catalog.CreateTableAsync(Orders, Creation() with { Properties = patient }, Token);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                var transaction = (await Catalog.LoadTableAsync(Orders, Token)).NewTransaction();
                transaction.FastAppend().Add(TableFixture.File($"w{w}-{i}", day: w));
                await transaction.CommitAsync(Token);
            }
        })));

        var table = await Catalog.LoadTableAsync(Orders, Token);
        var names = TableFixture.NamesOf(await TableFixture.EntriesAsync(table)).ToList();
        Assert.Equal(from w in Enumerable.Range(0, 4) from i in Enumerable.Range(0, 5) select $"w{w}-{i}", names);
        Assert.Equal((20, 20), (table.Metadata.Snapshots.Count, table.Metadata.LastSequenceNumber));
    }

    [Fact]
    public async Task Of_two_snapshots_on_one_base_one_wins()
    {
        var table = await CreateAsync();
        for (var round = 0; round < 5; round++)
        {
            var bases = await Catalog.LoadTableAsync(Orders, Token);
            var sequence = bases.Metadata.LastSequenceNumber + 1;
            var tries = Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
            {
                var snapshot = new Snapshot { SnapshotId = (round * 10) + i + 1, SequenceNumber = sequence, ParentSnapshotId = bases.Metadata.CurrentSnapshotId, TimestampMs = bases.Metadata.LastUpdatedMs, ManifestList = "memory:///none", Summary = new Dictionary<string, string> { ["operation"] = "append" } };
                var commit = CommitOf(new TableUpdate.AddSnapshot(snapshot), new TableUpdate.SetSnapshotRef("main", new SnapshotRef(snapshot.SnapshotId, SnapshotRefType.Branch)));
                try
                {
                    await Catalog.CommitAsync(commit with { BaseMetadataLocation = bases.MetadataLocation, BaseMetadata = bases.Metadata }, Token);
                    return snapshot.SnapshotId;
                }
                catch (CommitConflictException)
                {
                    return -1;
                }
            }));

            var winner = Assert.Single(await Task.WhenAll(tries), id => id > 0);

            Assert.Equal(winner, (await Catalog.LoadTableAsync(Orders, Token)).Metadata.CurrentSnapshotId);
        }
    }

    [Fact]
    public async Task A_validated_change_of_properties_is_seen_by_every_writer()
    {
        var table = await CreateAsync();
        var late = table.NewTransaction().ValidateEachAttempt(m =>
        {
            if (m.Properties.ContainsKey("fence"))
            {
                throw new ArcticException(ErrorCodes.JobFenced, "fenced");
            }
        });
        late.FastAppend().Add(TableFixture.File("late", day: 1));
        var before = await Catalog.LoadTableAsync(Orders, Token);

        var fence = table.NewTransaction().ValidateEachAttempt(_ => { });
        fence.UpdateProperties().Set("fence", "up");
        await fence.CommitAsync(Token);

        // Whoever still stands on the table before the fence cannot commit to it.
        var stale = CommitOf(new TableUpdate.SetProperties(new Dictionary<string, string> { ["stale"] = "1" })) with { BaseMetadataLocation = before.MetadataLocation, BaseMetadata = before.Metadata };
        await Assert.ThrowsAsync<CommitConflictException>(async () => await Catalog.CommitAsync(stale, Token));
        await FailsAsync(ErrorCodes.JobFenced, async () => await late.CommitAsync(Token));
    }

    [Fact]
    public async Task A_commit_applies_its_updates_and_logs_the_metadata_before()
    {
        var table = await CreateAsync();

        var committed = await Catalog.CommitAsync(CommitOf(new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" }), new TableUpdate.RemoveProperties(["foo"])), Token);

        var loaded = await Catalog.LoadTableAsync(Orders, Token);
        Assert.Equal(committed.MetadataLocation, loaded.MetadataLocation);
        Assert.NotEqual(table.MetadataLocation, loaded.MetadataLocation);
        Assert.Equal("1", loaded.Metadata.Properties["a"]);
        Assert.False(loaded.Metadata.Properties.ContainsKey("foo"));
        Assert.Equal(table.MetadataLocation, Assert.Single(loaded.Metadata.MetadataLog).MetadataFile);
    }

    [Fact]
    public async Task A_requirement_that_does_not_hold_is_a_conflict_and_changes_nothing()
    {
        var table = await CreateAsync();
        var update = new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" });
        TableRequirement[] violated =
        [
            new TableRequirement.AssertCreate(), new TableRequirement.AssertTableUuid(Guid.Empty), new TableRequirement.AssertRefSnapshotId("main", 5),
            new TableRequirement.AssertLastAssignedFieldId(99), new TableRequirement.AssertCurrentSchemaId(1), new TableRequirement.AssertLastAssignedPartitionId(999),
            new TableRequirement.AssertDefaultSpecId(1), new TableRequirement.AssertDefaultSortOrderId(1),
        ];

        foreach (var requirement in violated)
        {
            var error = await Assert.ThrowsAsync<CommitConflictException>(async () => await Catalog.CommitAsync(new TableCommit(Orders, [requirement], [update]), Token));
            Assert.Equal(ErrorCodes.CommitConflict, error.Code);
        }

        Assert.Equal(table.MetadataLocation, (await Catalog.LoadTableAsync(Orders, Token)).MetadataLocation);
        await Catalog.CommitAsync(
            new TableCommit(
                Orders,
                [
                    new TableRequirement.AssertTableUuid(table.Metadata.TableUuid), new TableRequirement.AssertRefSnapshotId("main", null), new TableRequirement.AssertLastAssignedFieldId(3),
                    new TableRequirement.AssertCurrentSchemaId(0), new TableRequirement.AssertLastAssignedPartitionId(1000), new TableRequirement.AssertDefaultSpecId(0),
                    new TableRequirement.AssertDefaultSortOrderId(0),
                ],
                [update]),
            Token);
    }

    [Fact]
    public async Task A_commit_on_another_base_than_the_current_is_a_conflict()
    {
        var table = await CreateAsync();
        await Catalog.CommitAsync(CommitOf(new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" })), Token);

        var late = CommitOf(new TableUpdate.SetProperties(new Dictionary<string, string> { ["b"] = "1" })) with { BaseMetadataLocation = table.MetadataLocation };

        await Assert.ThrowsAsync<CommitConflictException>(async () => await Catalog.CommitAsync(late, Token));
    }

    [Fact]
    public async Task Of_two_commits_on_one_base_one_wins()
    {
        Assert.SkipUnless(Catalog.PinsCommitBase, "The base counts only as far as requirements can tell.");
        for (var round = 0; round < 20; round++)
        {
            var table = round == 0 ? await CreateAsync() : await Catalog.LoadTableAsync(Orders, Token);
            var tries = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                try
                {
                    await Catalog.CommitAsync(
                        CommitOf(new TableUpdate.SetProperties(new Dictionary<string, string> { ["winner"] = $"{round}/{i}" })) with { BaseMetadataLocation = table.MetadataLocation }, Token);
                    return i;
                }
                catch (CommitConflictException)
                {
                    return -1;
                }
            }));

            var winner = Assert.Single(await Task.WhenAll(tries), i => i >= 0);

            Assert.Equal($"{round}/{winner}", (await Catalog.LoadTableAsync(Orders, Token)).Metadata.Properties["winner"]);
        }
    }

    [Fact]
    public async Task Schemas_specs_and_orders_are_added_reused_and_made_current()
    {
        await CreateAsync();
        var wider = new Schema(0, [.. TableFixture.Columns.Fields, new NestedField(4, "extra", IcebergTypes.Int, false)]);
        var spec = new PartitionSpec(0, [new PartitionField(1, 1001, "id_bucket", new Transform.Bucket(8))]);
        var order = new SortOrder(0, [new SortField([1], new Transform.Identity(), SortDirection.Ascending, NullOrder.NullsFirst)]);

        var table = await Catalog.CommitAsync(
            CommitOf(
                new TableUpdate.AddSchema(wider), new TableUpdate.SetCurrentSchema(TableUpdate.LastAdded), new TableUpdate.AddSpec(spec), new TableUpdate.SetDefaultSpec(TableUpdate.LastAdded),
                new TableUpdate.AddSortOrder(order), new TableUpdate.SetDefaultSortOrder(TableUpdate.LastAdded)),
            Token);
        var again = await Catalog.CommitAsync(CommitOf(new TableUpdate.AddSchema(TableFixture.Columns), new TableUpdate.SetCurrentSchema(TableUpdate.LastAdded)), Token);

        Assert.Equal((1, 1, 1), (table.Metadata.CurrentSchemaId, table.Metadata.DefaultSpecId, table.Metadata.DefaultSortOrderId));
        Assert.Equal((4, 1001), (table.Metadata.LastColumnId, table.Metadata.LastPartitionId));
        Assert.Equal((0, 2, 4), (again.Metadata.CurrentSchemaId, again.Metadata.Schemas.Count, again.Metadata.LastColumnId));
        await FailsAsync(ErrorCodes.InvalidStatement, async () => await Catalog.CommitAsync(CommitOf(new TableUpdate.SetCurrentSchema(17)), Token));
    }

    private static TableCreation Creation() => new()
    {
        Schema = TableFixture.Columns,
        PartitionSpec = TableFixture.ByDay,
        Properties = new Dictionary<string, string> { ["foo"] = "bar", ["format-version"] = "2" },
    };

    private static TableCommit CommitOf(params TableUpdate[] updates) => new(Orders, [], updates.ToEquatableList());

    private async Task<Arctic.Iceberg.IcebergTable> CreateAsync()
    {
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        return await Catalog.CreateTableAsync(Orders, Creation(), Token);
    }

    private static async Task<List<string>> FilesOfAsync(Arctic.Iceberg.IcebergTable table)
    {
        var found = new List<string>();
        await foreach (var file in table.Store.ListAsync(table.Metadata.Location, Token))
        {
            found.Add(file.Location);
        }

        return found;
    }

    private static async Task<ArcticException> FailsAsync(ErrorCode code, Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<ArcticException>(act);
        Assert.Equal(code, error.Code);
        return error;
    }
}
