using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Replaces files by others with the same rows: compaction. The replaced files must still be there, and nobody may have deleted rows of them that the new files
/// still have.
/// </summary>
public sealed class RewriteFiles : SnapshotStep
{
    private long? _startSnapshotId;
    private bool _keepsSequence;

    internal RewriteFiles(Transaction transaction)
        : base(transaction, ManifestMerging.AsConfigured)
    {
    }

    private protected override string Operation => "replace";

    private protected override bool MayStartBranch => false;

    private protected override bool RemovedFilesMustExist => true;

    /// <summary>Replaces a data or delete file.</summary>
    public RewriteFiles Remove(DataFile file)
    {
        Removals.Add(file);
        return this;
    }

    /// <summary>Adds a file with the commit's sequence number.</summary>
    public RewriteFiles Add(DataFile file)
    {
        AddFile(file, null);
        return this;
    }

    /// <summary>Adds a file that keeps an older data sequence number, so that deletes by value which came meanwhile still apply to its rows.</summary>
    public RewriteFiles Add(DataFile file, long sequenceNumber)
    {
        AddFile(file, sequenceNumber);
        _keepsSequence |= file.Content == FileContent.Data;
        return this;
    }

    /// <summary>The snapshot whose files are rewritten; validation looks at what came after it.</summary>
    public RewriteFiles ValidateFrom(long? snapshotId)
    {
        _startSnapshotId = snapshotId;
        return this;
    }

    /// <summary>Sets a property of the snapshot's summary.</summary>
    public RewriteFiles Set(string key, string value)
    {
        SetProperty(key, value);
        return this;
    }

    private protected override async ValueTask ValidateAsync(CommitAttempt attempt, Snapshot? parent, CancellationToken cancellationToken)
    {
        var dataFiles = Removals.Files.Where(f => f.Content == FileContent.Data).ToList();
        var vectors = AddedFiles.Where(a => a.File.IsDeletionVector).Select(a => a.File.ReferencedDataFile!).ToHashSet(); // a vector names its data file
        if (parent is null || _startSnapshotId is null)
        {
            return;
        }

        // Also where only delete files go: on a branch that was rolled back meanwhile they may have data again, and then there is no history since the start.
        var history = await ChangeHistory.SinceAsync(attempt.Table, attempt.Metadata, _startSnapshotId, parent, KnownChanges, null, cancellationToken).ConfigureAwait(false);
        var added = AddedFiles.Where(a => a.File.Content == FileContent.Data);
        history.CheckNoNewVectors(vectors);
        history.CheckNoNewDeletes(dataFiles, _keepsSequence && added.All(a => a.SequenceNumber is not null) ? NewEqualityDeletes.Tolerated : NewEqualityDeletes.Refused);
    }
}
