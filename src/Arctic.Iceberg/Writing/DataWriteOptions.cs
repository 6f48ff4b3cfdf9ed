using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Writing;

/// <summary>How data files are written, as a table's properties say.</summary>
internal sealed record DataWriteOptions
{
    public const string FileFormat = "write.format.default";
    public const string FileTargetSize = "write.target-file-size-bytes";
    public const string Codec = "write.parquet.compression-codec";
    public const string CodecLevel = "write.parquet.compression-level";
    public const string RowGroupSize = "write.parquet.row-group-size-bytes";
    public const string PageSize = "write.parquet.page-size-bytes";
    public const string DictionarySize = "write.parquet.dict-size-bytes";

    /// <summary>The codecs, for messages.</summary>
    public const string CodecNames = "zstd, snappy, gzip, brotli, lz4 or uncompressed";

    /// <summary>The defaults of the format's own implementation.</summary>
    public static readonly DataWriteOptions Default = new();

    /// <summary>A file is closed after the batch with which it reaches about so many bytes (<c>write.target-file-size-bytes</c>).</summary>
    public long FileBytesTarget { get; init; } = 512L << 20;

    /// <summary>Codec, row groups and pages (<c>write.parquet.*</c>).</summary>
    public ParquetWriterOptions Parquet { get; init; } = ParquetWriterOptions.Default;

    /// <summary>The most partitions whose files a writer keeps open; the one not written to for longest is closed for another.</summary>
    public int OpenFilesMax { get; init; } = 64;

    /// <summary>The options that table properties ask for; unknown keys are left aside.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>: a value cannot be read.</exception>
    public static DataWriteOptions Of(IReadOnlyDictionary<string, string> properties)
    {
        if (properties.TryGetValue(FileFormat, out var format) && !format.Equals("parquet", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot write data files in the format '{format}' ('{FileFormat}'): only 'parquet' is written.");
        }

        var parquet = ParquetWriterOptions.Default;
        var codec = properties.TryGetValue(Codec, out var name) ? CodecOf(name) : parquet.Compression;
        return Default with
        {
            FileBytesTarget = Number(properties, FileTargetSize, Default.FileBytesTarget),
            Parquet = parquet with
            {
                Compression = codec,
                CompressionLevel = properties.ContainsKey(CodecLevel)
                    ? (int)Number(properties, CodecLevel, 3)
                    : codec == ParquetCompression.Zstd ? parquet.CompressionLevel : null,
                RowGroupBytesTarget = Number(properties, RowGroupSize, parquet.RowGroupBytesTarget),
                PageBytesTarget = (int)Math.Min(Number(properties, PageSize, parquet.PageBytesTarget), 1 << 30),
                DictionaryBytesMax = (int)Math.Min(Number(properties, DictionarySize, parquet.DictionaryBytesMax), 1 << 30),
            },
        };
    }

    private static long Number(IReadOnlyDictionary<string, string> properties, string key, long fallback)
    {
        if (!properties.TryGetValue(key, out var text))
        {
            return fallback;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArcticException(ErrorCodes.InvalidOption, $"The table property '{key}' must be a positive whole number, not '{text}'.");
    }

    /// <summary>The codec of a name; null when there is none.</summary>
    public static ParquetCompression? FindCodec(string name) => name.ToLowerInvariant() switch
    {
        "zstd" => ParquetCompression.Zstd,
        "snappy" => ParquetCompression.Snappy,
        "gzip" => ParquetCompression.Gzip,
        "brotli" => ParquetCompression.Brotli,
        "lz4" or "lz4_raw" => ParquetCompression.Lz4,
        "uncompressed" or "none" => ParquetCompression.Uncompressed,
        _ => null,
    };

    private static ParquetCompression CodecOf(string name) =>
        FindCodec(name) ?? throw new ArcticException(ErrorCodes.InvalidOption, $"'{name}' is not a Parquet codec ('{Codec}'). Use {CodecNames}.");
}
