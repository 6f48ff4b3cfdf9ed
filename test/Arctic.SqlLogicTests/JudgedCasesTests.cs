using Arctic.SqlLogicTests.Files;
using Arctic.SqlLogicTests.Running;
using Arctic.Testing.Judging;

namespace Arctic.SqlLogicTests;

/// <summary>The tables that the case files leave in a warehouse, on disk this time, are read by outside engines with the rows that we read.</summary>
public sealed class JudgedCasesTests(JudgedCases cases) : IClassFixture<JudgedCases>
{
    [Theory]
    [InlineData("clickhouse")]
    [InlineData("icebird")]
    public async Task Lake_tables_of_the_case_files_are_read_by_an_outside_engine_with_our_rows(string engine)
    {
        var judge = Judge.Find(engine);
        var lake = await cases.LakeAsync(TestContext.Current.CancellationToken);

        var problems = await lake.FindProblemsAsync(judge, TestContext.Current.CancellationToken);

        Console.WriteLine($"{engine}: {lake.Tables.Count} tables of case files, {lake.Tables.Count - problems.Count} equal");
        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.NotEmpty(lake.Tables);
    }
}

/// <summary>Runs every case file that uses the warehouse, in batch, with a warehouse on disk; once for all engines, and not at all when none is there.</summary>
public sealed class JudgedCases : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("arctic-cases-").FullName;
    private JudgedLake? _lake;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    internal async Task<JudgedLake> LakeAsync(CancellationToken cancellationToken)
    {
        if (_lake is null)
        {
            var warehouses = new List<string>();
            foreach (var file in SltFile.FindNames(SqlLogicTests.Cases).Select(n => SltFile.Read(SqlLogicTests.Cases, n)).Where(UsesWarehouse))
            {
                var warehouse = Directory.CreateDirectory(Path.Combine(_root, file.Name)).FullName;
                await using var run = new CaseRun(file, RunMode.Batch, Path.Combine(SqlLogicTests.Cases, "data"), warehouse);
                await run.RunAsync(cancellationToken);
                warehouses.Add(warehouse);
            }

            _lake = await JudgedLake.OpenAsync(_root, warehouses, cancellationToken);
        }

        return _lake;
    }

    private static bool UsesWarehouse(SltFile file) => file.Modes.Contains(RunMode.Batch) && file.Records.Any(r => r.Sql.Contains("${warehouse}", StringComparison.Ordinal));
}
