using System.Net;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>What the client does when the server, or the way to it, fails.</summary>
public sealed class RestFaultTests : IAsyncLifetime
{
    private static readonly TableIdentifier Orders = TableFixture.Orders;
    private RestFixture _fixture = null!; // InitializeAsync

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _fixture = await RestFixture.StartAsync(options: new() { ["rest.client.max-retries"] = "3" });

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(303)]
    [InlineData(408)]
    [InlineData(460)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_commit_whose_answer_is_lost_is_found_by_its_snapshot(int status)
    {
        var table = await CreateAsync();
        _fixture.Server.FaultOf = call => call.IsCommit ? new RestFault(RestFaultMoment.AfterEffect, status) : null;

        var committed = await AppendAsync(table, "f");

        Assert.Equal(["f"], TableFixture.NamesOf(await TableFixture.EntriesAsync(committed)));
        Assert.Single(_fixture.Server.Calls, c => c.IsCommit);
        Assert.Single((await BehindAsync()).Metadata.Snapshots);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_commit_that_nobody_can_tell_of_is_unknown_and_deletes_nothing(int status)
    {
        var table = await CreateAsync();
        _fixture.Server.FaultOf = call => call.IsCommit ? new RestFault(RestFaultMoment.BeforeEffect, status) : null;

        var error = await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await AppendAsync(table, "f"));

        Assert.Equal(ErrorCodes.CommitOutcomeUnknown, error.Code);
        Assert.Single(_fixture.Server.Calls, c => c.IsCommit);
        Assert.Empty((await BehindAsync()).Metadata.Snapshots);
        Assert.Equal(2, (await FilesAsync()).Count(f => f.EndsWith(".avro", StringComparison.Ordinal))); // The manifest and its list.
    }

    [Theory]
    [InlineData(401)]
    [InlineData(413)]
    [InlineData(501)]
    public async Task A_commit_that_the_server_refuses_leaves_nothing(int status)
    {
        var table = await CreateAsync();
        _fixture.Server.FaultOf = call => call.IsCommit ? new RestFault(RestFaultMoment.BeforeEffect, status) : null;

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await AppendAsync(table, "f"));

        Assert.False(error.Code.IsTransient);
        Assert.Empty((await BehindAsync()).Metadata.Snapshots);
    }

    [Fact]
    public async Task A_look_for_a_commit_that_is_refused_leaves_it_unknown_and_deletes_nothing()
    {
        var table = await CreateAsync();
        var isSent = false;
        _fixture.Server.FaultOf = call =>
            call.IsCommit ? LostAnswer()
            : isSent ? new RestFault(RestFaultMoment.BeforeEffect, 403) : null;

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await AppendAsync(table, "f"));

        Assert.Equal(["f"], TableFixture.NamesOf(await TableFixture.EntriesAsync(await BehindAsync())));

        RestFault LostAnswer()
        {
            isSent = true;
            return new RestFault(RestFaultMoment.AfterEffect, 500);
        }
    }

    [Fact]
    public async Task A_commit_that_conflicts_with_itself_is_unknown_when_the_table_is_refused_then_and_deletes_nothing()
    {
        var table = await CreateAsync(("commit.retry.min-wait-ms", "1"));
        var isSent = false;
        _fixture.Server.FaultOf = call =>
            call.IsCommit ? Conflict()
            : isSent ? new RestFault(RestFaultMoment.BeforeEffect, 401) : null;

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await AppendAsync(table, "f"));

        Assert.Equal(["f"], TableFixture.NamesOf(await TableFixture.EntriesAsync(await BehindAsync())));

        RestFault Conflict()
        {
            isSent = true;
            return new RestFault(RestFaultMoment.AfterEffect, 409);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task An_answer_that_cannot_be_unpacked_is_a_lost_one(string packing)
    {
        var table = await CreateAsync();
        var damaged = new RestFault(RestFaultMoment.AfterEffect, 200) { Headers = new Dictionary<string, string> { ["Content-Encoding"] = packing } };
        _fixture.Server.FaultOf = call => call.IsCommit ? damaged : null;

        var committed = await AppendAsync(table, "f");

        Assert.Equal(["f"], TableFixture.NamesOf(await TableFixture.EntriesAsync(committed)));
        _fixture.Server.FaultOf = _ => damaged;
        await FailsAsync(ErrorCodes.ConnectionFailed, async () => await _fixture.Catalog.FindTableAsync(Orders, Token));
    }

    [Fact]
    public async Task A_creation_whose_answer_is_lost_is_unknown_and_a_staged_one_is_found_by_its_uuid()
    {
        await _fixture.Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        _fixture.Server.FaultOf = call => call.Method == "POST" && call.Path.EndsWith("/tables", StringComparison.Ordinal) && !call.Body.Contains("\"stage-create\":true", StringComparison.Ordinal)
            ? new RestFault(RestFaultMoment.AfterEffect, 0)
            : call.IsCommit ? new RestFault(RestFaultMoment.AfterEffect, 0) : null;

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await _fixture.Catalog.CreateTableAsync(Orders, Creation(), Token));
        var staged = await _fixture.Catalog.StageTableAsync(TableIdentifier.Parse("shop.items"), Creation(), Token);
        var created = await staged.NewTransaction().CommitAsync(Token);

        Assert.NotNull(await _fixture.Behind.FindTableAsync(Orders, Token));
        Assert.Equal(staged.Metadata.TableUuid, created.Metadata.TableUuid);
        Assert.False(created.IsStaged);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_also_to_commit_where_it_says_so_before_doing_anything()
    {
        var table = await CreateAsync();
        var (gets, commits) = (0, 0);
        var soon = new Dictionary<string, string> { ["Retry-After"] = "0" };
        _fixture.Server.FaultOf = call =>
            call.IsCommit ? commits++ == 0 ? new RestFault(RestFaultMoment.BeforeEffect, 429) { Headers = soon } : null
            : call.Method == "GET" && gets++ < 2 ? new RestFault(RestFaultMoment.BeforeEffect, 503) { Headers = soon }
            : null;

        var committed = await AppendAsync(table, "f");

        Assert.Equal(["f"], TableFixture.NamesOf(await TableFixture.EntriesAsync(committed)));
        Assert.Equal((3, 2), (gets, commits));
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up_and_one_that_asks_for_a_long_wait_at_once()
    {
        await CreateAsync();
        _fixture.Server.FaultOf = _ => new RestFault(RestFaultMoment.BeforeEffect, 503);
        var before = _fixture.Server.Calls.Count;

        var error = await FailsAsync(ErrorCodes.StorageFailed, async () => await _fixture.Catalog.FindTableAsync(Orders, Token));

        Assert.Contains("load table 'shop.orders'", error.Message);
        Assert.Contains("503 ServiceUnavailable, InjectedException: made to fail", error.Message);
        Assert.Equal(4, _fixture.Server.Calls.Count - before);

        _fixture.Server.FaultOf = _ => new RestFault(RestFaultMoment.BeforeEffect, 503) { Headers = new Dictionary<string, string> { ["Retry-After"] = "3600" } };
        await FailsAsync(ErrorCodes.StorageFailed, async () => await _fixture.Catalog.FindTableAsync(Orders, Token));
        Assert.Equal(5, _fixture.Server.Calls.Count - before);
    }

    [Fact]
    public async Task Broken_connections_are_tried_again_where_that_is_harmless()
    {
        await CreateAsync();
        var calls = 0;
        _fixture.Server.FaultOf = call => call.Method is "GET" or "DELETE" && calls++ == 0 ? new RestFault(RestFaultMoment.AfterEffect, 0) : null;

        Assert.NotNull(await _fixture.Catalog.FindTableAsync(Orders, Token));
        calls = 0;

        // The first try has dropped it: that the second finds none is no error.
        await _fixture.Catalog.DropTableAsync(Orders, DropMode.KeepFiles, Token);

        Assert.Equal(2, calls);
        Assert.Null(await _fixture.Behind.FindTableAsync(Orders, Token));
        calls = 0;
        await _fixture.Catalog.DropNamespaceAsync(Orders.Namespace, Token);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task What_may_have_taken_place_is_not_sent_twice()
    {
        await CreateAsync();
        _fixture.Server.FaultOf = call => call.Method == "POST" ? new RestFault(RestFaultMoment.AfterEffect, 0) : null;
        var before = _fixture.Server.Calls.Count;

        var created = await FailsAsync(ErrorCodes.ConnectionFailed, async () => await _fixture.Catalog.CreateNamespaceAsync(new Namespace("new"), new Dictionary<string, string>(), Token));
        var renamed = await FailsAsync(ErrorCodes.ConnectionFailed, async () => await _fixture.Catalog.RenameTableAsync(Orders, TableIdentifier.Parse("shop.renamed"), Token));

        Assert.All([created, renamed], e => Assert.Contains("Whether it took place is not known.", e.Message));
        Assert.Equal(2, _fixture.Server.Calls.Count - before);
    }

    [Fact]
    public async Task A_slow_server_is_a_broken_connection_and_a_slow_commit_unknown()
    {
        await CreateAsync();
        var release = new TaskCompletionSource();
        await using var impatient = RestFixture.ClientOf(
            _fixture.Server, new() { ["rest.client.socket-timeout-ms"] = "50", ["rest.client.max-retries"] = "1" }, new ObjectStoreProviderRouter(_fixture.Store), TimeProvider.System);
        await impatient.FindTableAsync(Orders, Token);
        _fixture.Server.FaultOf = _ => new RestFault(RestFaultMoment.BeforeEffect, 503) { Until = release.Task };

        var read = await FailsAsync(ErrorCodes.ConnectionFailed, async () => await impatient.FindTableAsync(Orders, Token));
        var commit = await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () =>
            await impatient.CommitAsync(new TableCommit(Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" })]), Token));

        Assert.Contains("no answer came in time", read.Message);
        Assert.Contains("no answer came in time", commit.Message);
        release.SetResult();
    }

    [Fact]
    public async Task A_server_that_is_not_there_has_done_nothing()
    {
        var table = await CreateAsync(("commit.retry.num-retries", "1"), ("commit.retry.min-wait-ms", "1"));
        await _fixture.Server.DisposeAsync();

        await FailsAsync(ErrorCodes.ConnectionFailed, async () => await AppendAsync(table, "f"));
        var direct = await FailsAsync(ErrorCodes.ConnectionFailed, async () =>
            await _fixture.Catalog.CommitAsync(new TableCommit(Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" })]), Token));

        Assert.Contains(_fixture.Server.Address, direct.Message);
    }

    [Fact]
    public async Task Cancellation_stops_a_read_and_lets_a_commit_that_was_sent_end()
    {
        await CreateAsync();
        var release = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        _fixture.Server.FaultOf = call =>
        {
            arrived.TrySetResult();
            return new RestFault(call.IsCommit ? RestFaultMoment.AfterEffect : RestFaultMoment.BeforeEffect, 500) { Until = release.Task };
        };
        using var cancelled = new CancellationTokenSource();
        var read = _fixture.Catalog.FindTableAsync(Orders, cancelled.Token).AsTask();
        await arrived.Task;
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);

        using var late = new CancellationTokenSource();
        arrived = new TaskCompletionSource();
        var commit = _fixture.Catalog.CommitAsync(new TableCommit(Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" })]), late.Token).AsTask();
        await arrived.Task;
        await late.CancelAsync();
        release.SetResult();
        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await commit);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _fixture.Catalog.CommitAsync(new TableCommit(Orders, [], []), late.Token));
    }

    [Fact]
    public async Task Answers_that_are_too_long_too_deep_or_no_json_are_refused()
    {
        Task<ArcticException> LoadAsync(HttpContent content) => FailsAsync(ErrorCodes.TableCorrupt, async () => await Scripted(content).FindNamespaceAsync(new Namespace("a"), Token));

        Assert.Contains("not JSON", (await LoadAsync(new StringContent("<html>"))).Message);
        Assert.Contains("GET http://catalog/v1/namespaces/a", (await LoadAsync(new StringContent("[]"))).Message);
        Assert.Contains("not JSON", (await LoadAsync(new StringContent("{\"properties\":" + new string('[', 100_000)))).Message);
        Assert.Contains("'properties'", (await LoadAsync(new StringContent("{\"properties\":7}"))).Message);
        Assert.Contains("more than 67108864 bytes", (await LoadAsync(new StreamContent(new EndlessStream()))).Message);
    }

    [Fact]
    public async Task Redirects_and_listings_without_an_end_are_refused()
    {
        var moved = new ScriptedHandler(r => IsConfig(r) ? Config() : new HttpResponseMessage(HttpStatusCode.Redirect) { Headers = { Location = new Uri("http://evil") } });
        var error = await FailsAsync(ErrorCodes.InvalidOption, async () => await Client(moved).ListTablesAsync(new Namespace("a"), Token));
        Assert.Contains("302", error.Message);
        Assert.DoesNotContain("evil", error.Message);

        var endless = new ScriptedHandler(r => IsConfig(r) ? Config() : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"identifiers":[],"next-page-token":"again"}""") });
        Assert.Contains("over and over", (await FailsAsync(ErrorCodes.StorageFailed, async () => await Client(endless).ListTablesAsync(new Namespace("a"), Token))).Message);
        Assert.Equal(3, endless.Requests.Count);
    }

    [Fact]
    public async Task A_wrong_address_is_said_to_be_one()
    {
        var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("<html>not found</html>") });

        var error = await FailsAsync(ErrorCodes.InvalidOption, async () => await Client(handler).ListTablesAsync(new Namespace("a"), Token));

        Assert.Contains("configuration of the catalog at 'http://catalog'", error.Message);
        Assert.Contains("'uri'", error.Hint);
    }

    private static RestCatalog Scripted(HttpContent content) => Client(new ScriptedHandler(r => IsConfig(r) ? Config() : new HttpResponseMessage(HttpStatusCode.OK) { Content = content }));

    private static RestCatalog Client(ScriptedHandler handler) => new(
        "scripted",
        RestCatalogOptions.Read(new Dictionary<string, string> { ["uri"] = "http://catalog", ["rest.client.max-retries"] = "0" }, "the test"),
        new ObjectStoreProviderRouter(new MemoryObjectStore(TimeProvider.System)),
        new CommitEnvironment(TimeProvider.System, new Random(1)),
        new HttpClient(handler));

    private static bool IsConfig(HttpRequestMessage request) => request.RequestUri!.AbsolutePath == "/v1/config";

    private static HttpResponseMessage Config() => new(HttpStatusCode.OK) { Content = new StringContent("""{"defaults":{},"overrides":{}}""", Encoding.UTF8, "application/json") };

    private static TableCreation Creation(params (string Key, string Value)[] properties) =>
        new() { Schema = TableFixture.Columns, Properties = properties.ToDictionary(p => p.Key, p => p.Value) };

    private async Task<Arctic.Iceberg.IcebergTable> CreateAsync(params (string Key, string Value)[] properties)
    {
        await _fixture.Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        return await _fixture.Catalog.CreateTableAsync(Orders, Creation(properties), Token);
    }

    private static async Task<Arctic.Iceberg.IcebergTable> AppendAsync(Arctic.Iceberg.IcebergTable table, string file)
    {
        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(TableFixture.File(file));
        return await transaction.CommitAsync(Token);
    }

    private async Task<Arctic.Iceberg.IcebergTable> BehindAsync() => await _fixture.Behind.LoadTableAsync(Orders, Token);

    private async Task<List<string>> FilesAsync()
    {
        var found = new List<string>();
        await foreach (var file in _fixture.Store.ListAsync("memory:///warehouse", Token))
        {
            found.Add(file.Location);
        }

        return found;
    }

    private static async Task<ArcticException> FailsAsync(ErrorCode code, Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<ArcticException>(act);
        Assert.Equal(code, error.Code);
        return error;
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Array.Fill(buffer, (byte)' ', offset, count);
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
