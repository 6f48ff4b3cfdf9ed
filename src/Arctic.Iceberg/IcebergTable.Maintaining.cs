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
    public ValueTask<RemovalReport> RemoveOrphansAsync(OrphanRemovalOptions? options = null, CancellationToken cancellationToken = default) =>
        new OrphanRemoval(this, options ?? new OrphanRemovalOptions()).RunAsync(cancellationToken);

    /// <summary>
    /// Writes small data files, and those with many deleted rows, anew as files of the target size (<c>write.target-file-size-bytes</c>). No answer changes. Then this handle stands at
    /// the version with them.
    /// </summary>
    /// <param name="where">Only files that may have such rows; null for all.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>, <c>UNSUPPORTED</c>: the filter does not fit the table.</exception>
    /// <exception cref="CommitConflictException">Another commit deleted rows of the files, or replaced them. Nothing took place, no file is left.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the last commit took place; its files were left.</exception>
    public async ValueTask<DataFileRewriteResult> RewriteDataFilesAsync(DataFileRewriteOptions? options = null, Filter? where = null, CancellationToken cancellationToken = default)
    {
        options ??= new DataFileRewriteOptions();
        options = where is null ? options : options with { Filter = where.Bind(Metadata.CurrentSchema) };
        var result = await new DataFileRewrite(this, options).RunAsync(cancellationToken).ConfigureAwait(false);
        MoveTo(result.Table);
        return result;
    }

    /// <summary>Writes the manifests anew, each with the files of few partitions, so that planning reads few of them. Then this handle stands at the version with them.</summary>
    /// <returns>The snapshot that was made; null when nothing would change, which commits nothing.</returns>
    /// <exception cref="CommitConflictException">Another commit replaced the manifests. Nothing took place.</exception>
    public async ValueTask<Snapshot?> RewriteManifestsAsync(CancellationToken cancellationToken = default)
    {
        var transaction = NewTransaction();
        var step = transaction.RewriteManifests();
        var committed = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        MoveTo(committed);
        return committed.Metadata.FindSnapshot(step.SnapshotId);
    }
}
