using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Jobs;
using Arctic.Storage.ObjectStores;
using Arctic.Streams;
using Arctic.UnitTests.Sessions;

namespace Arctic.UnitTests.Streams;

/// <summary>Streams of records from and to tables, collections and queries.</summary>
public sealed class DataStreamTests
{
    private readonly MemoryObjectStore _store = new(TimeProvider.System);

    [Fact(Timeout = 60_000)]
    public async Task Table_is_read_by_the_names_of_the_properties_and_written_by_them()
    {
        await using var session = await OpenOrdersAsync();
        await session.RunAsync("CREATE TABLE lake.db.big (note STRING, customer STRING, doubled DECIMAL(12, 2))");

        var status = await session.CreateStreamEnvironment("big")
            .FromTable<Order>("lake.db.orders")
            .Filter(o => o.Amount > 10)
            .Map(o => new Twice(o.Customer, o.Amount * 2))
            .SinkTo("lake.db.big")
            .ExecuteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(JobStatus.Finished, status);
        Assert.Equal(["NULL|bob|40.50", "NULL|cy|60.00"], (await session.RunAsync("SELECT * FROM lake.db.big")).Order());
        Assert.Empty(session.Jobs);
    }

    [Fact(Timeout = 60_000)]
    public async Task Condition_and_limit_are_those_of_sql()
    {
        await using var session = await OpenOrdersAsync();
        var environment = session.CreateStreamEnvironment("read");

        var cheap = await environment.FromTable<Order>("lake.db.orders", new() { Where = "amount < 25 AND customer <> 'x''y'" }).Map(o => o.Id).CollectAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var two = await environment.FromTable<Order>("lake.db.orders", new() { Limit = 2 }).CollectAsync(TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 2], cheap.Order());
        Assert.Equal(2, two);
    }

    [Fact(Timeout = 60_000)]
    public async Task Query_gives_its_changes_with_their_kinds()
    {
        await using var session = await OpenOrdersAsync();
        var totals = session.CreateStreamEnvironment("totals").FromSql<Total>("SELECT COUNT(*) AS orders FROM lake.db.orders");

        var changes = await totals.CollectChangesAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await totals.CollectAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(new Change<Total>(changes.Count == 1 ? RowKind.Insert : RowKind.UpdateAfter, new Total(3)), changes[^1]);
        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Contains("CollectChangesAsync", error.Hint, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Collection_goes_through_every_kind_of_step_and_two_sinks()
    {
        await using var session = await StreamSession.OpenAsync(_store);
        await session.RunAsync("CREATE TABLE lake.db.words (word STRING)");
        await session.RunAsync("CREATE TABLE lake.db.lengths (word STRING, n INT)");
        var environment = session.CreateStreamEnvironment("words");

        var words = environment.FromCollection(["a bc", "def"]).FlatMap(line => line.Split(' '));
        words.Map(w => new { Word = w }).SinkTo("lake.db.words");
        words.Map(w => new Sized(w, w.Length)).SinkTo("lake.db.lengths");
        await environment.ExecuteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["a", "bc", "def"], (await session.RunAsync("SELECT * FROM lake.db.words")).Order());
        Assert.Equal(["a|1", "bc|2", "def|3"], (await session.RunAsync("SELECT * FROM lake.db.lengths")).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Changes_update_a_table_with_a_key_and_are_refused_by_one_without()
    {
        await using var session = await StreamSession.OpenAsync(_store);
        await session.RunAsync("CREATE TABLE lake.db.keyed (id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED)");
        await session.RunAsync("CREATE TABLE lake.db.plain (id INT, v STRING)");
        Change<Row>[] changes = [new(RowKind.Insert, new(1, "a")), new(RowKind.Insert, new(2, "b")), new(RowKind.UpdateBefore, new(1, "a")), new(RowKind.UpdateAfter, new(1, "A")), new(RowKind.Delete, new(2, "b"))];

        await session.CreateStreamEnvironment("keyed").FromCollection(changes).ToChangelog().SinkTo("lake.db.keyed").ExecuteAsync(TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<ArcticException>(() => session.CreateStreamEnvironment("plain").FromCollection(changes).ToChangelog().SinkTo("lake.db.plain").ExecuteAsync(TestContext.Current.CancellationToken));

        Assert.Equal(["1|A"], await session.RunAsync("SELECT * FROM lake.db.keyed"));
        Assert.Equal(ErrorCodes.InvalidStatement, refused.Code);
        Assert.Equal("Table 'lake.db.plain' doesn't support consuming update and delete changes, and the stream gives them.", refused.Message);
        Assert.Empty(await session.RunAsync("SELECT * FROM lake.db.plain"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Upsert_replaces_the_rows_of_the_keys_and_overwrite_the_table()
    {
        await using var session = await StreamSession.OpenAsync(_store);
        await session.RunAsync("CREATE TABLE lake.db.keyed (id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED)");
        await session.RunAsync("CREATE TABLE lake.db.plain (id INT, v STRING)");
        await session.RunAsync("INSERT INTO lake.db.keyed VALUES (1, 'old'), (3, 'kept')");
        await session.RunAsync("INSERT INTO lake.db.plain VALUES (1, 'old'), (3, 'gone')");
        Row[] rows = [new(1, "new"), new(2, "added")];

        var environment = session.CreateStreamEnvironment("both");
        var stream = environment.FromCollection(rows);
        stream.SinkTo("lake.db.keyed", new() { Mode = TableSinkMode.Upsert });
        stream.SinkTo("lake.db.plain", new() { Mode = TableSinkMode.Overwrite });
        await environment.ExecuteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["1|new", "2|added", "3|kept"], (await session.RunAsync("SELECT * FROM lake.db.keyed")).Order());
        Assert.Equal(["1|new", "2|added"], (await session.RunAsync("SELECT * FROM lake.db.plain")).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task What_does_not_fit_is_told_before_anything_runs()
    {
        await using var session = await OpenOrdersAsync();
        await session.RunAsync("CREATE TABLE lake.db.strict (id INT NOT NULL, other INT NOT NULL)");
        var environment = session.CreateStreamEnvironment("wrong");

        var noColumn = await Assert.ThrowsAsync<ArcticException>(() => environment.FromTable<Row>("lake.db.orders").SinkTo("lake.db.strict").ExecuteAsync(TestContext.Current.CancellationToken));
        var noProperty = await Assert.ThrowsAsync<ArcticException>(() => session.CreateStreamEnvironment("w2").FromCollection([new { Id = 1 }]).SinkTo("lake.db.strict").ExecuteAsync(TestContext.Current.CancellationToken));
        var noTable = await Assert.ThrowsAsync<ArcticException>(() => session.CreateStreamEnvironment("w3").FromCollection([new { Id = 1 }]).SinkTo("lake.db.strcit").ExecuteAsync(TestContext.Current.CancellationToken));
        var noSink = await Assert.ThrowsAsync<ArcticException>(() => session.CreateStreamEnvironment("w4").ExecuteAsync(TestContext.Current.CancellationToken));

        Assert.Equal((ErrorCodes.UnknownName, ErrorCodes.TypeMismatch, ErrorCodes.UnknownName, ErrorCodes.InvalidStatement), (noColumn.Code, noProperty.Code, noTable.Code, noSink.Code));
        Assert.Contains("'Row.V'", noColumn.Message, StringComparison.Ordinal);
        Assert.Contains("'other'", noProperty.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Function_that_throws_fails_the_job_and_nothing_is_written()
    {
        await using var session = await OpenOrdersAsync();
        await session.RunAsync("CREATE TABLE lake.db.none (id INT)");

        var error = await Assert.ThrowsAsync<ArcticException>(() => session.CreateStreamEnvironment("throws").FromTable<Order>("lake.db.orders")
            .Map(o => o.Id == 3 ? throw new InvalidOperationException("no three") : new { o.Id }, "IdOf").SinkTo("lake.db.none").ExecuteAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
        Assert.Contains("'IdOf' threw InvalidOperationException: no three", error.Message, StringComparison.Ordinal);
        Assert.Empty(await session.RunAsync("SELECT * FROM lake.db.none"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Connectors_are_read_and_written_by_their_options()
    {
        using var printed = new StringWriter();
        await using var session = new SessionBuilder { ObjectStore = _store, PrintOutput = printed, Options = new Dictionary<string, string> { ["execution.checkpointing.dir"] = "memory:///checkpoints" } }.Build();
        var numbers = new Dictionary<string, string> { ["connector"] = "datagen", ["fields.id.kind"] = "sequence", ["fields.id.start"] = "1", ["fields.id.end"] = "3" };

        await session.CreateStreamEnvironment("connectors").FromConnector<Number>(numbers, "numbers").Map(n => new Number(n.Id * 10))
            .SinkToConnector(new Dictionary<string, string> { ["connector"] = "print" }, "printed").ExecuteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["+I[10]", "+I[20]", "+I[30]"], printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Overwrite_is_refused_where_it_would_lose_rows()
    {
        await using var session = await StreamSession.OpenAsync(_store);
        await session.RunAsync("CREATE TABLE lake.db.a (id INT, v STRING)");
        await session.RunAsync("CREATE TABLE lake.db.b (id INT, v STRING)");
        var overwrite = new TableSinkOptions { Mode = TableSinkMode.Overwrite };

        var endless = await Assert.ThrowsAsync<ArcticException>(() => session.CreateStreamEnvironment("endless").FromTable<Row>("lake.db.a", new() { IsStreaming = true }).SinkTo("lake.db.b", overwrite).ExecuteAsync(TestContext.Current.CancellationToken));
        var itself = await Assert.ThrowsAsync<ArcticException>(() => session.CreateStreamEnvironment("itself").FromTable<Row>("lake.db.a").SinkTo("lake.db.a", overwrite).ExecuteAsync(TestContext.Current.CancellationToken));

        Assert.Equal((ErrorCodes.InvalidStatement, ErrorCodes.Unsupported), (endless.Code, itself.Code));
        Assert.Contains("its sources have no end", endless.Message, StringComparison.Ordinal);
        Assert.Contains("which it reads", itself.Message, StringComparison.Ordinal);
    }

    private async Task<Session> OpenOrdersAsync()
    {
        var session = await StreamSession.OpenAsync(_store);
        await session.RunAsync("CREATE TABLE lake.db.orders (id INT, note STRING, customer STRING NOT NULL, amount DECIMAL(10, 2))");
        await session.RunAsync("INSERT INTO lake.db.orders VALUES (1, 'n', 'ann', 9.5), (2, 'n', 'bob', 20.25), (3, 'n', 'cy', 30)");
        return session;
    }

    private sealed record Order(int Id, string Customer, decimal Amount);

    private sealed record Twice(string Customer, decimal Doubled);

    private sealed record Total(long Orders);

    private sealed record Sized(string Word, int N);

    private sealed record Number(long Id);

    private sealed record Row(int Id, string? V);
}
