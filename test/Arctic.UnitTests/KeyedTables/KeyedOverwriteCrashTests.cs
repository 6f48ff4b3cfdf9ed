using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Optimizing;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Writing;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.UnitTests.KeyedTables;

/// <summary>An overwrite of a keyed table whose process dies at each of its operations in turn, before or after that took effect: the table has the old rows or the new ones, and a replay ends in the new.</summary>
public class KeyedOverwriteCrashTests
{
    private static readonly RowSchema Columns = new(new Field("id", DataTypes.Int.AsNotNull()), new Field("v", DataTypes.Int), new Field("p", DataTypes.String));

    private static readonly object?[][] Folded = [[1, 10, "p1"], [2, 20, "p2"], [4, 40, "p1"]];
    private static readonly object?[][] Unfolded = [[2, 21, "p2"], [5, 50, "p2"]];
    private static readonly object?[][] Replacing = [[2, 199, "p2"], [2, 200, "p2"], [8, 800, "p2"]];
    private static readonly object?[][] Later = [[8, 801, "p2"], [9, 900, "p1"]];

    [Theory]
    [InlineData(OverwriteScope.Table, FaultKind.FailBefore)]
    [InlineData(OverwriteScope.Table, FaultKind.FailAfter)]
    [InlineData(OverwriteScope.WrittenPartitions, FaultKind.FailBefore)]
    [InlineData(OverwriteScope.OnePartition, FaultKind.FailAfter)]
    public async Task A_crash_at_any_operation_leaves_the_old_rows_or_the_new_ones(object scope, object kind)
    {
        var overwrite = new Overwrite((OverwriteScope)scope, OverwriteIsolation.None) { Partition = (OverwriteScope)scope == OverwriteScope.OnePartition ? new PartitionTuple("p2") : null };
        string[] old = ["1|10|p1", "2|21|p2", "4|40|p1", "5|50|p2"];
        string[] replaced = overwrite.Scope == OverwriteScope.Table ? ["2|200|p2", "8|800|p2"] : ["1|10|p1", "2|200|p2", "4|40|p1", "8|800|p2"];
        string[] last = overwrite.Scope == OverwriteScope.Table ? ["2|200|p2", "8|801|p2", "9|900|p1"] : ["1|10|p1", "2|200|p2", "4|40|p1", "8|801|p2", "9|900|p1"];
        var (oldAfterCrash, newAfterCrash) = (0, 0);
        for (var crashAt = 1; ; crashAt++)
        {
            var store = new MemoryObjectStore(TimeProvider.System);
            var catalog = await CreateAsync(store);
            var crash = new CrashAt(crashAt, (FaultKind)kind);
            var files = new List<Committable>();

            var hasCrashed = await TryOverwriteAsync(new FaultInjectingObjectStore(store, crash, TimeProvider.System), overwrite, files);

            var rows = await ReadAsync(catalog);
            Assert.True(rows.SequenceEqual(old) || rows.SequenceEqual(replaced), $"crash at {crashAt}: {string.Join(", ", rows)}");
            (oldAfterCrash, newAfterCrash) = rows.SequenceEqual(old) ? (oldAfterCrash + 1, newAfterCrash) : (oldAfterCrash, newAfterCrash + 1);

            // What was prepared is committed again, as a job that goes on does; else the statement is run anew. Either does no harm where it has been done.
            await CommitAsync(catalog, overwrite, files.Count > 0 ? files : await WriteAsync(catalog, overwrite));
            Assert.Equal(replaced, await ReadAsync(catalog));
            if (crashAt % 5 == 0 || !hasCrashed)
            {
                await AppendAsync(catalog, checkpoint: 3, Later);
                Assert.Equal(last, await ReadAsync(catalog));
                await OptimizeAsync(catalog);
                Assert.Equal(last, await ReadAsync(catalog));
            }

            if (!hasCrashed)
            {
                break;
            }
        }

        Assert.True(oldAfterCrash > 10 && newAfterCrash > 1, $"{oldAfterCrash} crashes came before the commit, {newAfterCrash} after it");
    }

    [Fact]
    public async Task Optimizing_beside_an_overwrite_moves_the_marker_and_is_planned_around()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var catalog = await CreateAsync(store);
        var overwrite = new Overwrite(OverwriteScope.Table, OverwriteIsolation.None);
        var files = await WriteAsync(catalog, overwrite);
        var hasRun = false;

        // Just before the overwrite's metadata is made, an optimizer folds the changes that it has planned to hide.
        var late = CatalogOf(new OvertakenStore(store, "/t/metadata/v", 1, async () =>
        {
            hasRun = true;
            await OptimizeAsync(catalog);
        }));
        await CommitAsync(late, overwrite, files);

