using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Adds rows and deletes rows in one commit. Before it takes place: the data files that the deletes are for must still be there, and where asked nobody may
/// have added rows or deletes that the deletes were not planned with.
/// </summary>
public sealed class RowDelta : SnapshotStep
{
    private readonly HashSet<string> _referencedDataFiles = new(StringComparer.Ordinal);
    private long? _startSnapshotId;
    private bool _refuseNewDataFiles;
    private bool _refuseNewDeleteFiles;
    private FileFilter? _conflictFilter;
    private IReadOnlySet<int>? _specsReached;

    internal RowDelta(Transaction transaction)
        : base(transaction, ManifestMerging.AsConfigured)
    {
    }

    private protected override string Operation =>
        AddedFiles.All(a => a.File.Content == FileContent.Data) && Removals.IsEmpty ? "append"
        : AddedFiles.All(a => a.File.Content != FileContent.Data) ? "delete"
        : "overwrite";

    private protected override bool RemovedFilesMustExist => true;

    /// <summary>Adds a data file.</summary>
    public RowDelta AddRows(DataFile file)
    {
        AddFile(CheckedFile.Data(file), null);
        return this;
    }

    /// <summary>Adds a data file whose rows count as written at an earlier sequence number: older deletes apply to them, newer ones too.</summary>
    public RowDelta AddRows(DataFile file, long sequenceNumber)
    {
        AddFile(CheckedFile.Data(file), sequenceNumber);
        return this;
    }

    /// <summary>Adds a delete file or deletion vector.</summary>
    public RowDelta AddDeletes(DataFile file)
    {
        AddFile(CheckedFile.Deletes(file), null);
        if (file.ReferencedDataFile is { } path)
        {
            _referencedDataFiles.Add(path);
        }

        return this;
    }

    /// <summary>Adds what a <see cref="RowDeltaWriter"/> has written. The commit is refused when there is data that its deletes do not reach, since the partitions were changed meanwhile.</summary>
    public RowDelta Add(RowDeltaFiles files)
    {
        foreach (var file in files.Rows)
        {
            AddRows(file);
        }

        foreach (var file in files.Deletes)
        {
            AddDeletes(file);
        }

        _specsReached = files.SpecsReached is { } specs && _specsReached is { } others ? specs.Intersect(others).ToHashSet() : files.SpecsReached ?? _specsReached;
        return this;
    }

    /// <summary>Removes a delete file that the added ones replace.</summary>
    public RowDelta RemoveDeletes(DataFile file)
    {
        Removals.Add(CheckedFile.Deletes(file));
        return this;
    }

    /// <summary>Removes a data file all of whose rows are deleted.</summary>
    public RowDelta RemoveRows(DataFile file)
    {
        Removals.Add(CheckedFile.Data(file));
        return this;
    }

    /// <summary>Names a data file that must still be part of the table: one that added position deletes point to.</summary>
    public RowDelta RequireDataFile(string path)
    {
        _referencedDataFiles.Add(path);
        return this;
    }

    /// <summary>The snapshot that the change was planned from; validation looks at what came after it. Null looks at all history.</summary>
    public RowDelta ValidateFrom(long? snapshotId)
    {
        _startSnapshotId = snapshotId;
        return this;
    }

    /// <summary>Refuses the commit when anyone has added data files to the branch since then: the deletes do not know their rows.</summary>
    public RowDelta RefuseNewDataFiles()
    {
        _refuseNewDataFiles = true;
        return this;
    }

    /// <summary>As <see cref="RefuseNewDataFiles()"/>, but only files that may have rows of a filter count.</summary>
    internal RowDelta RefuseNewDataFiles(FileFilter filter)
    {
        (_refuseNewDataFiles, _conflictFilter) = (true, filter);
        return this;
    }

    /// <summary>Refuses the commit when anyone has deleted rows of the required data files since then.</summary>
    public RowDelta RefuseNewDeleteFiles()
    {
        _refuseNewDeleteFiles = true;
        return this;
    }

    /// <summary>Sets a property of the snapshot's summary.</summary>
    public RowDelta Set(string key, string value)
    {
        SetProperty(key, value);
        return this;
    }

    /// <summary>Commits to another branch than <c>main</c>.</summary>
    public RowDelta ToBranch(string branch)
    {
        SetBranch(branch);
        return this;
    }

    private protected override async ValueTask ValidateAsync(CommitAttempt attempt, Snapshot? parent, CancellationToken cancellationToken)
    {
        if (parent is null)
        {
            return;
        }

        await CheckReachAsync(attempt, parent, cancellationToken).ConfigureAwait(false);

        // Deletes of this commit's own rows have nothing to fear of others.
        var own = AddedFiles.Where(a => a.File.Content == FileContent.Data).Select(a => a.File.FilePath).ToHashSet(StringComparer.Ordinal);
        var referenced = _referencedDataFiles.Where(p => !own.Contains(p)).ToHashSet(StringComparer.Ordinal);
        if (_startSnapshotId is null && referenced.Count == 0 && !_refuseNewDataFiles && !_refuseNewDeleteFiles)
        {
            return;
        }

        var history = await ChangeHistory.SinceAsync(attempt.Table, attempt.Metadata, _startSnapshotId, parent, KnownChanges, _conflictFilter, cancellationToken).ConfigureAwait(false);
        history.CheckNotRemoved(referenced);
        if (_refuseNewDataFiles)
        {
            history.CheckNoNewDataFiles(f => _conflictFilter?.MightMatch(f, attempt.Metadata) ?? true, _conflictFilter is null ? "the table" : "the rows that are deleted");
        }

        if (_refuseNewDeleteFiles)
        {
            history.CheckNoNewDeletes(referenced);
        }

        // v3: a data file has at most one deletion vector, and ours does not know what another writer's holds.
        history.CheckNoNewVectors(AddedFiles.Where(a => a.File.IsDeletionVector).Select(a => a.File.ReferencedDataFile!).Where(referenced.Contains).ToHashSet());
    }

    private async ValueTask CheckReachAsync(CommitAttempt attempt, Snapshot parent, CancellationToken cancellationToken)
    {
        if (_specsReached is { } reached
            && KeyDeleteSpecs.LiveSpecsOf(await attempt.Table.ReadManifestsAsync(parent, cancellationToken).ConfigureAwait(false)).FirstOrDefault(s => !reached.Contains(s), -1) is >= 0 and var missed)
        {
            throw new CommitConflictException(
                $"Cannot commit to '{attempt.Table.Identifier}': it has data of partition spec {missed}, which the deletes by key do not reach; the partitions were changed after the writer was made. Refresh the table and write the rows again.");
        }
    }
}
