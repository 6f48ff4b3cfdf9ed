using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Makes a spec without partitions known to a table that has none, for deletes of the whole table; new data goes on to be split as before.</summary>
internal sealed class AddUnpartitionedSpec : TransactionStep
{
    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Metadata.PartitionSpecs.All(s => s.Fields.Count > 0))
        {
            attempt.Add(new TableUpdate.AddSpec(PartitionSpec.Unpartitioned));
        }

        return ValueTask.CompletedTask;
    }
}