        Assert.True(hasRun);
        Assert.Equal(["2|200|p2", "8|800|p2"], await ReadAsync(catalog));
        await OptimizeAsync(catalog);
        Assert.Equal(["2|200|p2", "8|800|p2"], await ReadAsync(catalog));
    }

    private static MixedTableCatalog CatalogOf(IObjectStore store) =>
        new(new FileSystemCatalog("test", "memory:///wh", store, new CommitEnvironment(TimeProvider.System, new Random())), TimeProvider.System);

    // Rows in the base store, and changes above them that are not folded.
    private static async Task<MixedTableCatalog> CreateAsync(IObjectStore store)
    {
        var catalog = CatalogOf(store);
        await catalog.CreateDatabaseAsync("db", new Dictionary<string, string>(), default);
        await catalog.CreateTableAsync(
            new MixedTableCreation
            {
                Database = "db",
                Name = "t",
                Columns = Columns,
                PrimaryKey = ["id"],
                Partitioning = [new PartitionColumn("p", new Transform.Identity())],
                Properties = new Dictionary<string, string> { ["write.upsert.enabled"] = "true", ["commit.retry.num-retries"] = "1", ["commit.retry.min-wait-ms"] = "1" },
            },
            default);
        await AppendAsync(catalog, checkpoint: 1, Folded);
        await OptimizeAsync(catalog);
        await AppendAsync(catalog, checkpoint: 2, Unfolded);
        return catalog;
    }

    private static async Task AppendAsync(MixedTableCatalog catalog, int checkpoint, object?[][] rows)
    {
        var sink = new LakeSink(catalog, await catalog.LoadTableAsync("db", "t", default), new Dictionary<string, string>());
        var written = await WriteAsync(sink, "stream", rows);
        await using var committer = sink.CreateCommitter(Context("stream", -1))!;
        await committer.CommitAsync(new CheckpointId(checkpoint), written, default);
    }

    private static async Task<List<Committable>> WriteAsync(MixedTableCatalog catalog, Overwrite overwrite) =>
        await WriteAsync(new LakeSink(catalog, await catalog.LoadTableAsync("db", "t", default), new Dictionary<string, string>(), overwrite), "overwrite", Replacing);

    private static async Task<List<Committable>> WriteAsync(LakeSink sink, string sinkId, object?[][] rows)
    {
        await using var writer = sink.CreateWriter(Context(sinkId, 0));
        await writer.WriteAsync(TestRows.Batch(Columns, rows, Enumerable.Repeat(RowKind.Insert, rows.Length).ToList()), default);
        return await writer.PrepareCommitAsync(new CheckpointId(1), default) is { } committable ? [committable] : [];
    }

    private static async Task CommitAsync(MixedTableCatalog catalog, Overwrite overwrite, List<Committable> files)
    {
        var sink = new LakeSink(catalog, await catalog.LoadTableAsync("db", "t", default), new Dictionary<string, string>(), overwrite);
        await using var committer = sink.CreateCommitter(Context("overwrite", -1))!;
        await committer.FindCommittedAsync(default);
        await committer.CommitAsync(new CheckpointId(1), files, default);
    }

    private static async Task<bool> TryOverwriteAsync(IObjectStore store, Overwrite overwrite, List<Committable> files)
    {
        try
        {
            var catalog = CatalogOf(store);
            files.AddRange(await WriteAsync(catalog, overwrite));
            await CommitAsync(catalog, overwrite, files);
            return false;
        }
        catch (ArcticException)
        {
            return true;
        }
    }

    private static async Task OptimizeAsync(MixedTableCatalog catalog) =>
        await new SelfOptimizer(catalog, new MemoryBudget("test", 1 << 26), new Random()).OptimizeAsync(await catalog.LoadTableAsync("db", "t", default), default);

    private static async Task<List<string>> ReadAsync(MixedTableCatalog catalog)
    {
        var scan = await MergeOnReadScan.PlanAsync(catalog, await catalog.LoadTableAsync("db", "t", default), [0, 1, 2], null, default);
        var rows = new List<string>();
        await foreach (var batch in scan.ReadAsync(new MemoryBudget("test", 1 << 26), 1024, default))
        {
            using (batch)
            {
                rows.AddRange(TestRows.Changes(batch).Select(c => TestRows.Text(c.Row)));
            }
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    private static SinkContext Context(string sinkId, int subtask) => new()
    {
        Name = "sink",
        SinkId = sinkId,
        Incarnation = new Incarnation(1),
        Parallelism = 1,
        Subtask = subtask,
        Time = TimeProvider.System,
        Random = new Random(),
        Logger = NullLogger.Instance,
    };

    /// <summary>The process dies at an operation: that fails before or after its effect, and no other ever takes place.</summary>
    private sealed class CrashAt(int operation, FaultKind kind) : IFaultPlan
    {
        private int _count;

        public Fault Next(StoreOperation next, string location)
        {
            var count = Interlocked.Increment(ref _count);
            return count < operation ? Fault.None : new Fault(count == operation ? kind : FaultKind.FailBefore);
        }
    }
}
