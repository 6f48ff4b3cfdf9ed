using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>What happens to a NULL for a NOT NULL column of a sink (<c>table.exec.sink.not-null-enforcer</c>).</summary>
internal enum NotNullEnforcement
{
    /// <summary>The job fails.</summary>
    Error,

    /// <summary>The row is dropped.</summary>
    Drop,
}

/// <summary>Ends a graph in sinks: enforces what their tables declare, spreads the rows as they ask for.</summary>
internal sealed class SinkWriting(JobOptions options, NotNullEnforcement notNull)
{
    /// <summary>Ends a stream in the sink of an INSERT.</summary>
    /// <param name="stream">Where the rows come out.</param>
    /// <param name="mode">The kinds that come; the sink takes them, but perhaps no <c>-U</c>.</param>
    public void Append(GraphDraft graph, VertexDraft stream, ChangelogMode mode, LogicalPlan.Sink insert, ISink sink, string sinkId)
    {
        var constrained = NotNullColumns(insert).ToArray();
        if (constrained.Length > 0)
        {
            stream.With($"NotNullEnforcer(fields=[{string.Join(", ", constrained.Select(c => sink.Schema[c].Name))}])", () => new NotNullOperator(sink.Schema, constrained, notNull));
        }

        if (mode.HasFlag(ChangelogMode.UpdateBefore) && !sink.ChangelogMode.HasFlag(ChangelogMode.UpdateBefore))
        {
            stream.With("UpdateBeforeToDelete", () => new UpdateBeforeToDeleteOperator());
        }

        Append(graph, stream, sink, PlanPrinter.Node(insert), sinkId);
    }

    /// <summary>Ends a stream in a sink that takes every change.</summary>
    public void Append(GraphDraft graph, VertexDraft stream, ISink sink, string name, string sinkId)
    {
        var isSingle = sink.Parallelism == 1;
        var vertex = stream;
        if (sink.Partitioner is { } partitioner)
        {
            var parallelism = sink.Parallelism ?? options.DefaultParallelism;
            vertex = graph.Add(new VertexDraft { Parallelism = parallelism, IsSingle = isSingle, Inputs = { (stream, 0, new ExchangeKind.Partitioned(partitioner)) } });
        }
        else if (sink.Parallelism is { } wanted && !(isSingle && stream.IsSingle))
        {
            vertex = graph.Add(new VertexDraft { Parallelism = wanted, IsSingle = isSingle, Inputs = { (stream, 0, new ExchangeKind.Rebalance()) } });
        }

        vertex.With(name, () => new RenameOperator(sink.Schema));
        (vertex.Sink, vertex.SinkId) = (sink, sinkId);
    }

    private static IEnumerable<int> NotNullColumns(LogicalPlan.Sink insert)
    {
        var target = insert.Table.SinkSchema;
        return Enumerable.Range(0, Math.Min(target.Count, insert.Input.Schema.Count)).Where(i => !target[i].Type.IsNullable && insert.Input.Schema[i].Type.IsNullable);
    }
}
