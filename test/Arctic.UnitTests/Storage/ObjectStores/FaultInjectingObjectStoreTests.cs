using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;
using Arctic.UnitTests.Conformance;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Storage.ObjectStores;

/// <summary>Without faults the store is like any other.</summary>
public sealed class FaultInjectingObjectStoreTests : ObjectStoreConformance
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedFaults _faults = new();
    private readonly MemoryObjectStore _inner;

    public FaultInjectingObjectStoreTests()
    {
        _inner = new MemoryObjectStore(_time);
        Store = new FaultInjectingObjectStore(_inner, _faults, _time);
    }

    protected override IObjectStore Store { get; }

    protected override string Root => "memory:///warehouse";

    protected override string? CreateIfAbsentRestsOn => "the store behind it.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failure_before_has_no_effect()
    {
        _faults.Add(StoreOperation.CreateIfAbsent, "x", new Fault(FaultKind.FailBefore));

        await AssertFails(() => Store.CreateIfAbsentAsync(At("x"), Bytes("1"), Token).AsTask());

        Assert.Null(await _inner.FindAsync(At("x"), Token));
        Assert.Equal(0, _faults.Pending);
        Assert.True(await Store.CreateIfAbsentAsync(At("x"), Bytes("1"), Token));
    }

    [Fact]
    public async Task A_failure_after_is_a_lost_answer()
    {
        _faults.Add(StoreOperation.CreateIfAbsent, "x", new Fault(FaultKind.FailAfter));

        await AssertFails(() => Store.CreateIfAbsentAsync(At("x"), Bytes("1"), Token).AsTask());

        Assert.False(await Store.CreateIfAbsentAsync(At("x"), Bytes("2"), Token));
        Assert.Equal("1", await ReadAsync("x"));
    }

    [Fact]
    public async Task A_torn_write_leaves_half_of_the_content()
    {
        _faults.Add(StoreOperation.Put, "x", new Fault(FaultKind.Tear));
        _faults.Add(StoreOperation.Complete, "y", new Fault(FaultKind.Tear));

        await AssertFails(() => Store.PutAsync(At("x"), Bytes("0123456789"), Token).AsTask());
        await using var writer = await Store.CreateAsync(At("y"), Token);
        writer.Stream.Write("0123"u8);
        await AssertFails(() => writer.CompleteAsync(Token).AsTask());

        Assert.Equal("01234", await ReadAsync("x"));
        Assert.Equal("01", await ReadAsync("y"));
    }

    [Fact]
    public async Task A_torn_read_says_that_the_object_is_short()
    {
        await Store.PutAsync(At("x"), Bytes("0123456789"), Token);
        _faults.Add(StoreOperation.Read, "x", new Fault(FaultKind.Tear));

        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAsync("x"));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
    }

    [Theory]
    [InlineData(nameof(FaultKind.FailBefore), 0)]
    [InlineData(nameof(FaultKind.FailAfter), 4)]
    [InlineData(nameof(FaultKind.Tear), 2)]
    public async Task A_stream_can_break_while_it_is_written(string kind, int written)
    {
        foreach (var way in new Func<Stream, Task>[] { s => s.WriteAsync(Bytes("0123"), Token).AsTask(), s => Task.Run(() => s.Write("0123"u8)) })
        {
            _faults.Add(StoreOperation.Write, "x", new Fault(Enum.Parse<FaultKind>(kind)));
            await using var writer = await Store.CreateAsync(At("x"), Token);

            await AssertFails(() => way(writer.Stream));

            Assert.Equal(written, writer.BytesWritten);
        }
    }

    [Fact]
    public async Task Answers_of_reads_can_be_lost_too()
    {
        await Store.PutAsync(At("x"), Bytes("0123"), Token);
        foreach (var (operation, call) in new (StoreOperation, Func<Task>)[]
        {
            (StoreOperation.Find, () => Store.FindAsync(At("x"), Token).AsTask()),
            (StoreOperation.OpenRead, () => Store.OpenReadAsync(At("x"), Token).AsTask()),
            (StoreOperation.Read, () => ReadAsync("x")),
            (StoreOperation.List, () => ListAsync("")),
            (StoreOperation.Create, () => Store.CreateAsync(At("y"), Token).AsTask()),
        })
        {
            _faults.Add(operation, "", new Fault(FaultKind.FailAfter));

            await AssertFails(call);

            Assert.Equal(0, _faults.Pending);
        }
    }

    [Fact]
    public async Task A_torn_listing_gives_some_entries()
    {
        await Store.PutAsync(At("a"), Bytes("1"), Token);
        await Store.PutAsync(At("b"), Bytes("1"), Token);
        _faults.Add(StoreOperation.List, "", new Fault(FaultKind.Tear));
        var found = new List<string>();

        await AssertFails(async () =>
        {
            await foreach (var entry in Store.ListFolderAsync(At(""), Token))
            {
                found.Add(entry.Name);
            }
        });

        Assert.Equal(["a"], found);
    }

    [Fact]
    public async Task A_stalled_answer_comes_when_the_clock_says_so()
    {
        _faults.Add(StoreOperation.Put, "x", new Fault(FaultKind.StallAfter, TimeSpan.FromSeconds(3)));

        var put = Store.PutAsync(At("x"), Bytes("1"), Token).AsTask();

        Assert.False(put.IsCompleted);
        Assert.NotNull(await _inner.FindAsync(At("x"), Token));
        _time.Advance(TimeSpan.FromSeconds(3));
        await put;
    }

    [Fact]
    public async Task A_listing_can_break_in_its_middle()
    {
        await Store.PutAsync(At("a"), Bytes("1"), Token);
        await Store.PutAsync(At("b"), Bytes("1"), Token);
        _faults.Add(StoreOperation.ListNext, "", new Fault(FaultKind.FailBefore));

        await AssertFails(() => ListAsync(""));
    }

    [Fact]
    public void The_same_seed_gives_the_same_faults_at_the_asked_rates()
    {
        var rates = new FaultRates { FailBefore = 0.1, FailAfter = 0.1, StallBefore = 0.1, StallAfter = 0.1, Tear = 0.1, SayExisted = 0.1 };

        var first = Draw(new SeededFaults(new Random(42), rates));
        var second = Draw(new SeededFaults(new Random(42), rates));

        Assert.Equal(first, second);
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            Assert.InRange(first.Count(f => f.Kind == kind), kind == FaultKind.None ? 3500 : 800, kind == FaultKind.None ? 4500 : 1200);
        }

        static List<Fault> Draw(SeededFaults faults) => Enumerable.Range(0, 10_000).Select(_ => faults.Next(StoreOperation.Put, "x")).ToList();
    }

    private static async Task AssertFails(Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<ArcticException>(action);
        Assert.Equal(ErrorCodes.StorageFailed, error.Code);
        Assert.Contains("Injected fault", error.Message);
    }
}
