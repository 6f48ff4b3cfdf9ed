using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Replaces data files by others with other rows: a copy-on-write change, or an overwrite of the whole table or of partitions.</summary>
public sealed class OverwriteFiles : SnapshotStep
{
    private long? _startSnapshotId;
    private readonly TableMetadata _metadata;
    private bool _refuseNewFiles;
    private bool _addedMustMatch;
    private FileFilter? _conflictFilter;

    internal OverwriteFiles(Transaction transaction)
        : base(transaction, ManifestMerging.AsConfigured) => _metadata = transaction.Metadata;

    private protected override string Operation => AddedFiles.Count == 0 ? "delete" : Removals.IsEmpty ? "append" : "overwrite";

    private protected override bool MayStartBranch => AddedFiles.Count > 0;

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

    /// <summary>Removes every file of the table, those of other writers included unless <see cref="RefuseNewFiles()"/> is asked for.</summary>
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

    /// <summary>
    /// Removes every data file all of whose rows fulfil a filter, as partitions and metrics tell. A file of which they cannot tell whether all rows or none do
    /// ends the commit: rows are deleted by row-level deletes.
    /// </summary>
    /// <param name="filter">BOOLEAN; column references are 0-based indices into the current schema.</param>
    public OverwriteFiles RemoveMatching(Expression filter)
    {
        Removals.Filter = _conflictFilter = new FileFilter(_metadata.CurrentSchema, filter);
        return this;
    }

    /// <summary>Refuses the commit when a row of an added file may not fulfil the filter of <see cref="RemoveMatching"/>: the next overwrite of the same rows would not find it.</summary>
    public OverwriteFiles RequireAddedFilesToMatch()
    {
        _addedMustMatch = true;
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

    /// <summary>As <see cref="RefuseNewFiles()"/>, but only files that may have rows of a filter count.</summary>
    internal OverwriteFiles RefuseNewFiles(FileFilter filter)
    {
        (_refuseNewFiles, _conflictFilter) = (true, filter);
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
        CheckAddedMatch(attempt.Metadata);
        if (parent is null || (!_refuseNewFiles && Removals.Files.Count == 0))
        {
            return;
        }

        var history = await ChangeHistory.SinceAsync(attempt.Table, attempt.Metadata, _startSnapshotId, parent, KnownChanges, _conflictFilter, cancellationToken).ConfigureAwait(false);
        if (_startSnapshotId is not null && Removals.Files.Count > 0)
        {
            // Rows that were deleted after the plan would come back in the new files.
            history.CheckNoNewDeletes(Removals.Files, NewEqualityDeletes.Refused);
        }

        if (_refuseNewFiles)
        {
            var partitions = Removals.Files.Select(f => (f.SpecId, f.Partition)).ToHashSet();
            bool IsInScope(DataFile file) => _conflictFilter?.MightMatch(file, attempt.Metadata) ?? IsRemoved(file, partitions);
            history.CheckNoNewDataFiles(IsInScope, "what is overwritten");
            history.CheckNoNewDeleteFiles(IsInScope, "what is overwritten");
        }
    }

    private void CheckAddedMatch(TableMetadata metadata)
    {
        if (_addedMustMatch && Removals.Filter is { } filter && AddedFiles.FirstOrDefault(a => !filter.MatchesAll(a.File, metadata)) is { File: { } file })
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot overwrite the rows with {filter.Expression}: the added file '{file.FilePath}' may have others.");
        }
    }

    private bool IsRemoved(DataFile file, HashSet<(int SpecId, PartitionTuple Partition)> partitions) =>
        Removals.Everything
        || Removals.Partitions.Contains((file.SpecId, file.Partition))
        || partitions.Contains((file.SpecId, file.Partition));
}
