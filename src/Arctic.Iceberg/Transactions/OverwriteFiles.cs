using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Replaces data files by others with other rows: a copy-on-write change, or an overwrite of the whole table or of partitions.</summary>
public sealed class OverwriteFiles : SnapshotStep
{
    private long? _startSnapshotId;
    private bool _refuseNewFiles;

    internal OverwriteFiles(Transaction transaction)
        : base(transaction, ManifestMerging.AsConfigured)
    {
    }

    private protected override string Operation => AddedFiles.Count == 0 ? "delete" : Removals.IsEmpty ? "append" : "overwrite";

    private protected override bool RemovedFilesMustExist => true;

    /// <summary>Adds a data file.</summary>
    public OverwriteFiles Add(DataFile file)
    {
        AddFile(CheckedFile.Data(file), null);
        return this;
    }

    /// <summary>Removes a data file; it must be part of the table when the commit takes place.</summary>
    public OverwriteFiles Remove(DataFile file)
    {
        Removals.Add(CheckedFile.Data(file));
        return this;
    }

    /// <summary>Removes every file of the table, those of other writers included unless <see cref="RefuseNewFiles"/> is asked for.</summary>
    public OverwriteFiles RemoveAll()
    {
        Removals.Everything = true;
        return this;
    }

    /// <summary>Removes every file of a partition.</summary>
    public OverwriteFiles RemovePartition(int specId, PartitionTuple partition)
    {
        Removals.AddPartition(specId, partition);
        return this;
    }

    /// <summary>The snapshot that the change was planned from; validation looks at what came after it.</summary>
    public OverwriteFiles ValidateFrom(long? snapshotId)
    {
        _startSnapshotId = snapshotId;
        return this;
    }

    /// <summary>Refuses the commit when anyone has added rows to, or deleted rows of, what is removed since the start (serializable isolation).</summary>
    public OverwriteFiles RefuseNewFiles()
    {
        _refuseNewFiles = true;
        return this;
    }

    /// <summary>Sets a property of the snapshot's summary.</summary>
    public OverwriteFiles Set(string key, string value)
    {
        SetProperty(key, value);
        return this;
    }

    /// <summary>Commits to another branch than <c>main</c>.</summary>
    public OverwriteFiles ToBranch(string branch)
    {
        SetBranch(branch);
        return this;
    }

    private protected override async ValueTask ValidateAsync(CommitAttempt attempt, Snapshot? parent, CancellationToken cancellationToken)
    {
        if (parent is null || (!_refuseNewFiles && Removals.Files.Count == 0))
        {
            return;
        }

        var history = await ChangeHistory.SinceAsync(attempt.Table, attempt.Metadata, _startSnapshotId, parent, cancellationToken).ConfigureAwait(false);
        if (_startSnapshotId is not null && Removals.Files.Count > 0)
        {
            // Rows that were deleted after the plan would come back in the new files.
            history.CheckNoNewDeletes(Removals.Files, NewEqualityDeletes.Refused);
        }

        if (_refuseNewFiles)
        {
            history.CheckNoNewDataFiles(IsInScope, "what is overwritten");
            history.CheckNoNewDeleteFiles(IsInScope, "what is overwritten");
        }
    }

    private bool IsInScope(DataFile file) =>
        Removals.Everything
        || Removals.Partitions.Contains((file.SpecId, file.Partition))
        || Removals.Files.Any(f => f.SpecId == file.SpecId && f.Partition.Equals(file.Partition));
}
