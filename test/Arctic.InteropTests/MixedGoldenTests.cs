using System.Text.Json;
using System.Text.Json.Nodes;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.InteropTests.Mixed;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Stores;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.InteropTests;

public class MixedGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<string> WrittenTables => new(GoldenTable.Written.Select(t => t.Name));

    [Theory]
    [MemberData(nameof(WrittenTables))]
    public async Task A_change_store_written_from_the_same_feed_equals_the_original(string name)
    {
        var folder = Golden.Find($"mixed/{name}");
        Assert.SkipWhen(folder is null, "The golden tables are not here.");
        var golden = GoldenTable.Written.Single(t => t.Name == name);
        var catalog = await CreateCatalogAsync();

        var table = await WriteAsync(catalog, golden, Path.Combine(folder!, "..", "_input", golden.Feed));

        Assert.Equal(PropertiesOf(folder!, name), Comparable(table.BaseStore.Metadata.Properties));
        Assert.Equal(PropertiesOf(folder!, name + "_change_"), Comparable(table.ChangeStore!.Metadata.Properties));
        Assert.Equal(SchemaOf(folder!, name + "_change_"), Normal(Arctic.Iceberg.Spec.Json.SchemaJson.ToText(table.Schema)));
        var (names, rows) = await ReadChangesAsync(table);
        Assert.Equal(FileNamesOf(folder!), names);
        Assert.Equal(string.Join("\n", GoldenTable.ReadChangeRows(folder!)), string.Join("\n", rows));
        output.WriteLine($"{name}: {names.Count} files, {rows.Count} change rows equal");
    }

    private static async Task<MixedTableCatalog> CreateCatalogAsync()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var iceberg = new FileSystemCatalog("test", "memory:///wh", store, new CommitEnvironment(TimeProvider.System, new Random(1)));
        var catalog = new MixedTableCatalog(iceberg, TimeProvider.System);
        await catalog.CreateDatabaseAsync("db", new Dictionary<string, string>(), default);
        return catalog;
    }

    /// <summary>Plays the INSERTs of the golden script: each segment is one bounded job, so one checkpoint and one commit.</summary>
    private static async Task<MixedTable> WriteAsync(MixedTableCatalog catalog, GoldenTable golden, string feed)
    {
        var table = await catalog.CreateTableAsync(
            new MixedTableCreation
            {
                Database = "db",
                Name = golden.Name,
                Columns = golden.Columns,
                PrimaryKey = ["id"],
                Partitioning = golden.Partition is null ? [] : [new PartitionColumn(golden.Partition, new Transform.Identity())],
                Properties = golden.Properties,
            },
            default);
        var segments = FeedFile.Read(feed, golden.Columns, golden.Adjust);
        for (var i = 0; i < golden.Segments; i++)
        {
            await InsertAsync(new LakeSink(catalog, table, new Dictionary<string, string>()), golden.Parallelism, checkpoint: i + 1, segments[i]);
        }

        return await catalog.RefreshAsync(table, default);
    }

    private static async Task InsertAsync(LakeSink sink, int parallelism, long checkpoint, ChangeBatch batch)
    {
        var targets = new int[batch.RowCount];
        sink.Partitioner!.Partition(batch, parallelism, targets);
        var committables = new List<Committable>();
        for (var subtask = 0; subtask < parallelism; subtask++)
        {
            await using var writer = sink.CreateWriter(Context(parallelism, subtask, checkpoint));
            var rows = Enumerable.Range(0, batch.RowCount).Where(r => targets[r] == subtask).ToArray();
            await writer.WriteAsync(batch.WithSelection(rows), default);
            if (await writer.PrepareCommitAsync(new CheckpointId(checkpoint), default) is { } committable)
            {
                committables.Add(committable);
            }
        }

        await using var committer = sink.CreateCommitter(Context(parallelism, -1, checkpoint))!;
        await committer.CommitAsync(new CheckpointId(checkpoint), committables, default);
    }

    private static SinkContext Context(int parallelism, int subtask, long run) => new()
    {
        Name = "sink",
        SinkId = "golden",
        Incarnation = new Incarnation(run),
        Parallelism = parallelism,
        Subtask = subtask,
        Time = TimeProvider.System,
        Random = new Random(subtask + 100),
        Logger = NullLogger.Instance,
    };

    private static async Task<(List<string> Names, List<string> Rows)> ReadChangesAsync(MixedTable table)
    {
        var store = table.ChangeStore!;
        var (names, rows) = (new List<string>(), new List<string>());
        foreach (var manifest in await store.ReadManifestsAsync(store.Metadata.CurrentSnapshot!, default))
        {
            await foreach (var entry in store.ReadEntriesAsync(manifest, new(), default))
            {
                var file = StoreFile.Of(entry.File, entry.SequenceNumber!.Value, StoreKind.Change, "");
                names.Add($"{file.DataSequence} {GoldenTable.NameOf(file.File.FilePath)}");
                rows.AddRange((await ReadRowsAsync(store, file)).Select(r => $"{GoldenTable.NameOf(file.File.FilePath)} {r}"));
            }
        }

        names.Sort(StringComparer.Ordinal);
        rows.Sort(StringComparer.Ordinal);
        return (names, rows);
    }

    private static async Task<List<string>> ReadRowsAsync(IcebergTable store, StoreFile file)
    {
        await using var bridge = new NativeBridge("golden");
        await using var reader = await store.Store.OpenReadAsync(file.File.FilePath, default);
        await using var parquet = await ParquetFileReader.OpenAsync(reader, file.File.FilePath, bridge, 1000);
        var rows = new List<string>();
        await foreach (var part in parquet.ReadAsync(null, null, default))
        {
            using (part)
            {
                foreach (var row in GoldenRows.Of(part.Batch))
                {
                    // The golden lines name the hidden columns in this order.
                    var json = JsonNode.Parse(row)!.AsObject();
                    var offset = json["_file_offset"]!.GetValue<long>();
                    json.Remove("_file_offset");
                    json.Add("_transaction_id", file.Transaction);
                    json.Add("_file_offset", offset);
                    json.Add("_change_action", file.Type == StoreFileType.EqualityDelete ? "DELETE" : "INSERT");
                    rows.Add(json.ToJsonString());
                }
            }
        }

        return rows;
    }

    private static List<string> FileNamesOf(string folder) =>
        File.ReadLines(Path.Combine(folder, "files.jsonl"))
            .Select(l => JsonNode.Parse(l)!)
            .Select(f => $"{f["dataSeq"]} {GoldenTable.NameOf(f["path"]!.GetValue<string>())}")
            .Order(StringComparer.Ordinal)
            .ToList();

    private static SortedDictionary<string, string> PropertiesOf(string folder, string store) =>
        Comparable(NewestMetadata(folder, store)["properties"]!.AsObject().ToDictionary(p => p.Key, p => p.Value!.GetValue<string>()));

    private static string SchemaOf(string folder, string store) => Normal(NewestMetadata(folder, store)["schemas"]![0]!.ToJsonString());

    private static string Normal(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<SortedDictionary<string, JsonElement>>(json));

    private static JsonNode NewestMetadata(string folder, string store)
    {
        var metadata = Path.Combine(folder, "table", store, "metadata");
        var version = File.ReadAllText(Path.Combine(metadata, "version-hint.text")).Trim();
        return JsonNode.Parse(File.ReadAllText(Path.Combine(metadata, $"v{version}.metadata.json")))!;
    }

    // Timestamps differ from run to run; what a sink of ours remembers is not part of the format.
    private static SortedDictionary<string, string> Comparable(IReadOnlyDictionary<string, string> properties)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in properties.Where(p => !p.Key.StartsWith("arctic.sink.", StringComparison.Ordinal)))
        {
            result.Add(key, key is "table.create-timestamp" or "watermark.table" ? "<time>" : value);
        }

        return result;
    }
}
