using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Runtime;

/// <summary>
/// What a source's reader is told, in an order that all readers of the source agree on: a split that was handed out behind the enumerator's snapshot is added behind the barrier, so
/// that it is in one of the two; and the end comes to all readers between the same two barriers.
/// </summary>
internal abstract record SourceCommand
{
    private SourceCommand()
    {
    }

    /// <summary>Read this split too.</summary>
    public sealed record AddSplit(SourceSplit Split) : SourceCommand;

    /// <summary>Snapshot, and send the barrier on.</summary>
    public sealed record PassBarrier(CheckpointBarrier Barrier) : SourceCommand;

    /// <summary>No split will come: end the stream, but stay for barriers.</summary>
    public sealed record Finish : SourceCommand;

    /// <summary>The job has what it needs: go.</summary>
    public sealed record Close : SourceCommand;
}
