using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.InteropTests;

/// <summary>Tables that others wrote are maintained by us, and have the same rows, and in version 3 the same row ids, after every step.</summary>
public sealed class IcebergMaintenanceGoldenTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Maintenance_changes_no_row_of_any_recorded_table()
    {
        var tables = GoldenIcebergTable.FindAll();
        Assert.SkipWhen(tables is null, "The recorded tables are not on this machine.");
        var exceptions = GoldenIcebergTable.ReadExceptions();
        var problems = new List<string>();
        var (maintained, refused) = (0, 0);
        foreach (var golden in tables!.Where(t => !exceptions.ContainsKey(t.Name)))
        {
            try
            {
                maintained += await MaintainAsync(golden, problems) ? 1 : 0;
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.FormatUnsupported)
            {
                // Tables whose property asks for files that we do not write.
                output.WriteLine($"{golden.Name}: {e.Message}");
                refused++;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // One table's bug must not hide the others.
                problems.Add($"{golden.Name}: {e}");
            }
        }

        output.WriteLine($"iceberg golden maintenance: {maintained} tables rewritten, {refused} refused");
        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.True(maintained > 100 && refused < 20, $"{maintained} tables rewritten, {refused} refused");
    }

    private static async Task<bool> MaintainAsync(GoldenIcebergTable golden, List<string> problems)
    {
        var recorded = await golden.OpenAsync();
        if (recorded.Metadata.CurrentSnapshot is null)
        {
            return false;
        }

        var catalog = new MemoryCatalog("copy", "memory:///copy", new OverlayObjectStore(recorded.Store), new CommitEnvironment(TimeProvider.System, new Random(1)));
        await catalog.CreateNamespaceAsync(Namespace.Parse("db"), new Dictionary<string, string>(), Token);
        var table = await catalog.RegisterTableAsync(TableIdentifier.Parse("db.t"), recorded.MetadataLocation, Token);
        var hasIds = table.Metadata.CurrentSnapshot?.FirstRowId is not null;
        var expected = await RowsAsync(table, hasIds);
        (string Name, Func<IcebergTable, Task<IcebergTable>> Run)[] steps =
        [
            ("position deletes gathered", async t => (await new PositionDeleteRewrite(t).RunAsync(Token)).Table),
            ("manifests rewritten", RewriteManifestsAsync),
            ("data files rewritten", async t => (await new DataFileRewrite(t, new DataFileRewriteOptions { RewriteAll = true }).RunAsync(Token)).Table),
            ("dangling deletes removed", async t => (await new DanglingDeletes(t).RunAsync(Token)).Table),
        ];
        foreach (var (name, run) in steps)
        {
            table = await run(table);
            var found = await RowsAsync(table, hasIds);
            if (!expected.SequenceEqual(found))
            {
                problems.Add($"{golden.Name}: {expected.Count} rows became {found.Count} others when {name}: {expected.Except(found).FirstOrDefault()} / {found.Except(expected).FirstOrDefault()}");
                return false;
            }
        }

        return true;
    }

    private static async Task<IcebergTable> RewriteManifestsAsync(IcebergTable table)
    {
        var transaction = table.NewTransaction();
        transaction.RewriteManifests();
        return await transaction.CommitAsync(Token);
    }

    // Rows that have an id already must keep it, and the number of their last change.
    private static Task<List<string>> RowsAsync(IcebergTable table, bool hasIds)
    {
        var scan = new TableScan(table.Store, table.Metadata);
        NestedField[] lineage = !hasIds ? [] : [MetadataColumns.RowId, MetadataColumns.LastUpdatedSequenceNumber];
        return GoldenIcebergTable.ReadAsync(scan.Select([.. scan.Schema.Fields.Where(f => f.Type is not IcebergType.Unknown), .. lineage]));
    }
}
