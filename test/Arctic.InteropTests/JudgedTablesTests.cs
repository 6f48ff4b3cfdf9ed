using Arctic.Iceberg.Catalog;
using Arctic.InteropTests.Judging;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Judging;

namespace Arctic.InteropTests;

/// <summary>
/// Every table of <see cref="JudgedTables"/> is read by engines that others wrote, with the rows that we read: keyed tables through their base store after self-optimizing, others at once.
/// </summary>
public sealed class JudgedTablesTests(JudgedWarehouse warehouse, ITestOutputHelper output) : IClassFixture<JudgedWarehouse>
{
    [Theory]
    [InlineData("clickhouse")]
    [InlineData("icebird")]
    public async Task Every_table_that_is_written_is_read_by_an_outside_engine_with_our_rows(string engine)
    {
        var judge = Judge.Find(engine);
        var limits = JudgeLimit.All.Where(l => l.Engine == engine).ToList();
        var verdicts = await judge.ReadAsync(warehouse.Root, warehouse.Tables.Select(warehouse.FolderOf).ToList(), TestContext.Current.CancellationToken);
        var problems = new List<string>();

        foreach (var (table, verdict) in warehouse.Tables.Zip(verdicts))
        {
            if (ProblemOf(judge, table, verdict, limits.FirstOrDefault(l => l.Table == table.Name)) is { } problem)
            {
                problems.Add($"{table.Name}: {problem}");
            }
        }

        var whole = limits.Count(l => l.Columns.Length == 0);
        Say($"{engine}: {warehouse.Tables.Count} tables, {warehouse.Tables.Count - problems.Count - whole} equal{(limits.Count == 0 ? "" : $", {limits.Count} with a limit of the engine")}");
        if (verdicts.Sum(v => v.FilterCount) is > 0 and var filters)
        {
            Say($"  {filters} conditions with pruning by partitions, bounds and row groups, {filters - verdicts.Sum(v => v.MisledFilters.Count)} find the same rows as without");
        }

        limits.ForEach(l => Say($"  not asked of {l.Engine}: {l.Table}{(l.Columns.Length == 0 ? "" : $" ({string.Join(", ", l.Columns)})")}: {l.Reason}"));
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public async Task A_plain_scan_of_the_stored_table_gives_the_rows_of_the_merged_table()
    {
        foreach (var table in warehouse.Tables)
        {
            var plain = await JudgedWarehouse.ScanAsync(warehouse.FolderOf(table), TestContext.Current.CancellationToken);

            Assert.Equal(warehouse.ContentOf(table).Sorted(), plain.Sorted());
        }
    }

    [Fact]
    public void The_merged_table_has_the_rows_that_its_changes_make()
    {
        Assert.All(warehouse.Tables.Where(t => t.ExpectedRows is not null), t => Assert.Equal(t.ExpectedRows, warehouse.ContentOf(t).Sorted()));
    }

    [Fact]
    public async Task Tables_are_read_after_their_warehouse_was_moved()
    {
        var moved = warehouse.Root + "-moved";
        Directory.Move(warehouse.Root, moved);
        try
        {
            foreach (var table in warehouse.Tables)
            {
                var plain = await JudgedWarehouse.ScanAsync(Path.Combine(moved, "db", table.Name), TestContext.Current.CancellationToken);

                Assert.Equal(warehouse.ContentOf(table).Sorted(), plain.Sorted());
            }
        }
        finally
        {
            Directory.Move(moved, warehouse.Root);
        }
    }

    [Fact]
    public async Task Every_data_and_delete_file_has_the_ids_and_types_of_its_schema()
    {
        var files = FileGates.ReadParquetSchemas(warehouse.Root);
        var problems = new List<string>();
        var counts = (Files: 0, Deletes: 0);
        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(warehouse.Root, "db")))
        {
            var table = await TableFolder.LoadMovedTableAsync(new LocalObjectStore(), folder, TestContext.Current.CancellationToken);
            foreach (var (file, columns) in files.Where(f => f.Key.StartsWith(folder + "/", StringComparison.Ordinal)))
            {
                counts.Files++;
                counts.Deletes += columns[0].Name == "file_path" ? 1 : 0;
                problems.AddRange(FileGates.ProblemsOf(columns, table.Metadata.CurrentSchema).Select(p => $"{file}: {p}"));
            }
        }

        Say($"parquet files: {counts.Files}, of them {counts.Deletes} position delete files; {problems.Count} problems");
        Assert.Empty(problems);
        Assert.Equal(files.Count, counts.Files);
        Assert.All(warehouse.Tables.Where(t => t.HasPositionDeletes), t => Assert.Contains(files, f => f.Key.StartsWith(warehouse.FolderOf(t) + "/", StringComparison.Ordinal) && f.Value[0].Name == "file_path"));
    }

    [Fact]
    public async Task Every_manifest_and_manifest_list_has_its_ids_and_header()
    {
        var problems = new List<string>();
        var count = 0;
        foreach (var file in Directory.EnumerateFiles(warehouse.Root, "*.avro", SearchOption.AllDirectories))
        {
            count++;
            problems.AddRange((await FileGates.ProblemsOfAvroAsync(file, TestContext.Current.CancellationToken)).Select(p => $"{file}: {p}"));
        }

        Say($"avro files: {count}; {problems.Count} problems");
        Assert.Empty(problems);
        Assert.True(count > 2 * warehouse.Tables.Count, $"Only {count} files were found.");
    }

    private string? ProblemOf(Judge judge, JudgedTable table, Verdict verdict, JudgeLimit? limit)
    {
        var content = warehouse.ContentOf(table);
        return limit is { Columns.Length: 0 } ? null : content.FindDifference(judge, verdict, column => limit is null || !limit.Columns.Contains(content.Schema![column].Name));
    }

    // One line a judge, in the log of the run too.
    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }
}
