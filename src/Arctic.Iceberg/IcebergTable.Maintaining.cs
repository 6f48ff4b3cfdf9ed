using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg;

/// <content>Keeping a table small and quick.</content>
public sealed partial class IcebergTable
{
    /// <summary>
    /// Forgets old snapshots, then deletes the files that no kept one can reach; branches and tags keep theirs. Then this handle stands at the version without them. Whoever stops it
    /// halfway leaves files that nobody names, and never a snapshot without its files.
    /// </summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the snapshots are forgotten; no file was deleted.</exception>
    public async ValueTask<SnapshotExpiryResult> ExpireSnapshotsAsync(SnapshotExpiryOptions? options = null, CancellationToken cancellationToken = default)
    {
        var result = await new SnapshotExpiry(this, options ?? new SnapshotExpiryOptions()).RunAsync(cancellationToken).ConfigureAwait(false);
        MoveTo(result.Table);
        return result;
    }

    /// <summary>Finds the files below the table's folder that nothing leads to, what crashed writers left; deletes nothing.</summary>
    public IAsyncEnumerable<ObjectInfo> FindOrphansAsync(OrphanRemovalOptions? options = null, CancellationToken cancellationToken = default) =>
        new OrphanRemoval(this, options ?? new OrphanRemovalOptions()).FindAsync(cancellationToken);

    /// <summary>Deletes the files that <see cref="FindOrphansAsync"/> finds; by default those of three days and more.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>, such as a time in the future.</exception>
    public ValueTask<RemovalReport> RemoveOrphansAsync(OrphanRemovalOptions? options = null, CancellationToken cancellationToken = default) =>
        new OrphanRemoval(this, options ?? new OrphanRemovalOptions()).RunAsync(cancellationToken);

    /// <summary>
    /// Writes small data files, and those with many deleted rows, anew as files of the target size (<c>write.target-file-size-bytes</c>). No answer changes. Then this handle stands at
    /// the version with them.
    /// </summary>
    /// <param name="where">Only files that may have such rows; null for all.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>, <c>UNSUPPORTED</c>: the filter does not fit the table, or there is no such branch; <c>INVALID_OPTION</c>.</exception>
    /// <exception cref="CommitConflictException">Another commit deleted rows of the files, or replaced them. Nothing took place, no file is left.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the last commit took place; its files were left.</exception>
    public async ValueTask<DataFileRewriteResult> RewriteDataFilesAsync(DataFileRewriteOptions? options = null, Filter? where = null, CancellationToken cancellationToken = default)
    {
        var result = await new DataFileRewrite(this, options ?? new DataFileRewriteOptions(), where is null ? null : where.Bind).RunAsync(cancellationToken).ConfigureAwait(false);
        MoveTo(result.Table);
        return result;
    }

    /// <summary>
    /// Gathers the deleted positions of each data file of a branch into one delete file, or in format version 3 into its deletion vector, also those that version 2 left in files. No
    /// answer changes, and the deletes stay as old as they were. Then this handle stands at the version with them.
    /// </summary>
    /// <param name="branch">It must exist.</param>
    /// <returns>How many became how many; 0 and 0 when everything is as it should be, which commits nothing.</returns>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: there is no such branch.</exception>
    /// <exception cref="CommitConflictException">Another commit deleted rows of the same files. Nothing took place, no file is left.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the commit took place; its files were left.</exception>
    public async ValueTask<PositionDeleteRewriteResult> RewritePositionDeletesAsync(string branch = SnapshotRef.MainBranch, CancellationToken cancellationToken = default)
    {
        var result = await new PositionDeleteRewrite(this, branch).RunAsync(cancellationToken).ConfigureAwait(false);
        MoveTo(result.Table);
        return result;
    }

    /// <summary>
    /// Removes the delete files of a branch that no data file of it is old enough for, or whose only data file is gone: what rewriting data files leaves behind. No answer changes. Then this
    /// handle stands at the version without them; their bytes go when no snapshot needs them (<see cref="ExpireSnapshotsAsync"/>).
    /// </summary>
    /// <param name="branch">It must exist.</param>
    /// <returns>How many were removed; where there are none, nothing is committed.</returns>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: there is no such branch.</exception>
    /// <exception cref="CommitConflictException">Others were faster as often as it was tried, or rolled the branch back. Nothing took place.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the commit took place.</exception>
    public async ValueTask<int> RemoveDanglingDeletesAsync(string branch = SnapshotRef.MainBranch, CancellationToken cancellationToken = default)
    {
        var (committed, removed) = await new DanglingDeletes(this, branch).RunAsync(cancellationToken).ConfigureAwait(false);
        MoveTo(committed);
        return removed;
    }

    /// <summary>Writes the manifests anew, each with the files of few partitions, so that planning reads few of them. Then this handle stands at the version with them.</summary>
    /// <param name="branch">It must exist.</param>
    /// <returns>The snapshot that was made; null when nothing would change, which commits nothing.</returns>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: there is no such branch.</exception>
    /// <exception cref="CommitConflictException">Another commit replaced the manifests. Nothing took place.</exception>
    public async ValueTask<Snapshot?> RewriteManifestsAsync(string branch = SnapshotRef.MainBranch, CancellationToken cancellationToken = default)
    {
        var transaction = NewTransaction().ToBranch(branch);
        var step = transaction.RewriteManifests();
        var committed = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        MoveTo(committed);
        return committed.Metadata.FindSnapshot(step.SnapshotId);
    }
}
