namespace Arctic.Iceberg.Spec;

/// <summary>A data or delete file as a manifest lists it (the spec's <c>data_file</c>). Immutable.</summary>
internal sealed record DataFile
{
    public FileContent Content { get; init; }

    /// <summary>The location as recorded; the identity of the file.</summary>
    public required string FilePath { get; init; }

    public required FileFormat Format { get; init; }

    /// <summary>The partition spec that <see cref="Partition"/> belongs to.</summary>
    public required int SpecId { get; init; }

    public PartitionTuple Partition { get; init; } = PartitionTuple.Empty;

    /// <summary>Rows, or deletes; of a deletion vector its cardinality.</summary>
    public required long RecordCount { get; init; }

    /// <summary>The size of the whole file, in bytes.</summary>
    public required long FileSizeBytes { get; init; }

    /// <summary>Bytes on disk by column; null when not known, as all metrics.</summary>
    public FieldIdMap<long>? ColumnSizes { get; init; }

    /// <summary>Values by column, nulls and NaNs included.</summary>
    public FieldIdMap<long>? ValueCounts { get; init; }

    public FieldIdMap<long>? NullValueCounts { get; init; }

    public FieldIdMap<long>? NanValueCounts { get; init; }

    /// <summary>Encoded by <see cref="BoundCodec"/>; at most every value, perhaps cut.</summary>
    public FieldIdMap<ReadOnlyMemory<byte>>? LowerBounds { get; init; }

    /// <summary>Encoded by <see cref="BoundCodec"/>; at least every value.</summary>
    public FieldIdMap<ReadOnlyMemory<byte>>? UpperBounds { get; init; }

    public byte[]? KeyMetadata { get; init; }

    /// <summary>Where row groups begin, ascending.</summary>
    public long[]? SplitOffsets { get; init; }

    /// <summary>The columns that an equality delete compares.</summary>
    public int[]? EqualityIds { get; init; }

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
internal enum FileContent
{
    Data = 0,
    PositionDeletes = 1,
    EqualityDeletes = 2,
}

internal enum FileFormat
{
    Parquet,
    Avro,
    Orc,
    Puffin,
}
