using Apache.Arrow;
using Apache.Arrow.Ipc;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg.Writing;

/// <summary>Appends, deletes and overwrites as a C# program makes them.</summary>
public sealed class TableWriterTests : IAsyncDisposable
{
    private readonly IcebergCatalog _catalog = IcebergCatalog.OpenMemory(new IcebergCatalogOptions { Random = new Random(5) });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _catalog.DisposeAsync();

    [Fact]
    public async Task Rows_go_to_their_partitions_and_are_sorted_in_each_file()
    {
        var table = await _catalog.CreateTableAsync(
            "db.t", TableCreation.For<Event>().PartitionedBy("kind").PartitionedBy("at", new Transform.Day()).SortedBy("weight", SortDirection.Descending).SortedBy("name").SortedBy("id"), Token);
        var rows = Events(new Random(3), 500);

        await table.AppendAsync(rows, Token);

        var plan = await table.NewScan().PlanAsync(Token);
        Assert.Equal(rows.Select(r => (r.Kind, r.At.Date)).Distinct().Count(), plan.Tasks.Count);
        await using var reader = table.NewScan().CreateReader();
        foreach (var task in plan.Tasks)
        {
            var kind = (string)task.File.Partition[0]!;
            var day = DateTime.UnixEpoch.AddDays((int)task.File.Partition[1]!);
            var expected = rows.Where(r => r.Kind == kind && r.At.Date == day)
                .OrderByDescending(r => r.Weight is null ? double.NegativeInfinity : r.Weight).ThenBy(r => r.Name, NullsFirst).ThenBy(r => r.Id).Select(r => r.Id);
            var found = new List<long>();
            await foreach (var batch in reader.ReadAsync(task, Token))
            {
                using (batch)
                {
                    found.AddRange(((Arctic.Columnar.Columns.FixedColumn<long>)batch.Columns[0]).Values.ToArray());
                }
            }

            Assert.Equal(expected, found);
            Assert.Equal(table.Metadata.DefaultSortOrderId, task.File.SortOrderId);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_of_many_partitions_in_turn_make_few_files(bool isSorted)
    {
        const int PartitionCount = 200;
        var creation = TableCreation.For<Event>().PartitionedBy("id", new Transform.Bucket(PartitionCount));
        var table = await _catalog.CreateTableAsync("db.t", isSorted ? creation.SortedBy("weight") : creation, Token);
        var rows = Events(new Random(3), 60_000);

        await table.AppendAsync(rows, Token);

        // Of a table without an order the first batch is written as it comes.
        var plan = await table.NewScan().PlanAsync(Token);
        Assert.InRange(plan.Tasks.Count, 1, isSorted ? PartitionCount : 2 * PartitionCount);
        Assert.Equal(rows.Select(r => r.Id).Order(), await table.ReadAsync<Event>(Token).Select(r => r.Id).Order().ToListAsync(Token));
    }

    [Fact]
    public async Task Files_have_the_size_that_the_table_asks_for()
    {
        var table = await _catalog.CreateTableAsync("db.t", TableCreation.For<Event>().WithProperty("write.target-file-size-bytes", "100000"), Token);

        await table.AppendAsync(Events(new Random(3), 60_000), Token);

        Assert.True((await table.NewScan().PlanAsync(Token)).Tasks.Count > 2);
        Assert.Equal(60_000, await table.ReadAsync<Event>(Token).CountAsync(Token));
    }

    [Fact]
    public async Task No_rows_commit_nothing()
    {
        var table = await _catalog.CreateTableAsync<Event>("db.t", Token);

        Assert.Null(await table.AppendAsync(System.Array.Empty<Event>(), Token));
        Assert.Empty(table.Metadata.Snapshots);
    }

    [Fact]
    public async Task A_cancelled_append_leaves_no_files_and_no_commit()
    {
        var table = await _catalog.CreateTableAsync("db.t", TableCreation.For<Event>().PartitionedBy("kind").WithProperty("write.target-file-size-bytes", "50000"), Token);
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await table.AppendAsync(CancelledAfter(100_000, cancellation), cancellation.Token));

        Assert.Empty(await FilesAsync(table));
        Assert.Empty((await _catalog.LoadTableAsync("db.t", Token)).Metadata.Snapshots);
    }

    [Fact]
    public async Task A_commit_that_is_cancelled_while_it_waits_leaves_nothing()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var faults = new ScriptedFaults();
        var store = new MemoryObjectStore(time);
        await using var catalog = IcebergCatalog.OpenMemory(new IcebergCatalogOptions { Time = time, Store = new FaultInjectingObjectStore(store, faults, time) });
        var table = await catalog.CreateTableAsync<Number>("db.t", Token);
        var before = await store.ListAsync(table.Metadata.Location, Token).Select(o => o.Location).ToListAsync(Token);
        faults.Add(StoreOperation.Put, ".metadata.json", new Fault(FaultKind.FailBefore));
        using var cancellation = new CancellationTokenSource();

        // The first try fails, and the clock that the second waits for stands still.
        var append = table.AppendAsync([new Number(1)], cancellation.Token).AsTask();
        Assert.Equal(0, faults.Pending);
        Assert.False(append.IsCompleted);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append);
        Assert.Equal(before, await store.ListAsync(table.Metadata.Location, Token).Select(o => o.Location).ToListAsync(Token));
    }

    [Fact]
    public async Task Rows_that_fail_leave_no_files()
    {
        var table = await _catalog.CreateTableAsync("db.t", TableCreation.For<Event>().PartitionedBy("kind"), Token);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await table.AppendAsync(Events(new Random(1), 40_000).Concat(Failing()), Token));

        Assert.Empty(await FilesAsync(table));

        static IEnumerable<Event> Failing() => throw new InvalidOperationException("no more");
    }

    [Fact]
    public async Task A_writer_whose_write_failed_takes_no_more_rows_and_commits_nothing()
    {
        var faults = new ScriptedFaults();
        var store = new FaultInjectingObjectStore(new MemoryObjectStore(TimeProvider.System), faults, TimeProvider.System);
        await using var catalog = IcebergCatalog.OpenMemory(new IcebergCatalogOptions { Store = store });
        var table = await catalog.CreateTableAsync("db.t", TableCreation.For<Named>().PartitionedBy("name"), Token);
        Named[] rows = [new(1, "a"), new(2, "b"), new(3, "c")];
        faults.Add(StoreOperation.Create, "name=c", new Fault(FaultKind.FailBefore));
        await using (var writer = table.NewWriter())
        {
            await Assert.ThrowsAsync<ArcticException>(async () => await writer.WriteAsync(rows, Token));

            var again = await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.WriteAsync(rows, Token));
            Assert.Contains("broken", again.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CommitAsync(Token));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CompleteAsync(Token));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CommitInPlaceOfAsync(Filter.All, Token));
        }

        Assert.Empty(await FilesAsync(table));
        Assert.Empty((await catalog.LoadTableAsync("db.t", Token)).Metadata.Snapshots);
    }

    [Fact]
    public async Task A_completion_of_sorted_rows_that_was_cancelled_is_not_gone_on_with()
    {
        var table = await _catalog.CreateTableAsync("db.t", TableCreation.For<Event>().SortedBy("id"), Token);
        await using var writer = table.NewWriter();
        await writer.WriteAsync(Events(new Random(1), 40_000), Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writer.CommitAsync(new CancellationToken(true)));

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CommitAsync(Token));
        Assert.Empty((await _catalog.LoadTableAsync("db.t", Token)).Metadata.Snapshots);
    }

    [Fact]
    public async Task A_batch_that_does_not_fit_breaks_nothing()
    {
        var table = await _catalog.CreateTableAsync<Number>("db.t", Token);
        await using var writer = table.NewWriter();
        await writer.WriteAsync([new Number(1)], Token);

        await Assert.ThrowsAsync<ArcticException>(async () => await writer.WriteAsync(Events(new Random(1), 1), Token));

        await writer.WriteAsync([new Number(2)], Token);
        await writer.CommitAsync(Token);
        Assert.Equal(2, writer.RowCount);
        Assert.Equal(2, await table.ReadAsync<Number>(Token).CountAsync(Token));
    }

    [Fact]
    public async Task A_writer_that_is_not_committed_leaves_no_files()
    {
        var table = await _catalog.CreateTableAsync<Event>("db.t", Token);

        await using (var writer = table.NewWriter())
        {
            await writer.WriteAsync(Events(new Random(1), 100), Token);
            Assert.Equal(100, writer.RowCount);
        }

        Assert.Empty(await FilesAsync(table));
    }

    [Fact]
    public async Task Files_that_were_handed_over_are_the_callers()
    {
        var table = await _catalog.CreateTableAsync<Event>("db.t", Token);
        IReadOnlyList<DataFile> files;
        await using (var writer = table.NewWriter())
        {
            await writer.WriteAsync(Events(new Random(1), 100), Token);
            files = await writer.CompleteAsync(Token);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.WriteAsync(Events(new Random(1), 1), Token));
        }

        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(files).Set("by", "hand");
        var after = await transaction.CommitAsync(Token);

        Assert.Equal(100, await after.ReadAsync<Event>(Token).CountAsync(Token));
        Assert.Empty(table.Metadata.Snapshots);
    }

    [Fact]
    public async Task Writers_side_by_side_all_commit()
    {
        var creation = TableCreation.For<Event>().WithProperty("commit.retry.num-retries", "50").WithProperty("commit.retry.min-wait-ms", "1").WithProperty("commit.retry.max-wait-ms", "5");
        var table = await _catalog.CreateTableAsync("db.t", creation, Token);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await table.AppendAsync(Events(new Random(i), 50), Token))));

        Assert.Equal(8, table.Metadata.Snapshots.Count);
        Assert.Equal(400, await table.ReadAsync<Event>(Token).CountAsync(Token));
    }

    [Fact]
    public async Task A_decimal_of_more_digits_is_refused_and_not_read_as_another_number()
    {
        var table = await _catalog.CreateTableAsync("db.t", new TableCreation { Schema = new Arctic.Iceberg.Spec.Schema(0, [new NestedField(1, "price", new IcebergType.Decimal(10, 2), false)]) }, Token);
        using var batch = TestRows.Batch(new RowSchema([new Arctic.Columnar.Types.Field("price", DataTypes.Decimal(10, 4))]), [[(Int128)12345]]);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync(batch, Token));

        Assert.Equal("Cannot write the rows: their column 'price' is of type DECIMAL(10, 4), and the table's, of type decimal(10, 2), does not hold all such values.", error.Message);
        Assert.Equal(0, await table.ScanAsync(cancellationToken: Token).CountAsync(Token));
    }

    [Fact]
    public async Task A_change_that_is_no_insert_is_refused()
    {
        var table = await _catalog.CreateTableAsync<Number>("db.t", Token);
        var schema = table.Metadata.CurrentSchema.ToRowSchema();
        using var batch = TestRows.Batch(schema, [[1L], [2L]]);
        using var changes = batch.WithKinds(new[] { RowKind.Insert, RowKind.Delete });

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync(changes, Token));

        Assert.Equal("Cannot append a batch that holds a change of kind '-D': only new rows can be appended.", error.Message);
    }

    [Fact]
    public async Task Batches_go_from_table_to_table()
    {
        var from = await _catalog.CreateTableAsync<Event>("db.a", Token);
        var to = await _catalog.CreateTableAsync("db.b", TableCreation.For<Event>().PartitionedBy("kind").SortedBy("id"), Token);
        var rows = Events(new Random(2), 300);
        await from.AppendAsync(rows, Token);

        await to.AppendAsync(from.ScanAsync(filter: Filter.Column("id") < 200, cancellationToken: Token), Token);

        Assert.Equal(rows.Where(r => r.Id < 200).OrderBy(r => r.Id), (await to.ReadAsync<Event>(Token).ToListAsync(Token)).OrderBy(r => r.Id));
    }

    [Fact]
    public async Task Arrow_batches_come_and_go()
    {
        var from = await _catalog.CreateTableAsync<Event>("db.a", Token);
        var rows = Events(new Random(2), 300);
        await from.AppendAsync(rows, Token);
        var to = await _catalog.CreateTableAsync<Event>("db.b", Token);
        var streamed = await _catalog.CreateTableAsync("db.c", TableCreation.For<Event>().SortedBy("name"), Token);
        var batches = await from.NewScan().Where(Filter.Column("id") >= 100).ReadArrowAsync(Token).ToListAsync(Token);

        foreach (var batch in batches)
        {
            await to.AppendAsync(batch, Token);
        }

        using (var stream = new ArrowBatches(batches))
        {
            await streamed.AppendAsync(stream, Token);
        }

        var expected = rows.Where(r => r.Id >= 100).ToArray();
        Assert.Equal("UTC", ((Apache.Arrow.Types.TimestampType)batches[0].Schema.GetFieldByName("seen").DataType).Timezone);
        Assert.Equal(expected, (await to.ReadAsync<Event>(Token).ToListAsync(Token)).OrderBy(r => r.Id));
        Assert.Equal(expected, (await streamed.ReadAsync<Event>(Token).ToListAsync(Token)).OrderBy(r => r.Id));
    }

    [Theory]
    [InlineData("2", "copy-on-write")]
    [InlineData("2", "merge-on-read")]
    [InlineData("3", "merge-on-read")]
    public async Task Rows_are_deleted_and_replaced(string version, string mode)
    {
        var table = await _catalog.CreateTableAsync(
            "db.t", TableCreation.For<Event>().PartitionedBy("kind").WithProperty("format-version", version).WithProperty("write.delete.mode", mode), Token);
        var rows = Events(new Random(2), 300).ToList();
        await table.AppendAsync(rows, Token);

        var deleted = await table.DeleteAsync<Event>(e => e.Id % 3 == 0 || e.Kind == "a", Token);
        var none = await table.DeleteAsync(Filter.Column("id") < 0, Token);
        var replaced = await table.OverwriteAsync(Filter.Column("id") > 250, [rows[0] with { Id = 1000 }], Token);

        var expected = rows.Where(e => e.Id % 3 != 0 && e.Kind != "a" && e.Id <= 250).Append(rows[0] with { Id = 1000 }).OrderBy(e => e.Id);
        Assert.NotNull(deleted);
        Assert.Null(none);
        Assert.Equal(replaced, table.Metadata.CurrentSnapshot);
        Assert.Equal(expected, (await table.ReadAsync<Event>(Token).ToListAsync(Token)).OrderBy(e => e.Id));
        await table.OverwriteAsync(Filter.All, rows.Take(2), Token);
        Assert.Equal(rows.Take(2), (await table.ReadAsync<Event>(Token).ToListAsync(Token)).OrderBy(e => e.Id));
    }

    [Fact]
    public async Task Rows_are_not_replaced_by_a_filter_of_columns_that_were_changed_meanwhile()
    {
        var table = await _catalog.CreateTableAsync<Pair>("db.t", Token);
        await table.AppendAsync([new Pair(1, 2), new Pair(2, 1)], Token);
        await using var writer = table.NewWriter();
        await writer.WriteAsync([new Pair(1, 9)], Token);
        var transaction = table.NewTransaction();
        transaction.UpdateSchema().MoveFirst("b");
        await transaction.CommitAsync(Token);
        await table.RefreshAsync(Token);

        await Assert.ThrowsAsync<CommitConflictException>(async () => await writer.CommitInPlaceOfAsync(Filter.Column("a") == 1, Token));

        Assert.Equal([new Pair(1, 2), new Pair(2, 1)], await table.ReadAsync<Pair>(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_lost_race_for_good_leaves_no_files()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await using var catalog = IcebergCatalog.OpenMemory(new IcebergCatalogOptions { Store = store });
        var table = await catalog.CreateTableAsync<Number>("db.t", Token);
        await table.AppendAsync([new Number(1)], Token);
        var files = await FilesAsync(table);
        await catalog.DropTableAsync("db.t", DropMode.KeepFiles, Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new Number(2)], Token));

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Equal(files, await FilesAsync(table));
    }

    private static readonly Comparer<string?> NullsFirst = Comparer<string?>.Create((a, b) => a is null || b is null ? (a is null ? 0 : 1) - (b is null ? 0 : 1) : string.CompareOrdinal(a, b));

    private static async IAsyncEnumerable<Event> CancelledAfter(int count, CancellationTokenSource cancellation)
    {
        foreach (var row in Events(new Random(1), count))
        {
            yield return row;
        }

        await cancellation.CancelAsync();
        foreach (var row in Events(new Random(2), count))
        {
            yield return row;
        }
    }

    private static async Task<IReadOnlyList<string>> FilesAsync(IcebergTable table) =>
        await table.Store.ListAsync(table.Metadata.Location + "/data", Token).Select(o => o.Location).Order().ToListAsync(Token);

    private static Event[] Events(Random r, int count) => Enumerable.Range(0, count).Select(i => new Event(
        i, new[] { "a", "b", "c" }[r.Next(3)], new DateTime(2024, 1, 1).AddHours(r.Next(72)), DateTimeOffset.UnixEpoch.AddMilliseconds(r.Next()), r.Next(4) == 0 ? null : r.Next(5) / 2d,
        r.Next(4) == 0 ? null : new string((char)('a' + r.Next(5)), r.Next(1, 3)))).ToArray();

    internal sealed record Event(long Id, string Kind, DateTime At, DateTimeOffset Seen, double? Weight, string? Name);

    internal sealed record Number(long N);

    internal sealed record Pair(long A, long B);

    internal sealed record Named(long Id, string Name);
}
