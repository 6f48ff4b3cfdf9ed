using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Maintenance;
using Arctic.KeyedTables.Optimizing;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.KeyedTables;

/// <summary>What leaves a keyed table when, and what must not.</summary>
public class KeyedTableExpiryTests
{
    private static readonly RowSchema Columns = new(new Field("id", DataTypes.Int.AsNotNull()), new Field("v", DataTypes.Int));

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly MemoryObjectStore _store;
    private readonly MixedTableCatalog _catalog;
    private int _checkpoint;

    public KeyedTableExpiryTests()
    {
        _store = new MemoryObjectStore(_time);
        _catalog = new MixedTableCatalog(new FileSystemCatalog("test", "memory:///wh", _store, new CommitEnvironment(_time, new Random(1))), _time);
    }

    [Fact]
    public async Task Folded_changes_go_when_they_are_seven_days_old_and_others_never()
    {
        await CreateAsync();
        await AppendAsync(1, 10);
        await AppendAsync(2, 20);
        await OptimizeAsync();
        _time.Advance(TimeSpan.FromDays(6));
        await AppendAsync(1, 11);
        await OptimizeAsync();
        await AppendAsync(3, 30);
        Assert.Equal(0, (await ExpireAsync()).RemovedChangeFiles);
        _time.Advance(TimeSpan.FromDays(2));

        var first = await ExpireAsync();
        _time.Advance(TimeSpan.FromDays(100));
        var second = await ExpireAsync();

        // Two inserts and their deletes; then those of the first key again. The last ones are not folded.
        Assert.Equal((4, 2), (first.RemovedChangeFiles, second.RemovedChangeFiles));
        Assert.Equal(["1|11", "2|20", "3|30"], await ReadAsync());
        Assert.Equal(2, (await StoreFiles.ReadAsync((await LoadAsync()).ChangeStore!, StoreKind.Change, ScanPredicate.True.Instance, default)).Count);
    }

    [Fact]
    public async Task What_was_folded_after_its_snapshot_had_expired_goes_too_though_others_commit_every_day()
    {
        await CreateAsync();
        await AppendAsync(1, 10);
        for (var day = 0; day < 20; day++)
        {
            _time.Advance(TimeSpan.FromDays(1));
            await AppendAsync(2, day);
            if (day == 12)
            {
                await OptimizeAsync();
            }

            await ExpireAsync();
        }

        // Those of seven days stay: the newest ones are not folded, and the others are young.
        Assert.Equal(["1|10", "2|19"], await ReadAsync());
        Assert.Equal(2 * 8, (await StoreFiles.ReadAsync((await LoadAsync()).ChangeStore!, StoreKind.Change, ScanPredicate.True.Instance, default)).Count);
    }

    [Fact]
    public async Task The_marker_stays_whatever_expires_and_what_commits_beside_it()
    {
        await CreateAsync();
        await AppendAsync(1, 10);
        await OptimizeAsync();
        var setter = (await LoadAsync()).BaseStore.Metadata.CurrentSnapshotId;

        // Engines that know nothing of the marker commit to the base store: their snapshots have none.
        for (var i = 0; i < 3; i++)
        {
            var transaction = (await LoadAsync()).BaseStore.NewTransaction();
            transaction.FastAppend();
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        _time.Advance(TimeSpan.FromDays(30));
        var result = await ExpireAsync(new SnapshotExpiryOptions { OlderThan = _time.GetUtcNow().AddDays(1), RetainLast = 1 });

        var metadata = (await LoadAsync()).BaseStore.Metadata;
        Assert.Empty(result.Base.Expired);
        Assert.Equal(setter, OptimizedMarker.FindSetter(metadata)?.SnapshotId);
        Assert.Equal(2, result.RemovedChangeFiles);
        Assert.Equal(["1|10"], await ReadAsync());

        // A newer marker frees the older.
        await AppendAsync(1, 11);
        await OptimizeAsync();
        result = await ExpireAsync(new SnapshotExpiryOptions { OlderThan = _time.GetUtcNow().AddDays(1) });
        Assert.Equal(4, result.Base.Expired.Count);
        Assert.Equal(["1|11"], await ReadAsync());
    }

    [Fact]
    public async Task A_sink_finds_its_mark_and_a_replay_of_its_commit_does_nothing()
    {
        await CreateAsync();
        var files = await PrepareAsync(1, 10);
        await CommitAsync(1, files);
        await OptimizeAsync();
        _time.Advance(TimeSpan.FromDays(30));
        await ExpireAsync(new SnapshotExpiryOptions { OlderThan = _time.GetUtcNow().AddDays(1) });

        await CommitAsync(1, files);

        Assert.Equal(["1|10"], await ReadAsync());
        Assert.Empty(await StoreFiles.ReadAsync((await LoadAsync()).ChangeStore!, StoreKind.Change, ScanPredicate.True.Instance, default));
        _checkpoint = 1;
        await AppendAsync(1, 12);
        Assert.Equal(["1|12"], await ReadAsync());
    }

    [Fact]
    public async Task A_pinned_reader_reads_on_and_a_stream_that_was_away_for_too_long_is_told()
    {
        await CreateAsync();
        await AppendAsync(1, 10);
        var away = await PinnedTable.PinAsync(_catalog, await LoadAsync(), default);
        await AppendAsync(2, 20);
        await OptimizeAsync();
        _time.Advance(TimeSpan.FromDays(30));
        await AppendAsync(3, 30);
        var pinned = await PinnedTable.PinAsync(_catalog, await LoadAsync(), default);

        await ExpireAsync();

        Assert.Equal(["1|10", "2|20", "3|30"], await ReadAsync(pinned));
        var request = LakeReadRequest.Of(_catalog, await LoadAsync(), [0, 1], null, isStreamingByDefault: true, new Dictionary<string, string>());
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await new KeyedTablePlanner(request).WaitForChangesAsync(away.Sequence, default));
        Assert.Contains("rows would be skipped", error.Message);
        var next = await new KeyedTablePlanner(request).WaitForChangesAsync(pinned.Sequence, default);
        Assert.Empty(next!.Splits);
    }

