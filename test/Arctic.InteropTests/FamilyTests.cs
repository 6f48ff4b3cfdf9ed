using Arctic.Columnar;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.InteropTests.Family;
using Arctic.InteropTests.Judging;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Judging;

namespace Arctic.InteropTests;

/// <summary>
/// A generated family of tables: every type, transform, kind of delete and step of evolution. Our scans and the outside engines must give the rows of the model; every file must look
/// as the format asks. Deletion vectors, lineage and defaults have no outside judge: their proof is elsewhere (golden blobs and tables, a second decoder).
/// </summary>
public sealed class FamilyTests(FamilyWarehouse warehouse, ITestOutputHelper output) : IClassFixture<FamilyWarehouse>
{
    private const int FiltersEach = 12;

    [Fact]
    public async Task Our_scan_gives_the_rows_of_the_model_with_and_without_filters()
    {
        foreach (var line in FamilyPlan.CoverageOf(warehouse.Tables.Select(t => t.Plan).ToList()))
        {
            Say($"family of seed {FamilyWarehouse.Seed}, {warehouse.Tables.Count} tables, {line}");
        }

        var problems = new List<string>();
        foreach (var table in warehouse.Tables)
        {
            var loaded = await LoadAsync(table);
            if (!CanonicalRows.Sort(ModelCells(table, table.Rows, isCoarse: false)).SequenceEqual(await ScanAsync(new TableScan(loaded.Store, loaded.Metadata))))
            {
                problems.Add($"{table.Plan}: a scan gives other rows than the model's {table.Rows.Count}");
            }

            problems.AddRange(await FilterProblemsAsync(table, new TableScan(loaded.Store, loaded.Metadata)));
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Theory]
    [InlineData("clickhouse")]
    [InlineData("icebird")]
    public async Task Outside_engines_read_the_rows_of_the_model(string engine)
    {
        var judge = Judge.Find(engine);
        var limits = warehouse.Tables.ToDictionary(t => t.Plan.Name, t => FamilyLimits.Of(engine, t));
        var asked = warehouse.Tables.Where(t => limits[t.Plan.Name] is null).ToList();
        var verdicts = await judge.ReadAsync(warehouse.Root, asked.Select(warehouse.FolderOf).ToList(), TestContext.Current.CancellationToken);
        var problems = new List<string>();
        foreach (var (table, verdict) in asked.Zip(verdicts))
        {
            limits[table.Plan.Name] = FamilyLimits.OfRefusal(engine, verdict.Refusal);
            if (limits[table.Plan.Name] is null && ProblemOf(table, verdict, judge) is { } problem)
            {
                problems.Add($"{table.Plan}: {problem}");
            }
        }

        var limited = limits.Values.Count(l => l is not null);
        Say($"family, {engine}: {warehouse.Tables.Count} tables, {warehouse.Tables.Count - limited - problems.Count} equal, {limited} with a limit of the engine");
        if (verdicts.Sum(v => v.FilterCount) is > 0 and var filters)
        {
            Say($"  {filters} conditions with pruning by partitions, bounds and row groups, {filters - verdicts.Sum(v => v.MisledFilters.Count)} find the same rows as without");
        }

        foreach (var limit in limits.Values.OfType<string>().GroupBy(l => l))
        {
            Say($"  not asked of {engine}: {limit.Count()} tables: {limit.Key}");
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public async Task Every_file_looks_as_the_format_asks()
    {
        var files = FileGates.ReadParquetSchemas(warehouse.Root);
        var problems = new List<string>();
        foreach (var table in warehouse.Tables)
        {
            var metadata = (await LoadAsync(table)).Metadata;
            problems.AddRange(files.Where(f => f.Key.StartsWith(warehouse.FolderOf(table) + "/", StringComparison.Ordinal)).SelectMany(f => FileGates.ProblemsOf(f.Value, metadata.Schemas).Select(p => $"{table.Plan}: {f.Key}: {p}")));
        }

        var count = 0;
        foreach (var file in Directory.EnumerateFiles(warehouse.Root, "*.avro", SearchOption.AllDirectories))
        {
            count++;
            problems.AddRange((await FileGates.ProblemsOfAvroAsync(file, TestContext.Current.CancellationToken)).Select(p => $"{file}: {p}"));
        }

        Say($"family: {files.Count} Parquet files and {count} Avro files; {problems.Count} problems");
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private ValueTask<Iceberg.IcebergTable> LoadAsync(FamilyTable table) => TableFolder.LoadMovedTableAsync(new LocalObjectStore(), warehouse.FolderOf(table), TestContext.Current.CancellationToken);

    private static async Task<List<string>> FilterProblemsAsync(FamilyTable table, TableScan scan)
    {
        var random = new Random(table.Plan.Index);
        var problems = new List<string>();
        for (var i = 0; i < FiltersEach; i++)
        {
            var (filter, holds) = FamilyFilters.Next(random, scan.Schema, table.Rows);
            if (!CanonicalRows.Sort(ModelCells(table, table.Rows.Where(holds).ToList(), isCoarse: false)).SequenceEqual(await ScanAsync(scan.Where(filter))))
            {
                problems.Add($"{table.Plan}: a scan where {filter} gives other rows than the model's {table.Rows.Count(holds)}");
            }
        }

        return problems;
    }

    private static string? ProblemOf(FamilyTable table, Verdict verdict, Judge judge)
    {
        if (verdict.Refusal is not null)
        {
            return $"refused: {verdict.Refusal}";
        }

        if (verdict.MisledFilters.Count > 0)
        {
            return $"pruning loses rows: {string.Join(", ", verdict.MisledFilters)}";
        }

        var schema = table.Table.Metadata.CurrentSchema.ToRowSchema();
        var ours = CanonicalRows.Sort(ModelCells(table, table.Rows, judge.IsCoarse).Select(r => r.Select((cell, i) => cell ?? judge.NullOf(schema[i].Type)).ToArray()));
        var theirs = CanonicalRows.Sort(CanonicalRows.CellsOf(verdict, schema, judge.IsCoarse));
        var different = Enumerable.Range(0, Math.Max(ours.Count, theirs.Count)).FirstOrDefault(i => i >= ours.Count || i >= theirs.Count || ours[i] != theirs[i], -1);
        return different < 0 ? null : $"{ours.Count} rows of ours, {theirs.Count} of theirs; first difference:\n    here  {ours.ElementAtOrDefault(different)}\n    there {theirs.ElementAtOrDefault(different)}";
    }

    private static IEnumerable<string?[]> ModelCells(FamilyTable table, IReadOnlyList<FamilyRow> rows, bool isCoarse)
    {
        var schema = table.Table.Metadata.CurrentSchema;
        using var batch = FamilyValues.ToBatch(schema, rows);
        return CanonicalRows.CellsOf(batch, isCoarse).Select(r => r.Select((cell, i) => ToText(cell, schema.Fields[i].Type)).ToArray()).ToArray();
    }

    private static async Task<List<string>> ScanAsync(TableScan scan)
    {
        var content = await TableContent.ReadAsync(null, scan.ReadAsync(TestContext.Current.CancellationToken));
        return CanonicalRows.Sort(content.Exact.Select(r => r.Select((cell, i) => ToText(cell, scan.Schema.Fields[i].Type)).ToArray()));
    }

    // SQL knows uuids as sixteen bytes.
    private static string? ToText(string? cell, IcebergType type) => cell is not null && type is IcebergType.Uuid ? new Guid(Convert.FromHexString(cell), bigEndian: true).ToString() : cell;

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }
}
