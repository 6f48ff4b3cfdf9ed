using Arctic.Connectors.Blackhole;
using Arctic.Connectors.DataGen;
using Arctic.Connectors.FileSystem;
using Arctic.Connectors.Print;
using Arctic.Connectors.Socket;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors;

/// <summary>The connectors that every session has.</summary>
internal static class BuiltInConnectors
{
    /// <summary>A registry of them.</summary>
    /// <param name="standardOutput">Where <c>print</c> writes.</param>
    /// <param name="standardError">Where <c>print</c> writes with <c>standard-error</c>.</param>
    public static ConnectorRegistry Create(TextWriter standardOutput, TextWriter standardError) => new(
    [
        new BlackholeConnector(),
        new DataGenConnector(),
        new FileSystemConnector(),
        new PrintConnector(standardOutput, standardError),
        new SocketConnector(),
    ]);
}