    [Fact]
    public async Task Orphans_of_both_stores_go_and_the_marker_is_none()
    {
        await CreateAsync();
        await AppendAsync(1, 10);
        await OptimizeAsync();
        await _store.PutAsync("memory:///wh/db/t/data/left.parquet", new byte[] { 1 }, default);
        await _store.PutAsync("memory:///wh/db/t_change_/data/left.parquet", new byte[] { 1 }, default);
        _time.Advance(TimeSpan.FromDays(4));
        await AppendAsync(2, 20);

        var table = await LoadAsync();
        var removed = (await table.BaseStore.RemoveOrphansAsync(null, TestContext.Current.CancellationToken), await table.ChangeStore!.RemoveOrphansAsync(null, TestContext.Current.CancellationToken));

        Assert.Equal((1L, 1L), (removed.Item1.Deleted, removed.Item2.Deleted));
        Assert.Equal(["1|10", "2|20"], await ReadAsync());
    }

    private async Task CreateAsync()
    {
        await _catalog.CreateDatabaseAsync("db", new Dictionary<string, string>(), default);
        await _catalog.CreateTableAsync(
            new MixedTableCreation { Database = "db", Name = "t", Columns = Columns, PrimaryKey = ["id"], Partitioning = [], Properties = new Dictionary<string, string> { ["write.upsert.enabled"] = "true" } },
            default);
    }

    private ValueTask<MixedTable> LoadAsync() => _catalog.LoadTableAsync("db", "t", default);

    private async Task<KeyedExpiryResult> ExpireAsync(SnapshotExpiryOptions? options = null) => await new KeyedTableExpiry(_catalog, await LoadAsync(), options ?? new SnapshotExpiryOptions()).RunAsync(default);

    private async Task AppendAsync(int id, int value) => await CommitAsync(++_checkpoint, await PrepareAsync(id, value));

    private async Task<List<Committable>> PrepareAsync(int id, int value)
    {
        await using var writer = new LakeSink(_catalog, await LoadAsync(), new Dictionary<string, string>()).CreateWriter(Context(0));
        await writer.WriteAsync(TestRows.Batch(Columns, [[id, value]], [RowKind.Insert]), default);
        return [(await writer.PrepareCommitAsync(new CheckpointId(1), default))!];
    }

    private async Task CommitAsync(int checkpoint, List<Committable> files)
    {
        await using var committer = new LakeSink(_catalog, await LoadAsync(), new Dictionary<string, string>()).CreateCommitter(Context(-1))!;
        await committer.CommitAsync(new CheckpointId(checkpoint), files, default);
    }

    private async Task OptimizeAsync() => await new SelfOptimizer(_catalog, new MemoryBudget("test", 1 << 26), new Random()).OptimizeAsync(await LoadAsync(), default);

    private async Task<List<string>> ReadAsync() => await ReadAsync(await PinnedTable.PinAsync(_catalog, await LoadAsync(), default));

    private static async Task<List<string>> ReadAsync(PinnedTable pinned)
    {
        var scan = await MergeOnReadScan.PlanAsync(pinned, [0, 1], null, default);
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

    private SinkContext Context(int subtask) => new()
    {
        Name = "sink",
        SinkId = "s",
        Incarnation = new Incarnation(1),
        Parallelism = 1,
        Subtask = subtask,
        Time = _time,
        Random = new Random(),
        Logger = NullLogger.Instance,
    };
}
