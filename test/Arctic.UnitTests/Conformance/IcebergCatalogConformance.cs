using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.UnitTests.Iceberg;

namespace Arctic.UnitTests.Conformance;

/// <summary>What every Iceberg catalog promises; each implementation inherits it.</summary>
public abstract class IcebergCatalogConformance
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

    private static async Task<ArcticException> FailsAsync(ErrorCode code, Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<ArcticException>(act);
        Assert.Equal(code, error.Code);
        return error;
    }
}
