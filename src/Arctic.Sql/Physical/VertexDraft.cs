using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Operators;

namespace Arctic.Sql.Physical;

/// <summary>A vertex that still grows: the planner appends what runs in the same tasks.</summary>
internal sealed class VertexDraft
{
    private readonly List<string> _names = [];
    private readonly List<Func<StreamOperator>> _operators = [];

    /// <summary>The number of subtasks.</summary>
    public required int Parallelism { get; init; }

    /// <summary>Whether the vertex has one subtask whatever the job's parallelism: only then may operators that need all rows join it, else the plan would change with the parallelism.</summary>
    public required bool IsSingle { get; init; }

    /// <summary>The source at its head.</summary>
    public ISource? Source { get; init; }

    /// <summary>The edges into it.</summary>
    public List<(VertexDraft From, int Input, ExchangeKind Exchange)> Inputs { get; } = [];

    /// <summary>The sink at its end.</summary>
    public ISink? Sink { get; set; }

    /// <summary>The sink's id.</summary>
    public string? SinkId { get; set; }

    /// <summary>Names a step that needs no operator of its own.</summary>
    public VertexDraft Named(string name)
    {
        _names.Add(name);
        return this;
    }

    /// <summary>Appends an operator.</summary>
    public VertexDraft With(string name, Func<StreamOperator> create)
    {
        _names.Add(name);
        _operators.Add(create);
        return this;
    }

    /// <summary>The vertex as it stands.</summary>
    public JobVertex Build() => new()
    {
        Name = string.Join(" -> ", _names),
        Parallelism = Parallelism,
        Source = Source,
        Operators = [.. _operators],
        Sink = Sink,
        SinkId = SinkId,
    };
}
