using System.Globalization;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Catalog;

/// <summary>The table properties that the control side reads; the keys are Iceberg's.</summary>
internal static class TableProperties
{
    public const string FormatVersion = "format-version";
    public const string CommitRetries = "commit.retry.num-retries";
    public const string CommitRetryMinWait = "commit.retry.min-wait-ms";
    public const string CommitRetryMaxWait = "commit.retry.max-wait-ms";
    public const string CommitRetryTotal = "commit.retry.total-timeout-ms";
    public const string ManifestTargetSize = "commit.manifest.target-size-bytes";
    public const string ManifestMinMergeCount = "commit.manifest.min-count-to-merge";
    public const string ManifestMergeEnabled = "commit.manifest-merge.enabled";
    public const string PreviousVersionsMax = "write.metadata.previous-versions-max";
    public const string DeleteAfterCommit = "write.metadata.delete-after-commit.enabled";
    public const string MetadataPath = "write.metadata.path";
    public const string DataPath = "write.data.path";
    public const string DeleteMode = "write.delete.mode";
    public const string DeleteIsolation = "write.delete.isolation-level";
    public const string UpdateMode = "write.update.mode";
    public const string UpdateIsolation = "write.update.isolation-level";
    public const string DeleteFileTargetSize = "write.delete.target-file-size-bytes";
    public const string GarbageCollection = "gc.enabled";
    public const string AvroCompression = "write.avro.compression-codec";
    public const string MetadataCompression = "write.metadata.compression-codec";
    public const string SplitTargetSize = "read.split.target-size";
    public const string SplitLookback = "read.split.planning-lookback";
    public const string SplitOpenFileCost = "read.split.open-file-cost";

    /// <summary>Keys of engines that stand for members of the metadata; never kept as properties.</summary>
    public static readonly IReadOnlySet<string> Reserved = new HashSet<string>(StringComparer.Ordinal)
    {
        FormatVersion, "uuid", "snapshot-count", "current-snapshot-id", "current-snapshot-summary", "current-snapshot-timestamp-ms", "current-schema",
        "default-partition-spec", "default-sort-order",
    };

    /// <summary>Reads a whole number.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    public static long ReadLong(IReadOnlyDictionary<string, string> properties, string key, long fallback) =>
        !properties.TryGetValue(key, out var text) ? fallback
        : long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read '{text}' as the value of the table property '{key}': a whole number is expected.");

    /// <summary>Reads a whole number that fits 32 bits.</summary>
    public static int ReadInt(IReadOnlyDictionary<string, string> properties, string key, int fallback) =>
        (int)Math.Clamp(ReadLong(properties, key, fallback), int.MinValue, int.MaxValue);

    /// <summary>
    /// Reads a whole number of 0 or more that every commit needs, the one that sets it right too: what cannot be read counts as not set. <see cref="TablePropertyRules"/> keeps such values out.
    /// </summary>
    public static int ReadCommitInt(IReadOnlyDictionary<string, string> properties, string key, int fallback) =>
        properties.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= 0 ? (int)Math.Min(number, int.MaxValue) : fallback;

    /// <summary>Reads true or false that every commit needs; as <see cref="ReadCommitInt"/>.</summary>
    public static bool ReadCommitFlag(IReadOnlyDictionary<string, string> properties, string key, bool fallback) =>
        properties.TryGetValue(key, out var text) && bool.TryParse(text, out var flag) ? flag : fallback;

    /// <summary>Reads true or false.</summary>
    public static bool ReadFlag(IReadOnlyDictionary<string, string> properties, string key, bool fallback) =>
        !properties.TryGetValue(key, out var text) ? fallback
        : bool.TryParse(text, out var flag) ? flag
        : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read '{text}' as the value of the table property '{key}': true or false is expected.");
}
