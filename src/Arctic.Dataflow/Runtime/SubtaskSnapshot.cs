using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Runtime;

/// <summary>What one subtask gives to a checkpoint, when all of it is durable.</summary>
internal sealed record SubtaskSnapshot
{
    public required int Vertex { get; init; }

    public required int Subtask { get; init; }

    public required CheckpointBarrier Barrier { get; init; }

    /// <summary>The open splits with their positions; empty when the vertex has no source.</summary>
    public IReadOnlyList<SourceSplit> Splits { get; init; } = [];

    /// <summary>Where the operators' state lies; null when they have none.</summary>
    public StateFileEntry? StateFile { get; init; }

    /// <summary>What the sink's committer is to be given; null when there is nothing.</summary>
    public Committable? Committable { get; init; }
}

/// <summary>What tasks tell the job of; thread-safe.</summary>
internal interface ITaskListener
{
    /// <summary>A subtask's part of a checkpoint is durable. A subtask's answers come in the order of the barriers.</summary>
    ValueTask AcknowledgeAsync(SubtaskSnapshot snapshot, CancellationToken cancellationToken);

    /// <summary>Something failed; the first one counts.</summary>
    void Fail(Exception error);

    /// <summary>A source has no rows left, and its readers have been told.</summary>
    void SourceEnded(int vertex);
}
