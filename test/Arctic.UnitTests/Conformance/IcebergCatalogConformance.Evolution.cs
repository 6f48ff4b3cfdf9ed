using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Transactions;
using Arctic.UnitTests.Iceberg;

namespace Arctic.UnitTests.Conformance;

/// <content>How tables change: every catalog carries every change, whole.</content>
public abstract partial class IcebergCatalogConformance
{
    [Fact]
    public async Task A_table_evolves_in_every_respect_at_once()
    {
        var table = await CreateAsync();
        var transaction = table.NewTransaction();
        transaction.UpgradeFormatVersion(3);
        transaction.UpdateSchema()
            .AddColumn(new NewColumn { Name = "price", Type = new IcebergType.Decimal(9, 2), IsRequired = true, Default = 1.5m, Doc = "In euros" })
            .AddColumn("address", new IcebergType.Struct([new NestedField(0, "city", IcebergTypes.String, false)]))
            .RenameColumn("name", "title").MoveFirst("day").SetIdentifierFields("id");
        transaction.UpdatePartitionSpec().AddField("id", new Transform.Bucket(8)).RenameField("day", "the_day");
        transaction.ReplaceSortOrder().Ascending("title").Descending("id");
        transaction.UpdateProperties().Set("a", "b").Remove("foo");

        var committed = await transaction.CommitAsync(Token);

        var metadata = (await Catalog.LoadTableAsync(Orders, Token)).Metadata;
        Assert.Equal(committed.MetadataLocation, (await Catalog.LoadTableAsync(Orders, Token)).MetadataLocation);
        Assert.Equal((3, 1, 1, 1), (metadata.FormatVersion, metadata.CurrentSchemaId, metadata.DefaultSpecId, metadata.DefaultSortOrderId));
        Assert.Equal(["day", "id", "title", "price", "address"], metadata.CurrentSchema.Fields.Select(f => f.Name));
        Assert.Equal([3, 1, 2, 4, 5], metadata.CurrentSchema.Fields.Select(f => f.Id));
        Assert.Equal(
            new NestedField(4, "price", new IcebergType.Decimal(9, 2), true) { Doc = "In euros", InitialDefault = (Int128)150, WriteDefault = (Int128)150 }, metadata.CurrentSchema.FindField("price"));
        Assert.Equal(([1], 6), (metadata.CurrentSchema.IdentifierFieldIds, metadata.LastColumnId));
        Assert.Equal(["the_day", "id_bucket_8"], metadata.DefaultSpec.Fields.Select(f => f.Name));
        Assert.Equal([1000, 1001], metadata.DefaultSpec.Fields.Select(f => f.FieldId));
        Assert.Equal([2, 1], metadata.DefaultSortOrder.Fields.Select(f => f.SourceId));
        Assert.Equal("b", metadata.Properties["a"]);
        Assert.False(metadata.Properties.ContainsKey("foo"));
        Assert.True(metadata.FindSchema(0)!.SameAs(TableFixture.Columns));
    }

    [Fact]
    public async Task Of_two_changes_of_the_schema_one_is_refused()
    {
        var table = await CreateAsync();
        var changes = Enumerable.Range(0, 4).Select(i =>
        {
            var transaction = table.NewTransaction();
            transaction.UpdateSchema().AddColumn($"c{i}", IcebergTypes.Int);
            return Task.Run(async () =>
            {
                try
                {
                    await transaction.CommitAsync(Token);
                    return i;
                }
                catch (CommitConflictException)
                {
                    return -1;
                }
            });
        });

        var winner = Assert.Single(await Task.WhenAll(changes), i => i >= 0);

        var schema = (await Catalog.LoadTableAsync(Orders, Token)).Metadata.CurrentSchema;
        Assert.Equal(["id", "name", "day", $"c{winner}"], schema.Fields.Select(f => f.Name));
    }

