using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>One part of a <see cref="Transaction"/>. Applied again, from the refreshed table, on every attempt.</summary>
public abstract class TransactionStep
{
    /// <summary>Adds the step's updates to the attempt, or refuses.</summary>
    /// <exception cref="CommitConflictException">What the step changes is no longer as it was; another attempt would not help.</exception>
    internal abstract ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken);

    /// <summary>The files of metadata that the step's part of the last attempt names, written by this step or by another.</summary>
    internal virtual IReadOnlySet<string> UsedPaths => new HashSet<string>();

    /// <summary>Deletes what attempts of this step wrote and the table does not use. Called when the outcome is known; what cannot be deleted stays.</summary>
    /// <param name="used">What all steps of the attempt that was committed use; empty when nothing was committed.</param>
    internal virtual ValueTask CleanUpAsync(IcebergTable table, IReadOnlySet<string> used) => ValueTask.CompletedTask;
}

/// <summary>One try to commit a transaction: the table as it was found, and the updates so far.</summary>
internal sealed class CommitAttempt(IcebergTable table, int number)
{
    private readonly TableMetadataBuilder _builder = TableMetadataBuilder.From(table.Metadata);
    private readonly List<TableUpdate> _updates = [];
    private readonly List<TableRequirement> _requirements = [];

    /// <summary>The table that the attempt starts from.</summary>
    public IcebergTable Table { get; } = table;

    /// <summary>1 for the first.</summary>
    public int Number { get; } = number;

    /// <summary>The metadata with the updates so far: what the next step starts from.</summary>
    public TableMetadata Metadata => _builder.Current;

    public IReadOnlyList<TableUpdate> Updates => _updates;

    public IReadOnlyList<TableRequirement> Requirements => _requirements;

    public void Add(TableUpdate update)
    {
        _builder.Apply(update);
        _updates.Add(update);
    }

    public void Require(TableRequirement requirement)
    {
        if (!_requirements.Contains(requirement))
        {
            _requirements.Add(requirement);
        }
    }
}
