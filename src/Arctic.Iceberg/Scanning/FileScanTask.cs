using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>A data file to read, with the deletes that apply to it.</summary>
/// <param name="File">The data file.</param>
/// <param name="SequenceNumber">Its data sequence number; 0 in v1.</param>
/// <param name="Spec">The partition spec of its tuple.</param>
/// <param name="Deletes">Position deletes, equality deletes, or a deletion vector.</param>
public sealed record FileScanTask(DataFile File, long SequenceNumber, PartitionSpec Spec, IReadOnlyList<DeleteFile> Deletes)
{
    /// <summary>The number of the commit that added the file; null in old metadata.</summary>
    public long? FileSequenceNumber { get; init; }

    /// <summary>The part of the file to read: the row groups that begin in it. Null for the whole file.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>The bytes of data to read; of a part its own.</summary>
    public long Length => Range is { } range ? Math.Max(0, Math.Min(range.End, File.FileSizeBytes) - range.Start) : File.FileSizeBytes;
}

/// <summary>Bytes of a file from one offset up to another.</summary>
/// <param name="Start">Included.</param>
/// <param name="End">Not included; <see cref="long.MaxValue"/> for the end of the file.</param>
public readonly record struct ByteRange(long Start, long End)
{
    /// <summary>Whether the offset lies in the range.</summary>
    public bool Contains(long offset) => offset >= Start && offset < End;
}

/// <summary>What a scan reads, and what planning left out.</summary>
/// <param name="Tasks">In the order of the manifests.</param>
/// <param name="ManifestsTotal">Data manifests of the snapshot.</param>
/// <param name="ManifestsRead">Those that the predicate did not rule out.</param>
/// <param name="FilesPruned">Files of read manifests that partition or bounds ruled out.</param>
public sealed record ScanPlan(IReadOnlyList<FileScanTask> Tasks, int ManifestsTotal, int ManifestsRead, int FilesPruned)
{
    /// <summary>A plan without files.</summary>
    public static readonly ScanPlan Empty = new([], 0, 0, 0);
}
