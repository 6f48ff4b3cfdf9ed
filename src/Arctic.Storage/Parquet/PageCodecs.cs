using System.IO.Compression;
using Snappier;
using ZstdSharp;

namespace Arctic.Storage.Parquet;

/// <summary>Decompresses single pages that are looked at beside the native reader.</summary>
internal static class PageCodecs
{
    /// <summary>The bytes of a page.</summary>
    /// <param name="codec">The column chunk's.</param>
    /// <param name="packed">As in the file.</param>
    /// <param name="length">How many bytes they become.</param>
    /// <returns>Null when the codec is not known here, or the bytes are none of its: then nothing can be said of the page.</returns>
    public static byte[]? Unpack(ParquetCodec codec, ReadOnlyMemory<byte> packed, int length)
    {
        try
        {
            switch (codec)
            {
                case ParquetCodec.Uncompressed:
                    return packed.Length == length ? packed.ToArray() : null;
                case ParquetCodec.Snappy:
                    return Snappy.GetUncompressedLength(packed.Span) == length ? Snappy.DecompressToArray(packed.Span) : null;
                case ParquetCodec.Gzip:
                    return Read(new GZipStream(StreamOf(packed), CompressionMode.Decompress), length);
                case ParquetCodec.Brotli:
                    return Read(new BrotliStream(StreamOf(packed), CompressionMode.Decompress), length);
                case ParquetCodec.Zstd:
                    using (var zstd = new Decompressor())
                    {
                        var bytes = new byte[length];
                        return zstd.TryUnwrap(packed.Span, bytes, out var written) && written == length ? bytes : null;
                    }

                default:
                    return null;
            }
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] Read(Stream stream, int length)
    {
        using (stream)
        {
            var bytes = new byte[length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> bytes) => new(bytes.ToArray(), writable: false);
}
