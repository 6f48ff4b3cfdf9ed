using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// What values the properties can have that this library reads. Checked where they are set, not where a table has them: a table that another program gave a bad one is read, and changed wherever the
/// property does not matter.
/// </summary>
internal static class TablePropertyRules
{
    private const string MetricsOfColumn = "write.metadata.metrics.column.";

    // Gives what is expected; null when the value is right.
    private static readonly Dictionary<string, Func<string, string?>> Rules = new(StringComparer.Ordinal)
    {
        [TableProperties.CommitRetries] = WholeFrom(0),
        [TableProperties.CommitRetryMinWait] = WholeFrom(0),
        [TableProperties.CommitRetryMaxWait] = WholeFrom(0),
        [TableProperties.CommitRetryTotal] = WholeFrom(0),
        [TableProperties.ManifestTargetSize] = WholeFrom(1),
        [TableProperties.ManifestMinMergeCount] = WholeFrom(0),
        [TableProperties.ManifestMergeEnabled] = Flag,
        [TableProperties.PreviousVersionsMax] = WholeFrom(0),
        [TableProperties.DeleteAfterCommit] = Flag,
        [TableProperties.GarbageCollection] = Flag,
        [TableProperties.MetadataCompression] = AsRead(MetadataFileName.CodecNames, text => MetadataFileName.FindCodec(text) is not null),
        [TableProperties.AvroCompression] = AsRead(ManifestFolder.CodecNames, text => ManifestFolder.FindCodec(text) is not null),
        [TableProperties.DeleteMode] = OneOf("copy-on-write", "merge-on-read"),
        [TableProperties.UpdateMode] = OneOf("copy-on-write", "merge-on-read"),
        [TableProperties.DeleteIsolation] = OneOf("serializable", "snapshot"),
        [TableProperties.UpdateIsolation] = OneOf("serializable", "snapshot"),
        [TableProperties.DeleteFileTargetSize] = WholeFrom(1),
        [TableProperties.SplitTargetSize] = WholeFrom(1),
        [TableProperties.SplitLookback] = WholeFrom(1),
        [TableProperties.SplitOpenFileCost] = WholeFrom(1),
        [DataWriteOptions.FileFormat] = AsRead("parquet, avro or orc", text => text.ToLowerInvariant() is "parquet" or "avro" or "orc"), // other programs write the others
        [DataWriteOptions.FileTargetSize] = WholeFrom(1),
        [DataWriteOptions.Codec] = AsRead(DataWriteOptions.CodecNames, text => DataWriteOptions.FindCodec(text) is not null),
        [DataWriteOptions.CodecLevel] = WholeFrom(1),
        [DataWriteOptions.RowGroupSize] = WholeFrom(1),
        [DataWriteOptions.PageSize] = WholeFrom(1),
        [DataWriteOptions.DictionarySize] = WholeFrom(1),
        [DataLocations.ObjectStorage] = Flag,
        [DataLocations.PartitionedPaths] = Flag,
        [MetricsConfig.DefaultKey] = Metrics,
        [ExpireSnapshots.MaxAge] = WholeFrom(0),
        [ExpireSnapshots.MinKept] = WholeFrom(0),
        [ExpireSnapshots.MaxRefAge] = WholeFrom(0),
    };

    /// <summary>Checks the values of properties that are to be set; keys without a rule take any.</summary>
    /// <param name="doing">What is being done, for the message.</param>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    public static void Check(IEnumerable<KeyValuePair<string, string>> properties, string doing)
    {
        foreach (var (key, value) in properties)
        {
            var rule = key.StartsWith(MetricsOfColumn, StringComparison.Ordinal) ? Metrics : Rules.GetValueOrDefault(key);
            if (rule?.Invoke(value) is { } expected)
            {
                throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot {doing}: '{value}' is no value of the table property '{key}'; {expected} is expected.");
            }
        }
    }

    private static Func<string, string?> WholeFrom(long least)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"a whole number of {least} or more");
        return text => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= least ? null : expected;
    }

    private static Func<string, string?> OneOf(string one, string other) => text => text == one || text == other ? null : $"{one} or {other}";

    private static Func<string, string?> AsRead(string expected, Func<string, bool> isRight) => text => isRight(text) ? null : expected;

    private static string? Flag(string text) => bool.TryParse(text, out _) ? null : "true or false";

    private static string? Metrics(string text) => MetricsMode.Find(text) is not null ? null : "none, counts, truncate(16) with any length, or full";
}
