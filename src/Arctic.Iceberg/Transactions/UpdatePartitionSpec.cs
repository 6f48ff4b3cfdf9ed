using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Changes how new data is split into partitions; files that are there stay in the partitions they have. The changes take place in the order of the calls.
/// Conflicts only when another writer has changed the partitions meanwhile.
/// </summary>
public sealed class UpdatePartitionSpec : TransactionStep
{
    private readonly List<Action<PartitionEvolution>> _changes = [];
    private readonly int _baseSpecId;
    private readonly int _baseLastPartitionId;

    internal UpdatePartitionSpec(TableMetadata planned)
    {
        _baseSpecId = planned.DefaultSpecId;
        _baseLastPartitionId = planned.LastPartitionId;
    }

    /// <summary>Splits by the values of a column; the partition field has the column's name.</summary>
    public UpdatePartitionSpec AddField(string column) => AddField(column, new Transform.Identity());

    /// <summary>Splits by a function of a column. A field that the table had before gets its id again.</summary>
    /// <param name="name">The name of the partition field; null for one made of column and transform, such as <c>ts_day</c>.</param>
    public UpdatePartitionSpec AddField(string column, Transform transform, string? name = null) => Record(e => e.Add(column, transform, name));

    /// <summary>Removes a field by its name. In format version 1 it stays as a field that is always null.</summary>
    public UpdatePartitionSpec RemoveField(string name) => Record(e => e.Remove(name));

    /// <summary>Removes a field by column and transform.</summary>
    public UpdatePartitionSpec RemoveField(string column, Transform transform) => Record(e => e.Remove(column, transform));

    /// <summary>Renames a field.</summary>
    public UpdatePartitionSpec RenameField(string name, string newName) => Record(e => e.Rename(name, newName));

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var found = attempt.Table.Metadata;
        if (found.DefaultSpecId != _baseSpecId || found.LastPartitionId != _baseLastPartitionId)
        {
            throw new CommitConflictException(
                $"Cannot change the partitions of '{attempt.Table.Identifier}': another writer has changed them to spec {found.DefaultSpecId} meanwhile. Load the table again and plan the change anew.");
        }

        attempt.Require(new TableRequirement.AssertDefaultSpecId(_baseSpecId));
        attempt.Require(new TableRequirement.AssertLastAssignedPartitionId(_baseLastPartitionId));
        var evolution = new PartitionEvolution(attempt.Metadata, attempt.Table.Identifier.ToString());
        foreach (var change in _changes)
        {
            change(evolution);
        }

        var spec = evolution.Build();
        if (!spec.Fields.Equals(attempt.Metadata.DefaultSpec.Fields))
        {
            attempt.Add(new TableUpdate.AddSpec(spec));
            attempt.Add(new TableUpdate.SetDefaultSpec(TableUpdate.LastAdded));
        }

        return ValueTask.CompletedTask;
    }

    private UpdatePartitionSpec Record(Action<PartitionEvolution> change)
    {
        _changes.Add(change);
        return this;
    }
}
