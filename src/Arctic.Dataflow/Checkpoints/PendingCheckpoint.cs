using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Runtime;

namespace Arctic.Dataflow.Checkpoints;

/// <summary>A checkpoint whose barriers are under way, and what has come of it so far.</summary>
internal sealed class PendingCheckpoint(CheckpointBarrier barrier, long startedAt, int subtaskCount, IReadOnlyList<SourceEntry> sources, List<TaskCompletionSource<CheckpointId?>> waiting)
{
    private readonly List<SubtaskSnapshot> _snapshots = new(subtaskCount);

    public CheckpointBarrier Barrier => barrier;

    /// <summary>A timestamp of the job's clock.</summary>
    public long StartedAt => startedAt;

    /// <summary>Those who asked for it.</summary>
    public List<TaskCompletionSource<CheckpointId?>> Waiting => waiting;

    public int MissingCount => subtaskCount - _snapshots.Count;

    /// <summary>Whether all sources had ended before the barrier.</summary>
    public bool IsFinal => sources.All(s => s.IsFinished);

    /// <summary>The sources with the splits that their readers have open.</summary>
    public IReadOnlyList<SourceEntry> Sources => sources.Select(s => s with { Splits = SplitsOf(s.Vertex) }).ToList();

    public IReadOnlyList<StateFileEntry> StateFiles => _snapshots.Where(s => s.StateFile is not null).Select(s => s.StateFile!).OrderBy(f => f.Vertex).ThenBy(f => f.Subtask).ToList();

    public void Add(SubtaskSnapshot snapshot) => _snapshots.Add(snapshot);

    private List<SplitEntry> SplitsOf(int vertex) =>
        _snapshots.Where(s => s.Vertex == vertex).SelectMany(s => s.Splits.Select(p => new SplitEntry(s.Subtask, p.Id, p.State))).ToList();
}
