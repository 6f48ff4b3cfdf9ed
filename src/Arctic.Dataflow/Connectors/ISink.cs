using Arctic.Columnar;
using Arctic.Columnar.Types;
using Microsoft.Extensions.Logging;

namespace Arctic.Dataflow.Connectors;

/// <summary>A target of change batches: parallel writers, and at most one committer that makes their work visible after a checkpoint.</summary>
public interface ISink
{
    /// <summary>What the batches must hold.</summary>
    RowSchema Schema { get; }

    /// <summary>The kinds that it takes; every one unless said otherwise. A plan that may give others is refused.</summary>
    ChangelogMode ChangelogMode => ChangelogMode.All;

    /// <summary>How rows must be spread over the writers; null when any writer takes any row.</summary>
    IRowPartitioner? Partitioner { get; }

    /// <summary>The number of writers when the plan names none; null for the job's default.</summary>
    int? Parallelism { get; }

    /// <summary>Makes the writer of one subtask.</summary>
    ISinkWriter CreateWriter(SinkContext context);

    /// <summary>Makes the committer; null when what was written needs no commit (print).</summary>
    ICommitter? CreateCommitter(SinkContext context);
}

/// <summary>What a sink's parts are given.</summary>
public sealed record SinkContext
{
    /// <summary>The vertex, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Stable over restarts and unique among the job's sinks: what a table remembers commits by. Chosen by the plan, never a process or run id.</summary>
    public required string SinkId { get; init; }

    /// <summary>The run of the job; newer runs have greater numbers.</summary>
    public required Incarnation Incarnation { get; init; }

    /// <summary>The number of writers.</summary>
    public required int Parallelism { get; init; }

    /// <summary>The writer's 0-based index; -1 for the committer.</summary>
    public required int Subtask { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The source of names that must differ.</summary>
    public required Random Random { get; init; }

    /// <summary>The job's log.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>The number of a job's run: claimed by creating <c>jobs/&lt;name&gt;/incarnation-N</c>, so no two runs share it.</summary>
public readonly record struct Incarnation(long Value) : IComparable<Incarnation>
{
    /// <inheritdoc/>
    public int CompareTo(Incarnation other) => Value.CompareTo(other.Value);
}

/// <summary>The number of a checkpoint: ascends within a job, over its runs too.</summary>
public readonly record struct CheckpointId(long Value) : IComparable<CheckpointId>
{
    /// <inheritdoc/>
    public int CompareTo(CheckpointId other) => Value.CompareTo(other.Value);
}

/// <summary>Writes the rows of one subtask; one call at a time.</summary>
public interface ISinkWriter : IAsyncDisposable
{
    /// <summary>Takes a batch over and disposes it.</summary>
    ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken);

    /// <summary>Makes all rows since the last call durable, though not visible yet, and says what the committer needs to know of them. No file stays open over a barrier.</summary>
    /// <param name="checkpoint">The checkpoint being taken; comes again when a first try took too long, and then both answers are committed together.</param>
    /// <returns>Null when there is nothing to commit.</returns>
    ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken);
}

/// <summary>What one writer hands to the committer; opaque bytes, starting with a version byte, that live in checkpoints.</summary>
public sealed record Committable(ReadOnlyMemory<byte> Content);

/// <summary>The one committer of a sink. Idempotent by (sink id, incarnation, checkpoint).</summary>
public interface ICommitter : IAsyncDisposable
{
    /// <summary>What the target says of the newest commit of this sink id; null when there never was one.</summary>
    ValueTask<CommittedMark?> FindCommittedAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Raises the mark to this incarnation and keeps its checkpoint (0 when there is no mark), in one atomic step and without a snapshot, so that no commit of an older incarnation that is still
    /// under way can take place any more. Does nothing when the mark has this incarnation already. Called in the rare case that a damaged checkpoint is gone back past.
    /// </summary>
    /// <returns>The mark as it is now.</returns>
    /// <exception cref="Columnar.Errors.ArcticException"><c>JOB_FENCED</c>: the mark has a newer incarnation.</exception>
    ValueTask<CommittedMark> FenceAsync(CancellationToken cancellationToken);

    /// <summary>Makes the work of a checkpoint visible, once, however often it is called.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">
    /// <c>JOB_FENCED</c>: the target holds a commit of a newer incarnation; <c>COMMIT_OUTCOME_UNKNOWN</c>: nothing may be deleted, look before retrying.
    /// </exception>
    ValueTask CommitAsync(CheckpointId checkpoint, IReadOnlyList<Committable> committables, CancellationToken cancellationToken);
}

/// <summary>The newest commit of a sink id in its target.</summary>
public readonly record struct CommittedMark(Incarnation Incarnation, CheckpointId Checkpoint);
