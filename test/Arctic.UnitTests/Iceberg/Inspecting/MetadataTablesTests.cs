using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Inspecting;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Inspecting;

public sealed class MetadataTablesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_are_named_as_in_other_engines()
    {
        var table = await new TableFixture().CreateAsync(TableFixture.ByDay);

        Assert.Equal("committed_at snapshot_id parent_id operation manifest_list summary", NamesOf(table, "snapshots"));
        Assert.Equal("made_current_at snapshot_id parent_id is_current_ancestor", NamesOf(table, "history"));
        Assert.Equal("name type snapshot_id max_reference_age_in_ms min_snapshots_to_keep max_snapshot_age_in_ms", NamesOf(table, "refs"));
        Assert.Equal("timestamp file latest_snapshot_id latest_schema_id latest_sequence_number", NamesOf(table, "metadata_log_entries"));
        Assert.Equal(
            "content path length partition_spec_id added_snapshot_id added_data_files_count existing_data_files_count deleted_data_files_count added_delete_files_count "
            + "existing_delete_files_count deleted_delete_files_count partition_summaries key_metadata",
            NamesOf(table, "manifests"));
        Assert.Equal(NamesOf(table, "manifests").Replace("key_metadata", "reference_snapshot_id key_metadata", StringComparison.Ordinal), NamesOf(table, "all_manifests"));
        Assert.Equal(
            "partition spec_id record_count file_count total_data_file_size_in_bytes position_delete_record_count position_delete_file_count equality_delete_record_count "
            + "equality_delete_file_count last_updated_at last_updated_snapshot_id",
            NamesOf(table, "partitions"));
        Assert.Equal("status snapshot_id sequence_number file_sequence_number data_file readable_metrics", NamesOf(table, "entries"));
        const string files = "content file_path file_format spec_id partition record_count file_size_in_bytes column_sizes value_counts null_value_counts nan_value_counts lower_bounds "
            + "upper_bounds key_metadata split_offsets equality_ids sort_order_id first_row_id referenced_data_file content_offset content_size_in_bytes readable_metrics";
        Assert.All(MetadataTables.Names.Where(n => n.EndsWith("files", StringComparison.Ordinal)), n => Assert.Equal(files, NamesOf(table, n)));
    }

    [Fact]
    public async Task A_table_without_partitions_has_no_partition_columns()
    {
        var table = await new TableFixture().CreateAsync();

        Assert.DoesNotContain("partition", NamesOf(table, "files").Split(' '));
        Assert.StartsWith("record_count ", NamesOf(table, "partitions"));
    }

    [Fact]
    public async Task A_table_without_snapshots_has_empty_ones()
    {
        var table = await new TableFixture().CreateAsync(TableFixture.ByDay);

        Assert.All(await Task.WhenAll(MetadataTables.Names.Where(n => n != "metadata_log_entries").Select(n => RowsAsync(table, n))), Assert.Empty);
        Assert.Single(await RowsAsync(table, "metadata_log_entries"));
    }

    [Fact]
    public async Task Files_and_partitions_tell_what_the_commits_did()
    {
        var table = await CommitThreeTimesAsync();

        var files = await RowsAsync(table, "files", "content", "partition", "record_count", "equality_ids");
        Assert.Equal(["0|20000|10|NULL", "0|20001|30|NULL", "2|20000|1|1"], files.Order(StringComparer.Ordinal));
        Assert.Equal(2, (await RowsAsync(table, "data_files")).Count);
        Assert.Single(await RowsAsync(table, "delete_files"));

        var last = table.Metadata.CurrentSnapshot!.SnapshotId;
        var partitions = await RowsAsync(table, "partitions", "partition", "record_count", "file_count", "equality_delete_record_count", "equality_delete_file_count", "last_updated_snapshot_id");
        Assert.Equal([$"20000|10|1|1|1|{table.Metadata.Snapshots[1].SnapshotId}", $"20001|30|1|0|0|{last}"], partitions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Entries_keep_what_was_deleted_and_all_tables_what_was_before()
    {
        var table = await CommitThreeTimesAsync();

        Assert.Contains("2", await RowsAsync(table, "entries", "status"));
        Assert.True((await RowsAsync(table, "all_data_files", "file_path")).Distinct().Count() == 3);
        var manifests = await RowsAsync(table, "all_manifests", "reference_snapshot_id");
        Assert.Equal(table.Metadata.Snapshots.Select(s => $"{s.SnapshotId}").Order(StringComparer.Ordinal), manifests.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_earlier_snapshot_is_looked_into()
    {
        var table = await CommitThreeTimesAsync();

        Assert.Equal(2, (await RowsAsync(MetadataTables.Open(table, "files", table.Metadata.Snapshots[0]))).Count);
        Assert.Empty(await RowsAsync(MetadataTables.Open(table, "files", null)));
    }

    [Fact]
    public async Task Bounds_are_shown_as_values_and_ranges_of_partitions_as_text()
    {
        var table = await CommitThreeTimesAsync();

        Assert.Contains("False,False,2024-10-04,2024-10-05", await RowsAsync(table, "manifests", "partition_summaries"));

        // Columns by name: day, id, name; each with size, counts and bounds.
        Assert.Contains(",,,,,,240,30,0,,1,30,600,30,1,,,", await RowsAsync(table, "data_files", "readable_metrics"));
    }

    [Fact]
    public async Task History_tells_what_was_rolled_back()
    {
        var table = await CommitThreeTimesAsync();
        var first = table.Metadata.Snapshots[0];
        var metadata = TableMetadataBuilder.From(table.Metadata)
            .Apply(new TableUpdate.SetSnapshotRef("main", new SnapshotRef(first.SnapshotId, SnapshotRefType.Branch))).Build(null, 0, first.TimestampMs + 60_000);
        var rolledBack = new IcebergTable(table.Identifier, metadata, "v9", table.Store, null);

        Assert.Equal(["True", "False", "False", "True"], await RowsAsync(rolledBack, "history", "is_current_ancestor"));
    }

    [Fact]
    public async Task An_unknown_name_is_answered_with_the_nearest()
    {
        var table = await new TableFixture().CreateAsync();

        var error = Assert.Throws<ArcticException>(() => MetadataTables.Open(table, "snapshot"));

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Contains("snapshots", error.Hint);
    }

    // Two files, then a delete and the end of one of them, then another file.
    private static async Task<IcebergTable> CommitThreeTimesAsync()
    {
        var table = await new TableFixture().CreateAsync(TableFixture.ByDay);
        var first = table.NewTransaction();
        first.Append().Add([TableFixture.File("a", 10, 20_000), TableFixture.File("b", 20, 20_001)]);
        table = await first.CommitAsync(Token);
        var second = table.NewTransaction();
        second.RowDelta().AddDeletes(TableFixture.EqualityDeletes("d", 1, 20_000));
        table = await second.CommitAsync(Token);
        var third = table.NewTransaction();
        third.Overwrite().Remove(TableFixture.File("b", 20, 20_001)).Add(TableFixture.File("c", 30, 20_001));
        return await third.CommitAsync(Token);
    }

    private static string NamesOf(IcebergTable table, string name) => string.Join(' ', MetadataTables.Open(table, name).Schema.Fields.Select(f => f.Name));

    private static Task<List<string>> RowsAsync(IcebergTable table, string name, params string[] columns) => RowsAsync(MetadataTables.Open(table, name), columns);

    private static async Task<List<string>> RowsAsync(MetadataTable table, params string[] columns)
    {
        var rows = await TestRows.ReadAsync(table.ReadAsync(Token));
        return rows.Select(r => TestRows.Text(columns.Select(c => r[table.Schema.FindIndex(c)]).ToArray())).ToList();
    }
}