    [Fact]
    public async Task Branches_tags_and_staged_snapshots_live_beside_main()
    {
        var table = await CreateAsync();
        table = await AppendAsync(table, "a", t => t);
        var first = table.Metadata.CurrentSnapshotId!.Value;
        table = await AppendAsync(table, "b", t => t.ToBranch("dev"));
        table = await AppendAsync(table, "c", t => t.Stage("audit"));
        var staged = table.Metadata.Snapshots[^1].SnapshotId;
        var tag = table.NewTransaction();
        tag.ManageSnapshots().CreateTag("v1").SetMaxRefAge("v1", TimeSpan.FromDays(3)).SetMinSnapshotsToKeep("dev", 2).SetMaxSnapshotAge("dev", TimeSpan.FromHours(1));
        await tag.CommitAsync(Token);

        table = await Catalog.LoadTableAsync(Orders, Token);
        Assert.Equal(["a"], TableFixture.NamesOf(await TableFixture.EntriesAsync(table)));
        Assert.Equal(["a", "b"], TableFixture.NamesOf(await TableFixture.EntriesAsync(table, "dev")));
        Assert.Equal(new SnapshotRef(first, SnapshotRefType.Tag) { MaxRefAgeMs = 259_200_000 }, table.Metadata.Refs["v1"]);
        Assert.Equal((2, 3_600_000L), (table.Metadata.Refs["dev"].MinSnapshotsToKeep, table.Metadata.Refs["dev"].MaxSnapshotAgeMs));

        var publish = table.NewTransaction();
        publish.CherryPick(staged);
        table = await publish.CommitAsync(Token);
        Assert.Equal(["a", "c"], TableFixture.NamesOf(await TableFixture.EntriesAsync(table)));

        var back = table.NewTransaction();
        back.ManageSnapshots().RollbackTo(first).RemoveBranch("dev").RemoveTag("v1");
        await back.CommitAsync(Token);
        table = await Catalog.LoadTableAsync(Orders, Token);
        Assert.Equal(["a"], TableFixture.NamesOf(await TableFixture.EntriesAsync(table)));
        Assert.Equal(["main"], table.Metadata.Refs.Keys);
        Assert.Equal(first, table.Metadata.SnapshotLog[^1].SnapshotId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Tables_of_every_version_are_appended_to(int version)
    {
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var table = await Catalog.CreateTableAsync(Orders, Creation() with { Properties = new Dictionary<string, string> { ["format-version"] = $"{version}" } }, Token);
        table = await AppendAsync(table, "a", t => t);
        await AppendAsync(table, "b", t => t);

        table = await Catalog.LoadTableAsync(Orders, Token);

        Assert.Equal(version, table.Metadata.FormatVersion);
        Assert.Equal(["a", "b"], TableFixture.NamesOf(await TableFixture.EntriesAsync(table)));
        Assert.Equal(version == 1 ? 0 : 2, table.Metadata.LastSequenceNumber);
        Assert.Equal(version == 3 ? 20 : 0, table.Metadata.NextRowId);
        Assert.Equal(version == 3 ? (0L, 10L) : (null, null), (table.Metadata.Snapshots[0].FirstRowId, table.Metadata.Snapshots[0].AddedRows));
    }

    [Fact]
    public async Task The_log_of_old_metadata_is_as_long_as_the_table_asks_for()
    {
        var table = await CreateAsync();
        for (var i = 0; i < 6; i++)
        {
            var transaction = table.NewTransaction();
            transaction.UpdateProperties().Set("write.metadata.previous-versions-max", "3").Set("i", $"{i}");
            table = await transaction.CommitAsync(Token);
        }

        Assert.Equal(3, (await Catalog.LoadTableAsync(Orders, Token)).Metadata.MetadataLog.Count);
    }

    private static async Task<IcebergTable> AppendAsync(IcebergTable table, string file, Func<Transaction, Transaction> where)
    {
        var transaction = where(table.NewTransaction());
        transaction.Append().Add(TableFixture.File(file, day: 1));
        return await transaction.CommitAsync(Token);
    }
}
