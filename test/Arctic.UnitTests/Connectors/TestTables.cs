using System.Collections.Concurrent;
using System.Globalization;
using Arctic.Columnar.Types;
using Arctic.Connectors;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.UnitTests.Connectors;

/// <summary>Tables as SQL would hand them to connectors.</summary>
internal static class TestTables
{
    public static TableConnectorContext Table(RowSchema schema, IObjectStore? store = null, TimeProvider? time = null, params (string Key, string Value)[] options) => new()
    {
        Name = "shop.t",
        Schema = schema,
        Options = options.ToDictionary(o => o.Key, o => o.Value),
        ObjectStore = store ?? new MemoryObjectStore(TimeProvider.System),
        Time = time ?? TimeProvider.System,
    };

    public static ISource Source(TableConnectorContext table) =>
        BuiltInConnectors.Create(TextWriter.Null, TextWriter.Null).FindSource(table.Options["connector"], table.Subject).CreateSource(table);

    public static SinkContext SinkContext(int parallelism = 1, int subtask = 0) => new()
    {
        Name = "sink",
        SinkId = "sink-1",
        Incarnation = new Incarnation(1),
        Parallelism = parallelism,
        Subtask = subtask,
        Time = TimeProvider.System,
        Random = new Random(1),
        Logger = NullLogger.Instance,
    };
}

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLogger : ILogger
{
    public ConcurrentQueue<string> Messages { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{logLevel}: {formatter(state, exception)}"));
}
