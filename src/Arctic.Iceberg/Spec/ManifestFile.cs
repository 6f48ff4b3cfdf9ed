using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>A manifest as a manifest list names it.</summary>
internal sealed record ManifestFile
{
    /// <summary>The sequence number of a manifest whose commit is still under way; the manifest list gives it the real one.</summary>
    public const long UnassignedSequence = -1;

    public required string Path { get; init; }

    /// <summary>In bytes.</summary>
    public required long Length { get; init; }

    public required int SpecId { get; init; }

    public ManifestContent Content { get; init; }

    /// <summary>The sequence number of the commit that added the manifest; 0 in v1.</summary>
    public long SequenceNumber { get; init; }

    /// <summary>The least data sequence number of its live files.</summary>
    public long MinSequenceNumber { get; init; }

    public long AddedSnapshotId { get; init; }

    /// <summary>Null when the list does not say (v1).</summary>
    public int? AddedFilesCount { get; init; }

    public int? ExistingFilesCount { get; init; }

    public int? DeletedFilesCount { get; init; }

    public long? AddedRowsCount { get; init; }

    public long? ExistingRowsCount { get; init; }

    public long? DeletedRowsCount { get; init; }

    /// <summary>One summary a field of the spec; null when the list has none.</summary>
    public EquatableList<FieldSummary>? Partitions { get; init; }

    public byte[]? KeyMetadata { get; init; }

    /// <summary>The first row id of files without one (v3, data manifests).</summary>
    public long? FirstRowId { get; init; }

    /// <summary>Whether the manifest can hold added files.</summary>
    public bool HasAddedFiles => AddedFilesCount is null or > 0;

    /// <summary>Whether the manifest can hold files that belong to the snapshot.</summary>
    public bool HasLiveFiles => HasAddedFiles || ExistingFilesCount is null or > 0;
}

/// <summary>The range of one partition field over a manifest's files.</summary>
/// <param name="ContainsNan">Null when not known.</param>
/// <param name="LowerBound">Encoded by <see cref="BoundCodec"/>; null when all values are null or NaN.</param>
internal sealed record FieldSummary(bool ContainsNull, bool? ContainsNan, byte[]? LowerBound, byte[]? UpperBound);

/// <summary>What a manifest lists; the numbers are the format's.</summary>
internal enum ManifestContent
{
    Data = 0,
    Deletes = 1,
}
