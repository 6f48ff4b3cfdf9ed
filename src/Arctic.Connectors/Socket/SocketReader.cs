using System.Net.Sockets;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.Socket;

/// <summary>Reads lines as they come and gives what is there at once. A connection that drops is made again, with growing waits; the first one must succeed.</summary>
internal sealed class SocketReader(SourceContext context, SocketOptions options, RecordDecoder decoder) : ISourceReader
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);

    private readonly string _address = $"{options.Hostname}:{options.Port}";
    private readonly SkippedLines _skipped = new(context.Logger, context.Name);
    private RecordStream? _records;
    private System.Net.Sockets.Socket? _socket;
    private string? _splitId;

    public void AddSplit(SourceSplit split)
    {
        _splitId = split.Id;
        _records = new RecordStream(decoder, _address, new RecordPosition(0, SocketSource.LineOf(split.State)));
    }

    public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
    {
        if (_records is not { } records || _splitId is not { } splitId)
        {
            throw new InvalidOperationException("The reader has no split.");
        }

        _socket ??= await ConnectFirstAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (records.TryDecode(int.MaxValue, StreamEnding.More, out var decoded))
            {
                _skipped.Add(decoded);
                if (decoded.Batch is { } batch)
                {
                    return new SourceRead(splitId, batch, SocketSource.StateOf(records.Position.Line), IsSplitFinished: false);
                }
            }
            else if (await ReceiveAsync(_socket, records, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                await ReconnectAsync(reason, records, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        return ValueTask.CompletedTask;
    }

    // Waits for bytes, then takes what the system has more of, as far as the buffer reaches. Returns why the connection ended, or null.
    private static async ValueTask<string?> ReceiveAsync(System.Net.Sockets.Socket socket, RecordStream records, CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                var count = await socket.ReceiveAsync(records.FreeSpace, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    return "closed by the server";
                }

                records.Advance(count);
            }
            while (socket.Available > 0 && records.FreeSize > 0);

            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
    }

    private async ValueTask<System.Net.Sockets.Socket> ConnectFirstAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new ArcticException(
                ErrorCodes.ConnectionFailed,
                $"Cannot connect to '{_address}' for {context.Name}: {e.Message}. Start the server first (for a try: nc -lk {options.Port}), or correct 'hostname' and 'port'.",
                e);
        }
    }

    private async ValueTask ReconnectAsync(string reason, RecordStream records, CancellationToken cancellationToken)
    {
        _socket?.Dispose();
        _socket = null;
        var backoff = FirstBackoff < options.ReconnectBackoffMax ? FirstBackoff : options.ReconnectBackoffMax;
        Log.SocketDropped(context.Logger, context.Name, _address, reason, records.PendingSize, backoff.TotalMilliseconds);

        // The end of the line was lost with the connection: what is there would be read as a wrong row.
        records.DropPending();
        while (_socket is null)
        {
            await Task.Delay(backoff, context.Time, cancellationToken).ConfigureAwait(false);
            try
            {
                _socket = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                backoff = backoff * 2 < options.ReconnectBackoffMax ? backoff * 2 : options.ReconnectBackoffMax;
                Log.SocketRetried(context.Logger, context.Name, _address, e.Message, backoff.TotalMilliseconds);
            }
        }
    }

    private async ValueTask<System.Net.Sockets.Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new System.Net.Sockets.Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(options.Hostname, options.Port, cancellationToken).ConfigureAwait(false);
            Log.SocketConnected(context.Logger, context.Name, _address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
