using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <summary>One change of a table's metadata, as the REST catalog names it. <see cref="TableMetadataBuilder"/> applies them.</summary>
internal abstract record TableUpdate
{
    private TableUpdate()
    {
    }

    /// <summary>The id that stands for what the same commit added last.</summary>
    public const int LastAdded = -1;

    public sealed record AssignUuid(Guid Uuid) : TableUpdate;

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

    public sealed record AddSnapshot(Snapshot Snapshot) : TableUpdate;

    public sealed record SetSnapshotRef(string Name, SnapshotRef Reference) : TableUpdate;

    public sealed record RemoveSnapshots(EquatableList<long> SnapshotIds) : TableUpdate;

    public sealed record RemoveSnapshotRef(string Name) : TableUpdate;

    public sealed record SetLocation(string Location) : TableUpdate;

    public sealed record SetProperties(IReadOnlyDictionary<string, string> Updates) : TableUpdate;

    public sealed record RemoveProperties(EquatableList<string> Removals) : TableUpdate;

    public sealed record SetStatistics(StatisticsFile Statistics) : TableUpdate;

    public sealed record RemoveStatistics(long SnapshotId) : TableUpdate;

    public sealed record SetPartitionStatistics(PartitionStatisticsFile Statistics) : TableUpdate;

    public sealed record RemovePartitionStatistics(long SnapshotId) : TableUpdate;

    public sealed record RemovePartitionSpecs(EquatableList<int> SpecIds) : TableUpdate;

    public sealed record RemoveSchemas(EquatableList<int> SchemaIds) : TableUpdate;

    public sealed record AddEncryptionKey(EncryptionKey Key) : TableUpdate;

    public sealed record RemoveEncryptionKey(string KeyId) : TableUpdate;
}
