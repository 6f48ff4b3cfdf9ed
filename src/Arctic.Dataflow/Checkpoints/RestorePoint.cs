using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Checkpoints;

/// <summary>Where an attempt begins.</summary>
internal sealed record RestorePoint
{
    /// <summary>The checkpoint to go on from; null for a fresh start.</summary>
    public CheckpointMetadata? Metadata { get; init; }

    /// <summary>Its operator state; null for a fresh start.</summary>
    public RestoredState? State { get; init; }

    /// <summary>The numbers that the attempt's history went back past.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>The number of the first checkpoint of the attempt.</summary>
    public CheckpointId Next { get; init; } = new(1);

    /// <summary>The whole checkpoints that exist, ascending.</summary>
    public IReadOnlyList<CheckpointId> Retained { get; init; } = [];

    /// <summary>Damaged checkpoints, to be removed when a newer one is committed.</summary>
    public IReadOnlyList<CheckpointId> Damaged { get; init; } = [];

    public SourceEntry? SourceOf(int vertex) => Metadata?.Sources.FirstOrDefault(s => s.Vertex == vertex);
}
