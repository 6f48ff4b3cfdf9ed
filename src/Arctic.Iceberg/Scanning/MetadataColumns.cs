using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Columns that a reader makes (Iceberg spec, "Reserved Field IDs"); ask for them like columns of the table.</summary>
public static class MetadataColumns
{
    internal const int FilePathId = 2147483646;
    internal const int PositionId = 2147483645;
    internal const int IsDeletedId = 2147483644;
    internal const int SpecIdId = 2147483643;
    internal const int PartitionId = 2147483642;
    internal const int ChangeTypeId = 2147483543;
    internal const int ChangeOrdinalId = 2147483542;
    internal const int CommitSnapshotIdId = 2147483541;
    internal const int RowIdId = 2147483540;
    internal const int LastUpdatedSequenceNumberId = 2147483539;

    /// <summary>The path of the row's file as the manifest has it.</summary>
    public static readonly NestedField FilePath = new(FilePathId, "_file", IcebergTypes.String, true);

    /// <summary>The 0-based position of the row in its file.</summary>
    public static readonly NestedField Position = new(PositionId, "_pos", IcebergTypes.Long, true);

    /// <summary>Whether the row is deleted. A scan that asks for it keeps deleted rows, which other scans leave out.</summary>
    public static readonly NestedField IsDeleted = new(IsDeletedId, "_deleted", IcebergTypes.Boolean, true);

    /// <summary>The spec of the row's file.</summary>
    public static readonly NestedField SpecId = new(SpecIdId, "_spec_id", IcebergTypes.Int, true);

    /// <summary><c>INSERT</c> or <c>DELETE</c>; only of scans of changes.</summary>
    public static readonly NestedField ChangeType = new(ChangeTypeId, "_change_type", IcebergTypes.String, true);

    /// <summary>The 0-based place of the row's commit among those that were read; only of scans of changes.</summary>
    public static readonly NestedField ChangeOrdinal = new(ChangeOrdinalId, "_change_ordinal", IcebergTypes.Int, true);

    /// <summary>The snapshot of the row's commit; only of scans of changes.</summary>
    public static readonly NestedField CommitSnapshotId = new(CommitSnapshotIdId, "_commit_snapshot_id", IcebergTypes.Long, true);

    /// <summary>The row's id (v3): stored, or the file's first row id and the position.</summary>
    public static readonly NestedField RowId = new(RowIdId, "_row_id", IcebergTypes.Long, false);

    /// <summary>The number of the commit that last changed the row (v3): stored, or the file's data sequence number.</summary>
    public static readonly NestedField LastUpdatedSequenceNumber = new(LastUpdatedSequenceNumberId, "_last_updated_sequence_number", IcebergTypes.Long, false);

    /// <summary>The partition values of the row's file, as a struct of the partition fields of all specs that the table has had.</summary>
    public static NestedField PartitionOf(TableMetadata metadata) => new(PartitionId, "_partition", PartitionValues.TypeOf(metadata), true);

    /// <summary>Whether no file holds the column. Row ids and the numbers of commits may lie in files.</summary>
    internal static bool IsMade(int id) => id is FilePathId or PositionId or IsDeletedId or SpecIdId or PartitionId || IsOfChanges(id);

    /// <summary>Whether only a scan of changes can tell the column.</summary>
    internal static bool IsOfChanges(int id) => id is ChangeTypeId or ChangeOrdinalId or CommitSnapshotIdId;
}
