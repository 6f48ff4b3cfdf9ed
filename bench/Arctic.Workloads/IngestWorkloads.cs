using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Microsoft.Extensions.Logging.Abstractions;
using ParquetSharp;
using NativeWriter = ParquetSharp.Arrow.FileWriter;

namespace Arctic.Workloads;

/// <summary>
/// <c>append</c> and <c>keyed-ingest</c>: one writer of the lake sink and the commit, on batches built beforehand, into a table of a file-system catalog; beside ParquetSharp writing the same
/// batches to one file. Both sides sync what they wrote to disk, and both use Zstandard at level 3 and row groups of about a million rows.
/// The tables are read in the end, and must hold what was written.
/// </summary>
internal static class IngestWorkloads
{
    private const string Database = "db";

    /// <summary>Inserts into a table without a key.</summary>
    public static async Task RunAppendAsync(WorkloadOptions options) => await RunAsync("append", LineItems.Inserts(options.Rows ?? 2_000_000), [], options);

    /// <summary>Changes of every kind into a table with a key and four buckets.</summary>
    public static async Task RunKeyedAsync(WorkloadOptions options) => await RunAsync("keyed-ingest", LineItems.Changes(options.Rows ?? 2_000_000), ["id"], options);

    private static async Task RunAsync(string name, List<ChangeBatch> batches, string[] key, WorkloadOptions options)
    {
        var folder = options.FreshFolder(name);
        var rows = batches.Sum(b => (long)b.RowCount);
        var warehouse = Path.Combine(folder, "warehouse");
        var catalog = NewCatalog(warehouse);

        // A table for each run, so that making and clearing them stays outside of the clock.
        var tables = new Queue<MixedTable>();
        for (var i = 0; i <= options.Runs; i++)
        {
            tables.Enqueue(await CreateTableAsync(catalog, $"t{i}", key));
        }

        await Measurement.ReportAsync(
            name,
            key.Length == 0 ? "7-columns" : "4-buckets",
            rows,
            options.Runs,
            async () => await IngestAsync(catalog, tables.Dequeue(), batches),
            "ParquetSharp",
            () => WriteNative(Path.Combine(folder, "peer.parquet"), batches),
            byCpu: true);
        await IngestCheck.RequireAsync(warehouse, $"{Database}.t0", batches);
        Directory.Delete(folder, recursive: true);
    }

    private static MixedTableCatalog NewCatalog(string warehouse)
    {
        Directory.CreateDirectory(warehouse);
        var iceberg = new FileSystemCatalog("lake", warehouse, new LocalObjectStore(), new CommitEnvironment(TimeProvider.System, new Random(1)));
        return new MixedTableCatalog(iceberg, TimeProvider.System);
    }

    private static async Task<MixedTable> CreateTableAsync(MixedTableCatalog catalog, string name, string[] key)
    {
        if (!await catalog.HasDatabaseAsync(Database, default))
        {
            await catalog.CreateDatabaseAsync(Database, new Dictionary<string, string>(), default);
        }

        return await catalog.CreateTableAsync(new MixedTableCreation { Database = Database, Name = name, Columns = LineItems.Schema, PrimaryKey = key }, default);
    }

    private static async Task<string?> IngestAsync(MixedTableCatalog catalog, MixedTable table, List<ChangeBatch> batches)
    {
        var sink = new LakeSink(catalog, table, new Dictionary<string, string>());
        var context = new SinkContext
        {
            Name = "bench",
            SinkId = "bench",
            Incarnation = new Incarnation(1),
            Parallelism = 1,
            Subtask = 0,
            Time = TimeProvider.System,
            Random = new Random(1),
            Logger = NullLogger.Instance,
        };
        await using var writer = sink.CreateWriter(context);
        await using var committer = sink.CreateCommitter(context with { Subtask = -1 });
        foreach (var batch in batches)
        {
            await writer.WriteAsync(batch.Retain(), default);
        }

        var checkpoint = new CheckpointId(1);
        var committable = await writer.PrepareCommitAsync(checkpoint, default);
        await committer.CommitAsync(checkpoint, [committable!], default);
        return await SummaryAsync(catalog, table);
    }

    private static async Task<string> SummaryAsync(MixedTableCatalog catalog, MixedTable table)
    {
        var summary = (await catalog.RefreshAsync(table, default)).WrittenStore.Metadata.CurrentSnapshot!.Summary;
        return $"{summary["total-records"]} rows, {summary["total-data-files"]} files, {summary["total-files-size"]} bytes";
    }

    private static Task WriteNative(string path, List<ChangeBatch> batches)
    {
        var schema = ParquetArrowSchema.ToArrow(FileField.Of(LineItems.Schema));
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.Compression(Compression.Zstd).CompressionLevel(3).MaxRowGroupLength(1 << 20).EnableStoreDecimalAsInteger().Build();
        using (var writer = new NativeWriter(path, schema, properties))
        {
            // The library itself begins another row group when one is full.
            writer.NewBufferedRowGroup();
            foreach (var batch in batches)
            {
                writer.WriteBufferedRecordBatch(ArrowExport.ToRecordBatch(batch, schema));
            }

            writer.Close();
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
        return Task.CompletedTask;
    }
}
