using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Optimizing;
using Arctic.KeyedTables.Reading;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.UnitTests.KeyedTables;

/// <summary>Random changes, writers, commits and optimizing runs against a dictionary: whatever pair of snapshots is read, its rows are the model's at that commit.</summary>
public class MixedTablePropertyTests
{
    private const int KeyCount = 25;
    private const int CheckpointCount = 8;

    private static readonly RowSchema Columns = new(new Field("id", DataTypes.Int.AsNotNull()), new Field("v", DataTypes.Int), new Field("p", DataTypes.String));

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 12));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_pair_of_snapshots_has_the_rows_of_the_model(int seed)
    {
        var random = new Random(seed);
        var isUpsert = random.Next(2) == 0;
        var isPartitioned = random.Next(3) == 0;
        var catalog = await CreateCatalogAsync(seed);
        var table = await CreateTableAsync(catalog, random, isUpsert, isPartitioned);
        var model = new Dictionary<int, string>();
        var modelAt = new Dictionary<long, List<string>> { [0] = [] };
        var (changes, bases) = (new List<IcebergTable> { table.ChangeStore! }, new List<IcebergTable> { table.BaseStore });
        for (var checkpoint = 1; checkpoint <= CheckpointCount; checkpoint++)
        {
            var batches = Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomChanges(random, model, isUpsert)).ToList();
            await WriteAsync(catalog, table, random, checkpoint, batches);
            table = await catalog.RefreshAsync(table, default);
            changes.Add(table.ChangeStore!);
            modelAt[table.ChangeStore!.Metadata.CurrentSnapshot!.SequenceNumber] = Rows(model);
            if (random.Next(3) == 0)
            {
                await OptimizeAsync(catalog, table, seed + checkpoint);
                table = await catalog.RefreshAsync(table, default);
                bases.Add(table.BaseStore);
            }
        }

        await OptimizeAsync(catalog, table, seed + 1000);
        table = await catalog.RefreshAsync(table, default);
        bases.Add(table.BaseStore);
        var pairs = 0;
        foreach (var change in changes)
        {
            foreach (var baseStore in bases)
            {
                if (await PinnedTable.TryPinAsync(new MixedTable(baseStore, change), default) is { } pinned)
                {
                    Assert.Equal(modelAt[pinned.Sequence], await ReadAsync(pinned));
                    pairs++;
                }
            }
        }

        Assert.True(pairs > CheckpointCount, "Hardly any pair was read.");
        Assert.Equal(Rows(model), await ReadBaseAloneAsync(table));
        Assert.Equal(OptimizeResult.Nothing, await OptimizeAsync(catalog, table, seed + 2000));
    }

    [Fact]
    public async Task Two_optimizers_at_once_fold_each_change_once()
    {
        var catalog = await CreateCatalogAsync(1);
        var random = new Random(5);
        var table = await CreateTableAsync(catalog, random, isUpsert: true, isPartitioned: false);
        var model = new Dictionary<int, string>();
        for (var checkpoint = 1; checkpoint <= 3; checkpoint++)
        {
            await WriteAsync(catalog, table, random, checkpoint, [RandomChanges(random, model, isUpsert: true)]);
        }

        var results = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => OptimizeAsync(catalog, table, i)));

        Assert.Single(results, r => r != OptimizeResult.Nothing);
        Assert.Equal(Rows(model), await ReadBaseAloneAsync(await catalog.RefreshAsync(table, default)));
    }

    [Fact]
    public async Task An_older_run_is_fenced_and_a_replay_changes_nothing()
    {
        var catalog = await CreateCatalogAsync(1);
        var random = new Random(5);
        var table = await CreateTableAsync(catalog, random, isUpsert: true, isPartitioned: false);
        var model = new Dictionary<int, string>();
        var files = await PrepareAsync(catalog, table, random, incarnation: 2, checkpoint: 1, [RandomChanges(random, model, isUpsert: true)]);
        var sink = new LakeSink(catalog, table, new Dictionary<string, string>());
        await using var newer = sink.CreateCommitter(Context(1, -1, 2, random))!;
        await using var older = sink.CreateCommitter(Context(1, -1, 1, random))!;

        await newer.CommitAsync(new CheckpointId(1), files, default);
        await newer.CommitAsync(new CheckpointId(1), files, default);
        var error = await Assert.ThrowsAsync<Arctic.Columnar.Errors.ArcticException>(async () => await older.CommitAsync(new CheckpointId(2), files, default));

        Assert.Equal(Arctic.Columnar.Errors.ErrorCodes.JobFenced, error.Code);
        Assert.Equal(new CommittedMark(new Incarnation(2), new CheckpointId(1)), await older.FindCommittedAsync(default));
        Assert.Single((await catalog.RefreshAsync(table, default)).ChangeStore!.Metadata.Snapshots);
        Assert.Equal(Rows(model), await ReadNewestAsync(catalog, table));
    }

    [Fact]
    public async Task A_fence_stops_older_runs_without_a_commit()
    {
        var catalog = await CreateCatalogAsync(1);
        var random = new Random(5);
        var table = await CreateTableAsync(catalog, random, isUpsert: true, isPartitioned: false);
        var files = await PrepareAsync(catalog, table, random, incarnation: 1, checkpoint: 1, [RandomChanges(random, [], isUpsert: true)]);
        var sink = new LakeSink(catalog, table, new Dictionary<string, string>());
        await using var newer = sink.CreateCommitter(Context(1, -1, 2, random))!;
        await using var older = sink.CreateCommitter(Context(1, -1, 1, random))!;
        await older.CommitAsync(new CheckpointId(4), files, default);

        var mark = await newer.FenceAsync(default);

        Assert.Equal(new CommittedMark(new Incarnation(2), new CheckpointId(4)), mark);
        Assert.Equal(mark, await newer.FenceAsync(default));
        Assert.Equal(
            Arctic.Columnar.Errors.ErrorCodes.JobFenced,
            (await Assert.ThrowsAsync<Arctic.Columnar.Errors.ArcticException>(async () => await older.CommitAsync(new CheckpointId(5), files, default))).Code);
        Assert.Equal(
            Arctic.Columnar.Errors.ErrorCodes.JobFenced, (await Assert.ThrowsAsync<Arctic.Columnar.Errors.ArcticException>(async () => await older.FenceAsync(default))).Code);
        Assert.Single((await catalog.RefreshAsync(table, default)).ChangeStore!.Metadata.Snapshots);
    }

    private static async Task<MixedTableCatalog> CreateCatalogAsync(int seed)
    {
        var iceberg = new FileSystemCatalog("test", "memory:///wh", new MemoryObjectStore(TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(seed)));
        var catalog = new MixedTableCatalog(iceberg, TimeProvider.System);
        await catalog.CreateDatabaseAsync("db", new Dictionary<string, string>(), default);
        return catalog;
    }

    private static async Task<MixedTable> CreateTableAsync(MixedTableCatalog catalog, Random random, bool isUpsert, bool isPartitioned) => await catalog.CreateTableAsync(
        new MixedTableCreation
        {
            Database = "db",
            Name = "t",
            Columns = Columns,
            PrimaryKey = ["id"],
            Partitioning = isPartitioned ? [new PartitionColumn("p", new Transform.Identity())] : [],
            Properties = new Dictionary<string, string>
            {
                ["write.upsert.enabled"] = isUpsert ? "true" : "false",
                ["change.file-index.hash-bucket"] = (1 << random.Next(4)).ToString(CultureInfo.InvariantCulture),
                ["base.file-index.hash-bucket"] = (1 << random.Next(4)).ToString(CultureInfo.InvariantCulture),
            },
        },
        default);

    // With upsert anything goes; without, the stream is complete: every change of a row names its old image.
    private static ChangeBatch RandomChanges(Random random, Dictionary<int, string> model, bool isUpsert)
    {
        var (rows, kinds) = (new List<object?[]>(), new List<RowKind>());
        for (var n = random.Next(1, 30); n > 0; n--)
        {
            var id = random.Next(KeyCount);
            var next = random.Next(1000);
            var isThere = model.TryGetValue(id, out var old);
            if (isUpsert && random.Next(2) == 0)
            {
                Add(RowKind.Insert, id, next);
            }
            else if (isThere && random.Next(2) == 0)
            {
                Add(RowKind.UpdateBefore, id, ValueOf(old!));
                Add(RowKind.UpdateAfter, id, next);
            }
            else if (isThere)
            {
                Add(RowKind.Delete, id, ValueOf(old!));
            }
            else
            {
                Add(isUpsert && random.Next(3) == 0 ? RowKind.UpdateAfter : RowKind.Insert, id, next);
            }
        }

        return TestRows.Batch(Columns, rows, kinds);

        void Add(RowKind kind, int id, int value)
        {
            // The partition belongs to the key, as the format asks.
            object?[] row = [id, value, $"p{id % 3}"];
            rows.Add(row);
            kinds.Add(kind);
            if (kind.IsAddition())
            {
                model[id] = TestRows.Text(row);
            }
            else
            {
                model.Remove(id);
            }
        }

        static int ValueOf(string text) => int.Parse(text.Split('|')[1], CultureInfo.InvariantCulture);
    }

    private static async Task WriteAsync(MixedTableCatalog catalog, MixedTable table, Random random, int checkpoint, IReadOnlyList<ChangeBatch> batches)
    {
        var committables = await PrepareAsync(catalog, table, random, incarnation: 1, checkpoint, batches);
        await using var committer = new LakeSink(catalog, table, new Dictionary<string, string>()).CreateCommitter(Context(1, -1, 1, random))!;
        for (var times = random.Next(1, 3); times > 0; times--)
        {
            await committer.CommitAsync(new CheckpointId(checkpoint), committables, default);
        }
    }

    private static async Task<List<Committable>> PrepareAsync(
        MixedTableCatalog catalog, MixedTable table, Random random, long incarnation, int checkpoint, IReadOnlyList<ChangeBatch> batches)
    {
        var sink = new LakeSink(catalog, table, new Dictionary<string, string>());
        var parallelism = random.Next(1, 4);
        var committables = new List<Committable>();
        for (var subtask = 0; subtask < parallelism; subtask++)
        {
            await using var writer = sink.CreateWriter(Context(parallelism, subtask, incarnation, random));
            foreach (var batch in batches)
            {
                var targets = new int[batch.RowCount];
                sink.Partitioner!.Partition(batch, parallelism, targets);
                await writer.WriteAsync(batch.WithSelection(Enumerable.Range(0, batch.RowCount).Where(r => targets[r] == subtask).ToArray()), default);
            }

            if (await writer.PrepareCommitAsync(new CheckpointId(checkpoint), default) is { } committable)
            {
                committables.Add(committable);
            }
        }

        return committables;
    }

    private static SinkContext Context(int parallelism, int subtask, long incarnation, Random random) => new()
    {
        Name = "sink",
        SinkId = "s",
        Incarnation = new Incarnation(incarnation),
        Parallelism = parallelism,
        Subtask = subtask,
        Time = TimeProvider.System,
        Random = new Random(random.Next()),
        Logger = NullLogger.Instance,
    };

    private static async Task<OptimizeResult> OptimizeAsync(MixedTableCatalog catalog, MixedTable table, int seed) =>
        await new SelfOptimizer(catalog, new MemoryBudget("the optimizer", 64 << 20), new Random(seed)).OptimizeAsync(table, default);

    private static async Task<List<string>> ReadNewestAsync(MixedTableCatalog catalog, MixedTable table) => await ReadAsync(await PinnedTable.PinAsync(catalog, table, default));

    private static async Task<List<string>> ReadAsync(PinnedTable pinned)
    {
        var scan = await MergeOnReadScan.PlanAsync(pinned, [0, 1, 2], null, default);
        var rows = await TestRows.ReadAsync(scan.ReadAsync(new MemoryBudget("the read", 64 << 20), 7, default));
        return rows.Select(TestRows.Text).Order(StringComparer.Ordinal).ToList();
    }

    // What an engine that knows nothing of change stores sees.
    private static async Task<List<string>> ReadBaseAloneAsync(MixedTable table)
    {
        var rows = await TestRows.ReadAsync(new Arctic.Iceberg.Scanning.TableScan(table.BaseStore.Store, table.BaseStore.Metadata).ReadAsync(default));
        return rows.Select(TestRows.Text).Order(StringComparer.Ordinal).ToList();
    }

    private static List<string> Rows(Dictionary<int, string> model) => model.Values.Order(StringComparer.Ordinal).ToList();
}
