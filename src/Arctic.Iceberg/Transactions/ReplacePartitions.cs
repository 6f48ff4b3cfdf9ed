using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Replaces the partitions that the added files belong to (dynamic overwrite); without partitions that is the whole table.</summary>
public sealed class ReplacePartitions : SnapshotStep
{
    private readonly TableMetadata _metadata;
    private long? _startSnapshotId;
    private bool _refuseNewFiles;

    internal ReplacePartitions(Transaction transaction)
        : base(transaction, ManifestMerging.AsConfigured)
    {
        _metadata = transaction.Metadata;
        SetProperty("replace-partitions", "true");
    }

    private protected override string Operation => "overwrite";

    /// <summary>Adds a data file; its partition is replaced.</summary>
    public ReplacePartitions Add(DataFile file)
    {
        AddFile(CheckedFile.Data(file), null);
        Removals.AddPartition(file.SpecId, file.Partition);
        Removals.Everything |= _metadata.FindSpec(file.SpecId)?.IsUnpartitioned ?? false;

        return this;
    }

    /// <summary>The snapshot that the change was planned from; validation looks at what came after it.</summary>
    public ReplacePartitions ValidateFrom(long? snapshotId)
    {
        _startSnapshotId = snapshotId;
        return this;
    }

    /// <summary>Refuses the commit when anyone has changed the replaced partitions since the start.</summary>
    public ReplacePartitions RefuseNewFiles()
    {
        _refuseNewFiles = true;
        return this;
    }

    /// <summary>Sets a property of the snapshot's summary.</summary>
    public ReplacePartitions Set(string key, string value)
    {
        SetProperty(key, value);
        return this;
    }

    private protected override async ValueTask ValidateAsync(CommitAttempt attempt, Snapshot? parent, CancellationToken cancellationToken)
    {
        if (parent is null || !_refuseNewFiles)
        {
            return;
        }

        var history = await ChangeHistory.SinceAsync(attempt.Table, attempt.Metadata, _startSnapshotId, parent, KnownChanges, null, cancellationToken).ConfigureAwait(false);
        bool IsInScope(DataFile file) => Removals.Everything || Removals.Partitions.Contains((file.SpecId, file.Partition));
        history.CheckNoNewDataFiles(IsInScope, "a replaced partition");
        history.CheckNoNewDeleteFiles(IsInScope, "a replaced partition");
    }
}
