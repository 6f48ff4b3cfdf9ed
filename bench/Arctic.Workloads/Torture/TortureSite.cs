using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Workloads.Torture;

/// <summary>A folder with the table of a torture and the diaries of its writers.</summary>
internal sealed class TortureSite(string folder)
{
    /// <summary>The rows of each append.</summary>
    public const int RowsPerAppend = 5;

    /// <summary>The property of a snapshot's summary that says whose it is.</summary>
    public const string Mark = "torture.commit";

    public static readonly TableIdentifier Table = TableIdentifier.Parse("db.t");

    /// <summary>The append that brought a row, and its number there.</summary>
    public static readonly Schema Columns = new(0, [new NestedField(1, "commit", IcebergTypes.Long, true), new NestedField(2, "row", IcebergTypes.Int, true)]);

    public string Folder => folder;

    public string Journals => Path.Combine(folder, "journals");

    /// <summary>The catalog as one process sees it.</summary>
    public FileSystemCatalog Open(IObjectStore store, Random random) => new("torture", Path.Combine(folder, "warehouse"), store, new CommitEnvironment(TimeProvider.System, random));

    /// <summary>Makes the empty table. Old metadata is deleted as it goes, which is where commits are hardest to keep apart; every snapshot stays, so that the history can be checked.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Journals);
        var catalog = Open(new LocalObjectStore(), new Random(0));
        await catalog.CreateNamespaceAsync(Table.Namespace, new Dictionary<string, string>(), cancellationToken);
        var properties = new Dictionary<string, string>
        {
            ["commit.retry.num-retries"] = "1000",
            ["commit.retry.min-wait-ms"] = "5",
            ["commit.retry.max-wait-ms"] = "250",
            ["commit.manifest.min-count-to-merge"] = "20",
            ["write.metadata.previous-versions-max"] = "2",
            ["write.metadata.delete-after-commit.enabled"] = "true",
        };
        await catalog.CreateTableAsync(Table, new TableCreation { Schema = Columns, Properties = properties }, cancellationToken);
    }
}
