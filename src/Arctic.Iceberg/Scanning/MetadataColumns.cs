using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Columns that a reader makes (Iceberg spec, "Reserved Field IDs"); ask for them like columns of the table.</summary>
public static class MetadataColumns
{
    /// <summary>The path of the row's file as the manifest has it.</summary>
    public static readonly NestedField FilePath = new(2147483646, "_file", IcebergTypes.String, true);

    /// <summary>The 0-based position of the row in its file.</summary>
    public static readonly NestedField Position = new(2147483645, "_pos", IcebergTypes.Long, true);

    /// <summary>The spec of the row's file.</summary>
    public static readonly NestedField SpecId = new(2147483643, "_spec_id", IcebergTypes.Int, true);

    /// <summary>The row's id (v3): stored, or the file's first row id and the position.</summary>
    public static readonly NestedField RowId = new(2147483540, "_row_id", IcebergTypes.Long, false);

    /// <summary>The number of the commit that last changed the row (v3): stored, or the file's data sequence number.</summary>
    public static readonly NestedField LastUpdatedSequenceNumber = new(2147483539, "_last_updated_sequence_number", IcebergTypes.Long, false);
}
