using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
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

/// <summary>Ends a graph in sinks: checks that they take the changes that come, spreads the rows as they ask for.</summary>
internal sealed class SinkWriting(JobOptions options, NotNullEnforcement notNull)
{
    /// <summary>Ends a stream in the sink of an INSERT.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: the sink does not take the stream's changes.</exception>
    public void Append(GraphDraft graph, DraftStream stream, LogicalPlan.Sink insert, ISink sink, string sinkId)
    {
        RefuseUnwantedChanges(stream, insert, sink.ChangelogMode);
        var constrained = NotNullColumns(insert).ToArray();
        if (constrained.Length > 0)
        {
            stream.Vertex.With($"NotNullEnforcer(fields=[{string.Join(", ", constrained.Select(c => sink.Schema[c].Name))}])", () => new NotNullOperator(sink.Schema, constrained, notNull));
        }

        if (stream.Mode.HasFlag(ChangelogMode.UpdateBefore) && !sink.ChangelogMode.HasFlag(ChangelogMode.UpdateBefore))
        {
            stream.Vertex.With("UpdateBeforeToDelete", () => new UpdateBeforeToDeleteOperator());
        }

        Append(graph, stream, sink, PlanPrinter.Node(insert), sinkId);
    }

    /// <summary>Ends a stream in a sink that takes every change.</summary>
    public void Append(GraphDraft graph, DraftStream stream, ISink sink, string name, string sinkId)
    {
        var isSingle = sink.Parallelism == 1;
        var vertex = stream.Vertex;
        if (sink.Partitioner is { } partitioner)
        {
            var parallelism = sink.Parallelism ?? options.DefaultParallelism;
            vertex = graph.Add(new VertexDraft { Parallelism = parallelism, IsSingle = isSingle, Inputs = { (stream.Vertex, 0, new ExchangeKind.Partitioned(partitioner)) } });
        }
        else if (sink.Parallelism is { } wanted && !(isSingle && stream.Vertex.IsSingle))
        {
            vertex = graph.Add(new VertexDraft { Parallelism = wanted, IsSingle = isSingle, Inputs = { (stream.Vertex, 0, new ExchangeKind.Rebalance()) } });
        }

        vertex.With(name, () => new RenameOperator(sink.Schema));
        (vertex.Sink, vertex.SinkId) = (sink, sinkId);
    }

    private static void RefuseUnwantedChanges(DraftStream stream, LogicalPlan.Sink insert, ChangelogMode taken)
    {
        var unwanted = new List<string>();
        if (stream.Mode.HasFlag(ChangelogMode.UpdateAfter) && !taken.HasFlag(ChangelogMode.UpdateAfter))
        {
            unwanted.Add("update");
        }

        if (stream.Mode.HasFlag(ChangelogMode.Delete) && !taken.HasFlag(ChangelogMode.Delete))
        {
            unwanted.Add("delete");
        }

        if (unwanted.Count > 0)
        {
            throw new ArcticException(
                ErrorCodes.InvalidStatement,
                $"Table sink '{insert.Table.Path}' doesn't support consuming {string.Join(" and ", unwanted)} changes which is produced by node {stream.Node}")
            {
                Hint = "Write into a table with a primary key, or into one that takes changes.",
            };
        }
    }

    private static IEnumerable<int> NotNullColumns(LogicalPlan.Sink insert)
    {
        var target = insert.Table.SinkSchema;
        return Enumerable.Range(0, Math.Min(target.Count, insert.Input.Schema.Count)).Where(i => !target[i].Type.IsNullable && insert.Input.Schema[i].Type.IsNullable);
    }
}
