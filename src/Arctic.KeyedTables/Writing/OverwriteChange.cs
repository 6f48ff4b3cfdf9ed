using Arctic.Iceberg;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.KeyedTables.Writing;

/// <summary>Puts the files in the place of rows of a table without a key, in one commit.</summary>
internal sealed class OverwriteChange(MixedTable table, Overwrite overwrite) : StoreChange
{
    private long? _startSnapshotId;

    /// <inheritdoc/>
    public override bool CommitsWithoutFiles => overwrite.ReplacesWithNothing;

    /// <inheritdoc/>
    public override IcebergTable StoreOf(MixedTable table) => table.BaseStore;

    /// <inheritdoc/>
    public override async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        var current = await table.BaseStore.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
        _startSnapshotId = current.Metadata.CurrentSnapshotId;
    }

    /// <inheritdoc/>
    public override ValueTask<Action<string, string>> AddStepAsync(Transaction transaction, IReadOnlyList<DataFile> files, CancellationToken cancellationToken) =>
        ValueTask.FromResult(overwrite.Scope == OverwriteScope.WrittenPartitions ? AddReplacement(transaction, files) : AddOverwrite(transaction, files));

    private Action<string, string> AddReplacement(Transaction transaction, IReadOnlyList<DataFile> files)
    {
        var step = transaction.ReplacePartitions().ValidateFrom(_startSnapshotId);
        foreach (var file in files)
        {
            step.Add(file);
        }

        step = overwrite.Isolation == OverwriteIsolation.Serializable ? step.RefuseNewFiles() : step;
        return (key, value) => step.Set(key, value);
    }

    private Action<string, string> AddOverwrite(Transaction transaction, IReadOnlyList<DataFile> files)
    {
        var step = transaction.Overwrite().ValidateFrom(_startSnapshotId);
        foreach (var file in files)
        {
            step.Add(file);
        }

        if (overwrite.Scope == OverwriteScope.Table)
        {
            step.RemoveAll();
        }
        else
        {
            step.RemovePartition(table.PartitionSpec.SpecId, overwrite.Partition!); // an overwrite of one partition has it
            if (table.BaseStore.Metadata.PartitionSpecs.Count > 1 && overwrite.PartitionFilter is { } filter)
            {
                // Files of older specs may hold rows of the partition: they go where all of their rows are of it, and else the commit is refused.
                step.RemoveMatching(filter);
            }
        }

        step = overwrite.Isolation == OverwriteIsolation.Serializable ? step.RefuseNewFiles() : step;
        return (key, value) => step.Set(key, value);
    }
}
