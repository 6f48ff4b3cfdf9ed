using Arctic.Iceberg;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.UnitTests.Iceberg.Evolution;

namespace Arctic.UnitTests.Iceberg.Writing;

public sealed class RowLineageTests
{
    private static readonly Schema Columns = new(0, [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "v", IcebergTypes.String, false)]);

    [Fact]
    public async Task Rows_keep_their_ids_when_they_move_and_change()
    {
        var table = await EvolutionTables.CreateAsync(Columns, PartitionSpec.Unpartitioned, 3);
        (table, var first) = await AppendAsync(table, [[1L, "a"], [2L, "b"]]);
        (table, var second) = await AppendAsync(table, [[3L, "c"]]);
        Assert.Equal(["1|a|0|1", "2|b|1|1", "3|c|2|2"], await LineageAsync(table));

        // The first two rows change, the third moves to another file.
        var rewrite = table.NewTransaction();
        var rewritten = await RewriteAsync(table, first, RowLineage.AsChanged);
        rewrite.Rewrite().Remove(first).Remove(second).Add(await RewriteAsync(table, second, b => b.Retain())).Add(rewritten).ValidateFrom(table.Metadata.CurrentSnapshotId);
        table = await rewrite.CommitAsync();

        Assert.Equal(["1|a|0|3", "2|b|1|3", "3|c|2|2"], await LineageAsync(table));
        Assert.True(rewritten.LowerBounds!.TryGet(MetadataColumns.RowId.Id, out _));
        Assert.Equal((3L, 3L, 6L), (table.Metadata.CurrentSnapshot!.FirstRowId, table.Metadata.CurrentSnapshot.AddedRows, table.Metadata.NextRowId));
        (table, _) = await AppendAsync(table, [[4L, "d"]]);
        Assert.Equal("4|d|6|4", (await LineageAsync(table))[^1]);
    }

    [Fact]
    public async Task Rows_of_v2_get_ids_with_the_first_commit_in_v3()
    {
        var table = await EvolutionTables.CreateAsync(Columns, PartitionSpec.Unpartitioned, 2);
        (table, _) = await AppendAsync(table, [[1L, "a"], [2L, "b"]]);
        var upgrade = table.NewTransaction();
        upgrade.UpgradeFormatVersion(3);
        table = await upgrade.CommitAsync();

        Assert.Equal(["1|a|NULL|NULL", "2|b|NULL|NULL"], await LineageAsync(table));
        (table, _) = await AppendAsync(table, [[3L, "c"]]);

        Assert.Equal(3L, table.Metadata.NextRowId);
        Assert.Equal([0L, 1L, 2L], (await LineageAsync(table)).Select(r => long.Parse(r.Split('|')[2])).Order());
        Assert.Null(table.Metadata.Snapshots[0].FirstRowId);
        Assert.Equal((0L, 3L), (table.Metadata.Snapshots[1].FirstRowId, table.Metadata.Snapshots[1].AddedRows));
    }

    // As Spark's tables show: a manifest that is rewritten with EXISTING and DELETED entries alone takes new ids, and its rows keep theirs.
    [Fact]
    public async Task Rows_of_a_rewritten_manifest_keep_their_ids_and_the_manifest_takes_new_ones()
    {
        var table = await EvolutionTables.CreateAsync(Columns, PartitionSpec.Unpartitioned, 3);
        var (first, second) = (await WriteAsync(table, [[1L, "a"], [2L, "b"]]), await WriteAsync(table, [[3L, "c"]]));
        var append = table.NewTransaction();
        append.Append().Add(first).Add(second);
        table = await append.CommitAsync();

        var delete = table.NewTransaction();
        delete.Delete().Remove(first);
        table = await delete.CommitAsync();

        Assert.Equal(["3|c|2|1"], await LineageAsync(table));
        Assert.Equal((3L, 1L, 4L), (table.Metadata.CurrentSnapshot!.FirstRowId, table.Metadata.CurrentSnapshot.AddedRows, table.Metadata.NextRowId));
    }

    private static async Task<(IcebergTable Table, DataFile File)> AppendAsync(IcebergTable table, IReadOnlyList<object?[]> rows)
    {
        var file = await WriteAsync(table, rows);
        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(file);
        return (await transaction.CommitAsync(), file);
    }

    private static async Task<DataFile> WriteAsync(IcebergTable table, IReadOnlyList<object?[]> rows)
    {
        await using var writer = new PartitionedWriter(table.Store, DataFileRequest.For(table.Metadata), new DataLocations(table.Metadata, table.Catalog.Environment.NewUuid()).Next);
        using var batch = TestRows.Batch(Columns.ToRowSchema(), rows);
        await writer.WriteAsync(batch, default);
        return Assert.Single(await writer.CompleteAsync(default));
    }

    private static async Task<DataFile> RewriteAsync(IcebergTable table, DataFile file, Func<Arctic.Columnar.ChangeBatch, Arctic.Columnar.ChangeBatch> change)
    {
        var scan = new TableScan(table.Store, table.Metadata).Select([.. Columns.Fields, .. RowLineage.Columns]);
        var plan = await scan.PlanAsync(default);
        await using var reader = scan.CreateReader();
        await using var writer = new PartitionedWriter(
            table.Store, DataFileRequest.For(table.Metadata).WithRowLineage(), new DataLocations(table.Metadata, table.Catalog.Environment.NewUuid()).Next);
        await foreach (var batch in reader.ReadAsync(plan.Tasks.Where(t => t.File.FilePath == file.FilePath).ToList(), default))
        {
            using (batch)
            using (var changed = change(batch))
            {
                await writer.WriteAsync(changed, default);
            }
        }

        return Assert.Single(await writer.CompleteAsync(default));
    }

    private static async Task<List<string>> LineageAsync(IcebergTable table)
    {
        var scan = new TableScan(table.Store, table.Metadata).Select([.. Columns.Fields, .. RowLineage.Columns]);
        return (await TestRows.ReadAsync(scan.ReadAsync(default))).Select(TestRows.Text).Order(StringComparer.Ordinal).ToList();
    }
}
