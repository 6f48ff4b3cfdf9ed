using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>
/// Everything a table is, at one commit: the content of a metadata file. Immutable; the metadata builder makes the next one.
/// v1 is held in the shape of v2: absent lists are made of the single forms when read.
/// </summary>
public sealed record TableMetadata
{
    /// <summary>The newest format version that is read and written.</summary>
    public const int MaxFormatVersion = 3;

    /// <summary>1, 2 or 3.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Null only in v1.</summary>
    public required Guid? TableUuid { get; init; }

    /// <summary>The folder of the table as recorded, without a trailing slash.</summary>
    public required string Location { get; init; }

    /// <summary>0 in v1.</summary>
    public long LastSequenceNumber { get; init; }

    /// <summary>When the table was last changed, in milliseconds since 1970.</summary>
    public required long LastUpdatedMs { get; init; }

    /// <summary>The greatest field id ever given out.</summary>
    public required int LastColumnId { get; init; }

    /// <summary>Every schema that is kept; <see cref="CurrentSchema"/> is one of them.</summary>
    public required EquatableList<Schema> Schemas { get; init; }

    /// <summary>The id of <see cref="CurrentSchema"/>.</summary>
    public required int CurrentSchemaId { get; init; }

    /// <summary>Every partition spec that is kept; files of older ones stay as they are.</summary>
    public required EquatableList<PartitionSpec> PartitionSpecs { get; init; }

    /// <summary>The id of <see cref="DefaultSpec"/>.</summary>
    public required int DefaultSpecId { get; init; }

    /// <summary>The greatest partition field id ever given out; 999 when none was.</summary>
    public required int LastPartitionId { get; init; }

    /// <summary>Every sort order that is kept.</summary>
    public required EquatableList<SortOrder> SortOrders { get; init; }

    /// <summary>The id of <see cref="DefaultSortOrder"/>.</summary>
    public required int DefaultSortOrderId { get; init; }

    /// <summary>The table's properties; the keys are Iceberg's.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Null when the table has no snapshot.</summary>
    public long? CurrentSnapshotId { get; init; }

    /// <summary>The snapshots that have not expired, in no particular order.</summary>
    public EquatableList<Snapshot> Snapshots { get; init; } = [];

    /// <summary>Which snapshot was current from when on, oldest first.</summary>
    public EquatableList<SnapshotLogEntry> SnapshotLog { get; init; } = [];

    /// <summary>The earlier metadata files that are remembered, oldest first.</summary>
    public EquatableList<MetadataLogEntry> MetadataLog { get; init; } = [];

    /// <summary>Branches and tags by name; <c>main</c> is the current snapshot.</summary>
    public IReadOnlyDictionary<string, SnapshotRef> Refs { get; init; } = new Dictionary<string, SnapshotRef>();

    /// <summary>The statistics files of snapshots, at most one each.</summary>
    public EquatableList<StatisticsFile> Statistics { get; init; } = [];

    /// <summary>The partition statistics files of snapshots, at most one each.</summary>
    public EquatableList<PartitionStatisticsFile> PartitionStatistics { get; init; } = [];

    /// <summary>The next row id to give out (v3); 0 before.</summary>
    public long NextRowId { get; init; }

    /// <summary>The wrapped keys of encrypted files (v3).</summary>
    public EquatableList<EncryptionKey> EncryptionKeys { get; init; } = [];

    /// <summary>Members of the metadata file that this version of the format does not define, as JSON texts; kept when the table is written.</summary>
    public IReadOnlyDictionary<string, string> OtherMembers { get; init; } = new Dictionary<string, string>();

    /// <summary>The schema that new data is written with.</summary>
    public Schema CurrentSchema => FindSchema(CurrentSchemaId)!;

    /// <summary>The spec that new data is written with.</summary>
    public PartitionSpec DefaultSpec => FindSpec(DefaultSpecId)!;

    /// <summary>The order that new data is written in.</summary>
    public SortOrder DefaultSortOrder => SortOrders.First(o => o.OrderId == DefaultSortOrderId);

    /// <summary>Null when the table has no snapshot.</summary>
    public Snapshot? CurrentSnapshot => CurrentSnapshotId is { } id ? FindSnapshot(id) : null;

    /// <summary>The schema of that id; null when it is not kept.</summary>
    public Schema? FindSchema(int schemaId) => Schemas.FirstOrDefault(s => s.SchemaId == schemaId);

    /// <summary>The partition spec of that id; null when it is not kept.</summary>
    public PartitionSpec? FindSpec(int specId) => PartitionSpecs.FirstOrDefault(s => s.SpecId == specId);

    /// <summary>The snapshot of that id; null when there is none, or none any more.</summary>
    public Snapshot? FindSnapshot(long snapshotId) => Snapshots.FirstOrDefault(s => s.SnapshotId == snapshotId);

    /// <summary>The snapshot that a branch or tag names; null when there is none.</summary>
    public Snapshot? FindSnapshot(string refName) => Refs.TryGetValue(refName, out var reference) ? FindSnapshot(reference.SnapshotId) : null;

    /// <summary>Checks that a branch or tag exists; <c>main</c> always does.</summary>
    /// <param name="table">For the message.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    internal void RequireRef(string name, string table)
    {
        if (name != SnapshotRef.MainBranch && !Refs.ContainsKey(name))
        {
            throw new ArcticException(ErrorCodes.UnknownName, $"Table '{table}' has no branch '{name}'.") { Hint = NameSuggestion.For(name, Refs.Keys) };
        }
    }

    /// <summary>The schema that a snapshot was written with; the current one where it does not say.</summary>
    public Schema SchemaOf(Snapshot snapshot) => (snapshot.SchemaId is { } id ? FindSchema(id) : null) ?? CurrentSchema;

    /// <summary>
    /// The struct of a spec's partition values. The type of a source column that was dropped comes from the newest schema that had it.
    /// </summary>
    public IcebergType.Struct PartitionTypeOf(PartitionSpec spec) =>
        new(spec.Fields.Select(f => new NestedField(f.FieldId, f.Name, f.Transform.ResultType(SourceTypeOf(f)), false)).ToEquatableList());

    /// <summary>The type of the column that a partition field is made of; of a dropped column its last one.</summary>
    internal IcebergType SourceTypeOf(PartitionField field) =>
        CurrentSchema.FindField(field.SourceId)?.Type
        ?? Schemas.Reverse().Select(s => s.FindField(field.SourceId)?.Type).FirstOrDefault(t => t is not null)
        ?? IcebergTypes.Unknown;

    /// <summary>A snapshot and its ancestors, newest first, as far as they are kept.</summary>
    public IEnumerable<Snapshot> AncestorsOf(long? snapshotId)
    {
        // A parent loop in damaged metadata must not hang us: no chain is longer than the list.
        var snapshot = snapshotId is { } id ? FindSnapshot(id) : null;
        for (var steps = 0; snapshot is not null && steps <= Snapshots.Count; steps++)
        {
            yield return snapshot;
            snapshot = snapshot.ParentSnapshotId is { } parent ? FindSnapshot(parent) : null;
        }
    }
}
