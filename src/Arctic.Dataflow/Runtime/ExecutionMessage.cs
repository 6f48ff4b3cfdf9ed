namespace Arctic.Dataflow.Runtime;

/// <summary>What tasks and timers tell the job's loop.</summary>
internal abstract record ExecutionMessage
{
    private ExecutionMessage()
    {
    }

    /// <summary>A subtask's part of a checkpoint is durable.</summary>
    public sealed record Acknowledged(SubtaskSnapshot Snapshot) : ExecutionMessage;

    /// <summary>A task, an upload or a split discovery failed.</summary>
    public sealed record Failed(Exception Error) : ExecutionMessage;

    /// <summary>A source has no rows left.</summary>
    public sealed record SourceEnded(int Vertex) : ExecutionMessage;

    /// <summary>Every task has ended; what they failed with came before.</summary>
    public sealed record TasksEnded : ExecutionMessage;

    /// <summary>The interval has passed.</summary>
    public sealed record CheckpointDue : ExecutionMessage;

    /// <summary>The pending checkpoint may have taken too long.</summary>
    public sealed record CheckpointTimedOut : ExecutionMessage;

    /// <summary>The user asks for something.</summary>
    public sealed record Wake : ExecutionMessage;
}
