namespace Arctic.Dataflow.Graph;

/// <summary>Refuses graphs that a planner must not draw, before anything runs.</summary>
internal static class JobGraphCheck
{
    /// <summary>Checks a graph.</summary>
    /// <exception cref="ArgumentException">It cannot run: a bug of whoever drew it.</exception>
    public static void Check(JobGraph graph, int maxParallelism)
    {
        Require(graph.Vertices.Count > 0, "The graph has no vertex.");
        foreach (var edge in graph.Edges)
        {
            Require(edge.From >= 0 && edge.From < edge.To && edge.To < graph.Vertices.Count, $"Edge {edge.From} -> {edge.To} does not go from a smaller to a greater vertex.");
            Require(
                edge.Exchange is not ExchangeKind.Forward || graph.Vertices[edge.From].Parallelism == graph.Vertices[edge.To].Parallelism,
                $"Edge {edge.From} -> {edge.To} is forward, but its ends differ in parallelism.");
        }

        for (var i = 0; i < graph.Vertices.Count; i++)
        {
            Check(graph, i, maxParallelism);
        }

        var sinkIds = graph.Vertices.Where(v => v.Sink is not null).Select(v => v.SinkId).ToList();
        Require(sinkIds.Distinct(StringComparer.Ordinal).Count() == sinkIds.Count, "Two sinks have one id.");
    }

    private static void Check(JobGraph graph, int index, int maxParallelism)
    {
        var vertex = graph.Vertices[index];
        var inputs = graph.Edges.Where(e => e.To == index).Select(e => e.Input).Distinct().Order().ToList();
        var isFeeding = graph.Edges.Any(e => e.From == index);
        Require(vertex.Parallelism >= 1 && vertex.Parallelism <= maxParallelism, $"Vertex '{vertex.Name}' has parallelism {vertex.Parallelism}; 1 to {maxParallelism} is possible.");
        Require((vertex.Source is null) == (inputs.Count > 0), $"Vertex '{vertex.Name}' must have either a source or inputs.");
        Require(inputs.SequenceEqual(Enumerable.Range(0, inputs.Count)), $"The inputs of vertex '{vertex.Name}' are not numbered from 0 on.");
        Require(inputs.Count <= 1 || vertex.Operators.Count > 0, $"Vertex '{vertex.Name}' has several inputs but no operator to tell them apart.");
        Require(vertex.Sink is null || !isFeeding, $"Vertex '{vertex.Name}' ends in a sink and cannot feed another.");
        Require((vertex.Sink is null) == (vertex.SinkId is null), $"Vertex '{vertex.Name}' must have a sink id if and only if it has a sink.");
    }

    private static void Require(bool isFine, string message)
    {
        if (!isFine)
        {
            throw new ArgumentException(message, "graph");
        }
    }
}
