using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Optimizing;
using Arctic.KeyedTables.Reading;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.UnitTests.Connectors.Lake;

public class LakeSourceTests
{
    private static readonly RowSchema Columns = new(new Field("id", DataTypes.Int.AsNotNull()), new Field("name", DataTypes.String));

    private readonly MixedTableCatalog _catalog = new(
        new FileSystemCatalog("test", "memory:///wh", new MemoryObjectStore(TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(1))), TimeProvider.System);

    private long _checkpoint;

    [Fact]
    public async Task A_streaming_read_shows_the_table_then_each_change_once_over_optimizing_and_restarts()
    {
        var table = await CreateAsync("id");
        await WriteAsync(table, "+I 1 a", "+I 2 b");
        await OptimizeAsync(table);
        await WriteAsync(table, "-U 1 a", "+U 1 c");
        var source = Source(table, isStreaming: true);
        ReadOnlyMemory<byte> state;
        await using (var first = source.CreateEnumerator(Context(-1), default))
        {
            await first.DiscoverAsync(default);
            Assert.Equal(["+I 1|a", "+I 2|b", "+U 1|c", "-U 1|a"], (await DrainAsync(source, first)).Order(StringComparer.Ordinal));
            state = first.SnapshotState();
        }

        await WriteAsync(table, "-D 2 b");
        await OptimizeAsync(table);
        await WriteAsync(table, "+I 3 d");
        await using var second = source.CreateEnumerator(Context(-1), state);
        await second.DiscoverAsync(default);

        Assert.Equal(["+I 3|d", "-D 2|b"], (await DrainAsync(source, second)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_commit_of_this_process_is_seen_at_once()
    {
        var table = await CreateAsync("id");
        var source = Source(table, isStreaming: true);
        await using var enumerator = source.CreateEnumerator(Context(-1), default);
        await enumerator.DiscoverAsync(default);

        var waiting = enumerator.DiscoverAsync(default).AsTask();
        await WriteAsync(table, "+I 1 a");

        // The monitor interval is ten seconds; the signal comes first.
        Assert.True(await waiting.WaitAsync(TimeSpan.FromSeconds(9), TestContext.Current.CancellationToken));
        Assert.Equal(["+I 1|a"], await DrainAsync(source, enumerator));
    }

    [Fact]
    public async Task Latest_leaves_out_what_is_there()
    {
        var table = await CreateAsync("id");
        await WriteAsync(table, "+I 1 a");
        var source = Source(table, isStreaming: true, ("scan.startup.mode", "latest"));
        await using var enumerator = source.CreateEnumerator(Context(-1), default);
        await enumerator.DiscoverAsync(default);

        await WriteAsync(table, "+I 2 b");
        await enumerator.DiscoverAsync(default);

        Assert.Equal(["+I 2|b"], await DrainAsync(source, enumerator));
    }

    [Fact]
    public async Task A_table_without_a_key_is_read_at_a_snapshot_and_followed()
    {
        var table = await CreateAsync();
        await WriteAsync(table, "+I 1 a");
        var firstSnapshot = (await _catalog.RefreshAsync(table, default)).BaseStore.Metadata.CurrentSnapshotId!.Value;
        await WriteAsync(table, "+I 2 b");
        var hint = firstSnapshot.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var streaming = Source(table, isStreaming: true);
        await using var follow = streaming.CreateEnumerator(Context(-1), default);
        await follow.DiscoverAsync(default);
        await WriteAsync(table, "+I 3 c");
        await follow.DiscoverAsync(default);

        Assert.Equal(["+I 1|a", "+I 2|b", "+I 3|c"], (await DrainAsync(streaming, follow)).Order(StringComparer.Ordinal));
        Assert.Equal(["+I 1|a"], await ReadAllAsync(Source(table, isStreaming: false, ("snapshot-id", hint))));
        Assert.Equal(["+I 2|b", "+I 3|c"], (await ReadAllAsync(Source(table, isStreaming: false, ("start-snapshot-id", hint)))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_table_without_a_key_takes_inserts_only()
    {
        var table = await CreateAsync();

        var error = await Assert.ThrowsAsync<ArcticException>(() => WriteAsync(table, "+I 1 a", "-D 1 a"));

        Assert.Contains("doesn't support consuming update and delete changes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_whose_read_failed_still_closes_everything()
    {
        var table = await CreateAsync("id");
        await WriteAsync(table, "+I 1 a");
        await using var enumerator = Source(table, isStreaming: false).CreateEnumerator(Context(-1), default);
        await enumerator.DiscoverAsync(default);
        var splitReader = new BrokenSplitReader();
        var reader = new LakeSourceReader(splitReader);
        reader.AddSplit(enumerator.TryAssign(0)!);

        await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(default).AsTask());
        await reader.DisposeAsync();

        Assert.True(splitReader.IsDisposed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("id")]
    public async Task A_read_goes_on_when_what_it_has_shown_expires_and_fails_when_something_else_does(string key)
    {
        var table = await CreateAsync(key.Split(',', StringSplitOptions.RemoveEmptyEntries));
        await WriteAsync(table, "+I 1 a");
        var source = Source(table, isStreaming: true);
        await using var enumerator = source.CreateEnumerator(Context(-1), default);
        await enumerator.DiscoverAsync(default);
        await WriteAsync(table, "+I 2 b");
        await ExpireAsync(table);

        await enumerator.DiscoverAsync(default);
        Assert.Equal(["+I 1|a", "+I 2|b"], (await DrainAsync(source, enumerator)).Order(StringComparer.Ordinal));
        await WriteAsync(table, "+I 3 c");
        await WriteAsync(table, "+I 4 d");
        await ExpireAsync(table);
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await enumerator.DiscoverAsync(default));

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Contains("sequence number 2: snapshots between it and 4 have expired", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_files_removed_before_they_were_shown_fail_the_read()
    {
        var table = await CreateAsync("id");
        await WriteAsync(table, "+I 1 a");
        var source = Source(table, isStreaming: true);
        await using var enumerator = source.CreateEnumerator(Context(-1), default);
        await enumerator.DiscoverAsync(default);
        await RemoveChangesAsync(table);
        await WriteAsync(table, "+I 2 b");
        await enumerator.DiscoverAsync(default);
        await RemoveChangesAsync(table);
        await WriteAsync(table, "+I 3 c");
        await enumerator.DiscoverAsync(default);

        await WriteAsync(table, "+I 4 d");
        await RemoveChangesAsync(table);
        await WriteAsync(table, "+I 5 e");
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await enumerator.DiscoverAsync(default));

        Assert.Contains("removed change files of commit 6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_memory_of_deletes_is_a_hint_that_the_error_names()
    {
        var table = await CreateAsync("id");
        await WriteAsync(table, "+I 1 a", "-D 1 a", "+I 2 b");

        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAllAsync(Source(table, isStreaming: false, ("arctic.read.delete-memory-limit", "10 bytes"))));

        Assert.Equal(ErrorCodes.ResourcesExhausted, error.Code);
        Assert.Contains("Raise 'arctic.read.delete-memory-limit'", error.Hint, StringComparison.Ordinal);
        Assert.Equal(["+I 2|b"], await ReadAllAsync(Source(table, isStreaming: false, ("arctic.read.delete-memory-limit", "1 mb"))));
    }

    private async Task ExpireAsync(MixedTable table)
    {
        var fresh = await _catalog.RefreshAsync(table, default);
        var transaction = (fresh.ChangeStore ?? fresh.BaseStore).NewTransaction();
        transaction.ExpireSnapshots().OlderThan(DateTimeOffset.MaxValue).RetainLast(1);
        await transaction.CommitAsync(default);
    }

    private async Task RemoveChangesAsync(MixedTable table)
    {
        var transaction = (await _catalog.RefreshAsync(table, default)).ChangeStore!.NewTransaction();
        transaction.Delete().RemoveAll();
        await transaction.CommitAsync(default);
    }

    private async Task<MixedTable> CreateAsync(params string[] key)
    {
        await _catalog.CreateDatabaseAsync("db", new Dictionary<string, string>(), default);
        return await _catalog.CreateTableAsync(new MixedTableCreation { Database = "db", Name = "t", Columns = Columns, PrimaryKey = key }, default);
    }

    private async Task WriteAsync(MixedTable table, params string[] changes)
    {
        var sink = new LakeSink(_catalog, table, new Dictionary<string, string>());
        var kinds = changes.Select(c => c[..2] switch { "+I" => RowKind.Insert, "-U" => RowKind.UpdateBefore, "+U" => RowKind.UpdateAfter, _ => RowKind.Delete }).ToArray();
        var rows = changes.Select(c => c.Split(' ')).Select(p => new object?[] { int.Parse(p[1], System.Globalization.CultureInfo.InvariantCulture), p[2] }).ToArray();
        var context = new SinkContext
        {
            Name = "sink",
            SinkId = "s",
            Incarnation = new Incarnation(1),
            Parallelism = 1,
            Subtask = 0,
            Time = TimeProvider.System,
            Random = new Random((int)++_checkpoint),
            Logger = NullLogger.Instance,
        };
        await using var writer = sink.CreateWriter(context);
        await writer.WriteAsync(TestRows.Batch(Columns, rows, kinds), default);
        var committable = await writer.PrepareCommitAsync(new CheckpointId(_checkpoint), default);
        await using var committer = sink.CreateCommitter(context)!;
        await committer.CommitAsync(new CheckpointId(_checkpoint), [committable!], default);
    }

    private async Task OptimizeAsync(MixedTable table) =>
        await new SelfOptimizer(_catalog, new MemoryBudget("the optimizer", 1 << 20), new Random((int)(100 + _checkpoint))).OptimizeAsync(table, default);

    private LakeSource Source(MixedTable table, bool isStreaming, params (string Key, string Value)[] hints) =>
        new(LakeReadRequest.Of(_catalog, table, [0, 1], null, isStreaming, hints.ToDictionary(h => h.Key, h => h.Value)));

    private static SourceContext Context(int subtask) => new() { Name = "source", Parallelism = 1, Subtask = subtask, Time = TimeProvider.System, Logger = NullLogger.Instance };

    private static async Task<List<string>> ReadAllAsync(LakeSource source)
    {
        await using var enumerator = source.CreateEnumerator(Context(-1), default);
        await enumerator.DiscoverAsync(default);
        return await DrainAsync(source, enumerator);
    }

    private static async Task<List<string>> DrainAsync(LakeSource source, ISplitEnumerator enumerator)
    {
        await using var reader = source.CreateReader(Context(0));
        var rows = new List<string>();
        while (enumerator.TryAssign(0) is { } split)
        {
            reader.AddSplit(split);
            for (var isFinished = false; !isFinished;)
            {
                var read = await reader.ReadAsync(default);
                isFinished = read.IsSplitFinished;
                using (read.Batch)
                {
                    rows.AddRange(read.Batch is null ? [] : TestRows.Changes(read.Batch).Select(c => c.Kind.ToShortText() + " " + TestRows.Text(c.Row)));
                }
            }
        }

        return rows;
    }

    private sealed class BrokenSplitReader : ILakeSplitReader
    {
        public bool IsDisposed { get; private set; }

        public async IAsyncEnumerable<SplitBatch> ReadAsync(LakeSplit split, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException("The disk is gone.");
            }

            yield break;
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
