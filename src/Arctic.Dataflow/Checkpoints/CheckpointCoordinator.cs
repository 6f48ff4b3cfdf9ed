using System.Diagnostics;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Runtime;

namespace Arctic.Dataflow.Checkpoints;

/// <summary>
/// Takes the checkpoints of one attempt: sends barriers, gathers what the subtasks answer, makes the checkpoint exist, and only then commits its sinks. Used by the job's own loop alone.
/// </summary>
internal sealed class CheckpointCoordinator
{
    private readonly JobContext _job;
    private readonly CheckpointStore _store;
    private readonly JobExecution _execution;
    private readonly SinkCommitters _committers;
    private readonly List<CheckpointId> _retained;
    private readonly List<CheckpointId> _damaged;

    // What sinks have prepared and no checkpoint holds yet. A checkpoint that is given up leaves its committables here: its rows lie before the next one's barrier, so that one commits them.
    private readonly Dictionary<int, List<ReadOnlyMemory<byte>>> _prepared = [];
    private readonly IReadOnlyList<PassedOver> _passedOver;
    private CheckpointId _next;

    // What earlier runs have left, at first.
    private bool _mayHaveOrphans = true;

    public CheckpointCoordinator(JobContext job, CheckpointStore store, JobExecution execution, SinkCommitters committers, RestorePoint point)
    {
        (_job, _store, _execution, _committers, _passedOver, _next) = (job, store, execution, committers, point.PassedOver, point.Next);
        _retained = [.. point.Retained];
        _damaged = [.. point.Damaged];
    }

    /// <summary>The checkpoint under way; null when there is none.</summary>
    public PendingCheckpoint? Pending { get; private set; }

    /// <summary>Sends barriers. Only while none is pending.</summary>
    public PendingCheckpoint Trigger(bool thenStop)
    {
        Debug.Assert(Pending is null, "One checkpoint at a time.");
        var barrier = new CheckpointBarrier(_next, _job.NextTry(), thenStop);
        var waiting = _job.Control.TakeWaiting();
        var startedAt = _job.Time.GetTimestamp();
        var sources = _execution.SendBarrier(barrier);
        Pending = new PendingCheckpoint(barrier, startedAt, _execution.SubtaskCount, sources, waiting);
        _job.Tell(new JobEvent.CheckpointTriggered(barrier.Checkpoint));
        return Pending;
    }

    /// <summary>Takes a subtask's answer.</summary>
    /// <returns>Whether the pending checkpoint has all of them.</returns>
    public bool Acknowledge(SubtaskSnapshot snapshot)
    {
        if (snapshot.Committable is { } committable)
        {
            if (!_prepared.TryGetValue(snapshot.Vertex, out var list))
            {
                _prepared.Add(snapshot.Vertex, list = []);
            }

            list.Add(committable.Content);
        }

        if (Pending is null || Pending.Barrier.Try != snapshot.Barrier.Try)
        {
            return false;
        }

        Pending.Add(snapshot);
        return Pending.MissingCount == 0;
    }

    /// <summary>Gives the pending checkpoint up. Its number is free for the next try: nothing of it exists.</summary>
    public void Abandon()
    {
        if (Pending is { } pending)
        {
            _job.CountAbandoned();
            _job.Control.PutBack(pending.Waiting);
            _job.Tell(new JobEvent.CheckpointAbandoned(pending.Barrier.Checkpoint));
            Log.CheckpointAbandoned(_job.Logger, _job.Name, pending.Barrier.Checkpoint.Value, _job.Options.CheckpointTimeout, pending.MissingCount, _execution.SubtaskCount);
            Pending = null;
            _mayHaveOrphans = true;
        }
    }

    /// <summary>Puts those who wait for the pending checkpoint back, because the attempt is over.</summary>
    public void Release()
    {
        if (Pending is { } pending)
        {
            _job.Control.PutBack(pending.Waiting);
            Pending = null;
        }
    }

