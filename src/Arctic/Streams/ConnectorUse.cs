using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Streams;

/// <summary>Makes sources and sinks of the session's connectors, for tables that only a job knows.</summary>
internal static class ConnectorUse
{
    public static ISource CreateSource(SessionContext context, string name, RowSchema schema, IReadOnlyDictionary<string, string> options) =>
        context.Connectors.FindSource(ConnectorOf(name, options), $"source '{name}'").CreateSource(ContextOf(context, name, schema, options));

    public static ISink CreateSink(SessionContext context, string name, RowSchema schema, IReadOnlyDictionary<string, string> options) =>
        context.Connectors.FindSink(ConnectorOf(name, options), $"sink '{name}'").CreateSink(ContextOf(context, name, schema, options));

    private static string ConnectorOf(string name, IReadOnlyDictionary<string, string> options) => options.GetValueOrDefault("connector")
        ?? throw new ArcticException(ErrorCodes.InvalidOption, $"The options of '{name}' do not say which 'connector' it is.");

    private static TableConnectorContext ContextOf(SessionContext context, string name, RowSchema schema, IReadOnlyDictionary<string, string> options) =>
        new() { Name = name, Schema = schema, Options = options, ObjectStore = context.Store, Time = context.Time };
}
