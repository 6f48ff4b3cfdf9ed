using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
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
