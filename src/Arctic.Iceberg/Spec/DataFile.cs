namespace Arctic.Iceberg.Spec;

/// <summary>A data or delete file as a manifest lists it (the spec's <c>data_file</c>). Immutable.</summary>
public sealed record DataFile
{
    /// <summary>Data or deletes.</summary>
    public FileContent Content { get; init; }

    /// <summary>The location as recorded; the identity of the file.</summary>
    public required string FilePath { get; init; }

    /// <summary>The format of the file; deletion vectors are in Puffin.</summary>
    public required FileFormat Format { get; init; }

    /// <summary>The partition spec that <see cref="Partition"/> belongs to.</summary>
    public required int SpecId { get; init; }

    /// <summary>The partition values of every row, in the order of the spec's fields.</summary>
    public PartitionTuple Partition { get; init; } = PartitionTuple.Empty;

    /// <summary>Rows, or deletes; of a deletion vector its cardinality.</summary>
    public required long RecordCount { get; init; }

    /// <summary>The size of the whole file, in bytes.</summary>
    public required long FileSizeBytes { get; init; }

    /// <summary>Bytes on disk by column; null when not known, as all metrics.</summary>
    public FieldIdMap<long>? ColumnSizes { get; init; }

    /// <summary>Values by column, nulls and NaNs included.</summary>
    public FieldIdMap<long>? ValueCounts { get; init; }

    /// <summary>NULLs by column.</summary>
    public FieldIdMap<long>? NullValueCounts { get; init; }

    /// <summary>NaNs by column; only of floating-point columns.</summary>
    public FieldIdMap<long>? NanValueCounts { get; init; }

    /// <summary>Encoded by <see cref="BoundCodec"/>; at most every value, perhaps cut.</summary>
    public FieldIdMap<ReadOnlyMemory<byte>>? LowerBounds { get; init; }

    /// <summary>Encoded by <see cref="BoundCodec"/>; at least every value.</summary>
    public FieldIdMap<ReadOnlyMemory<byte>>? UpperBounds { get; init; }

    /// <summary>What is needed to decrypt the file; null when it is not encrypted.</summary>
    public byte[]? KeyMetadata { get; init; }

    /// <summary>Where row groups begin, ascending.</summary>
    public long[]? SplitOffsets { get; init; }

    /// <summary>The columns that an equality delete compares.</summary>
    public int[]? EqualityIds { get; init; }

    /// <summary>The order of the rows; 0 or null when they have none.</summary>
    public int? SortOrderId { get; init; }

    /// <summary>The row id of the first row (v3).</summary>
    public long? FirstRowId { get; init; }

    /// <summary>The data file that all deletes of a position delete file or deletion vector are for.</summary>
    public string? ReferencedDataFile { get; init; }

    /// <summary>Where the deletion vector begins in its Puffin file (v3).</summary>
    public long? ContentOffset { get; init; }

    /// <summary>The length of the deletion vector's blob (v3).</summary>
    public long? ContentSizeBytes { get; init; }

    /// <summary>Whether this is a deletion vector.</summary>
    public bool IsDeletionVector => Content == FileContent.PositionDeletes && Format == FileFormat.Puffin;
}

/// <summary>What a file holds; the numbers are the format's.</summary>
public enum FileContent
{
    /// <summary>Rows.</summary>
    Data = 0,

    /// <summary>Deleted rows by path and position; also deletion vectors.</summary>
    PositionDeletes = 1,

    /// <summary>Deleted rows by the values of some columns.</summary>
    EqualityDeletes = 2,
}

/// <summary>How a file is encoded.</summary>
public enum FileFormat
{
    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Apache Avro.</summary>
    Avro,

    /// <summary>Apache ORC, which is not read.</summary>
    Orc,

    /// <summary>Iceberg's own, for deletion vectors.</summary>
    Puffin,
}
