using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables.Writing;

/// <summary>Which rows an overwrite replaces.</summary>
/// <param name="Scope">How much of the table.</param>
/// <param name="Isolation">What others may have done since the overwrite began.</param>
internal sealed record Overwrite(OverwriteScope Scope, OverwriteIsolation Isolation)
{
    /// <summary>The partition of <see cref="OverwriteScope.OnePartition"/>, of the spec that new rows are written with.</summary>
    public PartitionTuple? Partition { get; init; }

    /// <summary>What the rows of that partition fulfil: finds them in files of older specs. Column references are indices into the table.</summary>
    public Expression? PartitionFilter { get; init; }

    /// <summary>Whether something is replaced when there are no new rows.</summary>
    public bool ReplacesWithNothing => Scope != OverwriteScope.WrittenPartitions;
}

/// <summary>How much of a table an overwrite replaces.</summary>
internal enum OverwriteScope
{
    /// <summary>All of it.</summary>
    Table,

    /// <summary>One partition, whether it gets rows or not.</summary>
    OnePartition,

    /// <summary>The partitions that get rows.</summary>
    WrittenPartitions,
}

/// <summary>What an overwrite tolerates of others that committed after it began.</summary>
internal enum OverwriteIsolation
{
    /// <summary>Everything: what they wrote to a replaced partition is replaced, too.</summary>
    None,

    /// <summary>Nothing that changes rows: the new rows were computed of the old ones. Not for sinks of jobs, whose commits must not be refused once their checkpoint is there.</summary>
    Serializable,
}
