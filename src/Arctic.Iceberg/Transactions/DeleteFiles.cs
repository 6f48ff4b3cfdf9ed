using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Removes data files and with them their rows. A file that is gone already is no contradiction.</summary>
public sealed class DeleteFiles : SnapshotStep
{
    private readonly TableMetadata _metadata;

    internal DeleteFiles(Transaction transaction)
        : base(transaction, ManifestMerging.AsConfigured) => _metadata = transaction.Metadata;

    private protected override string Operation => "delete";

    private protected override bool MayStartBranch => false;

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

    /// <summary>Removes every data file all of whose rows fulfil a filter, as partitions and metrics tell; one of which they cannot tell ends the commit.</summary>
    /// <param name="filter">BOOLEAN; column references are 0-based indices into the current schema.</param>
    public DeleteFiles RemoveMatching(Expression filter)
    {
        Removals.Filter = new FileFilter(_metadata.CurrentSchema, filter);
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
