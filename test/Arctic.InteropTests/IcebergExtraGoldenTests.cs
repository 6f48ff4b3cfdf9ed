using System.Text.Json;
using System.Text.Json.Nodes;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Inspecting;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.InteropTests.Mixed;

namespace Arctic.InteropTests;

/// <summary>What engines answered to other questions than for all rows: row lineage, metadata columns, branches, metadata tables.</summary>
public sealed class IcebergExtraGoldenTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lineage_branches_metadata_columns_and_metadata_tables_are_answered_as_the_engines_did()
    {
        if (GoldenIcebergTable.FindAll() is not { } tables)
        {
            Assert.Skip("The golden tables are not here; see CONTRIBUTING.md.");
            return;
        }

        var exceptions = GoldenIcebergTable.ReadExceptions();
        var asked = 0;
        foreach (var golden in tables.Where(t => t.ExtraFile is not null && !exceptions.ContainsKey(t.Name)))
        {
            var expected = GoldenIcebergTable.ReadLines(golden.ExtraFile!);

            var found = await AnswerAsync(golden, JsonNode.Parse(expected[0])!.AsObject().Select(p => p.Key).ToArray());

            found.Sort(StringComparer.Ordinal);
            Assert.True(expected.SequenceEqual(found), $"{golden.Name}: expected\n{string.Join('\n', expected)}\nfound\n{string.Join('\n', found)}");
            asked++;
        }

        output.WriteLine($"iceberg golden: {asked} other questions answered as the engines did");
        Assert.True(asked >= 17, $"{asked} cases were found.");
    }

    [Fact]
    public async Task Metadata_tables_of_every_golden_table_agree_with_each_other()
    {
        if (GoldenIcebergTable.FindAll() is not { } tables)
        {
            Assert.Skip("The golden tables are not here; see CONTRIBUTING.md.");
            return;
        }

        foreach (var golden in tables.Where(t => t.Name != "duckdb_v2_eq_cross_partition"))
        {
            var table = await golden.OpenAsync();
            var rows = new Dictionary<string, List<JsonObject>>(StringComparer.Ordinal);

            // Of some public tables the manifests of old snapshots were not kept.
            var hasHistory = golden.Name.StartsWith("engines/", StringComparison.Ordinal);
            foreach (var name in MetadataTables.Names.Where(n => hasHistory || !n.StartsWith("all_", StringComparison.Ordinal)))
            {
                rows.Add(name, await ReadAsync(MetadataTables.Open(table, name)));
            }

            Assert.True(rows["files"].Count == rows["data_files"].Count + rows["delete_files"].Count, golden.Name);
            Assert.True(rows["entries"].Count(e => e["status"]!.GetValue<int>() != 2) == rows["files"].Count, golden.Name);
            Assert.True(rows["partitions"].Sum(p => Number(p, "file_count")) == rows["data_files"].Count, golden.Name);
            Assert.True(rows["partitions"].Sum(p => Number(p, "record_count")) == rows["data_files"].Sum(f => Number(f, "record_count")), golden.Name);
            Assert.True(rows["snapshots"].Count == table.Metadata.Snapshots.Count, golden.Name);
            Assert.True(rows["manifests"].Sum(m => (Number(m, "existing_data_files_count") + Number(m, "added_data_files_count")) ?? rows["data_files"].Count) == rows["data_files"].Count, golden.Name);
            if (hasHistory)
            {
                Assert.True(rows["all_manifests"].Count >= rows["manifests"].Count, golden.Name);
                Assert.True(rows["all_entries"].Count >= rows["entries"].Count, golden.Name);
                Assert.True(rows["all_files"].Count == rows["all_data_files"].Count + rows["all_delete_files"].Count, golden.Name);
            }
        }
    }

    [Fact]
    public async Task Changes_of_every_golden_commit_are_the_difference_of_the_tables_before_and_after_it()
    {
        if (GoldenIcebergTable.FindAll() is not { } tables)
        {
            Assert.Skip("The golden tables are not here; see CONTRIBUTING.md.");
            return;
        }

        var exceptions = GoldenIcebergTable.ReadExceptions();
        var commits = new Dictionary<string, int>(StringComparer.Ordinal);

        // Of some public tables the files of old snapshots were not kept.
        foreach (var golden in tables.Where(t => t.Name.StartsWith("engines/", StringComparison.Ordinal) && !exceptions.ContainsKey(t.Name)))
        {
            var table = await golden.OpenAsync();
            var columns = table.Metadata.CurrentSchema.Fields.Where(f => f.Type is not IcebergType.Unknown).ToArray();
            var (previous, before) = ((long?)null, new List<string>());
            foreach (var snapshot in table.Metadata.AncestorsOf(table.Metadata.CurrentSnapshotId).Reverse())
            {
                var after = await GoldenIcebergTable.ReadAsync(new TableScan(table.Store, table.Metadata).AtSnapshot(snapshot.SnapshotId).Select(columns));
                if (previous is { } from)
                {
                    var changes = table.NewChangeScan().After(from).UpTo(snapshot.SnapshotId).Select(columns).ReadAsync(Token);
                    var found = (await GoldenIcebergTable.ReadAsync(changes, columns, withKind: true)).Order(StringComparer.Ordinal);
                    Assert.True(Difference(before, after).SequenceEqual(found), $"{golden.Name}, snapshot {snapshot.SnapshotId} ({snapshot.Operation})");
                    var operation = snapshot.Operation ?? "";
                    commits[operation] = commits.GetValueOrDefault(operation) + 1;
                }

                (previous, before) = (snapshot.SnapshotId, after);
            }
        }

        output.WriteLine("iceberg golden: changes of " + string.Join(", ", commits.Select(c => $"{c.Value} commits '{c.Key}'")));
        Assert.True(commits.Count >= 4, string.Join(", ", commits));
    }

    [Fact]
    public async Task Columns_beside_a_variant_are_read_and_the_variant_is_refused_by_name()
    {
        if (GoldenIcebergTable.FindAll() is not { } tables)
        {
            Assert.Skip("The golden tables are not here; see CONTRIBUTING.md.");
            return;
        }

        foreach (var golden in tables.Where(t => t.Name.Contains("variant", StringComparison.Ordinal)))
        {
            var table = await golden.OpenAsync();
            var scan = new TableScan(table.Store, table.Metadata);
            var readable = scan.Schema.Fields.Where(f => !HasVariant(f.Type)).ToArray();

            var rows = await GoldenIcebergTable.ReadAsync(scan.Select(readable));

            Assert.Equal(golden.RowCount, rows.Count);
            if (golden.RowsFile is { } file)
            {
                var expected = GoldenIcebergTable.ReadLines(file).Select(r => Chosen(JsonNode.Parse(r)!.AsObject(), readable.Select(f => f.Name).ToArray())).Order(StringComparer.Ordinal);
                Assert.Equal(expected, rows);
            }

            var error = await Assert.ThrowsAsync<ArcticException>(() => GoldenIcebergTable.ReadAsync(scan));
            Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
            Assert.Contains("variant", error.Message);
            Assert.Contains($"'{scan.Schema.Fields.First(f => HasVariant(f.Type)).Name}'", error.Message);
        }
    }

    private static bool HasVariant(IcebergType type) => type switch
    {
        IcebergType.Variant => true,
        IcebergType.Struct s => s.Fields.Any(f => HasVariant(f.Type)),
        IcebergType.List l => HasVariant(l.Element),
        IcebergType.Map m => HasVariant(m.Key) || HasVariant(m.Value),
        _ => false,
    };

    private static List<string> Difference(List<string> before, List<string> after)
    {
        var counts = before.Select(r => (Row: r, Count: -1)).Concat(after.Select(r => (Row: r, Count: 1))).GroupBy(r => r.Row, StringComparer.Ordinal);
        return counts.SelectMany(g => g.Sum(r => r.Count) is var count ? Enumerable.Repeat(WithKind(g.Key, count), Math.Abs(count)) : []).Order(StringComparer.Ordinal).ToList();
    }

    private static string WithKind(string row, int count)
    {
        var json = new JsonObject { ["$"] = count > 0 ? "+I" : "-D" };
        foreach (var (name, value) in JsonNode.Parse(row)!.AsObject())
        {
            json.Add(name, value?.DeepClone());
        }

        return json.ToJsonString();
    }

    private static async Task<List<string>> AnswerAsync(GoldenIcebergTable golden, string[] columns)
    {
        var table = await golden.OpenAsync();
        if (columns.SequenceEqual(["partition", "record_count"]))
        {
            return (await ReadAsync(MetadataTables.Open(table, "partitions"))).Select(r => Chosen(r, columns)).ToList();
        }

        if (columns.SequenceEqual(["ok", "has_parent", "operation"]))
        {
            return (await ReadAsync(MetadataTables.Open(table, "snapshots")))
                .Select(r => new JsonObject { ["ok"] = r["snapshot_id"] is not null, ["has_parent"] = r["parent_id"] is not null, ["operation"] = r["operation"]!.DeepClone() }.ToJsonString())
                .ToList();
        }

        var scan = new TableScan(table.Store, table.Metadata);
        if (golden.Case.Contains("extra.jsonl is the branch", StringComparison.Ordinal))
        {
            scan = scan.AtRef(table.Metadata.Refs.Single(r => r.Value.Type == SnapshotRefType.Branch && r.Key != "main").Key);
        }

        return await GoldenIcebergTable.ReadAsync(scan.Select(columns.Select(c => ColumnOf(c, table, scan)).ToArray()));
    }

    private static NestedField ColumnOf(string name, IcebergTable table, TableScan scan) => name switch
    {
        "_pos" => MetadataColumns.Position,
        "_spec_id" => MetadataColumns.SpecId,
        "_deleted" => MetadataColumns.IsDeleted,
        "_partition" => MetadataColumns.PartitionOf(table.Metadata),
        "_row_id" => MetadataColumns.RowId,
        "_last_updated_sequence_number" => MetadataColumns.LastUpdatedSequenceNumber,
        _ => scan.Schema.Fields.Single(f => f.Name == name),
    };

    private static async Task<List<JsonObject>> ReadAsync(MetadataTable table)
    {
        var rows = new List<JsonObject>();
        await foreach (var batch in table.ReadAsync(Token))
        {
            using (batch)
            {
                Assert.Equal(table.Schema, batch.Schema);
                rows.AddRange(GoldenRows.Of(batch).Select(r => JsonNode.Parse(r)!.AsObject()));
            }
        }

        return rows;
    }

    private static string Chosen(JsonObject row, string[] columns) => new JsonObject(columns.Select(c => KeyValuePair.Create(c, row[c]?.DeepClone()))).ToJsonString();

    private static long? Number(JsonObject row, string column) => row[column] is { } number ? number.GetValue<JsonElement>().GetInt64() : null;
}