    /// <summary>Makes the pending checkpoint durable, commits it, and removes what it makes old.</summary>
    /// <returns>What <see cref="CheckpointProtocol"/> decided; after <see cref="CheckpointDecision.Commit"/> the commit has taken place.</returns>
    public async ValueTask<CheckpointDecision> CompleteAsync(PendingCheckpoint pending)
    {
        using var activity = DataflowTelemetry.Activities.StartActivity("checkpoint");
        activity?.SetTag("job", _job.Name).SetTag("checkpoint", pending.Barrier.Checkpoint.Value);
        var metadata = Describe(pending);
        var decision = await CreateAsync(metadata).ConfigureAwait(false);
        if (decision is not CheckpointDecision.Commit)
        {
            return decision;
        }

        _job.Tell(new JobEvent.CheckpointDurable(_next));
        _prepared.Clear();
        foreach (var sink in metadata.Sinks)
        {
            await _committers.CommitAsync(_next, sink, _job.Cancelled).ConfigureAwait(false);
        }

        Conclude(pending);
        await CleanAsync(pending.Barrier).ConfigureAwait(false);
        return decision;
    }

    private CheckpointMetadata Describe(PendingCheckpoint pending) => new()
    {
        Job = _job.Name,
        Checkpoint = _next.Value,
        Incarnation = _job.Incarnation.Value,
        PassedOver = _passedOver,
        Created = _job.Time.GetUtcNow(),
        Plan = _job.Plan,
        IsFinal = pending.IsFinal,
        Sources = pending.Sources,
        StateFiles = pending.StateFiles,
        Sinks = _prepared.OrderBy(p => p.Key)
            .Select(p => new SinkEntry(_job.Graph.Vertices[p.Key].SinkId ?? throw new UnreachableException("Only a sink prepares commits."), p.Value.ToList()))
            .ToList(),
    };

    private async ValueTask<CheckpointDecision> CreateAsync(CheckpointMetadata metadata)
    {
        var isCreated = await _store.TryCreateAsync(metadata, _job.Cancelled).ConfigureAwait(false);
        var listing = await _store.ListAsync(_job.Cancelled).ConfigureAwait(false);
        return CheckpointProtocol.Decide(new CheckpointFacts
        {
            Self = _job.Incarnation,
            Checkpoint = _next,
            IsCreated = isCreated,
            Claims = listing.Claims,
            Listed = listing.Checkpoints,
            Finished = listing.Finished,
        });
    }

    private void Conclude(PendingCheckpoint pending)
    {
        var duration = _job.Time.GetElapsedTime(pending.StartedAt);
        _job.CountCommitted(duration);
        Log.CheckpointCommitted(_job.Logger, _job.Name, _next.Value, duration.TotalMilliseconds);
        _job.Tell(new JobEvent.CheckpointCommitted(_next, duration));
        pending.Waiting.ForEach(w => w.TrySetResult(_next));
        _retained.Add(_next);
        _next = new CheckpointId(_next.Value + 1);
        Pending = null;
    }

    private async ValueTask CleanAsync(CheckpointBarrier committed)
    {
        try
        {
            foreach (var damaged in _damaged.ToList())
            {
                await _store.RemoveAsync(damaged, _job.Cancelled).ConfigureAwait(false);
                _damaged.Remove(damaged);
            }

            foreach (var old in CheckpointProtocol.FindRemovable(_retained, _job.Options.CheckpointsRetained))
            {
                await _store.RemoveAsync(old, _job.Cancelled).ConfigureAwait(false);
                _retained.Remove(old);
            }

            // Every task has answered this try, and before that finished what it had to upload for earlier ones.
            if (_mayHaveOrphans)
            {
                await _store.RemoveOrphansAsync(_job.Incarnation, committed.Try, _retained, _job.Cancelled).ConfigureAwait(false);
                _mayHaveOrphans = false;
            }
        }
        catch (ArcticException error) when (error.Code.IsTransient)
        {
            Log.CleaningFailed(_job.Logger, error, _job.Name);
        }
    }
}
