using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <summary>One change of a table's metadata, as the REST catalog names it. <see cref="TableMetadataBuilder"/> applies them.</summary>
public abstract record TableUpdate
{
    private TableUpdate()
    {
    }

    /// <summary>The id that stands for what the same commit added last.</summary>
    public const int LastAdded = -1;

    /// <summary>Gives the table its uuid.</summary>
    public sealed record AssignUuid(Guid Uuid) : TableUpdate;

    /// <summary>Raises the format version; it is never lowered.</summary>
    public sealed record UpgradeFormatVersion(int FormatVersion) : TableUpdate;

    /// <summary>Adds a schema; an equal one is reused. Its own schema id does not count.</summary>
    public sealed record AddSchema(Schema Schema) : TableUpdate;

    /// <param name="SchemaId"><see cref="LastAdded"/>, or an id.</param>
    public sealed record SetCurrentSchema(int SchemaId) : TableUpdate;

    /// <summary>Adds a spec; a compatible one is reused. Its own spec id does not count.</summary>
    public sealed record AddSpec(PartitionSpec Spec) : TableUpdate;

    /// <param name="SpecId"><see cref="LastAdded"/>, or an id.</param>
    public sealed record SetDefaultSpec(int SpecId) : TableUpdate;

    /// <summary>Adds an order; an equal one is reused. Its own order id does not count.</summary>
    public sealed record AddSortOrder(SortOrder SortOrder) : TableUpdate;

    /// <param name="OrderId"><see cref="LastAdded"/>, or an id.</param>
    public sealed record SetDefaultSortOrder(int OrderId) : TableUpdate;

    /// <summary>Adds a snapshot; no reference leads to it yet.</summary>
    public sealed record AddSnapshot(Snapshot Snapshot) : TableUpdate;

    /// <summary>Creates or moves a branch or tag; of <c>main</c> it makes the current snapshot.</summary>
    public sealed record SetSnapshotRef(string Name, SnapshotRef Reference) : TableUpdate;

    /// <summary>Forgets snapshots; no reference may name them.</summary>
    public sealed record RemoveSnapshots(EquatableList<long> SnapshotIds) : TableUpdate;

    /// <summary>Forgets a branch or tag.</summary>
    public sealed record RemoveSnapshotRef(string Name) : TableUpdate;

    /// <summary>Moves where new files go.</summary>
    public sealed record SetLocation(string Location) : TableUpdate;

    /// <summary>Sets table properties.</summary>
    public sealed record SetProperties(IReadOnlyDictionary<string, string> Updates) : TableUpdate;

    /// <summary>Removes table properties.</summary>
    public sealed record RemoveProperties(EquatableList<string> Removals) : TableUpdate;

    /// <summary>Sets the statistics file of the snapshot that it names.</summary>
    public sealed record SetStatistics(StatisticsFile Statistics) : TableUpdate;

    /// <summary>Forgets a snapshot's statistics file.</summary>
    public sealed record RemoveStatistics(long SnapshotId) : TableUpdate;

    /// <summary>Sets the partition statistics file of the snapshot that it names.</summary>
    public sealed record SetPartitionStatistics(PartitionStatisticsFile Statistics) : TableUpdate;

    /// <summary>Forgets a snapshot's partition statistics file.</summary>
    public sealed record RemovePartitionStatistics(long SnapshotId) : TableUpdate;

    /// <summary>Forgets partition specs that no file uses; never the default one.</summary>
    public sealed record RemovePartitionSpecs(EquatableList<int> SpecIds) : TableUpdate;

    /// <summary>Forgets schemas that no snapshot uses; never the current one.</summary>
    public sealed record RemoveSchemas(EquatableList<int> SchemaIds) : TableUpdate;

    /// <summary>Adds a wrapped key (v3).</summary>
    public sealed record AddEncryptionKey(EncryptionKey Key) : TableUpdate;

    /// <summary>Forgets a wrapped key (v3).</summary>
    public sealed record RemoveEncryptionKey(string KeyId) : TableUpdate;
}
