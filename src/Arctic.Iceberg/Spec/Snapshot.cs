using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>The state of a table after one commit.</summary>
public sealed record Snapshot
{
    /// <summary>The id, unique in the table; random and positive.</summary>
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

    /// <summary>The schema that it was written with; null when it does not say.</summary>
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
public sealed record SnapshotRef(long SnapshotId, SnapshotRefType Type)
{
    /// <summary>The branch that readers see.</summary>
    public const string MainBranch = "main";

    /// <summary>The least number of a branch's snapshots that expiry keeps; null takes the table's property.</summary>
    public int? MinSnapshotsToKeep { get; init; }

    /// <summary>The age in milliseconds from which on a branch's snapshots expire; null takes the table's property.</summary>
    public long? MaxSnapshotAgeMs { get; init; }

    /// <summary>The age in milliseconds from which on the reference itself expires; null takes the table's property. <c>main</c> never does.</summary>
    public long? MaxRefAgeMs { get; init; }
}

/// <summary>What a reference does when someone commits to it.</summary>
public enum SnapshotRefType
{
    /// <summary>It moves to the new snapshot.</summary>
    Branch,

    /// <summary>Nobody can commit to it.</summary>
    Tag,
}

/// <summary>When a snapshot became the current one.</summary>
public readonly record struct SnapshotLogEntry(long TimestampMs, long SnapshotId);

/// <summary>An earlier metadata file and when it was written.</summary>
public readonly record struct MetadataLogEntry(long TimestampMs, string MetadataFile);
