using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.FileSystem;

/// <summary>Reads files of lines from any object store.</summary>
internal sealed class FileSystemConnector : ISourceConnector
{
    public string Name => "filesystem";

    public ISource CreateSource(TableConnectorContext context)
    {
        // The format decides which further options there are.
        var format = RecordFormat.Find(context.Options.GetValueOrDefault(RecordFormat.Key) ?? "csv", context.Subject);
        var options = ConnectorOptions.Read<FileSystemOptions>(context, format.OptionsType);
        ConnectorOptions.RequirePositive(options.RowsPerSecond, FileSystemOptions.RowsPerSecondKey, context);

        // A decoder is made once here, so that bad options and types are found when the statement is planned.
        RecordDecoder MakeDecoder() => format.CreateDecoder(context.Schema, context.Options, context.Subject);
        MakeDecoder();
        return new FileSystemSource(context, options, format, MakeDecoder);
    }
}
