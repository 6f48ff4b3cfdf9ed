using Arctic.Columnar;
using Arctic.Columnar.Types;
using Microsoft.Extensions.Logging;

namespace Arctic.Dataflow.Connectors;

/// <summary>
/// A source of change batches: one enumerator finds splits, parallel readers read them. Positions are opaque bytes that the source reads
/// back itself; they start with a version byte.
/// </summary>
public interface ISource
{
    /// <summary>What the batches hold.</summary>
    RowSchema Schema { get; }

    /// <summary>Whether the source ends by itself.</summary>
    bool IsBounded { get; }

    /// <summary>Whether a reader can go back to a position: what exactly-once rests on. A socket cannot.</summary>
    bool IsReplayable { get; }

    /// <summary>When splits are handed out.</summary>
    SplitAssignment Assignment => SplitAssignment.OnDemand;

    /// <summary>The kinds that rows may have; every one unless said otherwise.</summary>
    ChangelogMode ChangelogMode => ChangelogMode.All;

    /// <summary>Makes the enumerator.</summary>
    /// <param name="context">The job's surroundings.</param>
    /// <param name="state">What <see cref="ISplitEnumerator.SnapshotState"/> returned in the checkpoint to go on from; empty for a fresh start.</param>
    ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state);

    /// <summary>Makes the reader of one subtask.</summary>
    ISourceReader CreateReader(SourceContext context);
}

/// <summary>When splits are handed out to readers.</summary>
public enum SplitAssignment
{
    /// <summary>A reader gets its next split when it has none open: files, snapshots. Fast readers get more.</summary>
    OnDemand,

    /// <summary>Every split is handed out at once, a reader at a time in turn: partitions that are read side by side and do not end.</summary>
    Eager,
}

/// <summary>What a source's parts are given.</summary>
public sealed record SourceContext
{
    /// <summary>The vertex, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>The number of readers.</summary>
    public required int Parallelism { get; init; }

    /// <summary>The reader's 0-based index; -1 for the enumerator.</summary>
    public required int Subtask { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The job's log.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>A part of a source that one reader reads from front to back.</summary>
/// <param name="Id">Unique within the source and the job's life.</param>
/// <param name="State">The part and the position in it.</param>
public sealed record SourceSplit(string Id, ReadOnlyMemory<byte> State);

/// <summary>
/// Finds splits and hands them out; one instance a source. <see cref="TryAssign"/> and <see cref="SnapshotState"/> are atomic with respect to each other
/// and to a discovery under way: a split is either handed out or in the state.
/// </summary>
public interface ISplitEnumerator : IAsyncDisposable
{
    /// <summary>Waits until there may be new splits to assign.</summary>
    /// <returns>False when no split will ever come beside those that <see cref="TryAssign"/> still gives.</returns>
    ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken);

    /// <summary>Hands the next split for a reader out, or null when there is none for it now.</summary>
    /// <param name="subtask">The reader's 0-based index.</param>
    SourceSplit? TryAssign(int subtask);

    /// <summary>The splits not handed out yet and where discovery stands.</summary>
    ReadOnlyMemory<byte> SnapshotState();

    /// <summary>
    /// The reader that a split out of a checkpoint must go on in, where order between splits hangs on it; null when any may. Asked once a split before anything else; the splits of a
    /// checkpoint stay with their readers unless the parallelism has changed.
    /// </summary>
    /// <param name="split">A split that was open.</param>
    int? FindReader(SourceSplit split) => null;
}

/// <summary>Reads splits; one instance a subtask, one call at a time.</summary>
public interface ISourceReader : IAsyncDisposable
{
    /// <summary>Adds a split, at its position, behind those that are being read. A reader of <see cref="SplitAssignment.Eager"/> must bear this call while a read is pending, which
    /// then looks at the new split too; to others it comes only between reads.</summary>
    void AddSplit(SourceSplit split);

    /// <summary>Waits for the next batch, or for the end of a split. Called only while splits are open. The state in the answer is the split's position
    /// behind the batch: the runtime keeps the newest one a split, so a read that is given up or still pending has no effect on a checkpoint. A read is only given up when the job ends.</summary>
    ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>One answer of a reader.</summary>
/// <param name="SplitId">The split that was read.</param>
/// <param name="Batch">The rows, owned by the receiver; null when there are none.</param>
/// <param name="State">The split's <see cref="SourceSplit.State"/> behind the batch.</param>
/// <param name="IsSplitFinished">Whether the split has ended.</param>
public sealed record SourceRead(string SplitId, ChangeBatch? Batch, ReadOnlyMemory<byte> State, bool IsSplitFinished);
