using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using static Arctic.UnitTests.Iceberg.TableFixture;

namespace Arctic.UnitTests.Iceberg.Writing;

/// <summary>Rows added, replaced and deleted by key.</summary>
public sealed class RowDeltaWriterTests : IAsyncLifetime
{
    private static readonly string[] KeyNames = ["id", "region"];
    private static readonly RowDeltaOptions Key = new() { Keys = KeyNames };
    private readonly IcebergCatalog _catalog = IcebergCatalog.OpenMemory(new IcebergCatalogOptions { Random = new Random(5) });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _catalog.DisposeAsync();

    public static TheoryData<string, int> Layouts()
    {
        var data = new TheoryData<string, int>();
        foreach (var layout in new[] { "none", "key", "bucket", "other", "evolved", "dropped" })
        {
            data.Add(layout, 2);
            data.Add(layout, 3);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task Random_changes_by_key_leave_what_a_list_of_rows_would(string layout, int version)
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var random = new Random((seed * 31) + version);
            var table = await CreateAsync($"db.{layout}{version}_{seed}", layout, version);
            var model = new List<Item>();
            var serial = 0;
            for (var commit = 0; commit < 6; commit++)
            {
                if (commit == 3)
                {
                    table = await EvolveAsync(table, layout);
                }

                await using var writer = table.NewRowDeltaWriter(Key);
                for (var call = random.Next(1, 7); call > 0; call--)
                {
                    var items = Enumerable.Range(0, random.Next(1, 6)).Select(_ => RandomItem(random, ref serial)).ToList();
                    await ChangeAsync(writer, random.Next(4), items, model);
                }

                await writer.CommitAsync(Token);
                var found = await ReadAsync(table);
                Assert.True(model.Order(Item.Order).SequenceEqual(found.Order(Item.Order)), $"seed {seed}, commit {commit}: {string.Join(", ", found)}; expected {string.Join(", ", model)}");
            }

            Assert.Equal(layout switch { "dropped" => 3, "evolved" or "other" => 2, _ => 1 }, table.Metadata.PartitionSpecs.Count);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Changes_of_many_partitions_in_turn_make_few_files_and_what_a_list_of_rows_would(int version)
    {
        const int RegionCount = 90;
        var random = new Random(version);
        var table = await CreateAsync("db.many", "key", version);
        var model = new List<Item>();
        var serial = 0;
        for (var commit = 0; commit < 3; commit++)
        {
            await using var writer = table.NewRowDeltaWriter(Key);
            for (var call = 0; call < 30; call++)
            {
                var items = Enumerable.Range(0, random.Next(1, 200)).Select(_ => RandomItem(random, ref serial) with { Region = $"r{random.Next(RegionCount)}" }).ToList();
                await ChangeAsync(writer, random.Next(4), items, model);
            }

            var files = await writer.CompleteAsync(Token);
            var transaction = table.NewTransaction();
            transaction.RowDelta().Add(files);
            table = await transaction.CommitAsync(Token);

            // What came before the partitions were found to be many, and one file a partition of the rest.
            Assert.InRange(files.Rows.Count, 1, 4 * RegionCount);
            Assert.InRange(files.Deletes.Count(f => f.Content == FileContent.EqualityDeletes), 1, 4 * RegionCount);
            var found = await ReadAsync(table);
            Assert.True(model.Order(Item.Order).SequenceEqual(found.Order(Item.Order)), $"commit {commit}: {found.Count} rows, expected {model.Count}");
        }
    }

    [Fact]
    public async Task Rows_that_are_superseded_while_they_wait_are_not_written()
    {
        var table = await CreateAsync("db.t", "key", 2);
        await using var writer = table.NewRowDeltaWriter(Key);
        await writer.AddAsync(Enumerable.Range(0, 80).Select(i => new Item(1, $"r{i}", "p", i)), Token);

        await writer.UpsertAsync(Enumerable.Range(0, 80).Select(i => new Item(2, $"r{i}", "p", 100 + i)), Token);
        await writer.UpsertAsync(Enumerable.Range(0, 80).Select(i => new Item(2, $"r{i}", "p", 200 + i)), Token);
        var files = await writer.CompleteAsync(Token);

        Assert.Equal(160, files.Rows.Sum(f => f.RecordCount));
        Assert.DoesNotContain(files.Deletes, f => f.Content == FileContent.PositionDeletes);
    }

    [Fact]
    public async Task Arrow_batches_add_replace_and_delete()
    {
        var from = await CreateAsync("db.from", "none", 2);
        var rows = Enumerable.Range(1, 5).Select(i => new Item(i, "x", $"v{i}", i)).ToArray();
        await from.AppendAsync(rows, Token);
        var table = await CreateAsync("db.t", "none", 2);
        await table.AppendAsync([new Item(1, "x", "old", 11), new Item(2, "x", "old", 12), new Item(9, "x", "old", 19)], Token);
        var all = await from.NewScan().ReadArrowAsync(Token).ToListAsync(Token);
        var one = await from.NewScan().Where(Filter.Column("id") == 1).ReadArrowAsync(Token).SingleAsync(Token);

        await table.UpsertAsync(one, KeyNames, Token);
        Assert.Equal([1, 12, 19], (await ReadAsync(table)).Select(r => r.Serial).Order());
        await table.DeleteKeysAsync(one, KeyNames, Token);
        Assert.Equal([12, 19], (await ReadAsync(table)).Select(r => r.Serial).Order());
        using (var stream = new ArrowBatches(all))
        {
            await table.UpsertAsync(stream, KeyNames, Token);
        }

        Assert.Equal([1, 2, 3, 4, 5, 19], (await ReadAsync(table)).Select(r => r.Serial).Order());
        await using var writer = table.NewRowDeltaWriter(Key);
        await writer.DeleteAsync(one, Token);
        await writer.AddAsync(one, Token);
        await writer.AddAsync(one, Token);
        await writer.CommitAsync(Token);
        Assert.Equal([1, 1, 2, 3, 4, 5, 19], (await ReadAsync(table)).Select(r => r.Serial).Order());
    }

    [Fact]
    public async Task Deletes_lie_in_the_partition_of_the_key_and_global_ones_under_a_spec_of_their_own()
    {
        var byKey = await CreateAsync("db.a", "key", 2);
        var byOther = await CreateAsync("db.b", "other", 2);
        foreach (var table in new[] { byKey, byOther })
        {
            await table.AppendAsync([new Item(1, "x", "p", 0), new Item(2, "x", "q", 1), new Item(1, "y", "p", 2)], Token);
            await table.UpsertAsync([new Item(1, "x", "r", 3)], KeyNames, Token);
            Assert.Equal([1, 2, 3], (await ReadAsync(table)).Select(i => i.Serial).Order());
        }

        var inPartition = Assert.Single(await DeletesAsync(byKey));
        Assert.Equal(("x", byKey.Metadata.DefaultSpecId), (inPartition.Partition[0], inPartition.SpecId));
        var global = Assert.Single(await DeletesAsync(byOther));
        Assert.Equal(0, global.Partition.Count);
        Assert.NotEqual(byOther.Metadata.DefaultSpecId, global.SpecId);
        Assert.Equal(0, byOther.Metadata.DefaultSpecId);
    }

    [Fact]
    public async Task A_key_that_comes_again_in_one_commit_is_deleted_once_by_value_and_by_position()
    {
        var table = await CreateAsync("db.t", "none", 2);
        await table.AppendAsync([new Item(1, "x", "old", 0)], Token);
        await using var writer = table.NewRowDeltaWriter(Key);
        await writer.UpsertAsync([new Item(1, "x", "a", 1), new Item(2, "x", "a", 2)], Token);
        await writer.UpsertAsync([new Item(1, "x", "b", 3)], Token);

        var snapshot = await writer.CommitAsync(Token);

        Assert.Equal([2, 3], (await ReadAsync(table)).Select(i => i.Serial).Order());
        Assert.Equal(("2", "1", "overwrite"), (snapshot!.Summary["added-equality-deletes"], snapshot.Summary["added-position-deletes"], snapshot.Operation));
        Assert.Equal((3, 2), (writer.RowCount, writer.DeletedKeyCount));
    }

    [Fact]
    public async Task Rows_that_were_all_superseded_leave_no_file()
    {
        var table = await CreateAsync("db.t", "none", 3);
        await using var writer = table.NewRowDeltaWriter(Key);
        await writer.AddAsync([new Item(1, "x", "a", 1), new Item(1, "x", "b", 2)], Token);
        await writer.DeleteAsync([new { Id = (int?)1, Region = "x" }], Token);

        var files = await writer.CompleteAsync(Token);

        Assert.Empty(files.Rows);
        Assert.Equal(FileContent.EqualityDeletes, Assert.Single(files.Deletes).Content);
        Assert.Null(await table.UpsertAsync(Array.Empty<Item>(), KeyNames, Token));
    }

    [Fact]
    public async Task Rows_that_a_selection_leaves_out_are_not_looked_at()
    {
        var table = await CreateAsync("db.t", "none", 2);
        using var rows = TestRows.Batch(table.Metadata.CurrentSchema.ToRowSchema(), [[1, "x", "a", 1], [2, "x", "b", 2]], [RowKind.Delete, RowKind.Insert]);
        using var batch = rows.WithSelection(new[] { 1 });
        await using var writer = table.NewRowDeltaWriter(Key);

        await writer.AddAsync(batch, Token);
        await writer.CommitAsync(Token);

        Assert.Equal([2], (await ReadAsync(table)).Select(i => i.Serial));
        await using var another = table.NewRowDeltaWriter(Key);
        Assert.Equal(ErrorCodes.InvalidStatement, (await Assert.ThrowsAsync<ArcticException>(async () => await another.AddAsync(rows, Token))).Code);
    }

    [Fact]
    public async Task A_batch_of_changes_keeps_the_last_of_each_key_and_may_have_narrower_types()
    {
        var table = await _catalog.CreateTableAsync("db.t", new TableCreation { Schema = Columns }.IdentifiedBy("id"), Token);
        var schema = new RowSchema([new Field("name", DataTypes.String), new Field("id", DataTypes.Int)]);
        RowKind[] kinds = [RowKind.Insert, RowKind.Insert, RowKind.UpdateBefore, RowKind.UpdateAfter, RowKind.Insert, RowKind.Delete];
        using var batch = new ChangeBatch(schema, [Texts("a", "b", "a", "a2", "c", "c"), Ints(1, 2, 1, 1, 3, 3)], 6, kinds);
        await table.AppendAsync([new { Id = 3L, Name = "old" }, new { Id = 4L, Name = "stays" }], Token);

        await table.UpsertAsync(batch, cancellationToken: Token);

        var found = await table.ReadAsync<Named>(Token).OrderBy(n => n.Id).ToListAsync(Token);
        Assert.Equal([new Named(1, "a2"), new Named(2, "b"), new Named(4, "stays")], found);
    }

    [Fact]
    public async Task Members_of_structs_are_keys_too_and_renamed_columns_stay_the_same()
    {
        var table = await _catalog.CreateTableAsync<Housed>("db.t", Token);
        await table.AppendAsync([new Housed(1, new Home("Bern", 1)), new Housed(2, new Home("Bern", 2)), new Housed(3, null)], Token);
        await table.UpsertAsync([new Housed(4, new Home("Bern", 2))], ["home.city", "home.street"], Token);
        var renaming = table.NewTransaction();
        renaming.UpdateSchema().RenameColumn("home.city", "town");
        table = await renaming.CommitAsync(Token);

        await table.DeleteKeysAsync([new { Home = (Town?)new Town("Bern", 1) }, new { Home = (Town?)null }], ["home.town", "home.street"], Token);

        Assert.Equal([4L], await table.ReadAsync<Numbered>(Token).Select(n => n.Id).ToListAsync(Token));
    }

    [Fact]
    public async Task A_writer_that_is_older_than_new_data_of_changed_partitions_is_refused()
    {
        var table = await CreateAsync("db.t", "key", 2);
        await table.AppendAsync([new Item(1, "x", "a", 0)], Token);
        await using var writer = table.NewRowDeltaWriter(Key);
        await writer.UpsertAsync([new Item(1, "x", "b", 1)], Token);
        var other = await EvolveAsync(await _catalog.LoadTableAsync("db.t", Token), "evolved");
        await other.AppendAsync([new Item(1, "x", "c", 2)], Token);

        var error = await Assert.ThrowsAsync<CommitConflictException>(() => writer.CommitAsync(Token).AsTask());

        Assert.Contains("partition spec 1", error.Message, StringComparison.Ordinal);
        await table.RefreshAsync(Token);
        await table.UpsertAsync([new Item(1, "x", "b", 3)], KeyNames, Token);
        Assert.Equal([3], (await ReadAsync(table)).Select(i => i.Serial));
    }

    [Fact]
    public async Task Writers_of_the_same_keys_do_not_conflict_and_the_later_commit_stays()
    {
        var table = await CreateAsync("db.t", "bucket", 3);
        await using var first = table.NewRowDeltaWriter(Key);
        await using var second = (await _catalog.LoadTableAsync("db.t", Token)).NewRowDeltaWriter(Key);
        await first.UpsertAsync([new Item(1, "x", "first", 1), new Item(2, "x", "first", 2)], Token);
        await second.UpsertAsync([new Item(1, "x", "second", 3)], Token);

        await second.CommitAsync(Token);
        await first.CommitAsync(Token);

        Assert.Equal([1, 2], (await ReadAsync(table)).Select(i => i.Serial).Order());
    }

    [Fact]
    public async Task What_cannot_be_a_key_is_refused()
    {
        var bare = await _catalog.CreateTableAsync("db.bare", new TableCreation { Schema = new Schema(0, [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "d", IcebergTypes.Double, false)]) }, Token);
        var old = await CreateAsync("db.old", "none", 1);

        Fails(ErrorCodes.InvalidStatement, "no identifier fields", () => bare.NewRowDeltaWriter(null));
        Fails(ErrorCodes.InvalidStatement, "'d' (double) cannot be told equal", () => bare.NewRowDeltaWriter(new RowDeltaOptions { Keys = ["d"] }));
        Fails(ErrorCodes.UnknownName, "no column 'ident'", () => bare.NewRowDeltaWriter(new RowDeltaOptions { Keys = ["ident"] }));
        Fails(ErrorCodes.FormatUnsupported, "format version 1", () => old.NewRowDeltaWriter(Key));
        var lacking = await Assert.ThrowsAsync<ArcticException>(() => bare.DeleteKeysAsync([new { D = (double?)1 }], ["id"], Token).AsTask());
        Assert.Equal((ErrorCodes.UnknownName, "Cannot find rows of 'db.bare' by key: the rows given lack the key column 'id'."), (lacking.Code, lacking.Message));
    }

    [Fact]
    public async Task Keys_that_take_too_much_memory_break_the_writer_which_leaves_nothing()
    {
        var table = await CreateAsync("db.t", "none", 2);
        var before = await table.Store.ListAsync(table.Metadata.Location, Token).CountAsync(Token);
        await using (var writer = table.NewRowDeltaWriter(Key with { MemoryBytesMax = 10_000 }))
        {
            await writer.UpsertAsync([new Item(1, "x", "a", 0)], Token);
            var error = await Assert.ThrowsAsync<ArcticException>(() => writer.UpsertAsync(Enumerable.Range(0, 200).Select(i => new Item(i, "x", "a", i)), Token).AsTask());
            Assert.Equal(ErrorCodes.ResourcesExhausted, error.Code);
            await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CommitAsync(Token).AsTask());
        }

        Assert.Equal(before, await table.Store.ListAsync(table.Metadata.Location, Token).CountAsync(Token));
    }

