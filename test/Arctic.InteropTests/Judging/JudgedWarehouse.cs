using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Judging;

namespace Arctic.InteropTests.Judging;

/// <summary>The warehouse of the judged tables: written once through SQL, read by all tests of a class.</summary>
public sealed class JudgedWarehouse : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("arctic-judged-").FullName;
    private readonly List<JudgedTable> _tables = [];
    private readonly Dictionary<string, TableContent> _contents = [];

    /// <summary>The warehouse's folder.</summary>
    internal string Root => Path.Combine(_root, "warehouse");

    internal IReadOnlyList<JudgedTable> Tables => _tables;

    /// <summary>The folder of a table; of a keyed one its base store.</summary>
    internal string FolderOf(JudgedTable table) => Path.Combine(Root, "db", table.Name);

    /// <summary>What <c>SELECT *</c> gave.</summary>
    internal TableContent ContentOf(JudgedTable table) => _contents[table.Name];

    public async ValueTask InitializeAsync()
    {
        var feeds = Directory.CreateDirectory(Path.Combine(_root, "feeds")).FullName;
        await using var session = new SessionBuilder { Random = new Random(1) }.Build();
        await RunAsync(session, $"CREATE CATALOG lake WITH ('type'='arctic', 'warehouse'='{Root}')", "CREATE DATABASE lake.db", "USE lake.db");
        foreach (var table in JudgedTables.Create(feeds))
        {
            await RunAsync(session, [.. table.Statements]);
            _tables.Add(table);
            await using var result = await session.ExecuteAsync($"SELECT * FROM `{table.Name}`");
            _contents[table.Name] = await TableContent.ReadAsync(result.Schema, result.ReadAsync());
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads a table's folder as a plain Iceberg table, without a catalog.</summary>
    internal static async Task<TableContent> ScanAsync(string folder, CancellationToken cancellationToken)
    {
        var table = await TableFolder.LoadMovedTableAsync(new LocalObjectStore(), folder, cancellationToken);
        var scan = new TableScan(table.Store, table.Metadata);
        return await TableContent.ReadAsync(null, scan.ReadAsync(cancellationToken));
    }

    private static async Task RunAsync(Session session, params string[] statements)
    {
        foreach (var statement in statements)
        {
            try
            {
                await using var result = await session.ExecuteAsync(statement);
                await foreach (var _ in result.ReadAsync())
                {
                    // What a CALL reports is not wanted.
                }
            }
            catch (Arctic.Columnar.Errors.ArcticException e)
            {
                throw new InvalidOperationException($"{e.ToUserText()}\nin {statement}", e);
            }
        }
    }
}
