using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Formats;

namespace Arctic.UnitTests.Iceberg.Scanning;

public sealed class ChangeScanTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_of_each_commit_are_the_difference_of_the_tables_before_and_after_it()
    {
        for (var seed = 0; seed < 24; seed++)
        {
            var table = await RandomTable.CreateAsync(seed, formatVersion: 1 + seed % 3, RandomTable.RandomSpec(new Random(seed)));
            for (var i = 0; i < 8; i++)
            {
                await ChangeAsync(table);
            }

            var columns = RandomTable.Columns.Fields.Where(_ => table.Random.Next(3) > 0).ToArray();
            var test = table.Random.Next(2) == 0 ? RowTest.Constant(true) : RowTest.Next(table.Random, 2);
            await CheckAsync(table, columns, test, seed);
        }
    }

    [Fact]
    public async Task The_commit_of_a_change_is_told()
    {
        var table = await RandomTable.CreateAsync(1, 2);
        await table.AppendAsync([[1L, 1, "a", null, null], [2L, 2, "b", null, null]]);
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Is(1, 2));
        var ids = table.Table.Metadata.Snapshots.Select(s => s.SnapshotId).ToArray();
        var scan = table.Table.NewChangeScan().Select([RandomTable.Columns.Fields[0], MetadataColumns.ChangeType, MetadataColumns.ChangeOrdinal, MetadataColumns.CommitSnapshotId]);

        Assert.Equal(["+I 1|INSERT|0|" + ids[0], "+I 2|INSERT|0|" + ids[0], "-D 2|DELETE|1|" + ids[1]], await ReadAsync(scan));
        Assert.Equal(["-D 2|DELETE|0|" + ids[1]], await ReadAsync(scan.After(ids[0])));
        Assert.Equal(["+I 1|INSERT|0|" + ids[0], "+I 2|INSERT|0|" + ids[0]], await ReadAsync(scan.UpTo(ids[0])));
        Assert.Empty(await ReadAsync(scan.After(ids[1])));
        var error = Assert.Throws<ArcticException>(() => new TableScan(table.Store, table.Table.Metadata).Select([MetadataColumns.ChangeType]));
        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
    }

    [Fact]
    public async Task Changes_come_as_records_and_as_Arrow_batches_too()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync<Item>("db.t", Token);
        var first = (await table.AppendAsync([new Item(1, "a", 1), new Item(2, "b", 2)], Token))!.SnapshotId;
        var second = (await table.OverwriteAsync<Item>(i => i.Id == 2, [new Item(2, "c", 3)], Token))!.SnapshotId;
        var scan = table.NewChangeScan();

        Assert.Equal(
            [(RowKind.Insert, first, new Item(1, "a", 1)), (RowKind.Insert, first, new Item(2, "b", 2)), (RowKind.Delete, second, new Item(2, "b", 2)), (RowKind.Insert, second, new Item(2, "c", 3))],
            await scan.ReadAsync<Item>(Token).Select(c => (c.Kind, c.SnapshotId, c.Row)).ToListAsync(Token));
        Assert.Equal(["c"], await scan.Where(Filter.Column("level") > 2).ReadAsync<OnlyName>(Token).Select(c => c.Row.Name).ToListAsync(Token));
        Assert.Equal([(RowKind.Insert, 1), (RowKind.Insert, 2)], await scan.ReadAsync<OnlyId>(Token).Select(c => (c.Kind, c.Row.Id)).ToListAsync(Token));
        Assert.Contains("has no column", Assert.Throws<ArcticException>(() => scan.ReadAsync<ScanFixture>(Token)).Message, StringComparison.Ordinal);

        var texts = new List<string>();
        await foreach (var batch in scan.Select("name").After(first).ReadArrowAsync(Token))
        {
            using (batch)
            {
                Assert.Equal(["name", "_change_type"], batch.Schema.FieldsList.Select(f => f.Name));
                texts.AddRange(Enumerable.Range(0, batch.Length).Select(i => $"{((Apache.Arrow.StringArray)batch.Column(0)).GetString(i)} {((Apache.Arrow.StringArray)batch.Column(1)).GetString(i)}"));
            }
        }

        Assert.Equal(["b DELETE", "c INSERT"], texts);
    }

    [Fact]
    public async Task A_filter_stays_on_its_columns_when_the_last_snapshot_is_chosen_after_it()
    {
        var table = await RandomTable.CreateAsync(1, 2);
        await table.AppendAsync([[1L, 2, "a", null, null], [2L, 1, "b", null, null]]);
        var first = table.Table.Metadata.CurrentSnapshotId!.Value;
        var transaction = table.Table.NewTransaction();
        transaction.UpdateSchema().MoveFirst(RandomTable.Columns.Fields[1].Name);
        var moved = await transaction.CommitAsync(default);
        await moved.AppendAsync(new[] { new Uid(3) });
        var filter = Filter.Column("uid") == 1L;

        Assert.Equal(["+I 1"], await ReadAsync(moved.NewChangeScan().Where(filter.Bind(moved.Metadata.CurrentSchema)).UpTo(first).Select("uid")));
    }

    [Fact]
    public async Task Rows_that_copy_on_write_moves_are_left_out_unless_they_are_asked_for()
    {
        var table = await RandomTable.CreateAsync(1, 2);
        await table.AppendAsync([[1L, 1, "a", null, null], [2L, 2, "b", null, null], [3L, 3, "c", null, null]]);
        var first = table.Table.Metadata.CurrentSnapshotId!.Value;
        await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Is(1, 2));
        var scan = table.Table.NewChangeScan().After(first).Select("uid");

        Assert.Equal(["-D 2"], await ReadAsync(scan));
        Assert.Equal(["-D 1", "-D 2", "-D 3", "+I 1", "+I 3"], await ReadAsync(scan with { KeepsUnchangedRows = true }));
    }

    [Fact]
    public async Task Appends_alone_are_read_when_that_is_asked_for()
    {
        var table = await RandomTable.CreateAsync(1, 2);
        await table.AppendAsync([[1L, 1, "a", null, null], [2L, 2, "b", null, null]]);
        await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Is(1, 2));
        await RewriteAsync(table);
        await table.AppendAsync([[3L, 3, "c", null, null]]);
        var scan = table.Table.NewChangeScan().Select([RandomTable.Columns.Fields[0], MetadataColumns.ChangeOrdinal]) with { AppendsOnly = true };

        Assert.Equal(["+I 1|0", "+I 2|0", "+I 3|1"], await ReadAsync(scan));
    }

    [Fact]
    public async Task Only_row_groups_with_changed_positions_are_read()
    {
        // Row groups have forty rows.
        var table = await RandomTable.CreateAsync(1, 3);
        await table.AppendAsync(Enumerable.Range(1, 200).Select(i => new object?[] { (long)i, i, "a", null, null }).ToList());
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.Is(1, 3));
        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.In(1, 90, 170));
        var commit = await new ChangePlanner(table.Store, table.Table.Metadata, RandomTable.Columns, ScanPredicate.True.Instance).PlanAsync(table.Table.Metadata.CurrentSnapshot!, Token);
        var (before, after) = Assert.Single(commit.Changed);
        await using var bridge = new NativeBridge("test");
        var files = new DataFileReader(table.Store, bridge, null, 1000);
        var loader = new DeleteLoader(table.Store, files, new KeySets(table.Table.Metadata, RandomTable.Columns, 1 << 20), 1 << 20);

        var positions = FileDeletes.FindDifference(await loader.LoadAsync(before, Token), await loader.LoadAsync(after, Token));

        Assert.Equal([89L, 169L], Assert.IsType<long[]>(positions));
        var read = new List<(long First, int Count)>();
        await foreach (var batch in files.ReadAsync(new FileReadRequest(after.File, new HashSet<int> { 1 }, ScanPredicate.True.Instance, RandomTable.Columns) { Positions = positions }, Token))
        {
            read.Add((batch.FirstRow, batch.Batch.RowCount));
            batch.Dispose();
        }

        Assert.Equal([(80, 40), (160, 40)], read);
    }

    [Fact]
    public async Task Positions_of_one_data_file_are_kept_for_its_turn_and_shared_ones_as_far_as_there_is_memory()
    {
        var table = await RandomTable.CreateAsync(1, 2);
        for (var i = 0; i < 4; i++)
        {
            await table.AppendAsync(Enumerable.Range(0, 50).Select(_ => table.RandomRow()).ToList());
        }

        await table.DeleteAsync(RowChangeMode.MergeOnRead, RowTest.In(0, 1L, 51L, 101L, 151L));
        var own = (await table.Table.NewScan().PlanAsync(Token)).Tasks;
        Assert.All(own, t => Assert.Single(t.Deletes));
        await using var bridge = new NativeBridge("test");
        var files = new DataFileReader(table.Store, bridge, null, 1000);
        var loader = new DeleteLoader(table.Store, files, new KeySets(table.Table.Metadata, RandomTable.Columns, 1 << 20), 1 << 20);
        foreach (var task in own)
        {
            var positions = PositionsOf(await loader.LoadPositionsAsync(task, Token));
            Assert.Equal([0L], positions);
            Assert.Equal(1, loader.KeptFiles);
        }

        // Each is for two data files.
        var data = own.Select(t => t.File).ToList();
        await table.DeletePositionsAsync((data[0], 5), (data[1], 5));
        await table.DeletePositionsAsync((data[2], 5), (data[3], 5));
        var shared = (await table.Table.NewScan().PlanAsync(Token)).Tasks;
        foreach (var (bytesMax, kept) in new[] { (1L << 20, 2), (0L, 0) })
        {
            loader = new DeleteLoader(table.Store, files, new KeySets(table.Table.Metadata, RandomTable.Columns, bytesMax), bytesMax);
            foreach (var task in shared)
            {
                var positions = PositionsOf(await loader.LoadPositionsAsync(task, Token));
                Assert.Equal([0L, 5L], positions);
            }

            Assert.Equal(kept + 1, loader.KeptFiles);
        }

        static long[] PositionsOf(PositionDeletes? deletes)
        {
            var positions = new PositionBitmap();
            deletes!.AddTo(positions);
            return positions.Pieces().SelectMany(p => p).ToArray();
        }
    }

    [Fact]
    public async Task A_commit_that_is_larger_than_the_memory_is_refused_with_a_way_out()
    {
        var table = await RandomTable.CreateAsync(1, 2);
        await table.AppendAsync(table.RandomRows());
        await table.DeleteAsync(RowChangeMode.CopyOnWrite, RowTest.Less(0, 2L));
        var scan = table.Table.NewChangeScan() with { MemoryBytesMax = 100 };

        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAsync(scan));

        Assert.Equal(ErrorCodes.ResourcesExhausted, error.Code);
        Assert.NotEmpty(await ReadAsync(scan with { KeepsUnchangedRows = true }));
    }

    [Fact]
    public async Task Changes_whose_beginning_has_expired_are_refused()
    {
        var table = await RandomTable.CreateAsync(1, 2);
        await table.AppendAsync();
        await table.AppendAsync();
        var last = table.Table.Metadata.Snapshots[1];
        var metadata = TableMetadataBuilder.From(table.Table.Metadata).Apply(new TableUpdate.RemoveSnapshots([last.ParentSnapshotId!.Value])).Build(null, 0, last.TimestampMs + 1);
        var scan = new ChangeScan(table.Store, metadata);

        Assert.Equal(ErrorCodes.UnknownName, (await Assert.ThrowsAsync<ArcticException>(() => ReadAsync(scan))).Code);
        Assert.Equal(ErrorCodes.UnknownName, (await Assert.ThrowsAsync<ArcticException>(() => ReadAsync(scan.After(77)))).Code);
        Assert.Equal(ErrorCodes.UnknownName, (await Assert.ThrowsAsync<ArcticException>(() => ReadAsync(scan.UpTo(77)))).Code);

        // What an append added needs no look at what was there before.
        Assert.NotEmpty(await ReadAsync(scan.After(last.ParentSnapshotId.Value)));
    }

    private static async Task ChangeAsync(RandomTable table)
    {
        switch (table.Random.Next(table.Table.Metadata.FormatVersion == 1 ? 3 : 6))
        {
            case 0:
                await table.AppendAsync();
                break;
            case 1:
                await table.DeleteAsync(RowChangeMode.CopyOnWrite);
                break;
            case 2:
                await RewriteAsync(table);
                break;
            case 3:
                await table.DeleteAsync(RowChangeMode.MergeOnRead);
                break;
            case 4:
                await table.EqualityDeleteAsync();
                break;
            default:
                await UpsertAsync(table);
                break;
        }
    }

    // As a streaming sink does: new rows, deletes by value of older ones, and in the same commit deletes by position of new ones.
    private static async Task UpsertAsync(RandomTable table)
    {
        var files = await table.WriteAsync(table.RandomRows(20));
        var transaction = table.Table.NewTransaction();
        var delta = transaction.RowDelta();
        foreach (var file in files)
        {
            delta.AddRows(file);
        }

        if (table.Table.Metadata.FormatVersion == 2)
        {
            var spec = table.Table.Metadata.FindSpec(files[0].SpecId)!;
            delta.AddDeletes(await PositionDeleteWriter.WriteAsync(table.Store, table.NextLocation(), spec, files[0], new long[] { 0 }, DataWriteOptions.Default, Token));
        }

        var keys = new DataFileRequest
        {
            Schema = new Schema(0, [RandomTable.Columns.Fields[1]]),
            Spec = table.Table.Metadata.FindSpec(files[0].SpecId)!,
            Partition = files[0].Partition,
            NextLocation = table.NextLocation,
            Content = FileContent.EqualityDeletes,
            EqualityIds = [2],
        };
        await using var writer = new DataFileWriter(table.Store, keys);
        using var batch = TestRows.Batch(keys.Schema.ToRowSchema(), [[table.Random.Next(40)], [null], [table.Random.Next(40)]]);
        await writer.WriteAsync(batch, Token);
        delta.AddDeletes((await writer.CompleteAsync(Token))[0]);
        table.Keep(await transaction.CommitAsync(Token));
    }

    // Compaction: the live rows of all files in new ones, in one commit that changes no row.
    private static async Task RewriteAsync(RandomTable table)
    {
        var scan = new TableScan(table.Store, table.Table.Metadata);
        var plan = await scan.PlanAsync(Token);
        var rows = await TestRows.ReadAsync(scan.ReadAsync(Token));
        if (rows.Count == 0)
        {
            return;
        }

        var files = await table.WriteAsync(rows);
        var transaction = table.Table.NewTransaction();
        var rewrite = transaction.Rewrite();
        foreach (var task in plan.Tasks)
        {
            rewrite.Remove(task.File);
        }

        foreach (var file in files)
        {
            rewrite.Add(file);
        }

        table.Keep(await transaction.CommitAsync(Token));
    }

    private static async Task CheckAsync(RandomTable table, NestedField[] columns, RowTest test, int seed)
    {
        var metadata = table.Table.Metadata;
        var all = table.Table.NewChangeScan().Select(columns).Where(test.Filter);
        var before = new List<string>();
        long? previous = null;
        foreach (var snapshot in metadata.Snapshots)
        {
            var after = await RowsAsync(new TableScan(table.Store, metadata).AtSnapshot(snapshot.SnapshotId).Select(columns).Where(test.Filter));
            var scan = (previous is { } from ? all.After(from) : all).UpTo(snapshot.SnapshotId);
            var where = $"seed {seed}, snapshot {snapshot.SequenceNumber} ({snapshot.Operation})";

            var net = await ReadAsync(scan);
            Assert.True(Difference(before, after).SequenceEqual(net.Order(StringComparer.Ordinal)), where);
            Assert.True(net.SequenceEqual(net.OrderByDescending(r => r[0])), $"{where}: removed rows come first");
            Assert.True(Difference(before, after).SequenceEqual(Net(await ReadAsync(scan with { KeepsUnchangedRows = true }))), where);
            Assert.True((await ReadAsync(scan with { ReadersMax = 1 })).SequenceEqual(await ReadAsync(scan with { ReadersMax = 3, ReadAheadBytesMax = 500, BatchRowsMax = 5 })), where);
            (before, previous) = (after, snapshot.SnapshotId);
        }

        Assert.True(Difference([], before).SequenceEqual(Net(await ReadAsync(all))), $"seed {seed}");
    }

    private static List<string> Difference(List<string> before, List<string> after) => Net(before.Select(r => "-D " + r).Concat(after.Select(r => "+I " + r)));

    /// <summary>What is left when rows that are removed and added meet.</summary>
    private static List<string> Net(IEnumerable<string> changes)
    {
        var counts = changes.GroupBy(c => c[3..]).Select(g => (Row: g.Key, Count: g.Sum(c => c[0] == '+' ? 1 : -1)));
        return counts.SelectMany(c => Enumerable.Repeat((c.Count > 0 ? "+I " : "-D ") + c.Row, Math.Abs(c.Count))).Order(StringComparer.Ordinal).ToList();
    }

    private static async Task<List<string>> RowsAsync(TableScan scan) => (await TestRows.ReadAsync(scan.ReadAsync(Token))).Select(TestRows.Text).ToList();

    private static async Task<List<string>> ReadAsync(ChangeScan scan)
    {
        var rows = new List<string>();
        await foreach (var batch in scan.ReadAsync(Token))
        {
            Assert.Equal(scan.OutputSchema, batch.Schema);
            rows.AddRange(TestRows.Changes(batch).Select(c => $"{c.Kind.ToShortText()} {TestRows.Text(c.Row)}"));
            batch.Dispose();
        }

        return rows;
    }

    internal sealed record Uid([IcebergColumn("uid")] long Id);

    private sealed record Item(int Id, string Name, int Level);

    private sealed record OnlyName(string Name);

    private sealed record OnlyId(int Id);
}
