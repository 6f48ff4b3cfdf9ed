using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Arctic.Cli.Quickstart;

/// <summary>Serves change lines to one client on a free port of the loopback interface, a part at a time.</summary>
internal sealed class ChangeFeed : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task<TcpClient> _client;

    public ChangeFeed()
    {
        _listener.Start();
        _client = _listener.AcceptTcpClientAsync();
    }

    /// <summary>The port that was free.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Waits for the client, then sends it the lines.</summary>
    public async Task SendAsync(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        var client = await _client.WaitAsync(cancellationToken);
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")));
        await client.GetStream().WriteAsync(bytes, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        try
        {
            (await _client).Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nobody had connected.
        }
    }
}
