using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>A Puffin file of a snapshot.</summary>
public sealed record StatisticsFile(long SnapshotId, string StatisticsPath, long FileSizeBytes, long FileFooterSizeBytes, EquatableList<StatisticsBlob> Blobs)
{
    /// <summary>What is needed to decrypt the file; null when it is not encrypted.</summary>
    public string? KeyMetadata { get; init; }
}

/// <summary>What the metadata says of a blob of a statistics file.</summary>
public sealed record StatisticsBlob(string Type, long SnapshotId, long SequenceNumber, EquatableList<int> Fields)
{
    /// <summary>What the writer said of the blob, such as <c>ndv</c>.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = NoProperties;

    private static readonly Dictionary<string, string> NoProperties = [];

    // A dictionary compares by reference; blobs compare by value.
    /// <inheritdoc/>
    public bool Equals(StatisticsBlob? other) =>
        other is not null && Type == other.Type && SnapshotId == other.SnapshotId && SequenceNumber == other.SequenceNumber && Fields.Equals(other.Fields)
        && Properties.Count == other.Properties.Count && Properties.All(p => other.Properties.TryGetValue(p.Key, out var v) && v == p.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, SnapshotId, SequenceNumber, Fields);
}

/// <summary>A file with statistics of a snapshot's partitions.</summary>
public sealed record PartitionStatisticsFile(long SnapshotId, string StatisticsPath, long FileSizeBytes);

/// <summary>A wrapped key (v3).</summary>
public sealed record EncryptionKey(string KeyId, string EncryptedKeyMetadata)
{
    /// <summary>The key that this one is wrapped with; null when the key service knows.</summary>
    public string? EncryptedById { get; init; }

    /// <summary>What the key service needs; null when it is nothing.</summary>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }
}
