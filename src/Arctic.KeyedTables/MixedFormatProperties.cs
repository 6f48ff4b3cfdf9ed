namespace Arctic.KeyedTables;

/// <summary>The property keys by which the mixed format marks and links its Iceberg tables (spec/arctic.md, A.2.2).</summary>
internal static class MixedFormatProperties
{
    /// <summary>Says that a table is one of the format.</summary>
    public const string TableFormat = "table-format";

    /// <summary>The value of <see cref="TableFormat"/>.</summary>
    public const string MixedIceberg = "MIXED_ICEBERG";

    /// <summary><c>base</c> or <c>change</c>.</summary>
    public const string TableStore = "mixed-format.table-store";

    /// <summary>The key's columns in the order of the clause, joined by commas; on both stores.</summary>
    public const string PrimaryKeyFields = "mixed-format.primary-key-fields";

    /// <summary><c>namespace.name</c> of the change store; on the base store.</summary>
    public const string ChangeIdentifier = "mixed-format.change.identifier";

    /// <summary>When the table was made, in epoch milliseconds.</summary>
    public const string CreateTimestamp = "table.create-timestamp";

    /// <summary>How far a store has come in processing time, in epoch milliseconds; set by every commit.</summary>
    public const string TableWatermark = "watermark.table";

    /// <summary>Where releases before 0.7 kept the marker: JSON of partition to properties.</summary>
    public const string PartitionProperties = "table.partition-properties";

    /// <summary>Set on a snapshot whose statistics file holds <c>optimized-sequence</c>.</summary>
    public const string OptimizedSequenceExists = "optimized-sequence.exist";

    /// <summary>Set on a snapshot whose statistics file holds <c>base-optimized-time</c>.</summary>
    public const string BaseOptimizedTimeExists = "base-optimized-time.exist";

    /// <summary>Who made a snapshot; <see cref="Optimize"/> for self-optimizing.</summary>
    public const string SnapshotProducer = "snapshot.producer";

    /// <summary>The value of <see cref="SnapshotProducer"/> of commits that change no row.</summary>
    public const string Optimize = "OPTIMIZE";

    /// <summary>The newest commit of a sink: <c>arctic.sink.&lt;sink id&gt;.committed</c> holds incarnation and checkpoint.</summary>
    public static string CommittedOf(string sinkId) => $"arctic.sink.{sinkId}.committed";

    /// <summary>Whether a property says what the format, a sink or the catalog knows, and not what a user asked for.</summary>
    public static bool IsInternal(string key) =>
        key is TableFormat or TableStore or PrimaryKeyFields or ChangeIdentifier or CreateTimestamp or TableWatermark or PartitionProperties or "watermark.base" || key.StartsWith("arctic.sink.", StringComparison.Ordinal);
}
