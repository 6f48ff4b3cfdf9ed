using System.Net;
using System.Net.Sockets;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.UnitTests.Conformance;
using Microsoft.Extensions.Time.Testing;
using static Arctic.UnitTests.Connectors.TestTables;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Connectors.Socket;

public sealed class SocketSourceTests : IDisposable
{
    private static readonly RowSchema Users = Schema(("id", DataTypes.Int), ("name", DataTypes.String));

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _logger = new();

    private readonly int _port;

    public SocketSourceTests()
    {
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Lines_are_given_as_they_come_without_waiting_for_more()
    {
        await using var driver = Driver();
        var read = driver.ReadAsync(Token);
        using var server = await _listener.AcceptTcpClientAsync(Token);

        await SendAsync(server, "INSERT|1|eric\nINSERT|2|fr");
        Assert.Equal(["""{"op":"+I","id":1,"name":"eric"}"""], Rows((ChangeBatch)(await read)!));

        var next = driver.ReadAsync(Token);
        await SendAsync(server, "ank\n");
        Assert.Equal(["""{"op":"+I","id":2,"name":"frank"}"""], Rows((ChangeBatch)(await next)!));
    }

    [Fact]
    public async Task A_flood_of_lines_comes_in_batches_and_nothing_is_lost()
    {
        const int count = 200_000;
        await using var driver = Driver();
        var read = driver.ReadAsync(Token);
        using var server = await _listener.AcceptTcpClientAsync(Token);
        var sending = SendAsync(server, string.Concat(Enumerable.Range(0, count).Select(i => $"INSERT|{i}|name\n")));

        var (rows, batches) = (0, 0);
        while (rows < count)
        {
            using var batch = await read;
            rows += batch!.RowCount;
            batches++;
            read = rows < count ? driver.ReadAsync(Token) : default;
        }

        await sending;
        Assert.Equal(count, rows);
        Assert.True(batches < count / 100, $"{batches} batches");
    }

    [Fact]
    public async Task A_dropped_connection_is_made_again_with_growing_waits()
    {
        await using var driver = Driver();
        var read = driver.ReadAsync(Token).AsTask();
        var connected = _listener.AcceptTcpClientAsync(Token);
        using (var server = await connected)
        {
            await SendAsync(server, "INSERT|1|a\nINSERT|2|cut in the mid");
            (await read)!.Dispose();
            read = driver.ReadAsync(Token).AsTask();
        }

        // The server is gone, and nobody listens until the reader has been refused once.
        _listener.Stop();
        await WaitForLogAsync("ended (closed by the server)");
        await AdvanceUntilAsync(() => _logger.Messages.Any(m => m.Contains("again", StringComparison.Ordinal) && m.Contains("next try in 200 ms", StringComparison.Ordinal)));
        using var second = new TcpListener(IPAddress.Loopback, _port) { ExclusiveAddressUse = false };
        second.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        second.Start();
        var accepting = second.AcceptTcpClientAsync(Token).AsTask();
        await AdvanceUntilAsync(() => accepting.IsCompleted);
        using var again = await accepting;
        await SendAsync(again, "DELETE|1|a\n");

        Assert.Equal(["""{"op":"-D","id":1,"name":"a"}"""], Rows((ChangeBatch)(await read)!));
        Assert.Contains(_logger.Messages, m => m.StartsWith("Warning: source: the connection to ", StringComparison.Ordinal) && m.Contains("23 bytes of an unfinished line, which are dropped; connecting again in 100 ms", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_is_not_there_at_the_start_is_an_error()
    {
        _listener.Stop();
        await using var driver = Driver();

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await driver.ReadAsync(Token));

        Assert.Equal(ErrorCodes.ConnectionFailed, error.Code);
        Assert.Contains($"'127.0.0.1:{_port}'", error.Message);
        Assert.Contains($"nc -lk {_port}", error.Message);
    }

    [Fact]
    public async Task Bad_lines_have_their_numbers_over_batches_and_restarts()
    {
        await using var driver = Driver();
        var read = driver.ReadAsync(Token);
        using var server = await _listener.AcceptTcpClientAsync(Token);
        await SendAsync(server, "INSERT|1|a\nINSERT|2|b\n");
        var rows = 0;
        while (rows < 2)
        {
            using var batch = await read;
            rows += batch!.RowCount;
            read = rows < 2 ? driver.ReadAsync(Token) : default;
        }

        var state = driver.State;
        await using var restored = Driver(state);
        read = restored.ReadAsync(Token);
        using var serverAfter = await _listener.AcceptTcpClientAsync(Token);
        await SendAsync(serverAfter, "UPSERT|3|c\n");
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await read);

        Assert.Equal(ErrorCodes.InvalidInput, error.Code);
        Assert.StartsWith($"Cannot read line 3 of '127.0.0.1:{_port}': 'UPSERT' is no kind of change", error.Message);
    }

    [Fact]
    public async Task A_pending_read_ends_when_it_is_cancelled()
    {
        await using var driver = Driver();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var read = driver.ReadAsync(stop.Token).AsTask();
        using var server = await _listener.AcceptTcpClientAsync(Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public void A_socket_says_what_it_cannot_do()
    {
        var source = Create();

        Assert.False(source.IsBounded);
        Assert.False(source.IsReplayable);
        Assert.Equal(ChangelogMode.All, source.ChangelogMode);
        Assert.Equal(ChangelogMode.Insert, Create(("format", "json")).ChangelogMode);
    }

    [Theory]
    [InlineData("port", "0", "'port' of table 'shop.t' is 0; expected 1 to 65535")]
    [InlineData("port", "x", "Cannot read 'x' as the value of option 'port'")]
    [InlineData("byte-delimiter", "0", "only 10, the line feed, can be read")]
    [InlineData("format", "avro", "Unknown format 'avro'")]
    [InlineData("hostnam", "x", "hostnam")]
    public void Options_are_checked_when_the_table_is_planned(string key, string value, string message)
    {
        var error = Assert.Throws<ArcticException>(() => Create((key, value)));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains(message, error.Message);
    }

    private static async Task SendAsync(TcpClient server, string text)
    {
        await server.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text), Token);
        await server.GetStream().FlushAsync(Token);
    }

    private ISource Create(params (string Key, string Value)[] options)
    {
        var all = new Dictionary<string, string> { ["connector"] = "socket", ["hostname"] = "127.0.0.1", ["port"] = $"{_port}", ["format"] = "changelog-csv" };
        foreach (var (key, value) in options)
        {
            all[key] = value;
        }

        return Source(Table(Users, options: all.Select(o => (o.Key, o.Value)).ToArray()));
    }

    private SourceDriver Driver(SourceState? state = null) => new(Create(), state: state, time: _time, logger: _logger);

    private Task WaitForLogAsync(string part) => AdvanceUntilAsync(() => _logger.Messages.Any(m => m.Contains(part, StringComparison.Ordinal)), TimeSpan.Zero);

    // The network answers in its own time, so the fake clock is moved until what is waited for has happened.
    private async Task AdvanceUntilAsync(Func<bool> condition, TimeSpan? step = null)
    {
        while (!condition())
        {
            Token.ThrowIfCancellationRequested();
            _time.Advance(step ?? TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }
}
