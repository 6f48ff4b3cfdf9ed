using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Sets the statistics files of snapshots: of older ones, or of one that the same transaction makes.</summary>
public sealed class SetStatistics : TransactionStep
{
    private readonly List<(long SnapshotId, Func<Snapshot, CancellationToken, ValueTask<StatisticsFile>> Make)> _statistics = [];
    private readonly List<long> _removals = [];

    internal SetStatistics()
    {
    }

    /// <summary>Sets the statistics file of the snapshot that it names.</summary>
    public SetStatistics Set(StatisticsFile statistics)
    {
        _statistics.Add((statistics.SnapshotId, (_, _) => ValueTask.FromResult(statistics)));
        return this;
    }

    /// <summary>Sets the statistics file of a snapshot that an earlier step of this transaction makes.</summary>
    /// <param name="make">Writes the file for the snapshot of one attempt, whose sequence number is known by then; may run several times.</param>
    public SetStatistics ForNew(SnapshotStep step, Func<Snapshot, CancellationToken, ValueTask<StatisticsFile>> make)
    {
        _statistics.Add((step.SnapshotId, make));
        return this;
    }

    /// <summary>Forgets the statistics file of a snapshot.</summary>
    public SetStatistics Remove(long snapshotId)
    {
        _removals.Add(snapshotId);
        return this;
    }

    internal override async ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        foreach (var (snapshotId, make) in _statistics)
        {
            var snapshot = attempt.Metadata.FindSnapshot(snapshotId)
                ?? throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot set statistics of '{attempt.Table.Identifier}': it has no snapshot {snapshotId}.");
            attempt.Add(new TableUpdate.SetStatistics(await make(snapshot, cancellationToken).ConfigureAwait(false)));
        }

        foreach (var snapshotId in _removals)
        {
            attempt.Add(new TableUpdate.RemoveStatistics(snapshotId));
        }
    }
}
