using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Removes data files and with them their rows. A file that is gone already is no contradiction.</summary>
public sealed class DeleteFiles : SnapshotStep
{
    internal DeleteFiles(Transaction transaction)
        : base(transaction, ManifestMerging.AsConfigured)
    {
    }

    private protected override string Operation => "delete";

    /// <summary>Removes a data file.</summary>
    public DeleteFiles Remove(DataFile file)
    {
        Removals.Add(CheckedFile.Data(file));
        return this;
    }

    /// <summary>Removes every file of a partition.</summary>
    public DeleteFiles RemovePartition(int specId, PartitionTuple partition)
    {
        Removals.AddPartition(specId, partition);
        return this;
    }

    /// <summary>Removes every file.</summary>
    public DeleteFiles RemoveAll()
    {
        Removals.Everything = true;
        return this;
    }

    /// <summary>Sets a property of the snapshot's summary.</summary>
    public DeleteFiles Set(string key, string value)
    {
        SetProperty(key, value);
        return this;
    }
}
