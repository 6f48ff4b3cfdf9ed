namespace Arctic.Iceberg.Spec;

/// <summary>A file in a manifest with its status.</summary>
/// <param name="Status">Whether the manifest's snapshot added, kept or deleted the file.</param>
/// <param name="SnapshotId">The snapshot that added the file, or deleted it; null means the manifest's own, and is null only before it is written.</param>
/// <param name="SequenceNumber">The data sequence number, which orders deletes; null in an ADDED entry until its commit assigns one.</param>
/// <param name="FileSequenceNumber">The number of the snapshot that added the file.</param>
internal sealed record ManifestEntry(EntryStatus Status, long? SnapshotId, long? SequenceNumber, long? FileSequenceNumber, DataFile File)
{
    /// <summary>Whether the file belongs to the snapshot.</summary>
    public bool IsLive => Status != EntryStatus.Deleted;
}

/// <summary>The status of an entry; the numbers are the format's.</summary>
internal enum EntryStatus
{
    Existing = 0,
    Added = 1,
    Deleted = 2,
}
