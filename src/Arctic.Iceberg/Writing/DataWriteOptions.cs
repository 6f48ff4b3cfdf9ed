using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Writing;

/// <summary>How data files are written, as a table's properties say.</summary>
internal sealed record DataWriteOptions
{
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
        if (properties.TryGetValue("write.format.default", out var format) && !format.Equals("parquet", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot write data files in the format '{format}' ('write.format.default'): only 'parquet' is written.");
        }

        var parquet = ParquetWriterOptions.Default;
        var codec = properties.TryGetValue("write.parquet.compression-codec", out var name) ? CodecOf(name) : parquet.Compression;
        return Default with
        {
            FileBytesTarget = Number(properties, "write.target-file-size-bytes", Default.FileBytesTarget),
            Parquet = parquet with
            {
                Compression = codec,
                CompressionLevel = properties.ContainsKey("write.parquet.compression-level")
                    ? (int)Number(properties, "write.parquet.compression-level", 3)
                    : codec == ParquetCompression.Zstd ? parquet.CompressionLevel : null,
                RowGroupBytesTarget = Number(properties, "write.parquet.row-group-size-bytes", parquet.RowGroupBytesTarget),
                PageBytesTarget = (int)Math.Min(Number(properties, "write.parquet.page-size-bytes", parquet.PageBytesTarget), 1 << 30),
                DictionaryBytesMax = (int)Math.Min(Number(properties, "write.parquet.dict-size-bytes", parquet.DictionaryBytesMax), 1 << 30),
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

    private static ParquetCompression CodecOf(string name) => name.ToLowerInvariant() switch
    {
        "zstd" => ParquetCompression.Zstd,
        "snappy" => ParquetCompression.Snappy,
        "gzip" => ParquetCompression.Gzip,
        "brotli" => ParquetCompression.Brotli,
        "lz4" or "lz4_raw" => ParquetCompression.Lz4,
        "uncompressed" or "none" => ParquetCompression.Uncompressed,
        _ => throw new ArcticException(
            ErrorCodes.InvalidOption, $"'{name}' is not a Parquet codec ('write.parquet.compression-codec'). Use zstd, snappy, gzip, brotli, lz4 or uncompressed."),
    };
}
