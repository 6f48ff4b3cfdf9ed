using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Operators;
using Arctic.Iceberg.Mapping;
using Arctic.Sql.Physical;

namespace Arctic.Streams;

/// <summary>A place in a job where rows come out in columns: a source, or what stands behind an exchange. Steps over records between two of them are no nodes, but run in the operator of the next.</summary>
internal abstract class StreamNode
{
    /// <summary>How many steps read the node.</summary>
    public int ReaderCount { get; set; }

    /// <summary>Draws the node and all that it reads.</summary>
    public abstract Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken);
}

/// <summary>Where the rows of a node come out.</summary>
/// <param name="Vertex">What gives them.</param>
/// <param name="Schema">Their columns.</param>
/// <param name="Mode">The kinds that they may have.</param>
internal sealed record DrawnStream(VertexDraft Vertex, RowSchema Schema, ChangelogMode Mode);

/// <summary>The rows of a query, of which a table is the simplest.</summary>
/// <param name="sql">The query.</param>
/// <param name="columnsOf">Which of its columns are wanted.</param>
internal sealed class QueryNode(string sql, Func<RowSchema, int[]> columnsOf) : StreamNode
{
    public override Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken) => drawing.DrawQueryAsync(sql, columnsOf, cancellationToken);
}

/// <summary>The rows of a source.</summary>
/// <param name="create">Makes the source for the job.</param>
/// <param name="isSingle">Whether it has one reader whatever the job's parallelism.</param>
internal sealed class SourceNode(string name, Func<SessionContext, ISource> create, bool isSingle) : StreamNode
{
    public override Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken) => Task.FromResult(drawing.DrawSource(name, create, isSingle));
}

/// <summary>The rows of two streams.</summary>
internal sealed class UnionNode<T>(DataStream<T> first, DataStream<T> second) : StreamNode
{
    public override async Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
    {
        var schema = RowMapping<T>.NaturalSchema;
        var a = await first.DrawAsync(drawing, schema, "the union", cancellationToken).ConfigureAwait(false);
        var b = await second.DrawAsync(drawing, schema, "the union", cancellationToken).ConfigureAwait(false);

        // Changes of one key must not overtake each other: they may only meet in one subtask.
        var mode = a.Mode | b.Mode;
        var isSingle = mode != ChangelogMode.Insert;
        var vertex = drawing.Add(new VertexDraft
        {
            Parallelism = isSingle ? 1 : drawing.Options.DefaultParallelism,
            IsSingle = isSingle,
            Inputs = { (a.Vertex, 0, new ExchangeKind.Rebalance()), (b.Vertex, 0, new ExchangeKind.Rebalance()) },
        });
        return new DrawnStream(vertex.With("Union", () => new RenameOperator(schema)), schema, mode);
    }
}

/// <summary>The rows of a stream, which watermarks follow.</summary>
internal sealed class WatermarkNode<T>(DataStream<T> stream, string name, Func<T, DateTimeOffset> timeOf, TimeSpan delay) : StreamNode
{
    public override async Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
    {
        var schema = RowMapping<T>.NaturalSchema;
        var drawn = await stream.DrawAsync(drawing, schema, name, cancellationToken).ConfigureAwait(false);
        var mapping = RowMapping<T>.Of(schema, MappingUse.Read, name);
        TimeSpan? idle = drawing.Options.SourceIdleTimeout > TimeSpan.Zero ? drawing.Options.SourceIdleTimeout : null;
        return drawn with { Vertex = drawn.Vertex.With(name, () => new WatermarkOperator(new RecordTimestamps<T>(name, mapping, timeOf, delay), idle)) };
    }
}

/// <summary>What an operator over batches makes of a stream.</summary>
internal sealed class TransformNode<T, TResult>(DataStream<T> stream, string name, Func<StreamOperator> create, ChangelogMode mode) : StreamNode
{
    public override async Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
    {
        var drawn = await stream.DrawAsync(drawing, RowMapping<T>.NaturalSchema, name, cancellationToken).ConfigureAwait(false);
        return new DrawnStream(drawn.Vertex.With(name, create), RowMapping<TResult>.NaturalSchema, mode);
    }
}
