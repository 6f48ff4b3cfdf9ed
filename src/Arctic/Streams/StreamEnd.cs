using Arctic.Dataflow.Connectors;

namespace Arctic.Streams;

/// <summary>Where a stream ends.</summary>
internal abstract class StreamEnd
{
    /// <summary>Loads what is written before anything is read, so that the job sees it as it was then.</summary>
    public virtual Task LoadAsync(StreamDrawing drawing, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Draws the stream with all that it reads, and its end.</summary>
    public abstract Task DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken);
}

/// <summary>Records into a table, by the names of their properties.</summary>
internal sealed class TableEnd<T>(DataStream<T> stream, string table, TableSinkOptions options) : StreamEnd
{
    private TableTarget? _target;

    public override async Task LoadAsync(StreamDrawing drawing, CancellationToken cancellationToken) => _target = await drawing.LoadTargetAsync(table, options, cancellationToken).ConfigureAwait(false);

    public override async Task DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
    {
        var target = _target ?? throw new InvalidOperationException("Ends are loaded before they are drawn.");
        var drawn = await stream.DrawAsync(drawing, target.Schema, $"the table '{target.Path}'", cancellationToken).ConfigureAwait(false);
        drawing.AppendTable(drawn, target);
    }
}

/// <summary>Records into a sink.</summary>
internal sealed class SinkEnd<T>(DataStream<T> stream, string name, Func<SessionContext, ISink> create) : StreamEnd
{
    public override async Task DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
    {
        var sink = create(drawing.Context);
        drawing.AppendSink(await stream.DrawAsync(drawing, sink.Schema, $"the sink '{name}'", cancellationToken).ConfigureAwait(false), sink, name);
    }
}
