using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>The state of a table after one commit.</summary>
internal sealed record Snapshot
{
    public required long SnapshotId { get; init; }

    /// <summary>Null for the first.</summary>
    public long? ParentSnapshotId { get; init; }

    /// <summary>0 in v1.</summary>
    public long SequenceNumber { get; init; }

    /// <summary>When it was made, in milliseconds since 1970.</summary>
    public required long TimestampMs { get; init; }

    /// <summary>The manifest list's location; null only in v1, where <see cref="Manifests"/> then names them.</summary>
    public string? ManifestList { get; init; }

    /// <summary>The manifests of an old v1 snapshot without a list; null otherwise.</summary>
    public EquatableList<string>? Manifests { get; init; }

    /// <summary>What the commit did, in texts; <c>operation</c> is one of them. Empty in v1 without a summary.</summary>
    public IReadOnlyDictionary<string, string> Summary { get; init; } = EmptySummary;

    public int? SchemaId { get; init; }

    /// <summary>The first row id that the commit assigned (v3).</summary>
    public long? FirstRowId { get; init; }

    /// <summary>How many row ids the commit assigned (v3).</summary>
    public long? AddedRows { get; init; }

    /// <summary>The key of an encrypted manifest list (v3).</summary>
    public string? KeyId { get; init; }

    /// <summary><c>append</c>, <c>replace</c>, <c>overwrite</c> or <c>delete</c>; null when the summary does not say.</summary>
    public string? Operation => Summary.GetValueOrDefault("operation");

    private static readonly Dictionary<string, string> EmptySummary = [];
}

/// <summary>A branch or tag.</summary>
internal sealed record SnapshotRef(long SnapshotId, SnapshotRefType Type)
{
    /// <summary>The branch that readers see.</summary>
    public const string MainBranch = "main";

    public int? MinSnapshotsToKeep { get; init; }

    public long? MaxSnapshotAgeMs { get; init; }

    public long? MaxRefAgeMs { get; init; }
}

internal enum SnapshotRefType
{
    Branch,
    Tag,
}

/// <summary>When a snapshot became the current one.</summary>
internal readonly record struct SnapshotLogEntry(long TimestampMs, long SnapshotId);

/// <summary>An earlier metadata file and when it was written.</summary>
internal readonly record struct MetadataLogEntry(long TimestampMs, string MetadataFile);