    private static void Fails(ErrorCode code, string text, Func<object> act)
    {
        var error = Assert.Throws<ArcticException>(act);
        Assert.Equal(code, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static Item RandomItem(Random random, ref int serial) =>
        new(random.Next(5) is var id and > 0 ? id : null, random.Next(2) == 0 ? "x" : "y", random.Next(3) is var n and > 0 ? $"v{n}" : null, serial++);

    private static async Task ChangeAsync(RowDeltaWriter writer, int kind, List<Item> items, List<Item> model)
    {
        switch (kind)
        {
            case 0:
                await writer.AddAsync(items, Token);
                model.AddRange(items);
                break;
            case 1:
                await writer.DeleteAsync(items.Select(i => new { i.Region, i.Id }), Token);
                items.ForEach(i => model.RemoveAll(m => m.Key == i.Key));
                break;
            default:
                await writer.UpsertAsync(items, Token);
                foreach (var item in items)
                {
                    model.RemoveAll(m => m.Key == item.Key);
                    model.Add(item);
                }

                break;
        }
    }

    private static ValueTask<List<Item>> ReadAsync(IcebergTable table) => table.ReadAsync<Item>(Token).ToListAsync(Token);

    private static async Task<List<DataFile>> DeletesAsync(IcebergTable table) => (await EntriesAsync(table)).Select(e => e.File).Where(f => f.Content == FileContent.EqualityDeletes).ToList();

    // The key is (id, region). "other" is split by what the key does not tell.
    private async Task<IcebergTable> CreateAsync(string name, string layout, int version)
    {
        var schema = new Schema(
            0,
            [new NestedField(1, "id", IcebergTypes.Int, false), new NestedField(2, "region", IcebergTypes.String, true), new NestedField(3, "value", IcebergTypes.String, false), new NestedField(4, "serial", IcebergTypes.Int, true)]);
        var creation = new TableCreation { Schema = schema }.WithProperty("format-version", version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        creation = layout switch
        {
            "key" or "evolved" or "dropped" => creation.PartitionedBy("region"),
            "bucket" => creation.PartitionedBy("id", new Transform.Bucket(3)).PartitionedBy("region"),
            "other" => creation.PartitionedBy("value"),
            _ => creation,
        };
        return await _catalog.CreateTableAsync(name, creation, Token);
    }

    private static async Task<IcebergTable> EvolveAsync(IcebergTable table, string layout)
    {
        var change = table.NewTransaction();
        switch (layout)
        {
            case "evolved":
                change.UpdatePartitionSpec().AddField("id", new Transform.Bucket(2));
                break;
            case "dropped":
                change.UpdatePartitionSpec().RemoveField("region").AddField("value");
                break;
            default:
                return table;
        }

        return await change.CommitAsync(Token);
    }

    private static BytesColumn Texts(params string[] texts)
    {
        var ends = new int[texts.Length + 1];
        for (var i = 0; i < texts.Length; i++)
        {
            ends[i + 1] = ends[i] + texts[i].Length;
        }

        return new BytesColumn(DataTypes.String, ends, System.Text.Encoding.ASCII.GetBytes(string.Concat(texts)));
    }

    private static FixedColumn<int> Ints(params int[] values) => new(DataTypes.Int, values);

    private sealed record Item(int? Id, string Region, string? Value, int Serial)
    {
        public static IComparer<Item> Order { get; } = Comparer<Item>.Create((a, b) => a.Serial.CompareTo(b.Serial));

        [IcebergIgnore]
        public (int?, string) Key => (Id, Region);
    }

    private sealed record Named(long Id, string? Name);

    private sealed record Housed(long Id, Home? Home);

    private sealed record Home(string City, int Street);

    private sealed record Town([IcebergColumn("town")] string Name, int Street);

    private sealed record Numbered(long Id);
}
