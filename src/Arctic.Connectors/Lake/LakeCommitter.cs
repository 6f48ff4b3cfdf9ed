using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables.Stores;
using Arctic.KeyedTables.Writing;

namespace Arctic.Connectors.Lake;

/// <summary>Makes the files of all writers of a checkpoint visible in one commit.</summary>
internal sealed class LakeCommitter(StoreCommitter committer) : ICommitter
{
    /// <inheritdoc/>
    public async ValueTask<CommittedMark?> FindCommittedAsync(CancellationToken cancellationToken) =>
        await committer.FindCommittedAsync(cancellationToken).ConfigureAwait(false) is { } mark
            ? new CommittedMark(new Incarnation(mark.Incarnation), new CheckpointId(mark.Checkpoint))
            : null;

    /// <inheritdoc/>
    public async ValueTask<CommittedMark> FenceAsync(CancellationToken cancellationToken)
    {
        var mark = await committer.FenceAsync(cancellationToken).ConfigureAwait(false);
        return new CommittedMark(new Incarnation(mark.Incarnation), new CheckpointId(mark.Checkpoint));
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(CheckpointId checkpoint, IReadOnlyList<Committable> committables, CancellationToken cancellationToken)
    {
        var files = committables.SelectMany(c => DataFileCodec.Read(c.Content)).ToList();
        return committer.CommitAsync(checkpoint.Value, files, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
