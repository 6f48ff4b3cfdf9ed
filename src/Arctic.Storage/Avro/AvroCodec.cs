using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Arctic.Columnar.Errors;
using Snappier;
using ZstdSharp;

namespace Arctic.Storage.Avro;

/// <summary>How the blocks of a container file are compressed.</summary>
internal enum AvroCodec
{
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

/// <summary>Compresses and decompresses blocks.</summary>
internal static class AvroCodecs
{
    /// <summary>The codec of a file's <c>avro.codec</c>; absent means none.</summary>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>.</exception>
    public static AvroCodec Parse(string? name, string file) => name switch
    {
        null or "" or "null" => AvroCodec.Null,
        "deflate" => AvroCodec.Deflate,
        "snappy" => AvroCodec.Snappy,
        "zstandard" => AvroCodec.Zstandard,
        _ => throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{file}': the Avro codec '{name}' is not supported; null, deflate, snappy and zstandard are."),
    };

    /// <summary>The codec's name in the header.</summary>
    public static string NameOf(AvroCodec codec) => codec switch
    {
        AvroCodec.Null => "null",
        AvroCodec.Deflate => "deflate",
        AvroCodec.Snappy => "snappy",
        _ => "zstandard",
    };

    /// <summary>Compresses a block.</summary>
    public static ReadOnlyMemory<byte> Compress(AvroCodec codec, ReadOnlyMemory<byte> block)
    {
        switch (codec)
        {
            case AvroCodec.Null:
                return block;
            case AvroCodec.Deflate:
                using (var output = new MemoryStream(block.Length / 2))
                {
                    using (var deflate = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
                    {
                        deflate.Write(block.Span);
                    }

                    return output.GetBuffer().AsMemory(0, (int)output.Length);
                }

            case AvroCodec.Snappy:
                var buffer = new byte[Snappy.GetMaxCompressedLength(block.Length) + 4];
                var length = Snappy.Compress(block.Span, buffer);

                // Avro appends a big-endian CRC-32 of the uncompressed bytes.
                BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(length), Crc32.HashToUInt32(block.Span));
                return buffer.AsMemory(0, length + 4);
            default:
                using (var compressor = new Compressor())
                {
                    return compressor.Wrap(block.Span).ToArray();
                }
        }
    }

    /// <summary>Decompresses a block into <paramref name="output"/>.</summary>
    /// <param name="lengthMax">More bytes than this are refused, however few bytes they come from.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: damaged, or too long.</exception>
    public static void Decompress(AvroCodec codec, ReadOnlyMemory<byte> block, ArrayBufferWriter<byte> output, int lengthMax, string file)
    {
        try
        {
            switch (codec)
            {
                case AvroCodec.Null:
                    output.Write(block.Span);
                    break;
                case AvroCodec.Deflate:
                    Copy(new DeflateStream(AsStream(block), CompressionMode.Decompress), output, lengthMax, file);
                    break;
                case AvroCodec.Snappy:
                    DecompressSnappy(block.Span, output, lengthMax, file);
                    break;
                case AvroCodec.Zstandard:
                    Copy(new DecompressionStream(AsStream(block)), output, lengthMax, file);
                    break;
            }
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException or ArgumentException)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': a {NameOf(codec)} block is damaged: {e.Message}", e);
        }
    }

    private static void DecompressSnappy(ReadOnlySpan<byte> block, ArrayBufferWriter<byte> output, int lengthMax, string file)
    {
        if (block.Length < 4)
        {
            throw new InvalidDataException("it is shorter than its checksum.");
        }

        var compressed = block[..^4];
        var length = Snappy.GetUncompressedLength(compressed);
        if (length > lengthMax)
        {
            throw TooLong(file, lengthMax);
        }

        var target = output.GetSpan(Math.Max(1, length))[..length];
        if (Snappy.Decompress(compressed, target) != length)
        {
            throw new InvalidDataException("it is shorter than it says.");
        }

        if (Crc32.HashToUInt32(target) != BinaryPrimitives.ReadUInt32BigEndian(block[^4..]))
        {
            throw new InvalidDataException("its checksum does not fit.");
        }

        output.Advance(length);
    }

    private static void Copy(Stream input, ArrayBufferWriter<byte> output, int lengthMax, string file)
    {
        using (input)
        {
            int read;
            while ((read = input.Read(output.GetSpan(16 * 1024))) > 0)
            {
                output.Advance(read);
                if (output.WrittenCount > lengthMax)
                {
                    throw TooLong(file, lengthMax);
                }
            }
        }
    }

    private static MemoryStream AsStream(ReadOnlyMemory<byte> block) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(block, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(block.ToArray(), writable: false);

    private static ArcticException TooLong(string file, int lengthMax) =>
        new(ErrorCodes.TableCorrupt, $"Cannot read '{file}': an Avro block unpacks to more than {lengthMax} bytes.");
}
