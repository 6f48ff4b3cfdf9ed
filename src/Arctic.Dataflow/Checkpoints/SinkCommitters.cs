using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Runtime;

namespace Arctic.Dataflow.Checkpoints;

/// <summary>The committers of a job's sinks, for as long as one attempt of a run lasts.</summary>
internal sealed class SinkCommitters : IAsyncDisposable
{
    private readonly SortedDictionary<string, ICommitter> _committers = new(StringComparer.Ordinal);

    /// <summary>Makes the committers.</summary>
    /// <param name="job">The job.</param>
    /// <param name="incarnation">The run they commit for; 0 for those that only look.</param>
    public SinkCommitters(JobContext job, Incarnation incarnation)
    {
        foreach (var vertex in job.Graph.Vertices)
        {
            if (vertex is { Sink: { } sink, SinkId: { } id } && sink.CreateCommitter(ContextOf(job, incarnation, vertex.Name, id, vertex.Parallelism)) is { } committer)
            {
                _committers.Add(id, committer);
            }
        }
    }

    /// <summary>Whether no sink needs commits.</summary>
    public bool IsEmpty => _committers.Count == 0;

    /// <summary>Asks every target for its mark.</summary>
    public async ValueTask<IReadOnlyList<SinkFact>> FindMarksAsync(CancellationToken cancellationToken)
    {
        var facts = new List<SinkFact>();
        foreach (var (id, committer) in _committers)
        {
            facts.Add(new SinkFact(id, await committer.FindCommittedAsync(cancellationToken).ConfigureAwait(false)));
        }

        return facts;
    }

    /// <summary>Raises every target's mark to this run, so that older runs' late commits are refused.</summary>
    public async ValueTask<IReadOnlyList<SinkFact>> FenceAsync(CancellationToken cancellationToken)
    {
        var facts = new List<SinkFact>();
        foreach (var (id, committer) in _committers)
        {
            facts.Add(new SinkFact(id, await committer.FenceAsync(cancellationToken).ConfigureAwait(false)));
        }

        return facts;
    }

    /// <summary>Makes a checkpoint's rows visible in one sink.</summary>
    public ValueTask CommitAsync(CheckpointId checkpoint, SinkEntry sink, CancellationToken cancellationToken) =>
        _committers[sink.SinkId].CommitAsync(checkpoint, sink.Committables.Select(c => new Committable(c)).ToList(), cancellationToken);

    public ValueTask DisposeAsync() => _committers.Values.DisposeAllAsync();

    private static SinkContext ContextOf(JobContext job, Incarnation incarnation, string name, string id, int parallelism) => new()
    {
        Name = name,
        SinkId = id,
        Incarnation = incarnation,
        Parallelism = parallelism,
        Subtask = -1,
        Time = job.Time,
        Random = job.NewRandom(),
        Logger = job.Logger,
    };
}
