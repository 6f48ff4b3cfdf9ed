using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Puffin;

/// <summary>What a Puffin file's footer says.</summary>
/// <param name="FooterSizeBytes">From the footer's magic to the end of the file, as table metadata counts it.</param>
internal sealed record PuffinFooter(EquatableList<PuffinBlobMetadata> Blobs, IReadOnlyDictionary<string, string> Properties, long FooterSizeBytes)
{
    /// <summary>The property that names the writer.</summary>
    public const string CreatedBy = "created-by";
}

/// <summary>Where a blob lies in a Puffin file and what it is.</summary>
/// <param name="Type">Such as <c>apache-datasketches-theta-v1</c> or <c>deletion-vector-v1</c>.</param>
/// <param name="Fields">The columns that it was computed of.</param>
/// <param name="SnapshotId">-1 for deletion vectors, as <paramref name="SequenceNumber"/>.</param>
internal sealed record PuffinBlobMetadata(string Type, EquatableList<int> Fields, long SnapshotId, long SequenceNumber, long Offset, long Length)
{
    /// <summary>The blob's content is a deletion vector; it is never compressed.</summary>
    public const string DeletionVectorType = "deletion-vector-v1";

    /// <summary>Null when the blob is not compressed; else <c>zstd</c> or <c>lz4</c>.</summary>
    public string? CompressionCodec { get; init; }

    public IReadOnlyDictionary<string, string> Properties { get; init; } = NoProperties;

    private static readonly Dictionary<string, string> NoProperties = [];
}

/// <summary>A blob to write.</summary>
internal sealed record PuffinBlob(string Type, EquatableList<int> Fields, long SnapshotId, long SequenceNumber, ReadOnlyMemory<byte> Content)
{
    public IReadOnlyDictionary<string, string> Properties { get; init; } = NoProperties;

    private static readonly Dictionary<string, string> NoProperties = [];
}

/// <summary>The fixed parts of the format.</summary>
internal static class PuffinFormat
{
    /// <summary>Size of payload, flags, magic.</summary>
    public const int TrailerBytes = 12;

    public const int MagicBytes = 4;

    /// <summary>The bit of the first flag byte that says the footer's JSON is LZ4.</summary>
    public const byte CompressedFooterFlag = 1;

    public static ReadOnlySpan<byte> Magic => "PFA1"u8;
}
