using Arctic.Columnar.Options;

namespace Arctic.Connectors.Socket;

/// <summary>Options of the connector <c>socket</c>.</summary>
internal sealed record SocketOptions
{
    public const string PortKey = "port";
    public const string ByteDelimiterKey = "byte-delimiter";
    public const string BackoffMaxKey = "reconnect.backoff-max";

    /// <summary>The name or address of the host that serves the lines.</summary>
    [Option("hostname")]
    public required string Hostname { get; init; }

    /// <summary>Its port, 1 to 65535.</summary>
    [Option(PortKey)]
    public required int Port { get; init; }

    /// <summary><c>changelog-csv</c>, <c>csv</c> or <c>json</c> (one object a line).</summary>
    [Option("format")]
    public required string Format { get; init; }

    /// <summary>The byte that ends a line, as Flink's example has it; only 10, the line feed, can be read.</summary>
    [Option(ByteDelimiterKey)]
    public int ByteDelimiter { get; init; } = '\n';

    /// <summary>The longest wait between two tries to connect again; the first wait is 100 ms, and each is twice the one before. Default 5 s.</summary>
    [Option(BackoffMaxKey)]
    public TimeSpan ReconnectBackoffMax { get; init; } = TimeSpan.FromSeconds(5);
}
