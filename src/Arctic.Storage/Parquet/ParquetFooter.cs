using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Parquet;

/// <summary>What the end of a Parquet file says of it: schema, row groups, column chunks with their statistics and offsets.</summary>
internal sealed record ParquetFooter
{
    /// <summary>The four bytes that a Parquet file begins and ends with.</summary>
    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>The rows of the file.</summary>
    public required long RowCount { get; init; }

    /// <summary>The schema as a tree; the root is the file's message.</summary>
    public required ParquetNode Root { get; init; }

    /// <summary>The primitive columns, in the order of each row group's chunks.</summary>
    public required IReadOnlyList<ParquetNode> Leaves { get; init; }

    /// <summary>In file order.</summary>
    public required IReadOnlyList<ParquetRowGroup> RowGroups { get; init; }

    /// <summary>The file's key-values; of a repeated key the last.</summary>
    public required IReadOnlyDictionary<string, string> KeyValues { get; init; }

    /// <summary>The program that wrote the file; null when it does not say.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Reads the footer from the end of an object.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: it is no Parquet file, or damaged; <c>FORMAT_UNSUPPORTED</c>: it is encrypted.</exception>
    public static async ValueTask<ParquetFooter> ReadAsync(IObjectReader reader, string location, CancellationToken cancellationToken) =>
        (await ParquetSource.OpenAsync(reader, location, cancellationToken).ConfigureAwait(false)).Footer;
}

/// <summary>A node of a Parquet schema.</summary>
internal sealed record ParquetNode
{
    /// <summary>As written.</summary>
    public required string Name { get; init; }

    /// <summary>Iceberg's id of the column; null when the file gives none.</summary>
    public int? FieldId { get; init; }

    /// <summary>Whether and how often a value occurs.</summary>
    public ParquetRepetition Repetition { get; init; }

    /// <summary>How a leaf's values are stored; null for a group.</summary>
    public ParquetPhysicalType? PhysicalType { get; init; }

    /// <summary>The bytes of a value of <see cref="ParquetPhysicalType.FixedLengthByteArray"/>.</summary>
    public int TypeLength { get; init; }

    /// <summary>What the values mean; <see cref="ParquetLogicalKind.None"/> when nothing is said. An old converted type counts.</summary>
    public ParquetLogicalType Logical { get; init; }

    /// <summary>Empty for a leaf.</summary>
    public IReadOnlyList<ParquetNode> Children { get; init; } = [];

    /// <summary>Whether the node lies in a list or map.</summary>
    public bool IsRepeated { get; init; }
}

/// <summary>What a column's values mean.</summary>
/// <param name="Kind">The annotation.</param>
/// <param name="Precision">Digits of a decimal.</param>
/// <param name="Scale">Digits after the point of a decimal.</param>
/// <param name="IsAdjustedToUtc">Whether a time or timestamp is an instant.</param>
/// <param name="Unit">The unit of a time or timestamp.</param>
/// <param name="BitWidth">The width of an integer.</param>
/// <param name="IsSigned">Whether an integer is signed.</param>
internal readonly record struct ParquetLogicalType(
    ParquetLogicalKind Kind, int Precision = 0, int Scale = 0, bool IsAdjustedToUtc = false, ParquetTimeUnit Unit = ParquetTimeUnit.Micros, int BitWidth = 0, bool IsSigned = true);

/// <summary>Parquet's annotations, numbered as in its LogicalType union.</summary>
internal enum ParquetLogicalKind
{
    None = 0,
    String = 1,
    Map = 2,
    List = 3,
    Enum = 4,
    Decimal = 5,
    Date = 6,
    Time = 7,
    Timestamp = 8,
    Integer = 10,
    Unknown = 11,
    Json = 12,
    Bson = 13,
    Uuid = 14,
    Float16 = 15,
    Variant = 16,
    Other = 99,
}

/// <summary>The unit of a time or timestamp.</summary>
internal enum ParquetTimeUnit
{
    Millis = 1,
    Micros = 2,
    Nanos = 3,
}

/// <summary>How often a value occurs, numbered as in the format.</summary>
internal enum ParquetRepetition
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}

/// <summary>How values are stored, numbered as in the format.</summary>
internal enum ParquetPhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}

/// <summary>A horizontal slice of a file.</summary>
/// <param name="RowCount">Its rows.</param>
/// <param name="StartOffset">The file offset of its first page: Iceberg's split offset.</param>
/// <param name="Columns">A chunk for each leaf.</param>
internal sealed record ParquetRowGroup(long RowCount, long StartOffset, IReadOnlyList<ParquetColumnChunk> Columns);

/// <summary>One leaf column of a row group.</summary>
internal sealed record ParquetColumnChunk
{
    /// <summary>Values, with NULLs and the elements of lists.</summary>
    public long ValueCount { get; init; }

    /// <summary>Bytes in the file.</summary>
    public long CompressedSize { get; init; }

    /// <summary>Bytes of the encoded pages before compression.</summary>
    public long UncompressedSize { get; init; }

    /// <summary>The file offset of the first page, dictionary included.</summary>
    public long StartOffset { get; init; }

    /// <summary>How pages are compressed, numbered as in the format.</summary>
    public ParquetCodec Codec { get; init; }

    /// <summary>Whether every data page holds indices into the chunk's dictionary page, so that the dictionary has each value.</summary>
    public bool IsDictionaryOnly { get; init; }

    /// <summary>Where the dictionary page is; null when there is none. It ends where the data pages begin.</summary>
    public ParquetSection? DictionaryPage { get; init; }

    /// <summary>Where the Bloom filter is; null when there is none. Its length is 0 when the writer did not say it.</summary>
    public ParquetSection? BloomFilter { get; init; }

    /// <summary>Where the bounds of the pages are; null when there are none.</summary>
    public ParquetSection? ColumnIndex { get; init; }

    /// <summary>Where it is written which rows the pages have; null when it is not.</summary>
    public ParquetSection? OffsetIndex { get; init; }

    /// <summary>NULLs among the values; null when not counted.</summary>
    public long? NullCount { get; init; }

    /// <summary>A value that no value is less than, in the plain encoding of the physical type; null when none is known.</summary>
    public ReadOnlyMemory<byte>? Min { get; init; }

    /// <summary>A value that no value is greater than; null when none is known.</summary>
    public ReadOnlyMemory<byte>? Max { get; init; }
}

/// <summary>A stretch of a file.</summary>
/// <param name="Offset">Of its first byte.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct ParquetSection(long Offset, int Length);

/// <summary>How pages are compressed, numbered as in the format.</summary>
internal enum ParquetCodec
{
    Uncompressed = 0,
    Snappy = 1,
    Gzip = 2,
    Lzo = 3,
    Brotli = 4,

    /// <summary>LZ4 with Hadoop's framing.</summary>
    Lz4Hadoop = 5,
    Zstd = 6,
    Lz4 = 7,
}
