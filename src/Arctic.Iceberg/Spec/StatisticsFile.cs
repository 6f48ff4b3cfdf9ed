using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>A Puffin file of a snapshot.</summary>
internal sealed record StatisticsFile(long SnapshotId, string StatisticsPath, long FileSizeBytes, long FileFooterSizeBytes, EquatableList<StatisticsBlob> Blobs)
{
    public string? KeyMetadata { get; init; }
}

/// <summary>What the metadata says of a blob of a statistics file.</summary>
internal sealed record StatisticsBlob(string Type, long SnapshotId, long SequenceNumber, EquatableList<int> Fields)
{
    public IReadOnlyDictionary<string, string> Properties { get; init; } = NoProperties;

    private static readonly Dictionary<string, string> NoProperties = [];

    // A dictionary compares by reference; blobs compare by value.
    public bool Equals(StatisticsBlob? other) =>
        other is not null && Type == other.Type && SnapshotId == other.SnapshotId && SequenceNumber == other.SequenceNumber && Fields.Equals(other.Fields)
        && Properties.Count == other.Properties.Count && Properties.All(p => other.Properties.TryGetValue(p.Key, out var v) && v == p.Value);

    public override int GetHashCode() => HashCode.Combine(Type, SnapshotId, SequenceNumber, Fields);
}

/// <summary>A file with statistics of a snapshot's partitions.</summary>
internal sealed record PartitionStatisticsFile(long SnapshotId, string StatisticsPath, long FileSizeBytes);

/// <summary>A wrapped key (v3).</summary>
internal sealed record EncryptionKey(string KeyId, string EncryptedKeyMetadata)
{
    public string? EncryptedById { get; init; }

    public IReadOnlyDictionary<string, string>? Properties { get; init; }
}
