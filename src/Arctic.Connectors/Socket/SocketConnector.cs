using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.Socket;

/// <summary>Reads lines from a TCP server.</summary>
internal sealed class SocketConnector : ISourceConnector
{
    public string Name => "socket";

    public ISource CreateSource(TableConnectorContext context)
    {
        var format = RecordFormat.Find(context.Options.GetValueOrDefault(RecordFormat.Key) ?? "changelog-csv", context.Subject);
        var options = ConnectorOptions.Read<SocketOptions>(context, format.OptionsType);
        if (options.Port is < 1 or > ushort.MaxValue)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Option '{SocketOptions.PortKey}' of {context.Subject} is {options.Port}; expected 1 to 65535.");
        }

        if (options.ByteDelimiter != '\n')
        {
            throw new ArcticException(
                ErrorCodes.InvalidOption, $"Option '{SocketOptions.ByteDelimiterKey}' of {context.Subject} is {options.ByteDelimiter}; only 10, the line feed, can be read.");
        }

        ConnectorOptions.RequirePositive(options.ReconnectBackoffMax.TotalMilliseconds, SocketOptions.BackoffMaxKey, context);
        RecordDecoder MakeDecoder() => format.CreateDecoder(context.Schema, context.Options, context.Subject);
        MakeDecoder();
        return new SocketSource(context.Schema, options, format, MakeDecoder);
    }
}
