namespace Arctic.Storage.Parquet;

/// <summary>How a Parquet file is laid out.</summary>
internal sealed record ParquetWriterOptions
{
    /// <summary>Zstandard at level 3, row groups of a million rows or 128 MB.</summary>
    public static readonly ParquetWriterOptions Default = new();

    /// <summary>The codec of pages.</summary>
    public ParquetCompression Compression { get; init; } = ParquetCompression.Zstd;

    /// <summary>The codec's level; null takes the codec's own default. Ignored by codecs without levels.</summary>
    public int? CompressionLevel { get; init; } = 3;

    /// <summary>The most rows of a row group.</summary>
    public int RowGroupRowsMax { get; init; } = 1 << 20;

    /// <summary>A row group ends after the batch with which its values reach so many bytes before encoding.</summary>
    public long RowGroupBytesTarget { get; init; } = 128L << 20;

    /// <summary>The bytes of a data page before compression.</summary>
    public int PageBytesTarget { get; init; } = 1 << 20;

    /// <summary>A column's dictionary grows to so many bytes before the column goes on without.</summary>
    public int DictionaryBytesMax { get; init; } = 2 << 20;

    /// <summary>A value of more bytes leaves its column chunk without bounds; keeps footers small.</summary>
    public int StatisticsBytesMax { get; init; } = 4096;

    /// <summary>Whether bounds of pages are written, for readers that skip pages.</summary>
    public bool WritePageIndex { get; init; } = true;

    /// <summary>Texts for the footer, such as <c>iceberg.schema</c>.</summary>
    public IReadOnlyDictionary<string, string> KeyValues { get; init; } = new Dictionary<string, string>();
}

/// <summary>The codec of a Parquet file's pages.</summary>
internal enum ParquetCompression
{
    Uncompressed,
    Snappy,
    Gzip,
    Brotli,

    /// <summary>LZ4 blocks without Hadoop's framing (<c>LZ4_RAW</c>).</summary>
    Lz4,
    Zstd,
}
